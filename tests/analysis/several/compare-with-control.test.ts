import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ArmEstimate } from '../../../src/analysis/methods/several/index.ts';
import {
  adjustPValues,
  compareArmsWithControl,
  compareWithControl,
  dunnettTest,
  estimateArms,
} from '../../../src/analysis/methods/several/index.ts';
import { allClose, close, made, reference } from './reference.ts';

type Key =
  | 'estimate'
  | 'standardError'
  | 'statistic'
  | 'pValue'
  | 'adjusted'
  | 'stepDown'
  | 'lower'
  | 'upper';

const column = (comparisons: readonly Readonly<Record<Key, number>>[], key: Key) =>
  comparisons.map((comparison) => comparison[key]);

describe("Dunnett's test agrees with R", () => {
  test.each(reference.dunnett.map((each, i) => ({ i, ...each })))(
    'in layout $i, $alternative (lm, quadrature)',
    ({ arms, control, alternative, df, ...expected }) => {
      const got = made(dunnettTest(arms, { control, alternative }));
      expect(got.degreesOfFreedom).toBe(df);
      expect(got.comparisons.map(({ arm }) => arm)).toEqual(arms.slice(1).map(({ arm }) => arm));
      close(got.critical, expected.critical, { relative: 1e-9 });
      allClose(column(got.comparisons, 'estimate'), expected.estimate);
      allClose(column(got.comparisons, 'standardError'), expected.standardError);
      allClose(column(got.comparisons, 'statistic'), expected.t);
      allClose(column(got.comparisons, 'pValue'), expected.pValue, {
        relative: 1e-9,
        absolute: 1e-14,
      });
      allClose(column(got.comparisons, 'adjusted'), expected.adjusted, {
        relative: 1e-8,
        absolute: 1e-12,
      });
      allClose(column(got.comparisons, 'stepDown'), expected.stepDown, {
        relative: 1e-8,
        absolute: 1e-12,
      });
      if (alternative === 'less') {
        expect(column(got.comparisons, 'lower')).toEqual(got.comparisons.map(() => -Infinity));
      } else allClose(column(got.comparisons, 'lower'), expected.lower);
      if (alternative === 'greater') {
        expect(column(got.comparisons, 'upper')).toEqual(got.comparisons.map(() => Infinity));
      } else allClose(column(got.comparisons, 'upper'), expected.upper);
    },
  );

  // multcomp integrates by quasi-Monte Carlo: its own error is the tolerance.
  test.each(reference.dunnett.map((each, i) => ({ i, ...each })))(
    'in layout $i, $alternative (multcomp::glht, single-step and free)',
    ({ arms, control, alternative, multcomp }) => {
      const { comparisons } = made(dunnettTest(arms, { control, alternative }));
      allClose(column(comparisons, 'adjusted'), multcomp.adjusted, { absolute: 5e-5 });
      allClose(column(comparisons, 'stepDown'), multcomp.stepDown, { absolute: 5e-5 });
    },
  );

  test('in the insect sprays, as computed by quadrature elsewhere', () => {
    const [sprays] = reference.dunnett;
    const got = made(dunnettTest(sprays?.arms ?? [], { control: 'A' }));
    const tolerance = { relative: 1e-5, absolute: 1e-9 };
    close(got.critical, 2.57590279394121, tolerance);
    allClose(
      column(got.comparisons, 'statistic'),
      [0.452021650477121, -9.80747258997533, -6.22298030423672, -7.6064654124536, 1.00552729163397],
      tolerance,
    );
    allClose(
      column(got.comparisons, 'adjusted'),
      [
        0.988891696184732, 6.53921361504217e-14, 1.88234404729926e-7, 6.68005539772309e-10,
        0.770489054976846,
      ],
      tolerance,
    );
    allClose(
      column(got.comparisons, 'lower'),
      [
        -0.54481990862668, -3.17659463474086, -2.25709743707567, -2.61199028621869,
        -0.402834141783073,
      ],
      tolerance,
    );
    allClose(
      column(got.comparisons, 'upper'),
      [
        0.776725912470714, -1.85504881364346, -0.93555161597828, -1.2904444651213,
        0.918711679314321,
      ],
      tolerance,
    );
  });

  // Dunnett's 1964 tables: 2.38, 2.47, 2.35 and one-sided 2.15.
  test.each([
    [2, 20, 'two-sided', 2.37868998018168],
    [3, 30, 'two-sided', 2.47369439210487],
    [3, Infinity, 'two-sided', 2.34897059033931],
    [2, 10, 'greater', 2.15061382675068],
    [2, 10, 'less', 2.15061382675068],
  ] as const)(
    'for %i arms as large as control on %d df, %s',
    (count, df, alternative, critical) => {
      const contrasts = Array.from({ length: count }, (_, i) => ({
        arm: `arm ${i}`,
        estimate: 0,
        standardError: 1,
        loading: Math.SQRT1_2,
      }));
      const got = made(compareWithControl(contrasts, { degreesOfFreedom: df, alternative }));
      close(got.critical, critical, { relative: 1e-6 });
    },
  );
});

