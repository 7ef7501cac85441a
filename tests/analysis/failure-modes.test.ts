/**
 * What goes wrong in alert trials, one test a failure: each ends in a reason, a warning or a refusal,
 * never in a number that cannot be.
 */
import { describe, expect, test } from '@jest/globals';
import type { UnitRow } from '../../src/analysis/index.ts';
import {
  alertsPerPatientDay,
  analyze,
  gee,
  iccOfProportions,
  negativeBinomialRegression,
  permutationTest,
  poissonRateRatio,
  proportion,
  proportionDifference,
  ratioOfTotals,
  rerandomizationInterval,
  rerandomize,
  wilcoxonTest,
} from '../../src/analysis/index.ts';
import { patientDays } from '../../src/fhir/index.ts';
import { addDays, startOfDay } from '../../src/trial/calendar.ts';
import { sum } from '../../src/stats/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { trialWith } from '../trials.ts';
import type { Counted } from './decision/practices.ts';
import {
  drawnPractices,
  made,
  over,
  practicesOf,
  practiceTrial,
  verdictOn,
} from './decision/practices.ts';

const usual = drawnPractices('u', 10, { rate: 5 });
const redesign = drawnPractices('r', 10, { rate: 3 });
const rows = practicesOf({ usual, redesign });
const without = (practices: readonly Counted[]): readonly Counted[] =>
  practices.map((each) => ({ ...each, alerts: 0, accepted: 0 }));

const isPlain = (value: unknown): void => {
  expect(JSON.parse(JSON.stringify(value))).toEqual(value);
  expect(JSON.stringify(value)).not.toMatch(/NaN|Infinity/);
};

describe('An arm without events', () => {
  test('has no ratio and no interval of its own; the difference and the re-randomisation test remain', async () => {
    const burden = await alertsPerPatientDay(
      practiceTrial(),
      practicesOf({ usual, redesign: without(redesign) }),
    );
    const [comparison] = burden.comparisons;
    expect(comparison?.ratio).toEqual({
      estimable: false,
      reason: expect.stringMatching(/no events, so the ratio has no logarithm/),
      instead: 'read the difference',
    });
    expect(burden.arms[1]).toMatchObject({
      ratio: 0,
      rate: {
        estimable: false,
        reason: expect.stringMatching(/^no events/),
        instead: expect.any(String),
      },
    });
    expect(made(comparison?.difference).upper).toBeLessThan(0);
    // All of 2²⁰ assignments are too many; the least p value of 399 draws is 1 in 400.
    expect(made(comparison?.rerandomization).pValue).toBe(1 / 400);
    expect(made(comparison?.rerandomizationInterval).upper).toBeLessThan(0);
    isPlain(burden);
  });

  test('of a control that has none either leaves nothing to compare', async () => {
    const { verdict, primary, pValue } = await verdictOn(
      practiceTrial(),
      practicesOf({ usual: without(usual), redesign: without(redesign) }),
    );
    expect([verdict, primary.estimable, pValue]).toEqual(['inconclusive', false, null]);
  });

  test('of independent counts has a one-sided bound, and nothing is added to the zero', () => {
    const found = poissonRateRatio({ events: 0, exposure: 100 }, { events: 20, exposure: 100 });
    expect(JSON.stringify(found)).not.toMatch(/NaN/);
    expect(made(proportion(0, 20)).lower).toBe(0);
  });
});

describe('Few units', () => {
  test('one unit in an arm has no variance between units', async () => {
    const burden = await alertsPerPatientDay(
      practiceTrial(),
      practicesOf({ usual, redesign: redesign.slice(0, 1) }),
    );
    for (const result of [
      burden.arms[1]?.rate,
      burden.comparisons[0]?.ratio,
      burden.comparisons[0]?.rerandomization,
    ]) {
      expect(result).toMatchObject({
        estimable: false,
        reason: expect.stringMatching(/one unit alone has no variance between units/),
        instead: expect.stringMatching(/two units or more/),
      });
    }
    expect(burden.arms[1]?.ratio).toBeGreaterThan(0);
  });

  test('three against three practices can show nothing at 5 %', async () => {
    const { verdict, reasons } = await verdictOn(
      practiceTrial({ decision: { draws: 399, test: 'model' } }),
      practicesOf({ usual: usual.slice(0, 3), redesign: redesign.slice(0, 3) }),
    );
    expect(verdict).toBe('inconclusive');
    expect(reasons.join(' ')).toMatch(/No claim can be made with arms of 3 and 3 practices/);
  });

  test('draws that hardly ever give each arm enough units are too few to judge by', () => {
    const units = Array.from({ length: 4 }, (_, i) => ({
      numerator: i,
      denominator: 1,
      treated: i < 2,
    }));
    const lopsided = rerandomize(units, {
      procedure: { kind: 'hashed', weights: [1, 999] },
      draws: 399,
      seed: 1,
      enumerateUpTo: 0,
      statistic: 'difference',
    });
    expect(lopsided).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/only \d+ of 399 draws gave each arm enough units/),
    });
  });
});

