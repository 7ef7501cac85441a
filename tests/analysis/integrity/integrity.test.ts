import { describe, expect, test } from '@jest/globals';
import {
  contaminationOf,
  integrityReport,
  sampleRatioOf,
} from '../../../src/analysis/integrity/index.ts';
import { armChanges } from '../../../src/analysis/integrity/arm-changes.ts';
import {
  missingFeedback,
  silentPracticesObserver,
} from '../../../src/analysis/integrity/feedback.ts';
import { triggerCourse } from '../../../src/analysis/integrity/trigger-course.ts';
import { rateBreak, triggerDrift } from '../../../src/analysis/methods/drift/index.ts';
import { differenceOf, ratioOfTotals } from '../../../src/analysis/methods/ratio-of-totals.ts';
import { testSampleRatio } from '../../../src/analysis/methods/sample-ratio/index.ts';
import type { UnitRow } from '../../../src/analysis/rows.ts';
import type { TrialEvent } from '../../../src/index.ts';
import { poisson, randomStream } from '../../../src/stats/index.ts';
import type { DaySums } from '../../../src/store/index.ts';
import { memoryStore, openLog } from '../../../src/store/index.ts';
import { trialWith } from '../../trials.ts';
import { eventsOf, stream } from './events.ts';

const trial = trialWith();
const { alert, answer } = eventsOf(trial);

describe('Contamination', () => {
  const seen = (clinician: string | undefined, arm: string, times: number) =>
    Array.from({ length: times }, () => alert({ clinician, arm }));
  const events = [
    ...seen('a', 'usual', 6),
    ...seen('a', 'redesign', 2),
    ...seen('b', 'usual', 5),
    ...seen('c', 'redesign', 7),
    ...seen(undefined, 'usual', 3),
  ];

  test('counts clinicians and alerts, by arm', async () => {
    expect(await contaminationOf(trial, stream(events))).toEqual({
      estimable: true,
      clinicians: 3,
      exposed: 1,
      share: 1 / 3,
      alerts: 20,
      alertShare: 8 / 20,
      majorityShare: 18 / 20,
      arms: [
        { arm: 'usual', alerts: 11, exposed: 6 },
        { arm: 'redesign', alerts: 9, exposed: 2 },
      ],
      withoutClinician: 3,
      advice: expect.stringContaining('randomise clinicians or practices in the next round'),
    });
  });

  test('advises by what was randomised', async () => {
    const advice = async (unit: string) => {
      const result = await contaminationOf(trialWith({ unit }), stream(events));
      return result.estimable ? result.advice : result.reason;
    };
    expect(await advice('practice')).toMatch(/work in practices of several arms/);
    expect(await advice('clinician')).toMatch(/find out how another was shown/);
    expect(await advice('encounter')).toMatch(/randomise clinicians or practices/);
  });

  test('asks only for alerts that were shown to someone at random', async () => {
    const others = [
      ...events,
      alert({ clinician: 'b', arm: 'redesign', stage: 'silent' }),
      alert({ clinician: 'b', arm: 'redesign', randomized: false }),
      answer(events[0] as TrialEvent, { clinician: 'b', arm: 'redesign' }),
    ];
    expect(await contaminationOf(trial, stream(others))).toEqual(
      await contaminationOf(trial, stream(events)),
    );
    expect(await contaminationOf(trial, stream(seen(undefined, 'usual', 2)))).toEqual({
      estimable: false,
      reason: expect.stringContaining('clinician'),
      instead: 'log the clinician with each alert',
    });
    expect(await contaminationOf(trial, stream(seen('b', 'usual', 2)))).toMatchObject({
      exposed: 0,
      alertShare: 0,
      majorityShare: 1,
      advice: null,
    });
  });
});

describe('The sample ratio of a trial', () => {
  test('counts each unit once, whatever strata and patients it has, and expects by weight', () => {
    const weighted = trialWith({
      arms: ['usual', 'redesign'].map((name, i) => ({ name, weight: 2 - i, content: {} })),
    });
    const rows = Array.from({ length: 60 }, (_, i) => ({
      unitId: `u${i % 30}`,
      arm: i % 30 < 12 ? 'usual' : 'redesign',
      patients: 9,
    }));
    expect(sampleRatioOf(weighted, rows)).toEqual({
      estimable: true,
      arms: [
        { arm: 'usual', units: 12, expected: 20 },
        { arm: 'redesign', units: 18, expected: 10 },
      ],
      ...testSampleRatio([12, 18], [2, 1]),
      threshold: 0.001,
      mismatch: false,
    });
    expect(sampleRatioOf(weighted, rows.slice(12, 30))).toMatchObject({ mismatch: true });
    expect(sampleRatioOf(weighted, [])).toEqual({
      estimable: false,
      reason: 'no unit has been randomised yet',
      instead: 'look again once the trial has units',
    });
  });
});