describe('Rates of several arms against control', () => {
  test.each(
    reference.rates.flatMap((each, i) =>
      (['logRatio', 'difference'] as const).map((scale) => ({ i, scale, ...each })),
    ),
  )('agree with R in trial $i by $scale (multcomp; quadrature)', ({ arms, scale, df, ...r }) => {
    const estimates = made(estimateArms(arms, { scale })).arms;
    const got = made(
      compareArmsWithControl(estimates, { control: 'a', scale, alternative: 'two-sided' }),
    );
    expect(got.degreesOfFreedom).toBe(df);
    const { critical, adjusted, stepDown } = r.control[scale];
    close(got.critical, critical);
    allClose(column(got.comparisons, 'adjusted'), adjusted, { absolute: 5e-5 });
    allClose(column(got.comparisons, 'stepDown'), stepDown, { absolute: 5e-5 });
    const ratio = scale === 'logRatio';
    got.comparisons.forEach((comparison, j) => {
      const se = (k: number) => (r.standardError.MD[k] ?? 0) * (ratio ? 1 : (r.rate[k] ?? 0));
      const spread = Math.hypot(se(0), se(j + 1));
      const value = (k: number) => (ratio ? r.logRate : r.rate)[k] ?? 0;
      const effect = value(j + 1) - value(0);
      const shown = (x: number) => (ratio ? Math.exp(x) : x);
      close(comparison.standardError, spread);
      close(comparison.statistic, effect / spread);
      close(comparison.estimate, shown(effect));
      close(comparison.lower, shown(effect - critical * spread));
      close(comparison.upper, shown(effect + critical * spread));
    });
  });

  test('keep the ratio above 0 and its open end open when one-sided', () => {
    const [trial] = reference.rates;
    const arms = made(estimateArms(trial?.arms ?? [], { scale: 'logRatio' })).arms;
    const ends = (alternative: 'less' | 'greater') =>
      made(
        compareArmsWithControl(arms, { control: 'a', scale: 'logRatio', alternative, level: 0.9 }),
      ).comparisons.map(({ lower, upper }) => [lower, upper]);
    expect(ends('less').map(([lower]) => lower)).toEqual([0, 0]);
    expect(ends('greater').map(([, upper]) => upper)).toEqual([Infinity, Infinity]);
    // At 90 % the one-sided bound is inside the two-sided one.
    const both = made(
      compareArmsWithControl(arms, { control: 'a', scale: 'logRatio', level: 0.9 }),
    ).comparisons;
    ends('less').forEach(([, upper], i) =>
      expect(upper).toBeLessThan(both[i]?.upper ?? Number.NaN),
    );
  });

  test('take the control by its name, wherever it stands', () => {
    const [trial] = reference.rates;
    const arms = made(estimateArms(trial?.arms ?? [], { scale: 'difference' })).arms;
    const options = { control: 'a', scale: 'difference' } as const;
    const moved = made(compareArmsWithControl([...arms].reverse(), options));
    expect(moved.comparisons.map(({ arm }) => arm)).toEqual(['c', 'b']);
    const there = made(compareArmsWithControl(arms, options));
    allClose(
      column([...moved.comparisons].reverse(), 'adjusted'),
      column(there.comparisons, 'adjusted'),
    );
  });
});

