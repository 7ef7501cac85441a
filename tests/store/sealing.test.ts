import { describe, expect, test } from '@jest/globals';
import type { Logger } from 'pino';
import type { Segment, Store } from '../../src/store/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { nine, trial } from './fixtures.ts';

const { fingerprint } = trial;

/** A logger that keeps its lines of a message. */
function keeping(): { readonly logger: Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (fields: Record<string, unknown>, message: string): void => {
    lines.push({ ...fields, message });
  };
  const logger = { info: write, warn: write, error: write } as unknown as Logger;
  return { logger, lines };
}

async function alertOnce(store: Store, options: Parameters<typeof openLog>[2]): Promise<void> {
  await using log = await openLog(trial, store, { now: () => nine, ...options });
  const details = { stage: 'displayed', alert: 'influenza' } as const;
  await log.impression(log.assign({ patient: 'p' }), details).settled;
}

describe('A log', () => {
  test('seals at its close, and tells the head to its logger and to who publishes it', async () => {
    const store = memoryStore();
    const { logger, lines } = keeping();
    const published: Segment[] = [];
    await alertOnce(store, { logger, onSeal: (segment) => published.push(segment) });
    const segments = await store.segments(fingerprint);
    expect(segments).toHaveLength(1);
    expect(published).toEqual(segments);
    const [{ head, last } = { head: '', last: 0 }] = segments;
    expect(lines.filter(({ message }) => message === 'sealed')).toEqual([
      { trial: fingerprint, segment: 1, last, head, message: 'sealed' },
    ]);
  });

  test('seals now and then, and tells each head once', async () => {
    const store = memoryStore();
    const published: Segment[] = [];
    const seals: number[] = [];
    const watched: Store = {
      ...store,
      seal: async (of) => {
        seals.push(seals.length);
        return store.seal(of);
      },
    };
    await using log = await openLog(trial, watched, {
      now: () => nine,
      sealEvery: 10,
      onSeal: (segment) => published.push(segment),
    });
    const details = { stage: 'displayed', alert: 'influenza' } as const;
    await log.impression(log.assign({ patient: 'p' }), details).settled;
    while (published.length === 0) await new Promise((next) => setTimeout(next, 5));
    const sealed = seals.length;
    while (seals.length < sealed + 3) await new Promise((next) => setTimeout(next, 5));
    expect(published).toHaveLength(1);
    await log.close();
    expect(published).toHaveLength(1);
  });

  test('whose head could not be published tells it again the next time', async () => {
    const store = memoryStore();
    const { logger, lines } = keeping();
    const published: Segment[] = [];
    let fails = true;
    await using log = await openLog(trial, store, {
      now: () => nine,
      logger,
      sealEvery: 10,
      onSeal: (segment) => {
        if (fails) throw new Error('no such folder');
        published.push(segment);
      },
    });
    const details = { stage: 'displayed', alert: 'influenza' } as const;
    await log.impression(log.assign({ patient: 'p' }), details).settled;
    const failed = (): boolean =>
      lines.some(({ message }) => /could not be pub/.test(String(message)));
    while (!failed()) await new Promise((next) => setTimeout(next, 5));
    fails = false;
    while (published.length === 0) await new Promise((next) => setTimeout(next, 5));
    expect(published).toEqual(await store.segments(fingerprint));
  });

  test('closes although the ledger cannot be sealed', async () => {
    const store = memoryStore();
    const broken: Store = { ...store, seal: () => Promise.reject(new Error('broken')) };
    await expect(alertOnce(broken, {})).resolves.toBeUndefined();
  });

  test('refuses to seal without end', async () => {
    await expect(openLog(trial, memoryStore(), { sealEvery: 0 })).rejects.toThrow(
      /sealEvery must be a whole number from 10/,
    );
  });
});
