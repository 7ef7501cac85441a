import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PatientDays, TrialEvent } from '../../src/events/event.ts';
import type { Store } from '../../src/store/index.ts';
import type { LedgerCount } from '../../src/trial/count.ts';
import { changed, hour, impression, nine, patientDay, trial, uuid } from './fixtures.ts';

const { fingerprint } = trial;

/** A whole day of 24 hours on which the patient was there at midnight. */
const whole = { calendar: 1, midnight: 1, elapsed: 1 } as const;

/** An amendment of patient-day `of`: by how much it was more or less. */
function amendment(id: number, of: number, changes: Partial<PatientDays>): PatientDays {
  return patientDay(id, { calendar: 0, midnight: 0, elapsed: 0, amends: uuid(of), ...changes });
}

const takenBack = { calendar: -1, midnight: -1, elapsed: -1 } as const;

const counts: readonly LedgerCount[] = [
  { of: 'atRisk', each: 'patientDay' },
  { of: 'atRisk', each: 'patientDay', days: 'midnight' },
  { of: 'atRisk', each: 'patientDay', days: 'elapsed' },
  { of: 'atRisk', each: 'patientDay', known: 'encounter' },
  { of: 'atRisk', each: 'patient' },
  { of: 'atRisk', each: 'encounter' },
  { of: 'alerts' },
  { of: 'alerts', eligible: true },
];

/** Everything that a store says of a trial. */
async function everything(store: Store, trialOf = fingerprint): Promise<unknown> {
  return {
    summaries: await store.summaries(trialOf),
    unitDays: await store.unitDays(trialOf),
    days: await store.days(trialOf),
    counts: await store.counts(trialOf, { counts, asOf: nine + 720 * hour }),
    flow: await store.flow(trialOf),
  };
}

/**
 * What every store must do with patient-days that are amended. `open` makes a new one; `dispose`
 * removes what it left.
 */