describe('Units that changed arm', () => {
  const row = (unitId: string, arm: string, stratum = ''): UnitRow => ({ unitId, arm, stratum });

  test('are counted by the arms they stand in, without their ids', () => {
    const several = trialWith({
      arms: ['usual', 'a', 'b'].map((name) => ({ name, weight: 1, content: {} })),
    });
    const changes = armChanges(several, [
      row('u1', 'a'),
      row('u1', 'usual'),
      row('u2', 'usual'),
      row('u2', 'usual', 's=1'),
      ...['u3', 'u4'].flatMap((unit) => [row(unit, 'b'), row(unit, 'a')]),
      ...['usual', 'a', 'b'].map((arm) => row('u5', arm)),
    ]);
    expect(changes).toEqual({
      units: 4,
      combinations: [
        { arms: ['a', 'b'], units: 2 },
        { arms: ['usual', 'a'], units: 1 },
        { arms: ['usual', 'a', 'b'], units: 1 },
      ],
      advice: expect.stringContaining('rapidcycle verify'),
    });
    expect(JSON.stringify(changes)).not.toMatch(/u\d/);
    expect(armChanges(several, [row('u1', 'a')])).toEqual({
      units: 0,
      combinations: [],
      advice: null,
    });
  });
});

/** Seeded units that leave a share of their alerts without an answer. */
const answering = (shares: Readonly<Record<string, number>>, units = 30): readonly UnitRow[] =>
  Object.entries(shares).flatMap(([arm, share], a) =>
    Array.from({ length: units }, (_, i): UnitRow => {
      const random = randomStream(['answers', a], i);
      const alerts = 10 + random.integer(20);
      const unanswered = Math.min(alerts, Math.round(alerts * share * (0.5 + random.next())));
      const accepted = Math.floor((alerts - unanswered) / 3);
      return {
        unitId: `${arm}-${i}`,
        arm,
        alerts,
        accepted: accepted + 1,
        dismissed: alerts - unanswered - accepted,
        acceptedAndDismissed: 1,
      };
    }),
  );

describe('Missing feedback', () => {
  test('is compared between arms at the unit that was randomised', () => {
    const rows = answering({ usual: 0.2, redesign: 0.4 });
    const { arms, comparisons, least } = missingFeedback(trial, rows);
    const totals = (arm: string) =>
      rows
        .filter((row) => row.arm === arm)
        .map(({ alerts = 0, accepted = 0, dismissed = 0 }) => ({
          numerator: alerts - accepted - dismissed + 1,
          denominator: alerts,
        }));
    const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
    const usual = totals('usual');
    const unanswered = sum(usual.map(({ numerator }) => numerator));
    const alerts = sum(usual.map(({ denominator }) => denominator));
    expect(arms[0]).toEqual({
      arm: 'usual',
      alerts,
      unanswered,
      share: unanswered / alerts,
      units: 30,
      unitsWithoutAnswer: 0,
    });
    expect(least).toBe(10);
    const [one, other] = [ratioOfTotals(totals('redesign')), ratioOfTotals(usual)];
    if (!one.estimable || !other.estimable) throw new Error('not estimable');
    expect(comparisons).toEqual([
      {
        arm: 'redesign',
        control: 'usual',
        difference: differenceOf(one, other, 0.95),
        differs: true,
      },
    ]);
    const alike = missingFeedback(trial, answering({ usual: 0.3, redesign: 0.3 }));
    expect(alike.comparisons[0]).toMatchObject({ differs: false, difference: { estimable: true } });
  });

  test('adds up the strata of a unit and counts the units that never answer', () => {
    const part = { unitId: 'u', arm: 'usual', accepted: 0, dismissed: 0, acceptedAndDismissed: 0 };
    const rows = (alerts: number) => [
      { ...part, stratum: 's=1', alerts },
      { ...part, stratum: 's=2', alerts: 5 },
      { unitId: 'v', arm: 'usual', alerts: 12, dismissed: 1 },
    ];
    expect(missingFeedback(trial, rows(5)).arms[0]).toMatchObject({
      alerts: 22,
      unanswered: 21,
      units: 2,
      unitsWithoutAnswer: 1,
    });
    expect(missingFeedback(trial, rows(4)).arms[0]).toMatchObject({
      units: 1,
      unitsWithoutAnswer: 0,
    });
    expect(missingFeedback(trial, rows(4)).arms[1]).toMatchObject({ alerts: 0, share: null });
  });

  test('is not compared without units, or where units stand in several arms', () => {
    const rows = answering({ usual: 0.2, redesign: 0.4 });
    const reason = (given: readonly UnitRow[]) => {
      const [comparison] = missingFeedback(trial, given).comparisons;
      return comparison?.difference.estimable === false
        ? comparison.difference.reason
        : 'estimated';
    };
    expect(reason([])).toMatch(/no unit/);
    expect(reason(rows.filter(({ arm }) => arm === 'redesign'))).toMatch(/no unit/);
    expect(reason([...rows, { unitId: 'usual-0', arm: 'redesign' }])).toMatch(/more than one arm/);
  });

  test('of whole practices is found', () => {
    const observer = silentPracticesObserver();
    const at = (practice: string | undefined, alerts: number, answers: number) => {
      for (let i = 0; i < alerts; i += 1) {
        const shown = alert({ practice });
        observer.observe(shown);
        if (i < answers) observer.observe(answer(shown, { practice }));
      }
    };
    expect(observer.result()).toEqual({ practices: 0, withoutAnswer: 0, alertShare: 0, least: 10 });
    at('p1', 30, 1);
    at('p2', 10, 0);
    at('p3', 9, 0);
    at(undefined, 40, 0);
    observer.observe(alert({ practice: 'p3', stage: 'silent' }));
    observer.observe(alert({ practice: 'p3', randomized: false }));
    observer.observe(answer(alert(), { practice: 'p2', type: 'order', route: 'click' }));
    expect(observer.result()).toEqual({
      practices: 2,
      withoutAnswer: 1,
      alertShare: 10 / 40,
      least: 10,
    });
    observer.observe(answer(alert(), { practice: 'p2', type: 'acceptance' }));
    expect(observer.result().withoutAnswer).toBe(0);
  });
});

