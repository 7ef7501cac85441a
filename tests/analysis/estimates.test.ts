import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { UnitRow } from '../../src/analysis/index.ts';
import {
  acceptanceRate,
  acceptedPerPatientDay,
  alertsPerPatientDay,
  differenceOf,
  ratioOfTotals,
  relativeOf,
  rerandomize,
  testSampleRatio,
} from '../../src/analysis/index.ts';
import { AnalysisRefusedError } from '../../src/index.ts';
import { trialWith } from '../trials.ts';

interface Reference {
  readonly practices: readonly {
    readonly practice: string;
    readonly arm: string;
    readonly alerts: number;
    readonly days: number;
    readonly accepted: number;
  }[];
  readonly alertsPerPatientDay: { readonly expected: Readonly<Record<string, number>> };
  readonly acceptance: { readonly expected: Readonly<Record<string, number>> };
  readonly rerandomization: {
    readonly expected: {
      readonly log_ratio: { readonly observed: number };
      readonly studentised: { readonly observed: number; readonly p_two_sided: number };
    };
  };
  readonly sampleRatio: readonly {
    readonly name: string;
    readonly expected: Readonly<Record<string, number>>;
  }[];
}

const reference = JSON.parse(
  readFileSync(new URL('small-trial.json', import.meta.url), 'utf8'),
) as Reference;

const units = (arm: string, numerator: 'alerts' | 'accepted', denominator: 'days' | 'alerts') =>
  reference.practices
    .filter((practice) => practice.arm === arm)
    .map((practice) => ({ numerator: practice[numerator], denominator: practice[denominator] }));

/** The estimate, or a failure that says why there is none. */
function made<T extends object>(
  result:
    ({ readonly estimable: true } & T) | { readonly estimable: false; readonly reason: string },
): T {
  if (!result.estimable) throw new Error(result.reason);
  return result;
}

const close = (got: number, expected: number | undefined): void => {
  expect(expected).not.toBeUndefined();
  expect(Math.abs(got - (expected ?? 0))).toBeLessThanOrEqual(
    Math.max(1e-9, 1e-6 * Math.abs(expected ?? 0)),
  );
};

describe('The ratio of totals agrees with the reference trial (closed form; R)', () => {
  const expected = reference.alertsPerPatientDay.expected;
  const treated = made(ratioOfTotals(units('treatment', 'alerts', 'days'), 'delta'));
  const control = made(ratioOfTotals(units('control', 'alerts', 'days'), 'delta'));

  test('in each arm', () => {
    close(treated.ratio, expected['rate_treatment']);
    close(treated.standardError, expected['se_rate_treatment']);
    close(control.ratio, expected['rate_control']);
    close(control.standardError, expected['se_rate_control']);
  });

  test('in the difference', () => {
    const effect = made(differenceOf(treated, control, 0.95));
    close(effect.estimate, expected['difference']);
    close(effect.standardError, expected['se_difference']);
    expect(effect.degreesOfFreedom).toBe(expected['df']);
    close(effect.lower, expected['difference_ci_lower']);
    close(effect.upper, expected['difference_ci_upper']);
    close(effect.pValue, expected['p_difference']);
  });

  test('in the ratio', () => {
    const effect = made(relativeOf(treated, control, 0.95));
    close(effect.estimate, expected['ratio']);
    close(effect.standardError, expected['se']);
    close(effect.lower, expected['ci_lower']);
    close(effect.upper, expected['ci_upper']);
    close(effect.pValue, expected['p_value']);
  });

  test.each(['CR0', 'KC', 'MD'] as const)('with the %s correction', (correction) => {
    const effect = relativeOf(
      made(ratioOfTotals(units('treatment', 'alerts', 'days'), correction)),
      made(ratioOfTotals(units('control', 'alerts', 'days'), correction)),
      0.95,
    );
    close(made(effect).standardError, expected[`se_log_ratio_${correction}`]);
  });

  test('in acceptance per alert', () => {
    const acceptance = reference.acceptance.expected;
    const effect = made(
      differenceOf(
        made(ratioOfTotals(units('treatment', 'accepted', 'alerts'), 'delta')),
        made(ratioOfTotals(units('control', 'accepted', 'alerts'), 'delta')),
        0.95,
      ),
    );
    close(effect.estimate, acceptance['risk_difference']);
    close(effect.standardError, acceptance['se']);
    close(effect.lower, acceptance['ci_lower']);
    close(effect.upper, acceptance['ci_upper']);
    close(effect.pValue, acceptance['p_value']);
  });
});

