import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Store, UnitSummary } from '../../src/store/index.ts';
import type { SequencedEvent } from '../../src/store/index.ts';
import type { LedgerCount } from '../../src/trial/count.ts';
import { amend } from '../../src/allocation/index.ts';
import { noSums } from '../../src/store/sums.ts';
import { listedTrial, listOf } from '../allocation/list/fixtures.ts';
import {
  answer,
  changed,
  deviation,
  gap,
  hour,
  impression,
  nine,
  patientDay,
  trial,
  uuid,
} from './fixtures.ts';

async function all(events: AsyncIterable<SequencedEvent>): Promise<SequencedEvent[]> {
  const list: SequencedEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

const listed = listedTrial({ method: 'complete' }, { id: 'listed' });

/** What every store must do. `open` makes a new one; `dispose` removes what it left. */
export function storeContract(
  name: string,
  open: () => Promise<{ readonly store: Store; readonly dispose: () => Promise<void> }>,
): void {
  describe(`${name} keeps the contract of a store`, () => {
    let store: Store;
    let dispose: () => Promise<void>;
    const { fingerprint } = trial;
    const only = async (): Promise<UnitSummary> => {
      const summaries = await store.summaries(fingerprint);
      expect(summaries).toHaveLength(1);
      const [summary] = summaries;
      if (summary === undefined) throw new Error('no summary');
      return summary;
    };

    beforeEach(async () => {
      ({ store, dispose } = await open());
      await store.register(trial);
    });
    afterEach(async () => {
      await store.close();
      await dispose();
    });

    describe('trials', () => {
      test('the same protocol is registered once', async () => {
        await store.register(trial);
        const trials = await store.trials();
        expect(trials).toHaveLength(1);
        expect(trials[0]).toMatchObject({
          id: 'influenza',
          round: 1,
          fingerprint,
          protocol: trial.protocol,
          stoppedAt: null,
        });
      });

      test('another protocol for the same round is refused, for another round it is taken', async () => {
        await expect(store.register(changed({ title: 'Another' }))).rejects.toMatchObject({
          code: 'ERR_PROTOCOL_MISMATCH',
        });
        await store.register(changed({ title: 'Another', round: 2 }));
        expect((await store.trials()).map(({ round }) => round)).toEqual([1, 2]);
      });

      test('the first stop stands', async () => {
        await store.stop(fingerprint, nine);
        await store.stop(fingerprint, nine + 5);
        expect((await store.trials())[0]?.stoppedAt).toBe(nine);
      });

      test('a trial that is not registered cannot be stopped, read or summarised', async () => {
        const other = changed({ round: 2 }).fingerprint;
        const refusal = { code: 'ERR_PROTOCOL_MISMATCH' };
        await expect(store.stop(other, nine)).rejects.toMatchObject(refusal);
        await expect(store.summaries(other)).rejects.toMatchObject(refusal);
        await expect(store.days(other)).rejects.toMatchObject(refusal);
        await expect(store.unitDays(other)).rejects.toMatchObject(refusal);
        await expect(store.allocation(other)).rejects.toMatchObject(refusal);
        await expect(store.keepAllocation(listOf(listed))).rejects.toMatchObject(refusal);
        await expect(store.flow(other)).rejects.toMatchObject(refusal);
        await expect(store.counts(other, { counts: [], asOf: nine })).rejects.toMatchObject(
          refusal,
        );
        await expect(store.delays(other)).rejects.toMatchObject(refusal);
        await expect(store.rebuild(other)).rejects.toMatchObject(refusal);
        await expect(all(store.read({ trial: other }))).rejects.toMatchObject(refusal);
      });
    });

    describe('lists', () => {
      const list = listOf(listed);
      const amended = amend(listed, list, {
        from: '2026-10-20',
        reason: 'closed',
        change: { kind: 'withdraw', cluster: 'practice-1' },
      });
      beforeEach(async () => store.register(listed));

      test('a list comes back as it was kept; there is none before', async () => {
        expect(await store.allocation(listed.fingerprint)).toBeUndefined();
        await store.keepAllocation(list);
        await store.keepAllocation(list);
        expect(await store.allocation(listed.fingerprint)).toEqual(list);
        expect(await store.allocation(fingerprint)).toBeUndefined();
      });

      test('an amended list takes its place, and none that is not that list with amendments behind', async () => {
        await store.keepAllocation(list);
        await store.keepAllocation(amended);
        expect(await store.allocation(listed.fingerprint)).toEqual(amended);
        const refusal = { code: 'ERR_ALLOCATION_INVALID', message: expect.stringMatching(/never/) };
        // As it was, it holds nothing new.
        await store.keepAllocation(list);
        await expect(store.keepAllocation(listOf(listed, 12, 'other'))).rejects.toMatchObject(
          refusal,
        );
        expect(await store.allocation(listed.fingerprint)).toEqual(amended);
      });
    });

    describe('events', () => {
      test('an event comes back as it went in, whatever its kind', async () => {
        const events = [
          impression(1, { practice: 'Nord', clinician: 'c', encounter: 'e', stratum: 'site=a' }),
          answer('dismissal', 2, 1, { override: { system: 's', code: 'c', display: 'd' } }),
          answer('dismissal', 3, 1, { override: { code: 'c' } }),
          answer('acceptance', 4, 1, { suggestion: 'x', delay: -5 }),
          answer('order', 5, 1, { route: 'tag', order: { code: 'o' } }),
          patientDay(6, { calendar: 0.5, midnight: 0, elapsed: 0.123456789 }),
          deviation(7),
          gap(8),
        ];
        await store.append(events);
        const read = await all(store.read({ trial: fingerprint }));
        expect(read.map(({ event }) => event)).toEqual(events);
        for (const event of events) expect(await store.find(event.id)).toEqual(event);
        expect(Object.keys((await store.find(uuid(2))) ?? {})).not.toContain('practice');
      });

      test('an id that is not in the ledger is not found', async () => {
        expect(await store.find(uuid(9))).toBeUndefined();
      });

      test('ids may hold any well-formed Unicode and sort by their bytes', async () => {
        const ids = [
          "O'Hara; DROP TABLE event",
          '病棟 🏥',
          '\uFF5E',
          '\u{1F600}',
          'é',
          'e\u0301',
          '"|\\',
        ];
        await store.append(ids.map((unitId, index) => impression(index + 1, { unitId })));
        const units = (await store.summaries(fingerprint)).map(({ unitId }) => unitId);
        expect(units).toEqual(
          [...ids].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))),
        );
        await expect(store.append([impression(50, { unitId: 'a\uD800' })])).rejects.toMatchObject({
          code: 'ERR_EVENT_INVALID',
          problems: [{ path: 'unitId' }],
        });
      });

      test('an append is idempotent, whenever the ledger learnt of the event', async () => {
        const one = impression(1);
        expect(await store.append([one, one])).toEqual({
          accepted: 1,
          duplicate: 1,
          conflicting: [],
        });
        const again = { ...one, receivedAt: one.receivedAt + 9 };
        expect(await store.append([again, impression(2)])).toEqual({
          accepted: 1,
          duplicate: 1,
          conflicting: [],
        });
        expect((await only()).alerts).toBe(2);
        expect((await store.find(one.id))?.receivedAt).toBe(one.receivedAt);
      });

      test('an id that says something else is reported and changes nothing', async () => {
        await store.append([impression(1)]);
        const receipt = await store.append([impression(1, { arm: 'redesign' }), impression(2)]);
        expect(receipt).toEqual({ accepted: 1, duplicate: 0, conflicting: [uuid(1)] });
        expect(await store.find(uuid(1))).toEqual(impression(1));
      });

      test('nothing is an append too', async () => {
        expect(await store.append([])).toEqual({ accepted: 0, duplicate: 0, conflicting: [] });
      });

      test('one malformed event refuses the whole call', async () => {
        await expect(
          store.append([impression(1), impression(2, { day: 'Tuesday' })]),
        ).rejects.toMatchObject({ code: 'ERR_EVENT_INVALID', problems: [{ path: 'day' }] });
        expect(await store.find(uuid(1))).toBeUndefined();
      });

      test('one event of a trial that is not registered refuses the whole call and no other', async () => {
        const other = changed({ round: 2 }).fingerprint;
        const [before, refused, after] = await Promise.allSettled([
          store.append([impression(1)]),
          store.append([impression(2), impression(3, { trial: other })]),
          store.append([impression(4)]),
        ]);
        expect([before.status, refused.status, after.status]).toEqual([
          'fulfilled',
          'rejected',
          'fulfilled',
        ]);
        expect(refused).toMatchObject({ reason: { code: 'ERR_PROTOCOL_MISMATCH' } });
        expect(
          (await all(store.read({ trial: fingerprint }))).map(({ event }) => event.id),
        ).toEqual([uuid(1), uuid(4)]);
      });

      test('events are read in order, in pages, by place, type and time, of one trial', async () => {
        const second = changed({ round: 2 });
        await store.register(second);
        const events = Array.from({ length: 1_300 }, (_, index) =>
          impression(index, { at: nine + index * 1_000 }),
        );
        await store.append([impression(5_000, { trial: second.fingerprint })]);
        await store.append(events);
        await store.append([answer('dismissal', 6_000, 1)]);
        const read = await all(store.read({ trial: fingerprint }));
        expect(read).toHaveLength(1_301);
        expect(read.slice(0, 1_300).map(({ event }) => event.id)).toEqual(
          events.map(({ id }) => id),
        );
        const places = read.map(({ sequence }) => sequence);
        expect([...places].sort((a, b) => a - b)).toEqual(places);
        const after = places[1_198] ?? Number.NaN;
        expect(await all(store.read({ trial: fingerprint, after }))).toHaveLength(102);
        expect(
          await all(store.read({ trial: fingerprint, after, types: ['impression'] })),
        ).toHaveLength(101);
        const since = nine + 1_000_000;
        expect(await all(store.read({ trial: fingerprint, since }))).toHaveLength(300);
        expect(await all(store.read({ trial: fingerprint, since, after }))).toHaveLength(101);
        expect(await all(store.read({ trial: fingerprint, types: [] }))).toHaveLength(0);
        for await (const { sequence } of store.read({ trial: fingerprint })) {
          expect(sequence).toBe(places[0]);
          break;
        }
      });
    });

    describe('sums', () => {
      test('a ledger without events has none', async () => {
        expect(await store.summaries(fingerprint)).toEqual([]);
        expect(await store.days(fingerprint)).toEqual([]);
        expect(await store.flow(fingerprint)).toEqual([]);
      });

      test('every column counts what it says', async () => {
        await store.append([
          patientDay(1, { elapsed: 0.5, midnight: 0 }),
          patientDay(2, { day: '2026-10-07', elapsed: 0.25 }),
          impression(10),
          impression(11, { opening: uuid(10), stage: 'returned', at: nine + 60_000 }),
          impression(12, { day: '2026-10-07' }),
          impression(13, { stage: 'silent' }),
          answer('acceptance', 20, 11, { opening: uuid(10) }),
          answer('order', 21, 11, { opening: uuid(10) }),
          answer('dismissal', 22, 11, { opening: uuid(10) }),
          answer('dismissal', 23, 10),
          answer('order', 24, 12, { route: 'window', alertDay: '2026-10-07' }),
        ]);
        expect(await only()).toEqual({
          unitId: 'u1',
          arm: 'usual',
          stratum: '',
          alerts: 3,
          alertsByOpening: 2,
          silent: 1,
          accepted: 1,
          acceptedByOpening: 1,
          dismissed: 2,
          acceptedAndDismissed: 1,
          ordered: 2,
          calendarDays: 2,
          midnightDays: 1,
          elapsedDays: 0.75,
          exposedDays: 2,
          patients: 1,
        });
      });

      test('only random assignments are counted', async () => {
        await store.append([
          impression(1, { randomized: false, reason: 'opted-out' }),
          patientDay(2, { randomized: false, reason: 'forced' }),
          answer('acceptance', 3, 1, { randomized: false, reason: 'opted-out' }),
        ]);
        expect(await store.summaries(fingerprint)).toEqual([]);
        expect(await store.days(fingerprint)).toEqual([]);
      });

      test('units, arms and strata are kept apart, and the summaries are in their order', async () => {
        await store.append([
          impression(1, { unitId: 'b', stratum: 'site=2' }),
          impression(2, { unitId: 'b', stratum: 'site=1' }),
          impression(3, { unitId: 'b', arm: 'redesign', stratum: 'site=9' }),
          impression(4, { unitId: 'a' }),
        ]);
        const rows = await store.summaries(fingerprint);
        expect(rows.map(({ unitId, arm, stratum }) => [unitId, arm, stratum])).toEqual([
          ['a', 'usual', ''],
          ['b', 'redesign', 'site=9'],
          ['b', 'usual', 'site=1'],
          ['b', 'usual', 'site=2'],
        ]);
      });

      test('a unit whose arm changes has its sums by day, answers on the day of their alert', async () => {
        await store.append([
          impression(1, { unitId: 'b' }),
          impression(2, { unitId: 'b', arm: 'redesign', day: '2026-10-13', at: nine + 168 * hour }),
          answer('acceptance', 3, 1, { unitId: 'b', delay: 20 * hour }),
          patientDay(4, { unitId: 'b', elapsed: 0.5 }),
          impression(5, { unitId: 'a', stratum: 'site=1' }),
          impression(6, { unitId: 'c', randomized: false, reason: 'not-listed' }),
        ]);
        const none = { ...noSums };
        const shownOnce = { alerts: 1, alertsByOpening: 1, exposedDays: 1 };
        const rows = [
          {
            unitId: 'a',
            arm: 'usual',
            stratum: 'site=1',
            day: '2026-10-06',
            ...none,
            ...shownOnce,
          },
          { unitId: 'b', arm: 'redesign', stratum: '', day: '2026-10-13', ...none, ...shownOnce },
          {
            unitId: 'b',
            arm: 'usual',
            stratum: '',
            day: '2026-10-06',
            ...none,
            ...shownOnce,
            accepted: 1,
            acceptedByOpening: 1,
            calendarDays: 1,
            midnightDays: 1,
            elapsedDays: 0.5,
          },
        ];
        expect(await store.unitDays(fingerprint)).toEqual(rows);
        await store.rebuild(fingerprint);
        expect(await store.unitDays(fingerprint)).toEqual(rows);
      });

      test('an alert is accepted once, however often and by whatever route', async () => {
        await store.append([impression(1), answer('acceptance', 2, 1)]);
        expect((await only()).accepted).toBe(1);
        await store.append([answer('acceptance', 3, 1), answer('order', 4, 1, { route: 'tag' })]);
        await store.append([answer('order', 5, 1)]);
        expect(await only()).toMatchObject({ accepted: 1, acceptedByOpening: 1, ordered: 1 });
      });

      test('an order by window is an order and no acceptance', async () => {
        await store.append([impression(1), answer('order', 2, 1, { route: 'window' })]);
        expect(await only()).toMatchObject({ accepted: 0, ordered: 1 });
      });

      test('an alert can be dismissed and accepted, in either order', async () => {
        await store.append([answer('dismissal', 2, 1)]);
        await store.summaries(fingerprint);
        await store.append([answer('acceptance', 3, 1), impression(1)]);
        const both = { accepted: 1, dismissed: 1, acceptedAndDismissed: 1 };
        expect(await only()).toMatchObject(both);
        await store.append([answer('dismissal', 4, 1)]);
        expect(await only()).toMatchObject(both);
      });

      test('an answer counts until the last millisecond of the window', async () => {
        await store.append([
          answer('acceptance', 1, 10, { delay: 24 * hour }),
          answer('acceptance', 2, 11, { delay: 24 * hour + 1 }),
          answer('dismissal', 3, 12, { delay: 24 * hour }),
          answer('dismissal', 4, 13, { delay: 24 * hour + 1 }),
          answer('order', 5, 14, { delay: 24 * hour + 1 }),
          answer('acceptance', 6, 15, { delay: -3 * hour }),
        ]);
        expect(await only()).toMatchObject({ accepted: 2, dismissed: 1, ordered: 0 });
      });

      test('a late answer is counted on the day of its alert', async () => {
        await store.append([impression(1)]);
        await store.days(fingerprint);
        await store.append([answer('acceptance', 2, 1, { delay: 20 * hour })]);
        const days = await store.days(fingerprint);
        expect(days.map(({ day, accepted }) => [day, accepted])).toEqual([['2026-10-06', 1]]);
      });

      test('an opening is counted once, on its first day, in whatever order its alerts arrive', async () => {
        await store.append([
          impression(2, { opening: uuid(1), day: '2026-10-07' }),
          answer('acceptance', 12, 2, { opening: uuid(1), alertDay: '2026-10-07' }),
        ]);
        const day = async (): Promise<unknown> =>
          (await store.days(fingerprint)).map((row) => [
            row.day,
            row.alertsByOpening,
            row.acceptedByOpening,
          ]);
        expect(await day()).toEqual([['2026-10-07', 1, 1]]);
        await store.append([impression(1), answer('acceptance', 11, 1)]);
        const moved = [
          ['2026-10-06', 1, 1],
          ['2026-10-07', 0, 0],
        ];
        expect(await day()).toEqual(moved);
        await store.rebuild(fingerprint);
        expect(await day()).toEqual(moved);
      });

      test('an opening that begins with a silent alert counts from its first shown one', async () => {
        await store.append([
          impression(1, { stage: 'silent' }),
          impression(2, { opening: uuid(1), day: '2026-10-07' }),
        ]);
        const days = await store.days(fingerprint);
        expect(days.map(({ alertsByOpening, silent }) => [alertsByOpening, silent])).toEqual([
          [0, 1],
          [1, 0],
        ]);
      });

      test('patients are those with time at risk, each counted once', async () => {
        await store.append([
          patientDay(1, { unitId: 'ward', patient: 'a' }),
          patientDay(2, { unitId: 'ward', patient: 'a', day: '2026-10-07' }),
          patientDay(3, { unitId: 'ward', patient: 'b' }),
          patientDay(4, { unitId: 'ward', patient: 'c', calendar: 0, midnight: 0, elapsed: 0 }),
          impression(5, { unitId: 'ward', patient: 'd' }),
          impression(6, { unitId: 'ward', patient: undefined }),
        ]);
        expect(await only()).toMatchObject({ patients: 2, exposedDays: 1, calendarDays: 3 });
      });

      test('fractions of days add up without rounding', async () => {
        await store.append(
          Array.from({ length: 240 }, (_, index) => patientDay(index, { elapsed: 0.1 })),
        );
        expect((await only()).elapsedDays).toBe(24);
      });

      test('a day has one row for each arm, and the days add up to the summaries', async () => {
        await store.append([
          impression(1),
          impression(2, { unitId: 'u2', patient: 'u2' }),
          impression(3, { unitId: 'u3', arm: 'redesign' }),
          impression(4, { day: '2026-10-07' }),
          patientDay(5),
        ]);
        expect(await store.days(fingerprint)).toEqual([
          {
            ...noSums,
            arm: 'redesign',
            day: '2026-10-06',
            alerts: 1,
            alertsByOpening: 1,
            exposedDays: 1,
          },
          {
            ...noSums,
            arm: 'usual',
            day: '2026-10-06',
            alerts: 2,
            alertsByOpening: 2,
            exposedDays: 2,
            calendarDays: 1,
            midnightDays: 1,
            elapsedDays: 1,
          },
          {
            ...noSums,
            arm: 'usual',
            day: '2026-10-07',
            alerts: 1,
            alertsByOpening: 1,
            exposedDays: 1,
          },
        ]);
      });

      test('the flow counts all events, random or not', async () => {
        await store.append([
          impression(1),
          impression(2, { stage: 'silent', randomized: false, reason: 'not-enrolled' }),
          answer('dismissal', 3, 1),
        ]);
        await store.flow(fingerprint);
        await store.append([impression(4)]);
        expect(await store.flow(fingerprint)).toEqual([
          { type: 'dismissal', kind: null, arm: 'usual', reason: 'hashed', events: 1 },
          { type: 'impression', kind: 'displayed', arm: 'usual', reason: 'hashed', events: 2 },
          { type: 'impression', kind: 'silent', arm: 'usual', reason: 'not-enrolled', events: 1 },
        ]);
      });

      test('trials in one ledger do not touch each other', async () => {
        const second = changed({ round: 2, responseWindow: 'PT1M' });
        await store.register(second);
        const shared = { trial: second.fingerprint };
        await store.append([
          answer('acceptance', 1, 10, { delay: 60_001 }),
          answer('acceptance', 2, 10, { ...shared, delay: 60_001 }),
          answer('acceptance', 3, 11, { ...shared, delay: 60_000 }),
        ]);
        const before = [
          await store.summaries(fingerprint),
          await store.summaries(second.fingerprint),
        ];
        expect(before.map((rows) => rows.map(({ accepted }) => accepted))).toEqual([[1], [1]]);
        await store.rebuild(fingerprint);
        await store.rebuild(second.fingerprint);
        expect([
          await store.summaries(fingerprint),
          await store.summaries(second.fingerprint),
        ]).toEqual(before);
      });
    });

    describe('counts', () => {
      const counted = async (
        counts: readonly LedgerCount[],
        asOf = nine + 25 * hour,
      ): Promise<readonly (readonly number[])[]> =>
        (await store.counts(fingerprint, { counts, asOf })).map(({ values }) => values);

      test('are made from the events, in the order in which they were asked for', async () => {
        await store.append([
          patientDay(1, { encounter: 'e' }),
          patientDay(2, { day: '2026-10-07', calendar: 0.5, midnight: 0, elapsed: 0.25 }),
          impression(10, { encounter: 'e', clinician: 'c' }),
          impression(11, { opening: uuid(10), at: nine + 60_000 }),
          impression(12, { patient: undefined }),
          impression(13, { stage: 'silent' }),
          answer('acceptance', 20, 11, { opening: uuid(10) }),
          answer('dismissal', 21, 11, { opening: uuid(10) }),
          answer('dismissal', 22, 10, { override: { code: 'later' } }),
        ]);
        expect(
          await counted([
            { of: 'atRisk', each: 'patientDay', days: 'elapsed' },
            { of: 'dismissed', reason: 'later' },
            { of: 'dismissed' },
            { of: 'accepted', each: 'opening' },
            { of: 'alerts', known: 'patient' },
            { of: 'fired' },
            { of: 'repeats' },
            { of: 'ignored' },
            { of: 'alerts', each: 'clinicianDay' },
            { of: 'atRisk', each: 'encounter' },
            { of: 'atRisk', each: 'patientDay', known: 'encounter' },
          ]),
        ).toEqual([[1.25, 1, 1, 1, 2, 4, 1, 1, 1, 1, 1]]);
      });

      test('only random assignments are counted', async () => {
        const forced = { randomized: false, reason: 'forced' } as const;
        await store.append([
          impression(1, forced),
          patientDay(2, forced),
          answer('acceptance', 3, 1, forced),
        ]);
        expect(await counted([{ of: 'alerts' }])).toEqual([]);
        expect(await store.delays(fingerprint)).toEqual([]);
      });

      test('an alert is ignored from the first millisecond after its window', async () => {
        await store.append([impression(1)]);
        const counts = [{ of: 'ignored' }, { of: 'due' }, { of: 'undismissed' }] as const;
        expect(await counted(counts, nine + 24 * hour)).toEqual([[0, 0, 0]]);
        expect(await counted(counts, nine + 24 * hour + 1)).toEqual([[1, 1, 1]]);
      });

      test('an answer counts until the last millisecond of the window', async () => {
        await store.append([
          ...[1, 2, 3].map((id) => impression(id)),
          answer('acceptance', 11, 1, { delay: 24 * hour }),
          answer('acceptance', 12, 2, { delay: 24 * hour + 1 }),
          answer('dismissal', 13, 3, { delay: 24 * hour + 1 }),
        ]);
        expect(
          await counted([{ of: 'answered' }, { of: 'accepted' }, { of: 'dismissed' }]),
        ).toEqual([[1, 1, 0]]);
        expect(await store.delays(fingerprint)).toEqual([
          { arm: 'usual', delay: 24 * hour, alerts: 1 },
        ]);
      });

      test('an answer without its alert, or of another unit, is counted nowhere', async () => {
        await store.append([
          impression(1),
          answer('acceptance', 2, 9),
          answer('acceptance', 3, 1, { unitId: 'u2' }),
        ]);
        expect(await counted([{ of: 'accepted' }, { of: 'alerts' }])).toEqual([[0, 1]]);
      });

      test('of two first alerts at one instant the lower id is the first', async () => {
        await store.append([
          impression(7),
          impression(6),
          answer('acceptance', 8, 6),
          impression(5, { at: nine + 1 }),
        ]);
        expect(
          await counted([
            { of: 'alerts', each: 'firstAlert' },
            { of: 'accepted', each: 'firstAlert' },
            { of: 'repeats' },
          ]),
        ).toEqual([[1, 1, 2]]);
      });

      test('another trial in the ledger has its own', async () => {
        const second = changed({ round: 2, responseWindow: 'PT1M' });
        await store.register(second);
        const shared = { trial: second.fingerprint };
        await store.append([
          impression(1),
          answer('acceptance', 2, 1, { delay: 60_001 }),
          impression(3, shared),
          answer('acceptance', 4, 3, { ...shared, delay: 60_001 }),
        ]);
        const counts = [{ of: 'accepted' }, { of: 'alerts' }] as const;
        expect(await counted(counts)).toEqual([[1, 1]]);
        const other = await store.counts(second.fingerprint, { counts, asOf: nine });
        expect(other.map(({ values }) => values)).toEqual([[0, 1]]);
      });
    });

    describe('pseudonyms', () => {
      test('the same person has one pseudonym, and no other kind shares it', () => {
        const pseudonym = store.pseudonym('patient', 'MRN 1');
        expect(pseudonym).toMatch(/^[A-Za-z0-9_-]{22}$/);
        expect(store.pseudonym('patient', 'MRN 1')).toBe(pseudonym);
        expect(store.pseudonym('encounter', 'MRN 1')).not.toBe(pseudonym);
        expect(store.pseudonym('patient', 'MRN 2')).not.toBe(pseudonym);
        expect(() => store.pseudonym('patient', '')).toThrow(RangeError);
        expect(() => store.pseudonym('patient', '\uDC00')).toThrow(RangeError);
      });
    });

    describe('closing', () => {
      test('a closed store says so, and may be closed again', async () => {
        await store.close();
        await store.close();
        const refusal = { code: 'ERR_STORE_CLOSED' };
        await expect(store.append([impression(1)])).rejects.toMatchObject(refusal);
        await expect(store.find(uuid(1))).rejects.toMatchObject(refusal);
        await expect(store.register(trial)).rejects.toMatchObject(refusal);
        await expect(store.trials()).rejects.toMatchObject(refusal);
        await expect(store.summaries(fingerprint)).rejects.toMatchObject(refusal);
        await expect(store.counts(fingerprint, { counts: [], asOf: nine })).rejects.toMatchObject(
          refusal,
        );
        await expect(store.delays(fingerprint)).rejects.toMatchObject(refusal);
        await expect(all(store.read({ trial: fingerprint }))).rejects.toMatchObject(refusal);
      });

      test('what was appended before the close is taken', async () => {
        const appended = store.append([impression(1)]);
        await store.close();
        expect(await appended).toMatchObject({ accepted: 1 });
      });
    });
  });
}