export function amendmentContract(
  name: string,
  open: () => Promise<{ readonly store: Store; readonly dispose: () => Promise<void> }>,
): void {
  describe(`${name} keeps patient-days exact when they are amended`, () => {
    let store: Store;
    let dispose: () => Promise<void>;

    beforeEach(async () => {
      ({ store, dispose } = await open());
      await store.register(trial);
    });
    afterEach(async () => {
      await store.close();
      await dispose();
    });

    const valuesOf = async (): Promise<readonly number[]> => {
      const [row, ...others] = await store.counts(fingerprint, { counts, asOf: nine });
      expect(others).toEqual([]);
      return row?.values ?? [];
    };
    /** What is folded step by step, and what is folded at once from the beginning. */
    const expectRebuilt = async (): Promise<void> => {
      const folded = await everything(store);
      await store.rebuild(fingerprint);
      expect(await everything(store)).toEqual(folded);
    };

    test('an amendment comes back as it went in, and a patient-day without one has no such key', async () => {
      const events = [
        patientDay(1),
        amendment(2, 1, { midnight: -1, elapsed: -0.123456789 }),
        amendment(3, 1, { elapsed: 25 / 24 }),
      ];
      await store.append(events);
      for (const event of events) expect(await store.find(event.id)).toEqual(event);
      expect(Object.keys((await store.find(uuid(1))) ?? {})).not.toContain('amends');
    });

    test('an amendment is idempotent, and another of the same id is reported', async () => {
      const less = amendment(2, 1, { elapsed: -0.5 });
      await store.append([patientDay(1), less]);
      expect(await store.append([less, patientDay(1)])).toMatchObject({ duplicate: 2 });
      for (const other of [{ elapsed: -0.25 }, { elapsed: -0.5, amends: uuid(9) }]) {
        expect(await store.append([amendment(2, 1, other)])).toMatchObject({
          accepted: 0,
          conflicting: [uuid(2)],
        });
      }
      expect(await store.summaries(fingerprint)).toMatchObject([{ elapsedDays: 0.5 }]);
    });

    test.each([
      ['that changes nothing', { amends: uuid(9), calendar: 0, midnight: 0, elapsed: 0 }, 'amends'],
      ['of itself', { amends: uuid(1) }, 'amends'],
      ['of less than a day', { amends: uuid(9), calendar: -1.5 }, 'calendar'],
      ['by no number that can be kept', { amends: uuid(9), elapsed: -0 }, 'elapsed'],
      ['that says not that it is one', { elapsed: -0.5 }, 'elapsed'],
    ])('an amendment %s is refused', async (_, changes, path) => {
      await expect(store.append([patientDay(1, changes)])).rejects.toMatchObject({
        code: 'ERR_EVENT_INVALID',
        problems: [{ path }],
      });
      expect(await store.flow(fingerprint)).toEqual([]);
    });

    test('down, up and down again: the sums follow, whenever they are asked for', async () => {
      const steps: readonly (readonly [TrialEvent, readonly [number, number, number]])[] = [
        [patientDay(1), [1, 1, 1]],
        [amendment(2, 1, { midnight: -1, elapsed: -0.75 }), [1, 0, 0.25]],
        [amendment(3, 1, { midnight: 1, elapsed: 0.5 }), [1, 1, 0.75]],
        [amendment(4, 1, { midnight: -1, elapsed: -0.65 }), [1, 0, 0.1]],
      ];
      for (const [event, [calendarDays, midnightDays, elapsedDays]] of steps) {
        await store.append([event]);
        const sums = { calendarDays, midnightDays, elapsedDays };
        expect(await store.summaries(fingerprint)).toMatchObject([{ ...sums, patients: 1 }]);
        expect(await store.unitDays(fingerprint)).toMatchObject([{ day: '2026-10-06', ...sums }]);
        expect(await store.days(fingerprint)).toMatchObject([{ arm: 'usual', ...sums }]);
        expect(await valuesOf()).toEqual([calendarDays, midnightDays, elapsedDays, 0, 1, 0, 0, 0]);
      }
      await expectRebuilt();
    });

    test('to nothing: nobody is at risk any more, until there is time again', async () => {
      await store.append([impression(1), patientDay(2, { encounter: 'e' })]);
      expect(await valuesOf()).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
      await store.append([amendment(3, 2, { encounter: 'e', ...takenBack })]);
      expect(await valuesOf()).toEqual([0, 0, 0, 0, 0, 0, 1, 0]);
      expect(await store.summaries(fingerprint)).toMatchObject([
        { alerts: 1, calendarDays: 0, midnightDays: 0, elapsedDays: 0, patients: 0 },
      ]);
      await expectRebuilt();
      await store.append([amendment(4, 2, { encounter: 'e', elapsed: 0.25 })]);
      expect(await valuesOf()).toEqual([0, 0, 0.25, 0, 1, 1, 1, 1]);
      expect(await store.summaries(fingerprint)).toMatchObject([{ patients: 1 }]);
      await expectRebuilt();
    });

    test('a patient with another day that stands is at risk still', async () => {
      await store.append([
        patientDay(1, { encounter: 'e' }),
        patientDay(2, { day: '2026-10-07', encounter: 'f' }),
        patientDay(3, { patient: 'q', encounter: 'g' }),
      ]);
      await store.append([
        amendment(4, 1, { encounter: 'e', ...takenBack }),
        amendment(5, 3, { patient: 'q', encounter: 'g', midnight: -1, elapsed: -0.5 }),
      ]);
      expect(await valuesOf()).toEqual([2, 1, 1.5, 2, 2, 2, 0, 0]);
      expect(await store.summaries(fingerprint)).toMatchObject([{ patients: 2 }]);
      await expectRebuilt();
    });

    test('units, arms and strata are corrected each on its own', async () => {
      const north = { unitId: 'north', patient: 'p' };
      const south = { unitId: 'south', patient: 'p', arm: 'redesign', stratum: 'site=2' };
      await store.append([patientDay(1, north), patientDay(2, south)]);
      await store.append([amendment(3, 2, { ...south, ...takenBack })]);
      expect(await store.summaries(fingerprint)).toMatchObject([
        { unitId: 'north', arm: 'usual', calendarDays: 1, patients: 1 },
        { unitId: 'south', arm: 'redesign', stratum: 'site=2', calendarDays: 0, patients: 0 },
      ]);
      await expectRebuilt();
    });

    test('amendments of assignments that were not random are kept and not counted', async () => {
      const aside = { randomized: false, reason: 'opted-out' } as const;
      await store.append([patientDay(1, aside), amendment(2, 1, { ...aside, elapsed: -0.5 })]);
      expect(await store.summaries(fingerprint)).toEqual([]);
      expect(await valuesOf()).toEqual([]);
    });

    test('an amendment that comes before its patient-day waits for it', async () => {
      await store.append([amendment(2, 1, { midnight: -1, elapsed: -0.75 })]);
      expect(await store.summaries(fingerprint)).toMatchObject([
        { calendarDays: 0, midnightDays: -1, elapsedDays: -0.75, patients: 0 },
      ]);
      expect(await valuesOf()).toEqual([0, -1, -0.75, 0, 0, 0, 0, 0]);
      await store.append([patientDay(1)]);
      expect(await valuesOf()).toEqual([1, 0, 0.25, 0, 1, 0, 0, 0]);
      expect(await store.summaries(fingerprint)).toMatchObject([{ patients: 1 }]);
      await expectRebuilt();
    });

    test('an amendment changes no other trial, even when it names an event of that', async () => {
      const second = changed({ round: 2 });
      await store.register(second);
      await store.append([
        patientDay(1),
        patientDay(2, { trial: second.fingerprint }),
        amendment(3, 1, { trial: second.fingerprint, elapsed: -0.5 }),
      ]);
      expect(await store.summaries(fingerprint)).toMatchObject([{ elapsedDays: 1 }]);
      expect(await store.summaries(second.fingerprint)).toMatchObject([{ elapsedDays: 0.5 }]);
    });

    test('a day of 25 hours may vanish, and come back', async () => {
      const longest = { calendar: 1, midnight: 1, elapsed: 25 / 24 };
      const gone = { calendar: -1, midnight: -1, elapsed: -25 / 24 };
      await store.append([patientDay(1, longest), amendment(2, 1, gone)]);
      expect(await store.summaries(fingerprint)).toMatchObject([{ elapsedDays: 0, patients: 0 }]);
      await store.append([amendment(3, 1, longest)]);
      expect(await store.summaries(fingerprint)).toMatchObject([{ elapsedDays: 25 / 24 }]);
      await expectRebuilt();
    });

    test('thousandths of a second are exact in both directions, however many there are', async () => {
      const millisecond = 1 / 86_400_000;
      const thirds = Array.from({ length: 50 }, (_, index) => [
        patientDay(index + 1, { patient: `p${index}`, calendar: 0, midnight: 0, elapsed: 1 / 3 }),
        amendment(index + 101, index + 1, { patient: `p${index}`, elapsed: -1 / 3 + millisecond }),
      ]).flat();
      await store.append(thirds.slice(0, 33));
      await store.days(fingerprint);
      await store.append(thirds.slice(33));
      expect(await store.summaries(fingerprint)).toMatchObject([
        { elapsedDays: 50 / 86_400_000, patients: 50 },
      ]);
      // Half a millisecond goes away from zero, so that it cancels out.
      await store.append([
        patientDay(200, { patient: 'h', calendar: 0, midnight: 0, elapsed: millisecond / 2 }),
        amendment(201, 200, { patient: 'h', elapsed: -millisecond / 2 }),
      ]);
      expect(await store.summaries(fingerprint)).toMatchObject([
        { elapsedDays: 50 / 86_400_000, patients: 50 },
      ]);
      await expectRebuilt();
    });

    test('a patient whose time was less than half a millisecond was not at risk', async () => {
      await store.append([patientDay(1, { calendar: 0, midnight: 0, elapsed: 1e-9 })]);
      expect(await store.summaries(fingerprint)).toMatchObject([{ elapsedDays: 0, patients: 0 }]);
      expect(await valuesOf()).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    });

    test('the flow counts an amendment as what it is, an event', async () => {
      await store.append([patientDay(1, whole), amendment(2, 1, { elapsed: -0.5 })]);
      expect(await store.flow(fingerprint)).toMatchObject([{ type: 'patient-days', events: 2 }]);
    });
  });
}
