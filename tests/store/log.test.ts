import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { StoreUnusableError } from '../../src/errors.ts';
import type { TrialEvent } from '../../src/events/event.ts';
import type {
  OpenLogOptions,
  PersonKind,
  Settlement,
  Store,
  TrialLog,
} from '../../src/store/index.ts';
import { memoryStore, openLog, openStore } from '../../src/store/index.ts';
import { changed, hour, nine, trial, uuid } from './fixtures.ts';
import { inFolder } from './place.ts';

const minute = 60_000;
const shown = { stage: 'displayed', alert: 'influenza' } as const;

// The key decides the arms: with one at random, five patients would now and then share an arm.
const fixedKey = 'ab'.repeat(32);

/** A store whose disk can be broken and mended. */
function breakable(): { readonly store: Store; broken: boolean } {
  const inner = memoryStore({ key: fixedKey });
  const state = {
    broken: false,
    store: {
      ...inner,
      append: async (events: readonly TrialEvent[]) => {
        if (state.broken) throw new StoreUnusableError('no space left');
        return inner.append(events);
      },
      find: async (id: string) => {
        if (state.broken) throw new StoreUnusableError('no space left');
        return inner.find(id);
      },
    },
  };
  return state;
}

async function eventsIn(store: Store, type?: TrialEvent['type']): Promise<readonly TrialEvent[]> {
  const events: TrialEvent[] = [];
  for await (const { event } of store.read({ trial: trial.fingerprint })) {
    if (type === undefined || event.type === type) events.push(event);
  }
  return events;
}

const statusOf = async ({ settled }: { readonly settled: Promise<Settlement> }): Promise<string> =>
  (await settled).status;