describe('Re-randomisation', () => {
  const procedure = { kind: 'hashed' } as const;
  const all = [
    ...units('treatment', 'alerts', 'days').map((unit) => ({ ...unit, treated: true })),
    ...units('control', 'alerts', 'days').map((unit) => ({ ...unit, treated: false })),
  ];

  test('studentises as the reference does', () => {
    const test = made(rerandomize(all, { procedure, draws: 999, seed: 1, statistic: 'logRatio' }));
    close(test.observed, reference.rerandomization.expected.studentised.observed);
  });

  test('agrees with full enumeration of independent assignments, within Monte Carlo error', () => {
    // The reference set is every division in which both arms have two units and some events.
    const statistic = (mask: number): number | undefined => {
      const side = (treated: boolean) =>
        ratioOfTotals(
          all.filter((_, i) => Boolean(mask & (1 << i)) === treated),
          'delta',
        );
      const [a, b] = [side(true), side(false)];
      if (!a.estimable || !b.estimable) return undefined;
      const effect = relativeOf(a, b, 0.95);
      return effect.estimable ? effect.statistic : undefined;
    };
    const observed = Math.abs(statistic(0b11111) ?? Number.NaN);
    const possible = Array.from({ length: 1024 }, (_, mask) => statistic(mask)).filter(
      (value) => value !== undefined,
    );
    expect(possible).toHaveLength(1024 - 2 * (1 + 10));
    const extreme = possible.filter((value) => Math.abs(value) >= observed * (1 - 1e-9));
    const exact = extreme.length / possible.length;
    const draws = 200_000;
    const test = made(
      rerandomize(all, {
        procedure,
        draws,
        seed: 'enumeration',
        statistic: 'logRatio',
        enumerateUpTo: 0,
      }),
    );
    expect(test.smallestPValue).toBeCloseTo(1 / possible.length, 5);
    expect(Math.abs(test.pValue - exact)).toBeLessThan(
      4 * Math.sqrt((exact * (1 - exact)) / draws),
    );
    const all1024 = made(rerandomize(all, { procedure, seed: 1, statistic: 'logRatio' }));
    expect(all1024).toMatchObject({ method: 'enumeration', draws: possible.length });
    close(all1024.pValue, exact);
  });

  test('gives the same p for the same seed and another for another', () => {
    const p = (seed: string) =>
      made(
        rerandomize(all, {
          procedure,
          draws: 999,
          seed,
          statistic: 'difference',
          enumerateUpTo: 0,
        }),
      ).pValue;
    expect(p('a')).toBe(p('a'));
    expect(new Set(['a', 'b', 'c', 'd'].map(p)).size).toBeGreaterThan(1);
  });

  test('finds nothing when every unit is alike', () => {
    const alike = Array.from({ length: 12 }, (_, i) => ({
      numerator: 2,
      denominator: 4,
      treated: i < 6,
    }));
    const result = rerandomize(alike, {
      procedure,
      draws: 199,
      seed: 1,
      statistic: 'difference',
    });
    expect(result).toEqual({ estimable: false, reason: expect.stringContaining('differ') });
  });

  test('of a null at the effect itself is far from rejecting', () => {
    const log = reference.rerandomization.expected.log_ratio.observed;
    const test = made(
      rerandomize(all, {
        procedure,
        draws: 1999,
        seed: 3,
        statistic: 'logRatio',
        scale: Math.exp(-log),
      }),
    );
    expect(Math.abs(test.observed)).toBeLessThan(1e-9);
    expect(test.pValue).toBeGreaterThan(0.9);
  });
});

describe('The sample-ratio test', () => {
  const of = (name: string) =>
    reference.sampleRatio.find((each) => each.name === name)?.expected ?? {};

  test('agrees with R for two arms, exactly and by chi-squared', () => {
    const result = testSampleRatio([821, 920], [1, 1]);
    close(result.chiSquared, of('chi2_821_920')['chi2']);
    expect(result.method).toBe('exact-binomial');
    close(result.pValue, of('chi2_821_920')['exact_p']);
  });

  test('agrees with R for three arms', () => {
    const result = testSampleRatio([12, 3, 9], [1, 1, 1]);
    expect(result.method).toBe('exact-multinomial');
    close(result.pValue, of('exact_multinomial_small')['exact_p']);
  });

  // Counts printed in Wilson et al., BMJ 2021;372:m4786.
  test('finds nothing in 3,059 against 2,971 patients', () => {
    expect(testSampleRatio([3059, 2971], [1, 1]).chiSquared).toBeCloseTo(1.284, 3);
  });

  test('takes unequal weights', () => {
    expect(testSampleRatio([200, 100], [2, 1]).pValue).toBe(1);
    expect(testSampleRatio([150, 150], [2, 1]).pValue).toBeLessThan(1e-8);
  });
});

