import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import type { TrialEvent } from '../../src/events/event.ts';
import type { Store } from '../../src/store/index.ts';
import { memoryStore, openLog, openStore } from '../../src/store/index.ts';
import { derivedId } from '../../src/events/ids.ts';
import { answer, hour, impression, nine, patientDay, trial, uuid } from './fixtures.ts';
import { fixedKey } from './two-logs.ts';
import { planted } from '../planted.ts';
import { discard, makeFolder } from './place.ts';

const { fingerprint } = trial;
const month = 30 * 24 * hour;

async function everything(store: Store): Promise<unknown> {
  const counts = (['accepted', 'dismissed', 'answered', 'ordered', 'ignored'] as const).map(
    (of) => ({ of }),
  );
  return {
    summaries: await store.summaries(fingerprint),
    unitDays: await store.unitDays(fingerprint),
    days: await store.days(fingerprint),
    counts: await store.counts(fingerprint, { counts, asOf: nine + 2 * month }),
    delays: await store.delays(fingerprint),
  };
}

/** Folded step by step, and folded at once from the beginning: the same. */
async function expectRebuilt(store: Store): Promise<void> {
  const folded = await everything(store);
  await store.rebuild(fingerprint);
  expect(await everything(store)).toEqual(folded);
}

async function eventsIn(store: Store): Promise<readonly TrialEvent[]> {
  const events: TrialEvent[] = [];
  for await (const { event } of store.read({ trial: fingerprint })) events.push(event);
  return events;
}

const other = { unitId: 'u2', patient: 'u2', arm: 'redesign' } as const;

/** Everything that feedback can do to four alerts of two patients, and their time at risk. */
const history: readonly TrialEvent[] = [
  impression(1),
  impression(2, { at: nine + hour }),
  impression(3, other),
  impression(4, { stage: 'silent' }),
  answer('dismissal', 11, 1, { override: { code: 'later' } }),
  answer('acceptance', 12, 1, { delay: 2 * hour }),
  answer('order', 13, 1, { delay: 3 * hour }),
  answer('acceptance', 14, 2),
  answer('dismissal', 15, 2, { delay: 5 * hour }),
  answer('dismissal', 16, 2, { delay: 6 * hour }),
  answer('acceptance', 17, 3, { ...other, delay: month }),
  answer('order', 18, 4, { route: 'window', delay: 24 * hour }),
  patientDay(21),
  patientDay(22, { calendar: 0, midnight: -1, elapsed: -0.5, amends: uuid(21) }),
  patientDay(23, other),
  patientDay(24, {
    ...other,
    calendar: -1,
    midnight: -1,
    elapsed: -1,
    amends: uuid(23),
  }),
];

/** Another order of the same events, the same for the same seed. */
function shuffled(seed: number): readonly TrialEvent[] {
  const place = (event: TrialEvent): string => derivedId(String(seed), event.id);
  return [...history].sort((left, right) => (place(left) < place(right) ? -1 : 1));
}

const adapters: readonly (readonly [
  string,
  () => Promise<{ readonly store: Store; readonly dispose: () => Promise<void> }>,
])[] = [
  [
    'in memory',
    async () => ({
      store: memoryStore({ key: fixedKey }),
      dispose: async () => undefined,
    }),
  ],
  [
    'in an embedded ledger',
    async () => {
      const folder = makeFolder();
      return {
        store: await openStore(join(folder, 'ledger.db'), { key: fixedKey }),
        dispose: () => discard(folder),
      };
    },
  ],
];

describe.each(adapters)('Feedback %s', (_, open) => {
  const withStore = async (run: (store: Store) => Promise<void>): Promise<void> => {
    const { store, dispose } = await open();
    try {
      await store.register(trial);
      await run(store);
    } finally {
      await store.close();
      await dispose();
    }
  };

  test('counts an alert once, however often and in whatever order it was answered', async () => {
    await withStore(async (store) => {
      await store.append([impression(1), impression(2, { at: nine + hour })]);
      const answers = [
        answer('dismissal', 11, 1),
        answer('dismissal', 12, 1, { delay: hour }),
        answer('acceptance', 13, 1, { delay: 2 * hour }),
        answer('acceptance', 14, 2),
        answer('dismissal', 15, 2, { delay: hour }),
        answer('acceptance', 16, 2, { delay: 3 * hour }),
      ];
      for (const each of answers) {
        await store.append([each]);
        await store.days(fingerprint);
      }
      expect(await store.summaries(fingerprint)).toMatchObject([
        { alerts: 2, accepted: 2, dismissed: 2, acceptedAndDismissed: 2, acceptedByOpening: 2 },
      ]);
      await expectRebuilt(store);
    });
  });

  test('a month late is kept, on the day of its alert, and counted only within the window', async () => {
    await withStore(async (store) => {
      await using log = await openLog(trial, store, { now: () => nine + month });
      const { id } = log.impression(log.assign({ patient: planted('mrn', 2) }), {
        stage: 'displayed',
        alert: 'influenza',
        at: nine,
      });
      const late = log.dismissal(id, { id: uuid(50) });
      expect(await late.settled).toMatchObject({ status: 'durable' });
      expect(await store.find(uuid(50))).toMatchObject({ delay: month, alertDay: '2026-10-06' });
      expect(await store.summaries(fingerprint)).toMatchObject([{ alerts: 1, dismissed: 0 }]);
      // It tells of what happened in time, and arrives a month later.
      const inTime = log.acceptance(id, { id: uuid(51), at: nine + hour });
      expect(await inTime.settled).toMatchObject({ status: 'durable' });
      expect(await store.summaries(fingerprint)).toMatchObject([{ accepted: 1, dismissed: 0 }]);
      expect(await store.days(fingerprint)).toMatchObject([{ day: '2026-10-06', accepted: 1 }]);
      await expectRebuilt(store);
    });
  });

  test('that arrives before its alert is counted with it', async () => {
    await withStore(async (store) => {
      await store.append([answer('acceptance', 11, 1), answer('dismissal', 12, 1)]);
      await store.days(fingerprint);
      await store.append([impression(1)]);
      expect(await store.summaries(fingerprint)).toMatchObject([
        { alerts: 1, accepted: 1, dismissed: 1, acceptedAndDismissed: 1 },
      ]);
      const counts = [{ of: 'accepted' }, { of: 'dismissed' }] as const;
      expect(await store.counts(fingerprint, { counts, asOf: nine })).toMatchObject([
        { values: [1, 0] },
      ]);
      await expectRebuilt(store);
    });
  });

  test.each([1, 2, 3, 4])(
    'gives the same sums in whatever order and batches it comes (%i)',
    async (seed) => {
      await using reference = memoryStore();
      await reference.register(trial);
      await reference.append(history);
      await withStore(async (store) => {
        const events = shuffled(seed);
        for (let start = 0; start < events.length; start += seed) {
          await store.append(events.slice(start, start + seed));
          if (start % 3 === 0) await store.summaries(fingerprint);
        }
        expect(await everything(store)).toEqual(await everything(reference));
        await expectRebuilt(store);
      });
    },
  );

  test('that is imported again, all of it, twice, changes nothing', async () => {
    await withStore(async (store) => {
      await store.append(history);
      const before = await everything(store);
      const events = await eventsIn(store);
      for (const again of [events, shuffled(7)]) {
        const receipt = await store.append(
          again.map((event) => ({ ...event, receivedAt: event.receivedAt + month })),
        );
        expect(receipt).toEqual({ accepted: 0, duplicate: history.length, conflicting: [] });
        expect(await everything(store)).toEqual(before);
      }
      await expectRebuilt(store);
    });
  });
});