/** Seeded days of both arms, with the arm's rate drifting and every rate changing on a day. */
function daysWith({ drift = 0, from = 42, factor = 1 }): readonly DaySums[] {
  const random = randomStream('days');
  return Array.from({ length: 42 }, (_, i) => {
    const day = new Date(trial.startsAt + (i + 0.5) * 86_400_000).toISOString().slice(0, 10);
    const common = i >= from ? factor : 1;
    const row = (arm: string, rate: number) => ({
      arm,
      day,
      alerts: poisson.quantile(random.next(), 80 * rate),
      silent: poisson.quantile(random.next(), 20 * rate),
      calendarDays: 200,
    });
    return [row('usual', common), row('redesign', common * Math.exp((drift * i) / 7))];
  }).flat() as unknown as readonly DaySums[];
}

describe('The course of the trigger', () => {
  test('is that of all firings, shown and silent, in weeks', () => {
    const days = daysWith({ drift: 0.1 });
    const { drifts, change } = triggerCourse(trial, [...days].reverse());
    const cell = (i: number) => ({
      events: (days[i]?.alerts ?? 0) + (days[i]?.silent ?? 0),
      exposure: 200,
    });
    const periods = Array.from({ length: 42 }, (_, i) => ({
      time: i / 7,
      arm: cell(2 * i + 1),
      control: cell(2 * i),
    }));
    expect(drifts).toEqual([
      { arm: 'redesign', control: 'usual', drift: triggerDrift(periods), drifts: true },
    ]);
    const found = rateBreak(
      periods.map(({ arm, control }) => ({ events: arm.events + control.events, exposure: 400 })),
    );
    if (!found.estimable || !change.estimable) throw new Error('not estimable');
    expect(change.statistic).toBe(found.statistic);
    expect(change).not.toHaveProperty('period');
    expect(change.day).toBe(days[2 * found.period]?.day);
  });

  test('that changes in all arms on one day is a change and no drift', () => {
    const course = triggerCourse(trial, daysWith({ from: 20, factor: 2 }));
    expect(course).toMatchObject({ changed: true, change: { day: '2026-10-25' } });
    expect(course.drifts[0]?.drifts).toBe(false);
    const even = triggerCourse(trial, daysWith({}));
    expect(even.changed).toBe(false);
    expect(even.drifts[0]?.drifts).toBe(false);
  });

  test('is not judged without days, nor with days of one arm', () => {
    expect(triggerCourse(trial, [])).toMatchObject({
      changed: false,
      change: { estimable: false },
      drifts: [{ drifts: false, drift: { estimable: false } }],
    });
    const one = daysWith({}).filter(({ arm }) => arm === 'usual');
    expect(triggerCourse(trial, one)).toMatchObject({
      change: { estimable: true },
      drifts: [{ drift: { estimable: false } }],
    });
  });
});