describe('All alerts or all days in one practice', () => {
  test('is warned of from half of the denominator on', async () => {
    const big = { alerts: 9_000, days: 3_000 };
    const { warnings } = await alertsPerPatientDay(
      practiceTrial(),
      practicesOf({ usual, redesign: [big, ...redesign] }),
    );
    expect(warnings.join(' ')).toMatch(
      /In arm redesign one practice holds 7\d % of the denominator/,
    );
    const even = await alertsPerPatientDay(practiceTrial(), rows);
    expect(even.warnings.join(' ')).not.toMatch(/holds/);
  });

  test('makes the Mancl-DeRouen standard error infinite, which no result shows', async () => {
    const whole = [
      { alerts: 500, days: 1e13 },
      { alerts: 1, days: 1 },
      { alerts: 0, days: 1 },
    ];
    expect(
      ratioOfTotals(whole.map((u) => ({ numerator: u.alerts, denominator: u.days }))),
    ).toMatchObject({
      standardError: Infinity,
      largestShare: expect.closeTo(1, 9),
    });
    const analysis = await analyze(
      practiceTrial({ decision: { draws: 399, test: 'model' } }),
      practicesOf({ usual, redesign: whole }),
      { asOf: over },
    );
    expect(analysis.primary.comparisons[0]?.difference).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/one unit holds nearly all/),
    });
    expect(analysis.verdicts[0]).toMatchObject({ pValue: null, primary: { estimable: false } });
    isPlain(analysis);
  });

  test('of the alerts, where they are the denominator, leaves acceptance without a test', async () => {
    const primary = { metric: 'acceptanceRate', better: 'higher' };
    const one = without(redesign).map((each, i) =>
      i === 0 ? { ...each, alerts: 90, accepted: 30 } : each,
    );
    const analysis = await analyze(
      practiceTrial({ primary }),
      practicesOf({ usual, redesign: one }),
      { asOf: over },
    );
    expect(analysis.primary.arms[1]).toMatchObject({
      units: 1,
      unitsWithoutDenominator: 9,
      ratio: 1 / 3,
    });
    expect(analysis.verdicts[0]?.primary).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/redesign: one unit alone/),
    });
  });
});

describe('Practices', () => {
  test('without alerts count as zeros in a rate, and drop out of a share, which says how many', async () => {
    const quiet = [...redesign, ...without(redesign.slice(0, 4))];
    const trial = practiceTrial({ secondary: [{ metric: 'acceptanceRate', better: 'higher' }] });
    const { primary, secondary } = await analyze(trial, practicesOf({ usual, redesign: quiet }), {
      asOf: over,
    });
    expect(primary.arms[1]).toMatchObject({ units: 14, unitsWithoutDenominator: 0 });
    expect(secondary[0]?.arms[1]).toMatchObject({ units: 10, unitsWithoutDenominator: 4 });
  });

  test('that stand in two arms leave nothing to estimate, and it is said how to find them', async () => {
    const [first] = rows;
    const twice = [...rows, { ...first, arm: 'redesign' } as UnitRow];
    const analysis = await analyze(practiceTrial(), twice, { asOf: over });
    const several = {
      estimable: false,
      reason: expect.stringMatching(/1 unit\(s\) stand in more than one arm/),
      instead: expect.stringMatching(/rapidcycle verify/),
    };
    expect(analysis.primary.arms[0]?.rate).toEqual(several);
    expect(analysis.verdicts[0]?.primary).toEqual(several);
    expect(analysis.identities[0]).toEqual(several);
    isPlain(analysis);
  });

  test('with events and no exposure are left out, and it is warned of them', async () => {
    const odd = practicesOf({ usual, redesign: [...redesign, { alerts: 7, days: 0 }] });
    const burden = await alertsPerPatientDay(practiceTrial(), odd);
    expect(burden.warnings.join(' ')).toMatch(/1 practice\(s\) have events but no denominator/);
    expect(burden.arms[1]).toMatchObject({ units: 10, unitsWithoutDenominator: 1 });
    expect(burden.arms[1]?.numerator).toBe(sum(redesign.map(({ alerts }) => alerts)));
  });
});