describe('A log', () => {
  let clock: number;
  let store: Store;
  let log: TrialLog<(typeof trial)['protocol']>;
  const begin = async (options: OpenLogOptions = {}, on = store): Promise<typeof log> =>
    openLog(trial, on, { now: () => clock, ...options });

  beforeEach(async () => {
    clock = nine;
    store = memoryStore({ key: fixedKey });
    log = await begin();
  });
  afterEach(async () => {
    await log.close();
    await store.close();
  });

  describe('assigning', () => {
    test('gives the same arm for ever, by the pseudonym, and keeps no id of a person', () => {
      const assignment = log.assign({
        patient: 'MRN 1',
        clinician: 'Dr A',
        encounter: 'E 1',
        practice: 'Nord',
      });
      expect(log.assign({ patient: 'MRN 1' }).arm).toBe(assignment.arm);
      expect(assignment).toMatchObject({
        randomized: true,
        reason: 'hashed',
        unitId: store.pseudonym('patient', 'MRN 1'),
        stratum: '',
        ids: { patient: store.pseudonym('patient', 'MRN 1'), practice: 'Nord' },
      });
      expect(JSON.stringify(assignment)).not.toMatch(/MRN 1|Dr A|E 1/);
    });

    test('knows who opted out and who is forced by the ids that the caller knows', async () => {
      await using other = await begin({
        optedOut: ['MRN 1'],
        forced: new Map([['MRN 2', 'redesign']]),
      });
      expect(other.assign({ patient: 'MRN 1' })).toMatchObject({ reason: 'opted-out' });
      expect(other.assign({ patient: 'MRN 2' })).toMatchObject({
        reason: 'forced',
        arm: 'redesign',
        randomized: false,
      });
      expect(other.assign({ patient: 'MRN 3' })).toMatchObject({ reason: 'hashed' });
    });

    test.each([
      ['one text for a list of who opted out', { optedOut: '4711' }, /list of ids/],
      [
        'a forced arm that does not exist',
        { forced: new Map([['p', 'ghost']]) },
        /"ghost" is forced/,
      ],
      ['no capacity', { capacity: 0 }, /capacity/],
      ['a capacity that is no number', { capacity: Number.NaN }, /capacity/],
      ['a timer beyond all timers', { refreshEvery: 1e12 }, /refreshEvery/],
    ])('refuses %s', async (_, options, message) => {
      await expect(openLog(trial, store, options)).rejects.toThrow(message);
    });

    test.each([
      ['at no instant', { patient: 'p' }, { at: Number.NaN }],
      ['of strata too long to be written', { patient: 'p', strata: { site: 'x'.repeat(600) } }, {}],
    ])('%s is a fault: the control arm, not random', async (_, subject, options) => {
      const strata = changed({ round: 3, strata: ['site'] });
      await using other = await openLog(strata, store, { now: () => clock });
      expect(other.assign(subject, options)).toMatchObject({ reason: 'fault', arm: 'usual' });
    });

    test('of a practice whose id is too long to be written is missing its unit', async () => {
      const practices = changed({ unit: 'practice', round: 4 });
      await using other = await openLog(practices, store, { now: () => clock });
      const subject = { practice: 'x'.repeat(600) };
      expect(other.assign(subject)).toMatchObject({ reason: 'unit-missing', randomized: false });
    });

    test('leaves the id of a practice as it is, and a patient who opted out is out there too', async () => {
      const practices = changed({ unit: 'practice', round: 2, strata: ['site', 'size'] });
      await using other = await openLog(practices, store, {
        now: () => clock,
        optedOut: ['MRN 1'],
      });
      const subject = { practice: 'Nord', strata: { size: 'a;b=c' } };
      expect(other.assign(subject)).toMatchObject({
        unitId: 'Nord',
        reason: 'hashed',
        stratum: 'site=;size=a\\;b\\=c',
      });
      expect(other.assign({ ...subject, patient: 'MRN 1' })).toMatchObject({
        reason: 'opted-out',
      });
    });

    test('hears of a stop made elsewhere, and of one made before', async () => {
      await using other = await begin({ refreshEvery: 10 });
      await store.stop(trial.fingerprint, clock);
      await sleep(60);
      expect(other.assign({ patient: 'p' })).toMatchObject({ reason: 'stopped' });
      await using later = await begin();
      expect(later.assign({ patient: 'p' })).toMatchObject({ reason: 'stopped' });
    });

    test('serves the control arm when anything breaks', async () => {
      const failing: Store = {
        ...store,
        pseudonym: Object.assign(
          (kind: PersonKind, id: string) => {
            if (id === 'boom') throw new Error('boom');
            return store.pseudonym(kind, id);
          },
          { original: undefined },
        ),
      };
      await using other = await begin({}, failing);
      expect(other.assign({ patient: 'boom' })).toMatchObject({
        arm: 'usual',
        reason: 'fault',
        randomized: false,
        ids: {},
      });
      for (const subject of [null, undefined, 7, {}, { patient: 9 }, { patient: '\uD800' }]) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a caller without types
        const assignment = other.assign(subject as unknown as { patient: string });
        expect(assignment).toMatchObject({ arm: 'usual', randomized: false });
      }
    });
  });

  describe('an opening', () => {
    const fire = (patient = 'p', more: Readonly<Record<string, string>> = {}): boolean =>
      log.impression(log.assign({ patient, clinician: 'c', ...more }), shown).repeat;

    test('takes in repeats within the window of the last firing', async () => {
      expect(fire()).toBe(false);
      clock += 10 * minute;
      expect(fire()).toBe(true);
      clock += 10 * minute;
      expect(fire()).toBe(true);
      clock += 10 * minute + 1;
      expect(fire()).toBe(false);
      await log.flush();
      const [summary] = await store.summaries(trial.fingerprint);
      expect(summary).toMatchObject({ alerts: 4, alertsByOpening: 2 });
    });

    test('is of one patient, one clinician and one alert', () => {
      expect(fire()).toBe(false);
      expect(fire('q')).toBe(false);
      expect(fire('p', { clinician: 'd' })).toBe(false);
      const assignment = log.assign({ patient: 'p', clinician: 'c' });
      expect(log.impression(assignment, { ...shown, alert: 'other' }).repeat).toBe(false);
      expect(fire()).toBe(true);
    });

    test('goes on after a restart', async () => {
      expect(fire()).toBe(false);
      await log.close();
      clock += 5 * minute;
      log = await begin();
      expect(fire()).toBe(true);
      await log.flush();
      const [first, second] = await eventsIn(store);
      expect(second).toMatchObject({ opening: first?.id });
    });
  });

  describe('answers', () => {
    test('are taken at once after their impression, and copy what it says', async () => {
      const assignment = log.assign({ patient: 'p', practice: 'Nord' });
      const { id } = log.impression(assignment, shown);
      const answers = [
        log.dismissal(id, { override: { code: 'contraindicated' }, at: nine + 5 }),
        log.acceptance(id, { suggestion: 's' }),
        log.acceptedOrder(id, { route: 'tag', order: { code: 'o' }, at: nine + 20 * hour }),
      ];
      expect(await Promise.all(answers.map(statusOf))).toEqual(['durable', 'durable', 'durable']);
      const [, dismissal, , order] = await eventsIn(store);
      expect(dismissal).toMatchObject({
        arm: assignment.arm,
        unitId: assignment.unitId,
        practice: 'Nord',
        impression: id,
        opening: id,
        delay: 5,
        alertDay: '2026-10-06',
      });
      expect(order).toMatchObject({ delay: 20 * hour, day: '2026-10-07', alertDay: '2026-10-06' });
    });

    test('find their impression in the ledger after a restart', async () => {
      const { id } = log.impression(log.assign({ patient: 'p' }), shown);
      await log.close();
      log = await begin();
      expect(await statusOf(log.dismissal(id))).toBe('durable');
    });

    test('to nothing that the ledger holds are unknown', async () => {
      expect(await statusOf(log.dismissal(uuid(1)))).toBe('unknown');
      expect(await statusOf(log.acceptance('no uuid'))).toBe('unknown');
      const { id } = log.deviation(log.assign({ patient: 'p' }), 'arm-failed');
      expect(await statusOf(log.acceptance(id))).toBe('unknown');
      expect(log.counters).toMatchObject({ unknown: 3, durable: 1, waiting: 0 });
    });

    test('that arrive twice under one id are duplicates, or rejected when they differ', async () => {
      const { id } = log.impression(log.assign({ patient: 'p' }), shown);
      const once = { id: uuid(1), at: nine };
      expect(await statusOf(log.dismissal(id, once))).toBe('durable');
      expect(await statusOf(log.dismissal(id, once))).toBe('duplicate');
      expect(await log.acceptance(id, once).settled).toMatchObject({
        status: 'rejected',
        error: { code: 'ERR_EVENT_CONFLICT' },
      });
    });

    test('to an alert that nobody saw are rejected, but for an order that was seen afterwards', async () => {
      const { id } = log.impression(log.assign({ patient: 'p' }), { ...shown, stage: 'silent' });
      for (const answer of [
        log.acceptance(id),
        log.dismissal(id),
        log.acceptedOrder(id, { route: 'click' }),
      ]) {
        expect(await answer.settled).toMatchObject({
          status: 'rejected',
          error: { code: 'ERR_EVENT_INVALID' },
        });
      }
      expect(await statusOf(log.acceptedOrder(id, { route: 'window' }))).toBe('durable');
    });

    test('to an alert of an arm that does not exist cannot come about', async () => {
      const ghost = { ...log.assign({ patient: 'p' }), arm: 'ghost' as 'usual' };
      const recorded = log.impression(ghost, shown);
      expect(await recorded.settled).toMatchObject({
        status: 'rejected',
        error: { code: 'ERR_EVENT_INVALID' },
      });
    });
  });

  describe('time at risk', () => {
    test('on a day that did not take place is rejected', async () => {
      const apia = changed({
        timeZone: 'Pacific/Apia',
        start: '2011-12-01',
        end: '2012-01-31',
        round: 5,
      });
      await using other = await openLog(apia, store, { now: () => clock });
      const whole = { calendar: 1, midnight: 1, elapsed: 1 };
      expect(
        await other.patientDays({ patient: 'p' }, { day: '2011-12-30', ...whole }).settled,
      ).toMatchObject({ status: 'rejected' });
      expect(
        await statusOf(other.patientDays({ patient: 'p' }, { day: '2011-12-31', ...whole })),
      ).toBe('durable');
    });

    const day = { day: '2026-10-06', calendar: 1, midnight: 1, elapsed: 1 };

    test('of the same patient and day is one event', async () => {
      expect(await statusOf(log.patientDays({ patient: 'p' }, day))).toBe('durable');
      expect(await statusOf(log.patientDays({ patient: 'p' }, day))).toBe('duplicate');
      expect(await store.summaries(trial.fingerprint)).toMatchObject([{ calendarDays: 1 }]);
    });

    test('before the start is kept and not counted', async () => {
      const early = { ...day, day: '2026-10-04' };
      expect(await statusOf(log.patientDays({ patient: 'p' }, early))).toBe('durable');
      expect(await eventsIn(store)).toMatchObject([{ reason: 'before-start', day: '2026-10-04' }]);
      expect(await store.summaries(trial.fingerprint)).toEqual([]);
    });

    test('of nobody, or on no day, is rejected', async () => {
      const practices = changed({ unit: 'practice', round: 2 });
      await using other = await openLog(practices, store);
      expect(await other.patientDays({ practice: 'Nord' }, day).settled).toMatchObject({
        status: 'rejected',
        error: { code: 'ERR_EVENT_INVALID', problems: [{ path: 'patient' }] },
      });
      expect(
        await log.patientDays({ patient: 'p' }, { ...day, day: 'Tuesday' }).settled,
      ).toMatchObject({ status: 'rejected', error: { code: 'ERR_EVENT_INVALID' } });
    });

    test('in two practices on one day is two events', async () => {
      const practices = changed({ unit: 'practice', round: 2 });
      await using other = await openLog(practices, store, { now: () => clock });
      for (const practice of ['Nord', 'Süd']) {
        expect(await statusOf(other.patientDays({ practice, patient: 'p' }, day))).toBe('durable');
      }
    });
  });

  describe('what cannot be recorded', () => {
    test('is lost, counted by arm, and written as gaps when the ledger works again', async () => {
      const state = breakable();
      await using other = await begin({ refreshEvery: 60_000 }, state.store);
      const { id } = other.impression(other.assign({ patient: 'p' }), shown);
      await other.flush();
      state.broken = true;
      const arms = ['a', 'b', 'c', 'd', 'e'].map((patient) => {
        clock += 1;
        const assignment = other.assign({ patient });
        other.impression(assignment, shown);
        return assignment.arm;
      });
      const lost = other.dismissal(id, { at: nine + 100 });
      expect(await lost.settled).toMatchObject({
        status: 'lost',
        error: { code: 'ERR_STORE_UNUSABLE' },
      });
      await other.flush();
      expect(other.counters).toMatchObject({ lost: 6, waiting: 0 });
      expect(new Set(arms).size).toBe(2);

      state.broken = false;
      expect(await statusOf(other.deviation(other.assign({ patient: 'p' }), 'mended'))).toBe(
        'durable',
      );
      await other.flush();
      const gaps = await eventsIn(state.store, 'gap');
      expect(gaps).toHaveLength(2);
      const counts = gaps.map((gap) => (gap.type === 'gap' ? gap.count : 0));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(6);
      expect(gaps.map((gap) => gap.type === 'gap' && gap.to)).toContain(nine + 100);
      await other.close();
      expect(await eventsIn(state.store, 'gap')).toHaveLength(2);
    });

    test('costs nothing more when the logger is broken too', async () => {
      const state = breakable();
      const broken = new Proxy(pino({ level: 'silent' }), {
        get: () => () => {
          throw new Error('the log is full too');
        },
      });
      await using other = await begin({ logger: broken, refreshEvery: 10 }, state.store);
      state.broken = true;
      const lost = other.impression(other.assign({ patient: 'p' }), shown);
      expect(await statusOf(lost)).toBe('lost');
      expect(other.assign({ patient: 'q' }, { at: Number.NaN }).reason).toBe('fault');
      await sleep(50);
      expect(other.counters).toMatchObject({ lost: 1, waiting: 0 });
    });

    test('takes its answers with it', async () => {
      const state = breakable();
      await using other = await begin({}, state.store);
      state.broken = true;
      const { id, settled } = other.impression(other.assign({ patient: 'p' }), shown);
      const answer = other.acceptance(id);
      await settled;
      state.broken = false;
      expect(['unknown', 'lost']).toContain(await statusOf(answer));
      expect(await eventsIn(state.store, 'acceptance')).toEqual([]);
    });

    test('is written as a gap by the time the log is closed', async () => {
      const state = breakable();
      const other = await begin({}, state.store);
      state.broken = true;
      await other.impression(other.assign({ patient: 'p' }), shown).settled;
      state.broken = false;
      await other.close();
      expect(await eventsIn(state.store, 'gap')).toMatchObject([
        { count: 1, from: nine, to: nine },
      ]);
    });

    test('is lost at once when too much is waiting', async () => {
      await using other = await begin({ capacity: 2 });
      const assignment = other.assign({ patient: 'p' });
      const all = [1, 2, 3].map(() => statusOf(other.impression(assignment, shown)));
      expect(await Promise.all(all)).toEqual(['durable', 'durable', 'lost']);
      await other.flush();
      expect(await eventsIn(store, 'gap')).toMatchObject([{ count: 1 }]);
    });

    test('is said to the logger, without any id', async () => {
      const lines: string[] = [];
      const logger = pino({}, { write: (line) => lines.push(line) });
      const state = breakable();
      await using other = await begin({ logger }, state.store);
      state.broken = true;
      const assignment = other.assign({ patient: 'MRN 1' });
      const { id, settled } = other.impression(assignment, shown);
      await settled;
      await other.close();
      expect(lines).toHaveLength(2);
      expect(lines[0]).toContain('events are being lost');
      expect(lines[1]).toContain('gaps could not be written');
      for (const secret of ['MRN 1', id, String(assignment.unitId)]) {
        expect(lines.join('')).not.toContain(secret);
      }
    });
  });

  describe('whatever it is given', () => {
    test('it never throws and never rejects', async () => {
      const assignment = log.assign({ patient: 'p' });
      const rubbish: readonly unknown[] = [
        undefined,
        null,
        0,
        '',
        'x',
        {},
        [],
        { at: Number.NaN },
        { at: 'now' },
        { id: 5 },
        { at: 9e15 },
        { at: -1 },
        { at: 1.5 },
        { stage: 'shown', alert: 'a' },
        { day: '2026-10-06' },
        { override: 7 },
        { route: 'pigeon' },
      ];
      const { id } = log.impression(assignment, shown);
      const settled: Promise<Settlement>[] = [];
      for (const given of rubbish) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a caller without types
        const any = given as never;
        settled.push(
          log.impression(assignment, any).settled,
          log.impression(any, shown).settled,
          log.impression(any, any).settled,
          log.dismissal(any, any).settled,
          log.dismissal(id, any).settled,
          log.acceptance(id, any).settled,
          log.acceptedOrder(id, any).settled,
          log.patientDays(any, any).settled,
          log.patientDays({ patient: 'p' }, any).settled,
          log.deviation(any, 'what').settled,
          log.deviation(assignment, any).settled,
        );
      }
      const statuses = (await Promise.all(settled)).map(({ status }) => status);
      expect(statuses).not.toContain('lost');
      expect(new Set(statuses)).toEqual(new Set(['rejected', 'unknown', 'durable']));
      await log.flush();
      const { waiting, ...counts } = log.counters;
      expect(waiting).toBe(0);
      expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(settled.length + 1);
    });

    test('one malformed event does not take its neighbours with it', async () => {
      const assignment = log.assign({ patient: 'p' });
      const all = [
        log.impression(assignment, shown),
        log.impression(assignment, { ...shown, at: 1.5 }),
        log.impression(assignment, shown),
      ];
      expect(await Promise.all(all.map(statusOf))).toEqual(['durable', 'rejected', 'durable']);
    });

    test('an assignment of another trial is rejected', async () => {
      const other = { ...log.assign({ patient: 'p' }), fingerprint: 'f'.repeat(64) };
      expect(await log.impression(other, shown).settled).toMatchObject({
        status: 'rejected',
        error: { problems: [{ path: 'trial' }] },
      });
    });
  });

  describe('closing', () => {
    test('drains what is on its way and loses what comes after', async () => {
      const assignment = log.assign({ patient: 'p' });
      const before = log.impression(assignment, shown);
      const closed = log.close();
      const after = log.impression(assignment, shown);
      await closed;
      await log.close();
      expect(await statusOf(before)).toBe('durable');
      expect(await after.settled).toMatchObject({
        status: 'lost',
        error: { code: 'ERR_STORE_CLOSED' },
      });
      expect(log.assign({ patient: 'p' })).toMatchObject({ reason: 'hashed' });
      expect(await store.find(before.id)).toMatchObject({ id: before.id, type: 'impression' });
    });

    test('another protocol for the same round is refused at the opening', async () => {
      await expect(openLog(changed({ title: 'Other' }), store)).rejects.toMatchObject({
        code: 'ERR_PROTOCOL_MISMATCH',
      });
    });
  });

  test('works the same on the embedded store', async () => {
    await inFolder(async (folder) => {
      await using embedded = await openStore(join(folder, 'ledger.db'));
      {
        await using other = await begin({}, embedded);
        for (let index = 0; index < 300; index += 1) {
          clock += minute;
          const assignment = other.assign({ patient: `p${index % 40}`, clinician: 'c' });
          const { id } = other.impression(assignment, shown);
          if (index % 3 === 0) other.dismissal(id);
          if (index % 5 === 0) other.acceptance(id);
          other.patientDays(
            { patient: `p${index % 40}` },
            { day: '2026-10-06', calendar: 1, midnight: 0, elapsed: 0.5 },
          );
        }
      }
      const summaries = await embedded.summaries(trial.fingerprint);
      const total = (name: 'alerts' | 'dismissed' | 'accepted' | 'calendarDays'): number =>
        summaries.reduce((sum, summary) => sum + summary[name], 0);
      expect([total('alerts'), total('dismissed'), total('accepted')]).toEqual([300, 100, 60]);
      expect(total('calendarDays')).toBe(40);
    });
  });
});
