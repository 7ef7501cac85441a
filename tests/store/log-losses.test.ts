import { describe, expect, jest, test } from '@jest/globals';
import { join } from 'node:path';
import { StoreUnusableError } from '../../src/errors.ts';
import type { Store } from '../../src/store/index.ts';
import { auditSums, memoryStore, openLog, openStore } from '../../src/store/index.ts';
import { nine, trial } from './fixtures.ts';
import { inFolder } from './place.ts';

jest.setTimeout(60_000);

const key = '7'.repeat(64);
const { fingerprint } = trial;

async function gapsIn(store: Store): Promise<readonly unknown[]> {
  const gaps: unknown[] = [];
  for await (const { event } of store.read({ trial: fingerprint, types: ['gap'] })) {
    if (event.type === 'gap') gaps.push([event.count, event.from, event.to]);
  }
  return gaps;
}

describe('A loss that bears an impossible time', () => {
  test.each([-5, 0.5, 253_402_300_800_000, 8.64e15])(
    'hides no other loss of its arm: %p',
    async (at) => {
      const ledger = memoryStore({ key });
      let isBroken = true;
      const append: Store['append'] = async (events) => {
        if (isBroken) throw new StoreUnusableError('there is no space left');
        return ledger.append(events);
      };
      const log = await openLog(
        trial,
        { ...ledger, append },
        { now: () => nine, refreshEvery: 60_000 },
      );
      const assignment = log.assign({ patient: 'p1' });
      const details = { stage: 'displayed', alert: 'influenza' } as const;
      const settled = await Promise.all([
        log.impression(assignment, { ...details, at: nine - 9 }).settled,
        log.impression(assignment, { ...details, at }).settled,
      ]);
      expect(settled.map(({ status }) => status)).toEqual(['lost', 'lost']);
      isBroken = false;
      await log.close();
      expect(await gapsIn(ledger)).toEqual([[2, nine - 9, nine]]);
    },
  );
});

describe('A store that never answers a seal', () => {
  test('does not keep a log from closing', async () => {
    const ledger = memoryStore({ key });
    const seal = async (): Promise<undefined> => new Promise(() => undefined);
    const log = await openLog(trial, { ...ledger, seal }, { now: () => nine });
    await expect(log.close()).resolves.toBeUndefined();
  });
});

describe('Three services that correct the same patient-days at once', () => {
  test('overtake each other, and every correction is taken', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const stores = await Promise.all([1, 2, 3].map(() => openStore(file, { key })));
      const logs = await Promise.all(
        stores.map((store) => openLog(trial, store, { now: () => nine, refreshEvery: 60_000 })),
      );
      const settled = await Promise.all(
        Array.from({ length: 40 }, (_, turn) =>
          logs.map(
            (log, service) =>
              log.patientDays(
                { patient: 'p1' },
                {
                  day: '2026-10-06',
                  calendar: 1,
                  midnight: 0,
                  elapsed: ((turn * 7 + service * 5) % 24) / 24,
                },
              ).settled,
          ),
        ).flat(),
      );
      expect(settled.filter(({ status }) => status === 'rejected')).toEqual([]);
      const [store] = stores;
      if (store === undefined) throw new Error('there are three');
      const [summary] = await store.summaries(fingerprint);
      expect(summary).toMatchObject({ calendarDays: 1, midnightDays: 0, patients: 1 });
      expect((await auditSums(store, fingerprint)).differences).toEqual([]);
      await Promise.all(logs.map((log) => log.close()));
      await Promise.all(stores.map((each) => each.close()));
    });
  });
});