describe('Rows', () => {
  test('that are not sorted give the same analysis', async () => {
    const sorted = await analyze(practiceTrial(), rows, { asOf: over });
    const turned = await analyze(practiceTrial(), [...rows].reverse(), { asOf: over });
    expect(JSON.stringify(turned)).toBe(JSON.stringify(sorted));
  });

  test('whose arms were renamed in the protocol are refused', async () => {
    const renamed = practiceTrial({
      arms: ['usual', 'quieter'].map((name) => ({ name, weight: 1, content: null })),
    });
    await expect(analyze(renamed, rows)).rejects.toThrow(
      /"redesign" is not an arm of trial influenza; its arms are usual, quieter/,
    );
  });

  test('of a trial whose arms have other names and the same data give the same effects', async () => {
    const other = practiceTrial({
      arms: ['zzz', 'aaa'].map((name) => ({ name, weight: 1, content: null })),
      control: 'zzz',
    });
    const renamed = rows.map((row) => ({ ...row, arm: row.arm === 'usual' ? 'zzz' : 'aaa' }));
    const [before, after] = [
      await alertsPerPatientDay(practiceTrial(), rows),
      await alertsPerPatientDay(other, renamed),
    ];
    expect(after.comparisons[0]?.ratio).toEqual(before.comparisons[0]?.ratio);
    expect(after.comparisons[0]?.difference).toEqual(before.comparisons[0]?.difference);
  });

  test('identical in both arms have a p of 1, and an interval around no effect', async () => {
    const burden = await alertsPerPatientDay(
      practiceTrial(),
      practicesOf({ usual, redesign: usual }),
    );
    const [comparison] = burden.comparisons;
    const ratio = made(comparison?.ratio);
    expect([ratio.estimate, ratio.pValue]).toEqual([1, 1]);
    expect(ratio.lower * ratio.upper).toBeCloseTo(1, 12);
    expect(made(comparison?.rerandomization).pValue).toBe(1);
    const { primary } = await verdictOn(
      practiceTrial({ decision: { test: 'model' } }),
      practicesOf({ usual, redesign: usual }),
    );
    expect(made(primary).pValue).toBe(0.5);
  });

  test('all alike have no variance, and no p of 1 in its stead', async () => {
    const alike = usual.map(({ days }) => ({ alerts: 5 * days, days }));
    const burden = await alertsPerPatientDay(
      practiceTrial(),
      practicesOf({ usual: alike, redesign: alike }),
    );
    for (const result of [
      burden.comparisons[0]?.ratio,
      burden.comparisons[0]?.difference,
      burden.comparisons[0]?.rerandomization,
    ]) {
      expect(result).toMatchObject({ estimable: false, reason: expect.any(String) });
    }
    const same = [1, 1, 1, 1];
    expect(permutationTest(same, same).estimable).toBe(false);
    expect(wilcoxonTest(same, same).estimable).toBe(false);
  });
});

describe('Models', () => {
  const cluster = Array.from({ length: 40 }, (_, i) => Math.floor(i / 4));
  const treated = cluster.map((g) => g % 2);

  test('a separated logistic model is a reason, not a coefficient of thirty', () => {
    const separated = gee(
      { outcome: treated, cluster, covariates: { treated } },
      { family: 'binomial' },
    );
    expect(separated).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/separat/i),
    });
  });

  test('an exchangeable correlation outside its bounds is a reason', () => {
    // Pairs that always disagree have a correlation of -1, the bound for clusters of two.
    const outcome = Array.from({ length: 40 }, (_, i) => i % 2);
    const found = gee(
      { outcome, cluster: outcome.map((_, i) => Math.floor(i / 2)), covariates: {} },
      { family: 'binomial', correlation: 'exchangeable' },
    );
    expect(found).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/correlation/i),
    });
  });

  test('counts that are no more than Poisson leave no dispersion of a negative binomial', () => {
    const outcome = cluster.map((_, i) => 3 + (i % 2));
    const found = negativeBinomialRegression({ outcome, covariates: { treated } });
    expect(JSON.stringify(found)).not.toMatch(/NaN/);
    expect(found).toMatchObject({ estimable: false, reason: expect.any(String) });
  });

  test('clusters that do not vary within have no intraclass correlation', () => {
    const found = iccOfProportions([
      [
        { numerator: 0, denominator: 5 },
        { numerator: 5, denominator: 5 },
      ],
    ]);
    expect(found).toMatchObject({ estimable: false, reason: expect.any(String) });
  });

  test('an interval that a few units cannot give says what can', () => {
    const units = [1, 2, 3, 4].map((numerator, i) => ({
      numerator,
      denominator: 2,
      treated: i < 2,
    }));
    expect(
      rerandomizationInterval(units, {
        procedure: { kind: 'complete' },
        seed: 1,
        statistic: 'difference',
      }),
    ).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/would exclude nothing/),
      instead: expect.stringMatching(/more units/),
    });
  });

  test('proportions of nobody are a reason', () => {
    expect(proportion(0, 0).estimable).toBe(false);
    expect(proportionDifference({ successes: 0, n: 0 }, { successes: 1, n: 2 }).estimable).toBe(
      false,
    );
  });
});