const arm = fc.record({
  estimate: fc.double({ min: -4, max: 4, noNaN: true }),
  standardError: fc.double({ min: 0.2, max: 2, noNaN: true }),
  units: fc.integer({ min: 2, max: 30 }),
});
const armsOf = (list: readonly Omit<ArmEstimate, 'arm'>[]): readonly ArmEstimate[] =>
  list.map((each, i) => ({ arm: `arm ${i}`, ...each }));

describe('For any arms', () => {
  const family = fc.array(arm, { minLength: 2, maxLength: 4 }).map(armsOf);
  const alternatives = fc.constantFrom('two-sided', 'less', 'greater');

  test('step-down is at most single-step, that at most Bonferroni, all at least the p of one', () => {
    fc.assert(
      fc.property(family, alternatives, (arms, alternative) => {
        const { comparisons } = made(
          compareArmsWithControl(arms, { control: 'arm 0', scale: 'difference', alternative }),
        );
        const alone = column(comparisons, 'pValue');
        const bonferroni = adjustPValues(alone, 'bonferroni');
        const holm = adjustPValues(alone);
        comparisons.forEach(({ pValue, adjusted, stepDown }, i) => {
          expect(stepDown).toBeGreaterThanOrEqual(pValue - 1e-9);
          expect(adjusted).toBeGreaterThanOrEqual(stepDown - 1e-9);
          expect(adjusted).toBeLessThanOrEqual((bonferroni[i] ?? 0) + 1e-9);
          expect(stepDown).toBeLessThanOrEqual((holm[i] ?? 0) + 1e-9);
        });
      }),
      { numRuns: 6 },
    );
  });

  test('an adjusted p below 0.05 goes with an interval that leaves 0 out', () => {
    fc.assert(
      fc.property(family, alternatives, (arms, alternative) => {
        const { comparisons } = made(
          compareArmsWithControl(arms, { control: 'arm 0', scale: 'difference', alternative }),
        );
        for (const { adjusted, lower, upper } of comparisons) {
          if (Math.abs(adjusted - 0.05) > 1e-6) {
            expect(lower > 0 || upper < 0).toBe(adjusted < 0.05);
          }
        }
      }),
      { numRuns: 6 },
    );
  });

  test('`less` is `greater` of the arms turned round', () => {
    fc.assert(
      fc.property(family, (arms) => {
        const options = { control: 'arm 0', scale: 'difference' } as const;
        const less = made(compareArmsWithControl(arms, { ...options, alternative: 'less' }));
        const greater = made(
          compareArmsWithControl(
            arms.map((each) => ({ ...each, estimate: -each.estimate })),
            { ...options, alternative: 'greater' },
          ),
        );
        for (const key of ['pValue', 'adjusted', 'stepDown'] as const) {
          allClose(column(less.comparisons, key), column(greater.comparisons, key));
        }
        allClose(
          column(less.comparisons, 'upper'),
          column(greater.comparisons, 'lower').map((lower) => -lower),
        );
      }),
      { numRuns: 6 },
    );
  });
});

