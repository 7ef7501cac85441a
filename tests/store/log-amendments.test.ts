import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { replay } from '../../src/allocation/index.ts';
import { StoreUnusableError } from '../../src/errors.ts';
import type { PatientDays, TrialEvent } from '../../src/events/event.ts';
import type {
  OpenLogOptions,
  PatientDayDetails,
  Recorded,
  Store,
  TrialLog,
} from '../../src/store/index.ts';
import { memoryStore, openLog, openStore } from '../../src/store/index.ts';
import { changed, nine, trial } from './fixtures.ts';
import { inFolder } from './place.ts';
import { fixedKey, openBoth, second, wholeDay } from './two-logs.ts';

const { fingerprint } = trial;
const day = '2026-10-06';
const whole: PatientDayDetails = { day, calendar: 1, midnight: 1, elapsed: 1 };
/** Left at eight in the morning, which was entered later. */
const leftAtEight: PatientDayDetails = { day, calendar: 1, midnight: 0, elapsed: 8 / 24 };
const never: PatientDayDetails = { day, calendar: 0, midnight: 0, elapsed: 0 };
const subject = { patient: 'MRN 1' };

const statusOf = async ({ settled }: Recorded): Promise<string> => (await settled).status;

async function eventsIn(store: Store, of = fingerprint): Promise<readonly PatientDays[]> {
  const events: PatientDays[] = [];
  for await (const { event } of store.read({ trial: of, types: ['patient-days'] })) {
    if (event.type === 'patient-days') events.push(event);
  }
  return events;
}

