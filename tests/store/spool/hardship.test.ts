import { describe, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../../src/store/index.ts';
import { openLog, openStore } from '../../../src/store/index.ts';
import { openSpool } from '../../../src/store/spool/index.ts';
import { impression, nine, trial } from '../fixtures.ts';
import { inFolder } from '../place.ts';
import { canMount } from '../small-disk.ts';
import { drained, idsIn, key, serverWith, until } from './upstream.ts';

jest.setTimeout(60_000);

const { fingerprint } = trial;

/** A spool in which what was forwarded is discarded at the next opening. */
async function discardAll(file: string, receivedAt: readonly number[]): Promise<void> {
  const server = serverWith();
  let clock = nine;
  const options = { upstream: server.open, key, now: () => clock, keepForwarded: 1_000 };
  const before = await openSpool(file, options);
  await before.register(trial);
  for (const [index, at] of receivedAt.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- in this order
    await before.append([impression(index + 1, { receivedAt: at })]);
  }
  await drained(before);
  await before.close();
  clock += 10_000;
  await using after = await openSpool(file, options);
  const own = async (): Promise<number> => {
    await using plain = await openStore(file, { key });
    return (await idsIn(plain)).length;
  };
  await until(async () => (await own()) < receivedAt.length);
  expect((await after.summaries(fingerprint))[0]?.alerts).toBe(receivedAt.length);
}

describe('The file of a spool', () => {
  test('does not grow for ever because one event bears a time in the future', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'spool.db');
      await discardAll(file, [nine + 9e12, nine, nine, nine]);
      await using plain = await openStore(file, { key });
      // The last stays, whose place must not be given away again.
      expect(await idsIn(plain)).toEqual([impression(4).id]);
    });
  });

  test('gives nobody the sums of what is left in it, nor a chain', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'spool.db');
      await discardAll(file, [nine, nine, nine]);
      await using plain = await openStore(file, { key });
      const questions: readonly ((store: Store) => Promise<unknown>)[] = [
        (store) => store.summaries(fingerprint),
        (store) => store.unitDays(fingerprint),
        (store) => store.days(fingerprint),
        (store) => store.flow(fingerprint),
        (store) => store.seal(fingerprint),
        (store) => store.retire(fingerprint, nine + 1e11),
      ];
      for (const question of questions) {
        // oxlint-disable-next-line no-await-in-loop -- each by itself
        await expect(question(plain)).rejects.toMatchObject({
          code: 'ERR_STORE_UNUSABLE',
          message: expect.stringContaining('forwarded and removed here'),
        });
      }
    });
  });
});

describe('A log on a spool whose server has stopped to answer', () => {
  test('closes all the same, and so does the spool', async () => {
    await inFolder(async (folder) => {
      const server = serverWith();
      const file = join(folder, 'spool.db');
      const spool = await openSpool(file, { upstream: server.open, key, drainFor: 100 });
      const log = await openLog(trial, spool, { now: () => nine });
      server.turn('silent');
      const details = { stage: 'displayed', alert: 'influenza' } as const;
      const { settled } = log.impression(log.assign({ patient: 'p1' }), details);
      expect(await settled).toEqual({ status: 'durable' });
      await log.close();
      await spool.close();
      server.turn('there');
      await using again = await openSpool(file, { upstream: server.open, key });
      await drained(again);
      expect(await idsIn(server.ledger)).toHaveLength(1);
    });
  });
});

(canMount ? describe : describe.skip)('A disk that an outage has filled', () => {
  test('is emptied when the server is back, and events are taken again', async () => {
    await inFolder(async (folder) => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder]);
      try {
        const server = serverWith();
        const file = join(folder, 'spool.db');
        await using spool = await openSpool(file, { upstream: server.open, key });
        await spool.register(trial);
        expect(existsSync(`${file}.reserve`)).toBe(true);
        server.turn('away');
        const { bavail, bsize } = statfsSync(folder);
        writeFileSync(join(folder, 'filling'), Buffer.alloc(Math.max(0, bavail * bsize - 2 ** 20)));
        let taken = 0;
        let refusal: unknown;
        while (refusal === undefined) {
          const events = Array.from({ length: 200 }, (_, index) => impression(taken + index + 1));
          try {
            // oxlint-disable-next-line no-await-in-loop -- until the disk is full
            await spool.append(events);
            taken += events.length;
          } catch (cause) {
            refusal = cause;
          }
        }
        expect(refusal).toMatchObject({
          code: 'ERR_STORE_UNUSABLE',
          message: expect.stringContaining('no space left'),
        });
        server.turn('there');
        await until(() => spool.state.forwarded >= taken && spool.state.waiting === 0);
        expect(spool.state).toMatchObject({ connected: true, refused: 0 });
        const next = Array.from({ length: 200 }, (_, index) => impression(taken + index + 1));
        await until(async () =>
          spool.append(next).then(
            ({ accepted, duplicate }) => accepted + duplicate === 200,
            () => false,
          ),
        );
        await drained(spool);
        expect(await idsIn(server.ledger)).toHaveLength(taken + 200);
        expect(existsSync(`${file}.reserve`)).toBe(false);
        // With room again, the next that is forwarded brings the reserve back.
        unlinkSync(join(folder, 'filling'));
        await spool.append([impression(taken + 201)]);
        await until(() => existsSync(`${file}.reserve`));
      } finally {
        execFileSync('umount', ['-l', folder]);
      }
    });
  });
});