describe('What cannot be compared is a value that says why', () => {
  const three: readonly ArmEstimate[] = armsOf([
    { estimate: 1, standardError: 0.1, units: 4 },
    { estimate: 2, standardError: 0.2, units: 4 },
    { estimate: 3, standardError: 0, units: 4 },
  ]);
  const options = { control: 'arm 0', scale: 'difference' } as const;

  test('an arm whose units are all alike', () => {
    expect(compareArmsWithControl(three, options)).toEqual({
      estimable: false,
      reason: expect.stringMatching(/^arm 2: every unit has the same ratio/),
    });
    const still = three.map((each) => ({ ...each, standardError: 0 }));
    expect(compareArmsWithControl(still, options)).toMatchObject({ estimable: false });
    // A control without spread leaves the arms independent.
    expect(compareArmsWithControl(three, { ...options, control: 'arm 2' })).toMatchObject({
      estimable: true,
    });
  });

  test('an arm with next to no spread beside its control', () => {
    const steep = three.map((each, i) => ({ ...each, standardError: i === 2 ? 1e-12 : 1 }));
    expect(compareArmsWithControl(steep, options)).toMatchObject({ estimable: false });
  });

  test('no more units than arms', () => {
    const lone = three.map((each) => ({ ...each, standardError: 1, units: 1 }));
    const reason = { estimable: false, reason: expect.stringMatching(/no more units than arms/) };
    expect(compareArmsWithControl(lone, options)).toEqual(reason);
    const samples = lone.map(({ arm, estimate }) => ({
      arm,
      mean: estimate,
      variance: 0,
      units: 1,
    }));
    expect(dunnettTest(samples, { control: 'arm 1' })).toEqual(reason);
    const contrast = { arm: 'a', estimate: 1, standardError: 1, loading: 0.5 };
    for (const degreesOfFreedom of [0, -1]) {
      expect(compareWithControl([contrast], { degreesOfFreedom })).toEqual(reason);
    }
    expect(compareWithControl([contrast], { degreesOfFreedom: 0.5 })).toMatchObject({
      estimable: true,
    });
  });

  // R's var(rep(0.1, 5)) need not be 0.
  test.each([0, 1e-34])('values that do not vary but for rounding (%p)', (variance) => {
    const samples = [1, -2].map((mean) => ({ arm: `${mean}`, mean, variance, units: 5 }));
    expect(dunnettTest(samples, { control: '1' })).toEqual({
      estimable: false,
      reason: expect.stringMatching(/no variance/),
    });
    const small = samples.map((sample) => ({ ...sample, variance: 1e-20 }));
    expect(dunnettTest(small, { control: '1' })).toMatchObject({ estimable: true });
  });

  test('an interval of a ratio that runs beyond all numbers', () => {
    const wide = three.map((each) => ({ ...each, standardError: 1e6 }));
    expect(compareArmsWithControl(wide, { control: 'arm 0', scale: 'logRatio' })).toEqual({
      estimable: false,
      reason: expect.stringMatching(/^arm 1: .*beyond all numbers/),
    });
  });
});

describe('Arms are estimated all or none', () => {
  const units = (...numerators: readonly number[]) =>
    numerators.map((numerator) => ({ numerator, denominator: 10 }));
  const good = { arm: 'usual', units: units(3, 4, 6) };

  test.each(['CR0', 'KC', 'MD'] as const)('with the %s variance, as R does', (correction) => {
    for (const { arms, logRate, rate, standardError } of reference.rates) {
      const log = made(estimateArms(arms, { scale: 'logRatio', correction })).arms;
      allClose(
        log.map(({ estimate }) => estimate),
        logRate,
      );
      allClose(
        log.map((each) => each.standardError),
        standardError[correction],
        { relative: 1e-8 },
      );
      expect(log.map(({ arm, units: k }) => [arm, k])).toEqual(
        arms.map(({ arm, units: list }) => [arm, list.length]),
      );
      const plain = made(estimateArms(arms, { scale: 'difference', correction })).arms;
      allClose(
        plain.map(({ estimate }) => estimate),
        rate,
      );
      allClose(
        plain.map((each) => each.standardError),
        standardError[correction].map((se, i) => se * (rate[i] ?? 0)),
        { relative: 1e-8 },
      );
    }
  });

  test('by Mancl and DeRouen unless told otherwise, as plain data', () => {
    const result = estimateArms([good], { scale: 'logRatio' });
    expect(result).toEqual(estimateArms([good], { scale: 'logRatio', correction: 'MD' }));
    expect(Object.keys(made(result).arms[0] ?? {}).sort()).toEqual([
      'arm',
      'estimate',
      'standardError',
      'units',
    ]);
  });

  test.each([
    ['without units', { arm: 'new', units: [] }, /^new: no unit/],
    ['with one unit', { arm: 'new', units: units(3) }, /^new: one unit alone/],
    ['without events', { arm: 'new', units: units(0, 0) }, /^new: without events.*no logarithm/],
    [
      'of which one unit holds everything',
      {
        arm: 'new',
        units: [
          { numerator: 1, denominator: 1e300 },
          { numerator: 0, denominator: 1 },
        ],
      },
      /^new: one unit holds the whole denominator/,
    ],
  ])('so that an arm %s is the reason for all', (_, arm, reason) => {
    const result = estimateArms([good, arm], { scale: 'logRatio' });
    expect(result).toMatchObject({ estimable: false, reason: expect.stringMatching(reason) });
  });

  test('but for an arm without events, which has a difference', () => {
    const arms = [good, { arm: 'new', units: units(0, 0) }];
    expect(estimateArms(arms, { scale: 'logRatio' })).toMatchObject({
      instead: 'compare by difference',
    });
    expect(made(estimateArms(arms, { scale: 'difference' })).arms[1]).toEqual({
      arm: 'new',
      estimate: 0,
      standardError: 0,
      units: 2,
    });
  });

  test('and refused with a total that is none', () => {
    const arms = [good, { arm: 'new', units: [{ numerator: 1, denominator: -1 }] }];
    expect(() => estimateArms(arms, { scale: 'difference' })).toThrow(RangeError);
  });

  test('and refused when an arm stands twice', () => {
    expect(() => estimateArms([good, good], { scale: 'difference' })).toThrow(
      /the arm "usual" stands more than once/,
    );
  });
});