describe('A log whose patient-days turn out to have been otherwise', () => {
  let store: Store;
  let log: TrialLog<(typeof trial)['protocol']>;
  const begin = async (options: OpenLogOptions = {}, on = store): Promise<typeof log> =>
    openLog(trial, on, { now: () => nine, ...options });

  beforeEach(async () => {
    store = memoryStore({ key: fixedKey });
    log = await begin();
  });
  afterEach(async () => {
    await log.close();
    await store.close();
  });

  test('amends them by the difference, and the sums say what was said last', async () => {
    const first = log.patientDays(subject, whole);
    expect(await statusOf(first)).toBe('durable');
    const again = log.patientDays(subject, leftAtEight);
    expect(again.id).toBe(first.id);
    expect(await statusOf(again)).toBe('durable');
    const [base, amendment] = await eventsIn(store);
    const { id: amendmentId, ...rest } = amendment ?? {};
    expect(amendmentId).not.toBe(first.id);
    const { id, ...same } = base ?? {};
    expect(rest).toEqual({
      ...same,
      calendar: 0,
      midnight: -1,
      elapsed: -57_600_000 / 86_400_000,
      amends: id,
    });
    expect(Object.is(amendment?.calendar, 0)).toBe(true);
    expect(await store.summaries(fingerprint)).toMatchObject([
      { calendarDays: 1, midnightDays: 0, elapsedDays: 8 / 24, patients: 1 },
    ]);
    expect(log.counters).toMatchObject({ durable: 2, duplicate: 0, rejected: 0, waiting: 0 });
  });

  test('takes what stands already for a duplicate, first or amended', async () => {
    const said = [whole, whole, leftAtEight, leftAtEight, whole, whole, never, never];
    const statuses: string[] = [];
    for (const details of said) statuses.push(await statusOf(log.patientDays(subject, details)));
    const turns = ['durable', 'duplicate'];
    expect(statuses).toEqual([...turns, ...turns, ...turns, ...turns]);
    expect(await eventsIn(store)).toHaveLength(4);
  });

  test('takes less than half a millisecond for nothing', async () => {
    await log.patientDays(subject, leftAtEight).settled;
    const hardly = { ...leftAtEight, elapsed: leftAtEight.elapsed + 1e-12 };
    expect(await statusOf(log.patientDays(subject, hardly))).toBe('duplicate');
  });

  test('to nothing: the patient is not at risk any more', async () => {
    await log.patientDays(subject, whole).settled;
    await log.patientDays(subject, never).settled;
    expect(await store.summaries(fingerprint)).toMatchObject([
      { calendarDays: 0, midnightDays: 0, elapsedDays: 0, patients: 0 },
    ]);
  });

  test('takes -0 for the nothing that it is', async () => {
    const nothing = { day, calendar: -0, midnight: -0, elapsed: -0 };
    expect(await statusOf(log.patientDays(subject, nothing))).toBe('durable');
    expect(await statusOf(log.patientDays(subject, never))).toBe('duplicate');
    expect(await statusOf(log.patientDays({ patient: 'MRN 2' }, whole))).toBe('durable');
    expect(await statusOf(log.patientDays({ patient: 'MRN 2' }, nothing))).toBe('durable');
  });

  test.each([
    ['more than a day', { ...whole, calendar: 1.5 }],
    ['less than nothing', { ...whole, elapsed: -0.5 }],
    ['no number', { ...whole, midnight: Number.NaN }],
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a caller without types
    ['no value at all', { ...whole, elapsed: null } as unknown as PatientDayDetails],
  ])('refuses %s, whether something stands or not', async (_, malformed) => {
    const refusal = { status: 'rejected', error: { code: 'ERR_EVENT_INVALID' } };
    expect(await log.patientDays(subject, malformed).settled).toMatchObject(refusal);
    await log.patientDays(subject, leftAtEight).settled;
    expect(await log.patientDays(subject, malformed).settled).toMatchObject(refusal);
    expect(await eventsIn(store)).toHaveLength(1);
  });

  test('goes on where it was after a restart, and from another service', async () => {
    await log.patientDays(subject, whole).settled;
    await log.patientDays(subject, leftAtEight).settled;
    await log.close();
    log = await begin();
    await using other = await begin();
    expect(await statusOf(log.patientDays(subject, leftAtEight))).toBe('duplicate');
    expect(await statusOf(other.patientDays(subject, never))).toBe('durable');
    expect(await statusOf(log.patientDays(subject, never))).toBe('duplicate');
    expect(await statusOf(log.patientDays(subject, whole))).toBe('durable');
    expect(await store.summaries(fingerprint)).toMatchObject([{ elapsedDays: 1, patients: 1 }]);
  });

  test('handles what comes all at once one after the other, in the order of the calls', async () => {
    const said = Array.from({ length: 60 }, (_, index) => ({
      ...whole,
      midnight: index % 2,
      elapsed: ((index * 7) % 25) / 24,
    }));
    const patients = ['MRN 1', 'MRN 2', 'MRN 3'];
    const all = said.flatMap((details) =>
      patients.map((patient) => log.patientDays({ patient }, details)),
    );
    const statuses = await Promise.all(all.map(statusOf));
    expect(new Set(statuses)).toEqual(new Set(['durable']));
    const last = said.at(-1);
    const units = await store.summaries(fingerprint);
    expect(units).toHaveLength(3);
    for (const unit of units) {
      expect(unit).toMatchObject({ midnightDays: last?.midnight, elapsedDays: last?.elapsed });
    }
  });

  test('holds no more of them than fit, and loses the rest in words', async () => {
    await using small = await begin({ capacity: 3 });
    const said = [whole, leftAtEight, never, whole, leftAtEight];
    const all = said.map((details) => small.patientDays(subject, details));
    expect(await Promise.all(all.map(statusOf))).toEqual([
      'durable',
      'durable',
      'durable',
      'lost',
      'lost',
    ]);
    // What came after a refusal still waits for what came before it.
    expect(await statusOf(small.patientDays(subject, leftAtEight))).toBe('durable');
    expect(await store.summaries(fingerprint)).toMatchObject([{ elapsedDays: 8 / 24 }]);
  });

  test('keeps the assignment of the first time, whatever has happened since', async () => {
    const first = log.assign(subject, { at: nine });
    await log.patientDays(subject, whole).settled;
    await using later = await begin({ optedOut: ['MRN 1'] });
    expect(later.assign(subject)).toMatchObject({ reason: 'opted-out', randomized: false });
    expect(await statusOf(later.patientDays(subject, leftAtEight))).toBe('durable');
    const [, amendment] = await eventsIn(store);
    expect(amendment).toMatchObject({ arm: first.arm, randomized: true, reason: 'hashed' });
    const rows = (await eventsIn(store)).map((event) => ({ ...event, assignedAt: event.at }));
    expect(await replay(trial, rows)).toMatchObject({ replayed: 2, disagreements: [] });
  });

  test('keeps the encounter and the stratum of the first time', async () => {
    const strata = changed({ round: 2, strata: ['site'] });
    await using other = await openLog(strata, store, { now: () => nine });
    const at = (site: string, encounter: string) => ({ ...subject, encounter, strata: { site } });
    await other.patientDays(at('a', 'E 1'), whole).settled;
    expect(await statusOf(other.patientDays(at('b', 'E 2'), leftAtEight))).toBe('durable');
    expect(await statusOf(other.patientDays(at('b', 'E 2'), leftAtEight))).toBe('duplicate');
    const encounter = store.pseudonym('encounter', 'E 1');
    expect(await eventsIn(store, strata.fingerprint)).toMatchObject([
      { encounter, stratum: 'site=a' },
      { encounter, stratum: 'site=a' },
    ]);
    expect(await store.summaries(strata.fingerprint)).toHaveLength(1);
  });

  test('refuses two random arms for one patient-day: no correction of hours mends that', async () => {
    await log.patientDays(subject, whole).settled;
    const [base] = await eventsIn(store);
    if (base === undefined) throw new Error('nothing was logged');
    const other = memoryStore({ key: fixedKey });
    await other.register(trial);
    const arm = base.arm === 'usual' ? 'redesign' : 'usual';
    await other.append([{ ...base, arm }]);
    await using there = await begin({}, other);
    expect(await there.patientDays(subject, leftAtEight).settled).toMatchObject({
      status: 'rejected',
      error: { code: 'ERR_EVENT_CONFLICT' },
    });
    expect(there.counters).toMatchObject({ rejected: 1, waiting: 0 });
    expect(await eventsIn(other)).toEqual([{ ...base, arm }]);
  });

  test('of a patient in two practices on one day amends the one and not the other', async () => {
    const practices = changed({ unit: 'practice', round: 2 });
    await using other = await openLog(practices, store, { now: () => nine });
    for (const practice of ['Nord', 'Süd']) {
      await other.patientDays({ practice, ...subject }, whole).settled;
    }
    await other.patientDays({ practice: 'Süd', ...subject }, never).settled;
    expect(await store.summaries(practices.fingerprint)).toMatchObject([
      { unitId: 'Nord', calendarDays: 1, patients: 1 },
      { unitId: 'Süd', calendarDays: 0, patients: 0 },
    ]);
  });

  test('of two keys are two patients, and neither amends the other', async () => {
    const events: TrialEvent[] = [];
    for (const key of [fixedKey, 'cd'.repeat(32)]) {
      const own = memoryStore({ key });
      await using there = await begin({}, own);
      await there.patientDays(subject, whole).settled;
      await there.patientDays(subject, leftAtEight).settled;
      events.push(...(await eventsIn(own)));
    }
    expect(new Set(events.map(({ id }) => id)).size).toBe(4);
    await store.append(events);
    const elapsed = (await store.summaries(fingerprint)).map(({ elapsedDays }) => elapsedDays);
    expect(elapsed).toEqual([8 / 24, 8 / 24]);
  });

  test('takes a day of 25 hours away and gives one of 23', async () => {
    const back: PatientDayDetails = { ...whole, day: '2026-11-01', elapsed: 25 / 24 };
    expect(await statusOf(log.patientDays(subject, back))).toBe('durable');
    expect(await statusOf(log.patientDays(subject, { ...back, elapsed: 0 }))).toBe('durable');
    expect(await statusOf(log.patientDays(subject, back))).toBe('durable');
    expect(await statusOf(log.patientDays(subject, { ...back, elapsed: 23 / 24 }))).toBe('durable');
    expect(await store.summaries(fingerprint)).toMatchObject([{ elapsedDays: 23 / 24 }]);
  });

  test('of a trial within another amends each step on its own', async () => {
    await using both = memoryStore({ key: fixedKey });
    await using logs = await openBoth(both);
    const known = { patient: 'MRN 1', practice: 'practice-1' };
    for (const values of [wholeDay, { ...wholeDay, midnight: 0, elapsed: 0.5 }]) {
      expect(await statusOf(logs.outer.patientDays(known, values))).toBe('durable');
      expect(await statusOf(logs.inner.patientDays(known, values))).toBe('durable');
    }
    const inner = await eventsIn(both, second.fingerprint);
    expect(inner.map(({ elapsed }) => elapsed)).toEqual([1, -0.5]);
    expect(inner[1]).toMatchObject({ reason: inner[0]?.reason, arm: inner[0]?.arm });
  });

  test('writes what is new while it cannot be known what stands, as a spool does', async () => {
    const away: Store = {
      ...store,
      find: async () => {
        throw new StoreUnusableError('the server is away');
      },
    };
    await using spooling = await begin({}, away);
    expect(await statusOf(spooling.patientDays(subject, whole))).toBe('durable');
    expect(await statusOf(spooling.patientDays(subject, whole))).toBe('duplicate');
    expect(await spooling.patientDays(subject, leftAtEight).settled).toMatchObject({
      status: 'rejected',
      error: { code: 'ERR_EVENT_CONFLICT' },
    });
    expect(await statusOf(log.patientDays(subject, leftAtEight))).toBe('durable');
    expect(await store.summaries(fingerprint)).toMatchObject([{ elapsedDays: 8 / 24 }]);
  });

  test('is lost like anything else when the ledger takes nothing', async () => {
    const broken: Store = {
      ...store,
      find: async () => undefined,
      append: async () => {
        throw new StoreUnusableError('no space left');
      },
    };
    await using failing = await begin({}, broken);
    expect(await failing.patientDays(subject, whole).settled).toMatchObject({
      status: 'lost',
      error: { code: 'ERR_STORE_UNUSABLE' },
    });
  });

  describe('beside another service that amends at the same moment', () => {
    /** A store in which another service has its way just before the next append. */
    const overtaken = (meanwhile: () => Promise<unknown>): Store => {
      let due: typeof meanwhile | undefined = meanwhile;
      return {
        ...store,
        append: async (events) => {
          const act = due;
          due = undefined;
          await act?.();
          return store.append(events);
        },
      };
    };

    test('amends what the other has said, when that was about another time', async () => {
      await log.patientDays(subject, whole).settled;
      const between = overtaken(() => log.patientDays(subject, never).settled);
      await using other = await begin({}, between);
      expect(await statusOf(other.patientDays(subject, leftAtEight))).toBe('durable');
      expect(await eventsIn(store)).toHaveLength(3);
      expect(await store.summaries(fingerprint)).toMatchObject([{ elapsedDays: 8 / 24 }]);
    });

    test('and has nothing to add, when that was about the same', async () => {
      await log.patientDays(subject, whole).settled;
      const between = overtaken(() => log.patientDays(subject, leftAtEight).settled);
      await using other = await begin({}, between);
      expect(await statusOf(other.patientDays(subject, leftAtEight))).toBe('duplicate');
      expect(await eventsIn(store)).toHaveLength(2);
    });

    test('and takes the first time of the other for the one to amend', async () => {
      const between = overtaken(() => log.patientDays(subject, whole).settled);
      await using other = await begin({}, between);
      expect(await statusOf(other.patientDays(subject, leftAtEight))).toBe('durable');
      expect(await eventsIn(store)).toMatchObject([{ elapsed: 1 }, { amends: expect.any(String) }]);
      expect(await store.summaries(fingerprint)).toMatchObject([{ elapsedDays: 8 / 24 }]);
    });
  });

  test('works the same in an embedded ledger, over restarts', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const runs = [whole, leftAtEight, never];
      const statuses: string[][] = [];
      for (const values of runs) {
        await using embedded = await openStore(file);
        await using there = await begin({}, embedded);
        const all = Array.from({ length: 40 }, (_, index) =>
          there.patientDays({ patient: `MRN ${index}` }, values),
        );
        statuses.push([...new Set(await Promise.all(all.map(statusOf)))]);
        const sums = await embedded.summaries(fingerprint);
        expect(sums).toHaveLength(40);
        for (const { elapsedDays, patients } of sums) {
          expect([elapsedDays, patients]).toEqual([values.elapsed, values.elapsed > 0 ? 1 : 0]);
        }
      }
      expect(statuses).toEqual([['durable'], ['durable'], ['durable']]);
      await using embedded = await openStore(file);
      await using there = await begin({}, embedded);
      expect(await statusOf(there.patientDays({ patient: 'MRN 7' }, never))).toBe('duplicate');
      const folded = await embedded.unitDays(fingerprint);
      await embedded.rebuild(fingerprint);
      expect(await embedded.unitDays(fingerprint)).toEqual(folded);
    });
  }, 60_000);
});