describe('Events', () => {
  const trial = trialWith({
    decision: { draws: 199 },
    primary: { metric: 'alertsPerPatientDay', better: 'lower', patientDays: 'elapsed' },
  });
  const at = Date.UTC(2026, 10, 1, 17);

  test('that are sent twice are counted once, and one id that says two things is told', async () => {
    const store = memoryStore({ key: 'ab'.repeat(32) });
    await using log = await openLog(trial, store, { now: () => at });
    const assignment = log.assign({ patient: 'p' });
    log.patientDays({ patient: 'p' }, { day: '2026-11-01', calendar: 1, midnight: 1, elapsed: 1 });
    log.impression(assignment, { stage: 'returned', alert: 'flu' });
    await log.flush();
    const events = [];
    for await (const { event } of store.read({ trial: trial.fingerprint })) events.push(event);
    const before = await analyze(trial, store, { asOf: over });
    expect(await store.append(events)).toMatchObject({
      accepted: 0,
      duplicate: events.length,
      conflicting: [],
    });
    expect(await analyze(trial, store, { asOf: over })).toEqual(before);
    expect(before.arms.reduce((total, { alerts }) => total + alerts, 0)).toBe(1);
    const first = events.find(({ type }) => type === 'impression');
    if (first === undefined) throw new Error('no impression');
    const changed = { ...first, alert: 'another' } as typeof first;
    expect((await store.append([changed])).conflicting).toEqual([first.id]);
    expect(await analyze(trial, store, { asOf: over })).toEqual(before);
  });

  test('days on which the clocks change have 23 and 25 hours, and partial days the hours that were spent', async () => {
    const timeZone = 'America/New_York';
    const stay = (start: string, end: string) =>
      patientDays(
        [
          {
            resourceType: 'Encounter',
            status: 'finished',
            class: { code: 'IMP' },
            period: { start, end },
          },
        ],
        {
          timeZone,
          from: startOfDay('2026-01-01', timeZone),
          to: startOfDay('2027-01-01', timeZone),
        },
      ).days;
    // The clocks go back on 1 November 2026 and went forward on 8 March.
    const autumn = stay('2026-10-31T18:00:00-04:00', '2026-11-02T06:00:00-05:00');
    expect(autumn.map(({ day, elapsed }) => [day, 24 * elapsed])).toEqual([
      ['2026-10-31', 6],
      ['2026-11-01', 25],
      ['2026-11-02', 6],
    ]);
    expect(
      stay('2026-03-08T00:00:00-05:00', '2026-03-09T00:00:00-04:00').map(
        ({ elapsed }) => 24 * elapsed,
      ),
    ).toEqual([23]);
    const hours =
      (startOfDay(addDays('2026-11-01', 1), timeZone) - startOfDay('2026-11-01', timeZone)) /
      3_600_000;
    expect(hours).toBe(25);
    // Logged and analysed, exposure is the 37 hours that were spent, over three calendar days.
    const store = memoryStore({ key: 'ab'.repeat(32) });
    await using log = await openLog(trial, store, { now: () => at });
    for (const each of autumn) log.patientDays({ patient: 'p' }, each);
    await log.flush();
    const { primary, arms } = await analyze(trial, store, { asOf: over });
    const denominators = primary.arms.map(({ denominator }) => denominator);
    expect(24 * Math.max(...denominators)).toBeCloseTo(37, 12);
    expect(Math.max(...arms.map(({ patientDays: days }) => days))).toBe(3);
  });
});

describe('Sums', () => {
  test('of a million terms keep their digits', () => {
    const tenths = new Float64Array(1_000_000).fill(0.1);
    expect(sum(tenths)).toBeCloseTo(100_000, 9);
    expect(tenths.reduce((total, value) => total + value, 0)).not.toBeCloseTo(100_000, 7);
    const units = Array.from({ length: 200_000 }, (_, i) => ({
      numerator: 0.1 + (i % 2) * 1e-3,
      denominator: 0.1,
    }));
    const found = made(ratioOfTotals(units));
    expect(found.denominator).toBeCloseTo(20_000, 9);
    expect(found.ratio).toBeCloseTo(1.005, 13);
  });
});