describe('The integrity report', () => {
  test('reads a ledger once and survives JSON', async () => {
    const store = memoryStore({ key: 'cd'.repeat(32) });
    await using log = await openLog(trial, store, { now: () => Date.UTC(2026, 9, 10, 16) });
    for (let n = 0; n < 60; n += 1) {
      const subject = { patient: `p-${n}`, clinician: `c-${n % 4}`, practice: `s-${n % 3}` };
      const assignment = log.assign(subject);
      log.patientDays(subject, { day: '2026-10-10', calendar: 1, midnight: 1, elapsed: 1 });
      const { id } = log.impression(assignment, { stage: 'returned', alert: 'flu' });
      if (n % 3 > 0) log.dismissal(id);
    }
    await log.flush();
    const report = await integrityReport(trial, store);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report).toMatchObject({
      sampleRatio: { estimable: true, mismatch: false, method: 'exact-binomial' },
      armChanges: { units: 0 },
      contamination: { clinicians: 4, exposed: 4, alerts: 60, alertShare: 1 },
      practices: { practices: 3, withoutAnswer: 1, alertShare: 1 / 3 },
      anomalies: [],
      trigger: { changed: false },
    });
    expect(report.warnings).toEqual([
      expect.stringMatching(
        /^1 of 3 practices with 10 alerts or more never sent an answer; they hold 33.3 %/,
      ),
      expect.stringMatching(
        /^100.0 % of clinicians, who saw 100.0 % of the alerts, saw more than one/,
      ),
    ]);
  });

  test('warns of everything that would mislead, the gravest first, and names nobody', async () => {
    const shown = alert({ clinician: 'c' });
    const rows = [
      ...answering({ usual: 0.1, redesign: 0.5 }, 40),
      ...answering({ usual: 0.1 }, 90).slice(40),
    ];
    const report = await integrityReport(
      trial,
      {
        summaries: async () => rows as never,
        days: async () => daysWith({ drift: 0.2, from: 20, factor: 3 }),
        // oxlint-disable-next-line require-yield
        read: async function* () {
          yield* stream([shown, answer(alert()), alert({ at: trial.startsAt - 1 })]);
        },
      },
      { burst: 30 },
    );
    const starts = [
      /^The arms do not hold the units/,
      /^The trigger drifts between redesign and usual: .* multiplied by 1\.2/,
      /^The trigger changed in all arms about 2026-10-2/,
      /^Alerts without an answer differ between redesign and usual by \+\d+\.\d points/,
      /^1 alerts that were answered/,
      /^1 alerts or patient-days of random/,
    ];
    expect(report.warnings).toHaveLength(starts.length);
    starts.forEach((start, i) => expect(report.warnings[i]).toMatch(start));
    expect(report.warnings.join()).not.toMatch(/usual-\d|redesign-\d/);
    const first = rows[0] as UnitRow;
    const moved = await integrityReport(trial, {
      summaries: async () => [...rows, { ...first, arm: 'redesign' }] as never,
      days: async () => [],
      read: async function* () {
        yield* stream([]);
      },
    });
    expect(moved.warnings[1]).toMatch(/^1 patient\(s\) stand in more than one arm\. One unit has/);
    expect(moved.contamination).toMatchObject({ estimable: false });
  });

  test('warns of contamination from a tenth of the alerts on', async () => {
    const mixed = (alone: number) => {
      const both = ['usual', 'redesign'].map((arm) => alert({ arm, clinician: 'both' }));
      const rest = Array.from({ length: alone }, () => alert({ clinician: 'one' }));
      return integrityReport(trial, {
        summaries: async () => [],
        days: async () => [],
        read: async function* () {
          yield* stream([...both, ...rest]);
        },
      });
    };
    expect((await mixed(18)).warnings).toEqual([
      expect.stringMatching(/^50.0 % of clinicians, who saw 10.0 % of the alerts/),
    ]);
    expect((await mixed(19)).warnings).toEqual([]);
  });

  test('asks for the events it needs and passes its options on', async () => {
    const queries: unknown[] = [];
    const events = [alert({ at: trial.startsAt }), alert({ at: trial.startsAt })];
    const report = await integrityReport(
      trial,
      {
        summaries: async () => [],
        days: async () => [],
        read: async function* (query) {
          queries.push(query);
          yield* stream(events);
        },
      },
      { burst: 1 },
    );
    expect(queries).toEqual([
      {
        trial: trial.fingerprint,
        types: ['impression', 'dismissal', 'acceptance', 'order', 'patient-days'],
      },
    ]);
    expect(report.anomalies.map(({ code }) => code)).toEqual(['burst']);
    expect(report.warnings).toEqual([expect.stringMatching(/^1 minutes in which one unit/)]);
    expect(report.sampleRatio.estimable).toBe(false);
  });
});