describe('The public measures', () => {
  const trial = trialWith({ unit: 'practice', decision: { draws: 499 } });
  const rows: readonly UnitRow[] = reference.practices.map(
    ({ practice, arm, alerts, days, accepted }) => ({
      unitId: practice,
      arm: arm === 'treatment' ? 'redesign' : 'usual',
      alerts,
      accepted,
      calendarDays: days,
    }),
  );

  test('take unit summaries from anywhere', async () => {
    const burden = await alertsPerPatientDay(trial, rows);
    const [comparison] = burden.comparisons;
    close(
      made(comparison?.ratio ?? { estimable: false, reason: '' }).standardError,
      reference.alertsPerPatientDay.expected['se_log_ratio_MD'],
    );
    expect(burden.arms.map(({ arm, units: n }) => [arm, n])).toEqual([
      ['usual', 5],
      ['redesign', 5],
    ]);
  });

  test('are plain data that JSON keeps, with a readable text', async () => {
    const burden = await alertsPerPatientDay(trial, rows);
    expect(JSON.parse(JSON.stringify(burden))).toEqual(burden);
    expect(String(burden)).toContain('redesign v usual');
    expect(String(burden)).toContain('0.459');
  });

  test.each(['patient', 'alert', 'clinician'] as const)(
    'refuse an analysis by %s of a trial that randomised practices',
    async (unit) => {
      await expect(acceptanceRate(trial, rows, { unit })).rejects.toThrow(AnalysisRefusedError);
    },
  );

  test('do not depend on the order of the rows', async () => {
    const forwards = await acceptedPerPatientDay(trial, rows);
    const backwards = await acceptedPerPatientDay(trial, [...rows].reverse());
    expect(JSON.stringify(backwards)).toBe(JSON.stringify(forwards));
  });

  test.each([
    ['an arm that the trial does not have', { arm: 'other' }, /"other" is not an arm/],
    ['a negative count', { alerts: -1 }, /`alerts` must be a number of at least 0, not -1/],
    ['a count that is no number', { calendarDays: Number.NaN }, /`calendarDays`/],
    ['a unit without an id', { unitId: '' }, /`unitId`/],
  ])('refuse %s, naming the row', async (_, change, message) => {
    const broken = rows.map((row, i) => (i === 3 ? { ...row, ...change } : row));
    await expect(alertsPerPatientDay(trial, broken)).rejects.toThrow(message);
    await expect(alertsPerPatientDay(trial, broken)).rejects.toThrow(/Unit summary \d+ of 10/);
  });

  test('say why nothing can be estimated, instead of estimating it', async () => {
    const reasonOf = async (given: readonly UnitRow[]) => {
      const [comparison] = (await alertsPerPatientDay(trial, given)).comparisons;
      return comparison?.ratio.estimable === false ? comparison.ratio.reason : 'estimated';
    };
    expect(await reasonOf([])).toMatch(/no unit/);
    expect(await reasonOf(rows.filter(({ arm }) => arm === 'usual'))).toMatch(/redesign: no unit/);
    expect(await reasonOf(rows.filter((row, i) => i === 0 || row.arm === 'redesign'))).toMatch(
      /one unit alone/,
    );
    expect(
      await reasonOf(rows.map((row) => (row.arm === 'usual' ? { ...row, alerts: 0 } : row))),
    ).toMatch(/no events/);
    expect(await reasonOf([...rows, { ...rows[0], arm: 'redesign' } as UnitRow])).toMatch(
      /more than one arm/,
    );
  });

  test('warn of alerts without patient-days and of a unit that holds most of them', async () => {
    const lopsided = rows.map((row, i) =>
      i === 0 ? { ...row, calendarDays: 1e6 } : i === 1 ? { ...row, calendarDays: 0 } : row,
    );
    const { warnings } = await alertsPerPatientDay(trial, lopsided);
    expect(warnings.join(' ')).toMatch(/no denominator/);
    expect(warnings.join(' ')).toMatch(/100 % of the denominator/);
  });
});

describe('For any data', () => {
  const unit = fc.record({
    numerator: fc.integer({ min: 0, max: 500 }),
    denominator: fc.integer({ min: 1, max: 2_000 }),
  });

  test('MD is at least KC, KC at least CR0, and a change of exposure unit changes the rate only', () => {
    fc.assert(
      fc.property(fc.array(unit, { minLength: 2, maxLength: 40 }), (list) => {
        const se = (correction: 'CR0' | 'KC' | 'MD') =>
          made(ratioOfTotals(list, correction)).standardError;
        expect(se('MD')).toBeGreaterThanOrEqual(se('KC'));
        expect(se('KC')).toBeGreaterThanOrEqual(se('CR0'));
        const hours = made(
          ratioOfTotals(list.map((each) => ({ ...each, denominator: each.denominator * 24 }))),
        );
        expect(hours.ratio * 24).toBeCloseTo(made(ratioOfTotals(list)).ratio, 10);
      }),
    );
  });

  test('swapping the arms turns the ratio upside down and the difference round, with the same p', () => {
    fc.assert(
      fc.property(
        fc.array(unit, { minLength: 3, maxLength: 20 }),
        fc.array(unit, { minLength: 3, maxLength: 20 }),
        (one, other) => {
          const a = ratioOfTotals(one);
          const b = ratioOfTotals(other);
          if (!a.estimable || !b.estimable) return;
          const there = relativeOf(a, b, 0.95);
          const back = relativeOf(b, a, 0.95);
          expect(there.estimable).toBe(back.estimable);
          if (!there.estimable || !back.estimable) return;
          expect(there.estimate * back.estimate).toBeCloseTo(1, 9);
          expect(there.pValue).toBeCloseTo(back.pValue, 9);
          expect(there.lower * back.upper).toBeCloseTo(1, 6);
        },
      ),
    );
  });
});