describe('Mistakes of the caller are refused', () => {
  const arms = armsOf([
    { estimate: 1, standardError: 1, units: 3 },
    { estimate: 2, standardError: 1, units: 3 },
  ]);
  const change = (field: Partial<ArmEstimate>) =>
    [arms[0], { ...arms[1], ...field }] as ArmEstimate[];
  const compare = (list: readonly ArmEstimate[], control = 'arm 0', level = 0.95) =>
    compareArmsWithControl(list, { control, scale: 'difference', level });
  const contrast = { arm: 'a', estimate: 1, standardError: 1, loading: 0.5 };
  const contrasts = (field: Partial<typeof contrast>, df = 5) =>
    compareWithControl([{ ...contrast, ...field }], { degreesOfFreedom: df });
  const sample = { arm: 'a', mean: 1, variance: 1, units: 4 };
  const samples = (field: Partial<typeof sample>) =>
    dunnettTest([sample, { ...sample, arm: 'b', ...field }], { control: 'a' });

  test.each([
    ['a control that is not there', () => compare(arms, 'usual'), /"usual".*"arm 0", "arm 1"/],
    ['one arm', () => compare(arms.slice(1), 'arm 1'), /2 arms or more, got 1/],
    ['an arm twice', () => compare([...arms, ...arms]), /"arm 0" stands more than once/],
    ['an estimate', () => compare(change({ estimate: Infinity })), /estimate of "arm 1".*Infinity/],
    ['a standard error', () => compare(change({ standardError: -1 })), /standardError of "arm 1"/],
    [
      'an infinite one',
      () => compare(change({ standardError: Infinity })),
      /standardError.*Infinity/,
    ],
    ['units', () => compare(change({ units: 1.5 })), /units of "arm 1".*whole.*1\.5/],
    ['no units', () => compare(change({ units: 0 })), /units of "arm 1".*at least 1, got 0/],
    [
      'a level of 1',
      () => compare(arms, 'arm 0', 1),
      /level must be greater than 0 and less than 1/,
    ],
    ['a level of 0', () => compare(arms, 'arm 0', 0), /level/],
    ['no contrast', () => compareWithControl([], { degreesOfFreedom: 3 }), /no arm to compare/],
    [
      'a contrast twice',
      () => compareWithControl([contrast, contrast], { degreesOfFreedom: 3 }),
      /"a" stands more than once/,
    ],
    ['a contrast of NaN', () => contrasts({ estimate: Number.NaN }), /estimate of "a".*NaN/],
    ['no spread', () => contrasts({ standardError: 0 }), /standardError of "a".*greater than 0/],
    ['endless spread', () => contrasts({ standardError: Infinity }), /standardError of "a"/],
    ['a loading of 1', () => contrasts({ loading: 1 }), /loading of "a".*below 1, got 1/],
    ['a loading below 0', () => contrasts({ loading: -0.1 }), /loading of "a"/],
    ['df that are none', () => contrasts({}, Number.NaN), /degreesOfFreedom/],
    ['a mean', () => samples({ mean: Number.NaN }), /estimate of "b"/],
    ['a variance', () => samples({ variance: -1 }), /variance of "b"/],
    ['units of a sample', () => samples({ units: 0 }), /units of "b".*got 0/],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
  });

  test('but a loading of 0 is none', () => {
    expect(contrasts({ loading: 0 })).toMatchObject({ estimable: true });
  });
});
