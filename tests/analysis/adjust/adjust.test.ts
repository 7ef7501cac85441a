import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type {
  AncovaUnit,
  CupedUnit,
  RobustVariance,
  UnitWithBaseline,
} from '../../../src/analysis/methods/adjust/index.ts';
import {
  ancova,
  ancovaOfLogRates,
  cuped,
  ratioCuped,
} from '../../../src/analysis/methods/adjust/index.ts';
import type { Effect } from '../../../src/analysis/methods/effect.ts';
import {
  differenceOf,
  ratioOfTotals,
  relativeOf,
} from '../../../src/analysis/methods/ratio-of-totals.ts';

type Numbers = Readonly<Record<string, number>>;
type Row = Readonly<Record<string, number>>;
type ByVariance = Readonly<Record<RobustVariance, Numbers>>;
interface Practices {
  readonly units: readonly (UnitWithBaseline & { readonly arm: number })[];
  readonly continuity: number;
  readonly logRates: Readonly<
    Record<'HC2' | 'classical' | 'exposureHC3' | 'interacted' | 'unadjusted', Numbers>
  >;
  readonly ratioCuped: readonly {
    readonly scale: 'difference' | 'logRatio';
    readonly correction: 'CR0' | 'delta' | 'KC' | 'MD';
    readonly theta: number;
    readonly adjusted: Numbers;
  }[];
}
interface CupedNumbers {
  readonly theta: number;
  readonly squaredCorrelation: number;
  readonly adjusted: Numbers;
  readonly unadjusted: Numbers;
}
interface Reference {
  readonly regressions: Readonly<
    Record<
      string,
      {
        readonly units: readonly Row[];
        readonly lin: ByVariance;
        readonly ancova: ByVariance;
        readonly unadjusted: ByVariance;
      }
    >
  >;
  readonly cuped: readonly {
    readonly units: readonly Row[];
    readonly overall: CupedNumbers;
    readonly within: CupedNumbers;
  }[];
  readonly practices: Readonly<Record<string, Practices>>;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const reference = read('reference.json') as Reference;
const patients = read('patients.json') as readonly {
  readonly arm: string;
  readonly days: number;
  readonly baseline_alerts: number;
  readonly alerts: number;
}[];

function made<T extends object>(
  result:
    ({ readonly estimable: true } & T) | { readonly estimable: false; readonly reason: string },
): T {
  if (!result.estimable) throw new Error(result.reason);
  return result;
}

const close = (got: number | undefined, expected: number | undefined, relative = 1e-10): void => {
  expect(typeof expected).toBe('number');
  expect(Math.abs((got ?? Number.NaN) - (expected ?? 0))).toBeLessThanOrEqual(
    Math.max(1e-13, relative * Math.abs(expected ?? 0)),
  );
};

const effectIs = (effect: Effect, expected: Numbers, relative?: number): void => {
  for (const [name, value] of Object.entries(expected)) {
    close(effect[name as keyof Effect], value, relative);
  }
};

const split = <T>(rows: readonly Row[], pick: (row: Row) => T) =>
  [1, 0].map((arm) => rows.filter((row) => row['arm'] === arm).map(pick)) as [T[], T[]];

const ancovaUnit = (row: Row): AncovaUnit => ({
  outcome: row['y'] ?? Number.NaN,
  covariates: ['x1', 'x2', 'x3'].flatMap((name) => row[name] ?? []),
  weight: row['w'],
});

const variances = ['classical', 'HC0', 'HC1', 'HC2', 'HC3'] as const;

describe('Analysis of covariance', () => {
  const rows = Object.entries(reference.regressions).flatMap(([name, of]) =>
    variances.map((variance) => [name, variance, of] as const),
  );

  test.each(rows)('agrees with estimatr for %s, %s', (name, variance, of) => {
    const [arm, control] = split(of.units, ancovaUnit);
    // Covariates at a million leave ten digits to their differences.
    const relative = name === 'far' ? 1e-8 : 1e-10;
    const lin = made(ancova(arm, control, { variance }));
    effectIs(lin.adjusted, of.lin[variance], relative);
    effectIs(lin.unadjusted, of.unadjusted[variance], relative);
    const plain = made(ancova(arm, control, { variance, interacted: false }));
    effectIs(plain.adjusted, of.ancova[variance], relative);
    close(
      plain.varianceReduction,
      1 -
        ((of.ancova[variance]['standardError'] ?? 0) /
          (of.unadjusted[variance]['standardError'] ?? 0)) **
          2,
      1e-6,
    );
  });

  // estimatr 1.0.0 (lm_lin, lm_robust) on 137 patients.
  test('agrees with the reference patients', () => {
    const [arm, control] = ['B', 'A'].map((name) =>
      patients
        .filter((patient) => patient.arm === name)
        .map(({ alerts, baseline_alerts: before, days }) => ({
          outcome: alerts,
          covariates: [before, days],
        })),
    );
    const lin = made(ancova(arm ?? [], control ?? [])).adjusted;
    close(lin.estimate, 1.08341980328964);
    close(lin.standardError, 1.04412444352888);
    const plain = made(ancova(arm ?? [], control ?? [], { interacted: false })).adjusted;
    close(plain.estimate, 1.07574499084758);
    close(plain.standardError, 1.02591835537822);
    const narrow = made(ancova(arm ?? [], control ?? [], { level: 0.8 }));
    expect(narrow.adjusted.upper).toBeLessThan(lin.upper);
    expect(narrow.unadjusted.estimate).toBeCloseTo(2.04285714285714, 12);
  });

  const unit = (outcome: number, ...covariates: number[]) => ({ outcome, covariates });
  const arm = [unit(3, 1), unit(5, 2), unit(4, 4)];
  const control = [unit(1, 2), unit(2, 3), unit(4, 7)];

  test.each([
    [
      'a covariate without variation',
      arm.map((u) => unit(u.outcome, 2)),
      control.map((u) => unit(u.outcome, 2)),
      /does not vary/,
    ],
    [
      'a covariate that is the arm',
      arm.map((u) => unit(u.outcome, 1)),
      control.map((u) => unit(u.outcome, 0)),
      /follows from the others or from the arm/,
    ],
    [
      'a covariate twice',
      arm.map((u) => unit(u.outcome, ...u.covariates, ...u.covariates)),
      control.map((u) => unit(u.outcome, ...u.covariates, ...u.covariates)),
      /follows from the others|too few/,
    ],
    ['no unit in the arm', [], control, /does not vary, or follows/],
    ['no unit at all', [], [], /0 units are too few for 2 coefficients/],
    [
      'a perfect fit',
      arm.map((u) => unit(2 * (u.covariates[0] ?? 0), ...u.covariates)),
      control.map((u) => unit(2 * (u.covariates[0] ?? 0), ...u.covariates)),
      /no variance is left/,
    ],
  ])('is not estimable with %s', (_, one, other, reason) => {
    expect(ancova(one, other, { interacted: false })).toEqual({
      estimable: false,
      reason: expect.stringMatching(reason),
    });
  });

  test('is not estimable with one unit in an arm by leverage, nor from units alike', () => {
    const alone = { interacted: false, variance: 'HC2' } as const;
    expect(ancova(arm.slice(0, 1), control, alone)).toMatchObject({
      reason: expect.stringMatching(/one unit alone fixes a coefficient/),
    });
    expect(ancova(arm.slice(0, 1), control, { ...alone, variance: 'HC3' }).estimable).toBe(false);
    expect(ancova(arm.slice(0, 1), control, { ...alone, variance: 'classical' }).estimable).toBe(
      true,
    );
    const alike = [unit(3, 1), unit(3, 2), unit(3, 5)];
    expect(ancova(alike, alike, alone)).toMatchObject({
      reason: expect.stringMatching(/no variance is left/),
    });
  });

  test('needs more units than coefficients', () => {
    // Four coefficients with slopes by arm: five units leave one degree of freedom, four none.
    const few = ancova(arm.slice(0, 2), control.slice(0, 2), { variance: 'classical' });
    expect(few).toMatchObject({ reason: expect.stringMatching(/4 units are too few for 4/) });
    const five = made(ancova(arm, control.slice(0, 2), { variance: 'classical' }));
    expect(five.adjusted.degreesOfFreedom).toBe(1);
    expect(five.unadjusted.degreesOfFreedom).toBe(3);
  });

  test.each([
    [[unit(Number.NaN, 1)], /outcome must be a finite number/],
    [[unit(1, Number.POSITIVE_INFINITY)], /covariate must be a finite number/],
    [[unit(1, 2, 3)], /as many covariates as the first, 1, not 2/],
    [[unit(1)], /as many covariates as the first, 1, not 0/],
    [[{ ...unit(1, 2), weight: 0 }], /weight must be finite and above 0, not 0/],
    [[{ ...unit(1, 2), weight: Number.POSITIVE_INFINITY }], /weight must be finite/],
    [[{ ...unit(1, 2), weight: Number.NaN }], /weight must be finite/],
  ])('refuses %j', (units, message) => {
    expect(() => ancova(arm, [...control, ...units])).toThrow(RangeError);
    expect(() => ancova(arm, [...control, ...units])).toThrow(message);
  });

  test('refuses to adjust by nothing, or at no level', () => {
    expect(() => ancova([unit(1), unit(2)], [unit(3), unit(5)])).toThrow(/at least one covariate/);
    expect(() => ancova(arm, control, { level: 1.5 })).toThrow(/level must be between 0 and 1/);
  });

  test('does not change when covariates are moved, scaled or mixed, or units reordered', () => {
    const units = fc.array(
      fc.record({
        outcome: fc.integer({ min: -50, max: 50 }),
        covariates: fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })),
      }),
      { minLength: 6, maxLength: 15 },
    );
    const moved = ({ outcome, covariates: [a = 0, b = 0] }: AncovaUnit) =>
      unit(outcome, 100 - 3 * a, a + b);
    fc.assert(
      fc.property(units, units, fc.boolean(), (one, other, interacted) => {
        const plain = ancova(one, other, { interacted });
        const turned = ancova(other.map(moved).reverse(), one.map(moved), { interacted });
        if (!plain.estimable || !turned.estimable) return;
        expect(turned.adjusted.estimate).toBeCloseTo(-plain.adjusted.estimate, 6);
        expect(turned.adjusted.standardError).toBeCloseTo(plain.adjusted.standardError, 6);
        expect(plain.varianceReduction).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('CUPED', () => {
  const cupedUnit = (row: Row): CupedUnit => ({
    outcome: row['y'] ?? Number.NaN,
    covariate: row['x'] ?? Number.NaN,
  });

  test.each(
    reference.cuped.flatMap((of, i) =>
      (['overall', 'within'] as const).map((slope) => [i, slope, of] as const),
    ),
  )('agrees with R (data %i, slope %s)', (_, slope, of) => {
    const [arm, control] = split(of.units, cupedUnit);
    const found = made(cuped(arm, control, { slope }));
    close(found.theta, of[slope].theta);
    close(found.squaredCorrelation, of[slope].squaredCorrelation);
    effectIs(found.adjusted, of[slope].adjusted);
    effectIs(found.unadjusted, of[slope].unadjusted);
    close(
      found.varianceReduction,
      1 - (found.adjusted.standardError / found.unadjusted.standardError) ** 2,
    );
  });

  // Deng et al. 2013, closed form, on 137 patients.
  test('agrees with the reference patients', () => {
    const [arm, control] = ['B', 'A'].map((name) =>
      patients
        .filter((patient) => patient.arm === name)
        .map((patient) => ({ outcome: patient.alerts, covariate: patient.baseline_alerts })),
    );
    const found = made(cuped(arm ?? [], control ?? []));
    close(found.theta, 0.469038555198839, 1e-12);
    close(found.adjusted.estimate, 2.20367036178246, 1e-12);
    close(found.adjusted.standardError, 1.15503925382946, 1e-12);
    close(found.unadjusted.estimate, 2.04285714285714, 1e-12);
    close(found.unadjusted.standardError, 1.21243312582194, 1e-12);
    close(found.squaredCorrelation, 0.0872729007305594, 1e-12);
    const narrow = made(cuped(arm ?? [], control ?? [], { level: 0.5 }));
    expect(narrow.adjusted.upper).toBeLessThan(found.adjusted.upper);
  });

  const pair = (outcome: number, covariate: number) => ({ outcome, covariate });
  const arm = [pair(3, 1), pair(5, 2), pair(4, 4)];

  test.each([
    ['no units', [], [], /no units/],
    ['one unit in an arm', arm.slice(0, 1), arm, /one unit alone/],
    ['no unit in an arm', arm, [], /one unit alone/],
    [
      'a covariate that does not vary',
      [pair(1, 2), pair(2, 2)],
      [pair(3, 2), pair(5, 2)],
      /does not vary/,
    ],
    [
      'an outcome that follows',
      [pair(2, 1), pair(4, 2)],
      [pair(6, 3), pair(12, 6)],
      /follows from the covariate/,
    ],
    [
      'identical units',
      [pair(2, 1), pair(2, 2)],
      [pair(2, 3), pair(2, 6)],
      /every unit has the same/,
    ],
  ])('is not estimable from %s', (_, one, other, reason) => {
    expect(cuped(one, other)).toEqual({
      estimable: false,
      reason: expect.stringMatching(reason),
    });
  });

  test('refuses numbers and levels that are none', () => {
    expect(() => cuped([...arm, pair(Number.NaN, 1)], arm)).toThrow(/outcome must be/);
    expect(() => cuped(arm, [...arm, pair(1, Number.POSITIVE_INFINITY)])).toThrow(
      /covariate must be/,
    );
    expect(() => cuped(arm, arm, { level: 0 })).toThrow(/level/);
  });

  test('with a slope within arms takes no account of a shift of one arm', () => {
    const units = fc.array(
      fc.record({
        outcome: fc.integer({ min: -30, max: 30 }),
        covariate: fc.integer({ min: -30, max: 30 }),
      }),
      { minLength: 3, maxLength: 12 },
    );
    fc.assert(
      fc.property(units, units, (one, other) => {
        const plain = cuped(one, other, { slope: 'within' });
        const shifted = cuped(
          one.map(({ outcome, covariate }) => pair(outcome + 100, covariate)),
          other,
          { slope: 'within' },
        );
        if (!plain.estimable || !shifted.estimable) return;
        expect(shifted.theta).toBeCloseTo(plain.theta, 8);
        expect(shifted.adjusted.estimate).toBeCloseTo(plain.adjusted.estimate + 100, 6);
      }),
    );
  });
});

const armsOf = ({ units }: Practices): readonly [UnitWithBaseline[], UnitWithBaseline[]] => [
  units.filter(({ arm }) => arm === 1),
  units.filter(({ arm }) => arm === 0),
];
const practices = Object.entries(reference.practices);
const [evenArm, evenControl] = armsOf(reference.practices['even'] as Practices);

describe('CUPED for ratios', () => {
  const rows = practices.flatMap(([name, of]) =>
    of.ratioCuped.map(
      (expected) => [name, expected.scale, expected.correction, of, expected] as const,
    ),
  );

  test.each(rows)(
    'agrees with R for %s practices, %s, %s',
    (_, scale, correction, of, expected) => {
      const [arm, control] = armsOf(of);
      const found = made(ratioCuped(arm, control, { scale, correction }));
      close(found.theta, expected.theta);
      effectIs(found.adjusted, expected.adjusted);
      const [a, b] = [
        made(ratioOfTotals(arm, correction)),
        made(ratioOfTotals(control, correction)),
      ];
      const plain = (scale === 'difference' ? differenceOf : relativeOf)(a, b, 0.95);
      expect(found.unadjusted).toEqual(made(plain));
      expect(found.unitsWithoutBaseline).toBe(0);
    },
  );

  test('takes log ratios and MD at 95 % when nothing is said', () => {
    const options = { scale: 'logRatio', correction: 'MD', level: 0.95 } as const;
    expect(ratioCuped(evenArm, evenControl)).toEqual(ratioCuped(evenArm, evenControl, options));
    const narrow = made(ratioCuped(evenArm, evenControl, { level: 0.5 }));
    expect(narrow.adjusted.lower).toBeGreaterThan(
      made(ratioCuped(evenArm, evenControl)).adjusted.lower,
    );
  });

  test('has an MD standard error near that of really leaving units out', () => {
    const [arm, control] = [evenArm, evenControl];
    const { theta, adjusted } = made(ratioCuped(arm, control));
    const log = (units: readonly UnitWithBaseline[]) => {
      const total = (pick: (unit: UnitWithBaseline) => number) =>
        units.reduce((all, unit) => all + pick(unit), 0);
      const now = total((unit) => unit.numerator) / total((unit) => unit.denominator);
      const before =
        total((unit) => unit.baselineNumerator) / total((unit) => unit.baselineDenominator);
      return Math.log(now) - theta * Math.log(before);
    };
    const squares = [arm, control].flatMap((units) =>
      units.map((_, i) => (log(units) - log(units.filter((__, j) => j !== i))) ** 2),
    );
    const jackknife = Math.sqrt(squares.reduce((a, b) => a + b, 0));
    expect(adjusted.standardError / jackknife).toBeGreaterThan(0.95);
    expect(adjusted.standardError / jackknife).toBeLessThan(1.25);
  });

  test('takes two units in each arm, the fewest there can be', () => {
    const found = made(ratioCuped(evenArm.slice(0, 2), evenControl.slice(0, 2)));
    expect(found.adjusted.degreesOfFreedom).toBe(1);
    expect(found.unadjusted.degreesOfFreedom).toBe(2);
  });

  test('keeps units without a time before the trial, and counts them', () => {
    const fresh = { numerator: 30, denominator: 200, baselineNumerator: 9, baselineDenominator: 0 };
    const found = made(ratioCuped([...evenArm, fresh], evenControl));
    expect(found.unitsWithoutBaseline).toBe(1);
    expect(found.adjusted.degreesOfFreedom).toBe(14);
    const gone = { ...fresh, denominator: 0 };
    expect(ratioCuped([...evenArm, gone], evenControl)).toEqual(ratioCuped(evenArm, evenControl));
  });

  test('is not estimable without units, events, spread or a slope', () => {
    const reasonOf = (
      arm: readonly UnitWithBaseline[],
      options: Parameters<typeof ratioCuped>[2] = {},
    ) => {
      const found = ratioCuped(arm, evenControl, options);
      return found.estimable ? 'estimated' : found.reason;
    };
    expect(reasonOf([])).toMatch(/no unit has a denominator/);
    expect(reasonOf(evenArm.slice(0, 1))).toMatch(/one unit alone/);
    const quiet = evenArm.map((unit) => ({ ...unit, numerator: 0 }));
    expect(reasonOf(quiet)).toMatch(/no events/);
    expect(reasonOf(quiet, { scale: 'difference' })).toBe('estimated');
    const before = evenArm.map((unit) => ({ ...unit, baselineNumerator: 0 }));
    expect(reasonOf(before)).toMatch(/before the trial: an arm has no events/);
    const fresh = evenArm.map((unit) => ({ ...unit, baselineDenominator: 0 }));
    expect(reasonOf(fresh)).toMatch(/before the trial: no unit/);
    const whale = [
      ...evenArm,
      { numerator: 1e14, denominator: 1e15, baselineNumerator: 3, baselineDenominator: 9 },
    ];
    expect(reasonOf(whale)).toMatch(/nearly all/);
    const flat = (units: readonly UnitWithBaseline[]) =>
      units.map((unit) => ({ ...unit, baselineNumerator: 2, baselineDenominator: 4 }));
    expect(ratioCuped(flat(evenArm), flat(evenControl))).toMatchObject({
      reason: expect.stringMatching(/nothing to adjust by/),
    });
    const copied = (units: readonly UnitWithBaseline[]) =>
      units.map((unit) => ({
        ...unit,
        baselineNumerator: unit.numerator,
        baselineDenominator: unit.denominator,
      }));
    expect(ratioCuped(copied(evenArm), copied(evenControl))).toMatchObject({
      reason: expect.stringMatching(/follows from that before the trial/),
    });
    const alike = evenArm.map((unit) => ({ ...unit, numerator: 3, denominator: 9 }));
    expect(ratioCuped(alike, alike)).toMatchObject({
      reason: expect.stringMatching(/every unit has the same ratio/),
    });
  });

  test('refuses numbers and levels that are none', () => {
    const bad = { numerator: 1, denominator: 2, baselineNumerator: 1, baselineDenominator: -2 };
    expect(() => ratioCuped([...evenArm, bad], evenControl)).toThrow(RangeError);
    expect(() =>
      ratioCuped([...evenArm, { ...bad, denominator: -2, baselineDenominator: 2 }], evenControl),
    ).toThrow(RangeError);
    expect(() => ratioCuped(evenArm, evenControl, { level: -1 })).toThrow(/level/);
  });
});

describe('Analysis of covariance of log rates', () => {
  const ratio = ({ estimate = 0, lower = 0, upper = 0, ...rest }: Numbers): Numbers => ({
    ...rest,
    estimate: Math.exp(estimate),
    lower: Math.exp(lower),
    upper: Math.exp(upper),
  });

  test.each(practices)('agrees with estimatr for %s practices', (_, of) => {
    const [arm, control] = armsOf(of);
    const { continuity } = of;
    const plain = made(ancovaOfLogRates(arm, control, { continuity }));
    effectIs(plain.adjusted, ratio(of.logRates.HC2));
    effectIs(plain.unadjusted, ratio(of.logRates.unadjusted));
    expect(plain.unitsLeftOut).toBe(0);
    const classical = made(ancovaOfLogRates(arm, control, { continuity, variance: 'classical' }));
    effectIs(classical.adjusted, ratio(of.logRates.classical));
    const weighted = { continuity, weights: 'exposure', variance: 'HC3' } as const;
    effectIs(
      made(ancovaOfLogRates(arm, control, weighted)).adjusted,
      ratio(of.logRates.exposureHC3),
    );
    const lin = made(ancovaOfLogRates(arm, control, { continuity, interacted: true }));
    effectIs(lin.adjusted, ratio(of.logRates.interacted));
    close(
      plain.varianceReduction,
      1 - (plain.adjusted.standardError / plain.unadjusted.standardError) ** 2,
    );
  });

  test('refuses units without events as a value, unless a continuity is named', () => {
    const [first, ...rest] = evenArm;
    for (const change of [{ numerator: 0 }, { baselineNumerator: 0 }]) {
      const arm = [{ ...(first as UnitWithBaseline), ...change }, ...rest];
      expect(ancovaOfLogRates(arm, evenControl)).toEqual({
        estimable: false,
        reason: expect.stringMatching(/a unit has no events/),
        instead: expect.stringMatching(/ratioCuped/),
      });
      expect(ancovaOfLogRates(arm, evenControl, { continuity: 0.5 }).estimable).toBe(true);
    }
  });

  test('leaves out units without exposure, and refuses those without a time before', () => {
    const gone = { numerator: 4, denominator: 0, baselineNumerator: 1, baselineDenominator: 5 };
    const found = made(ancovaOfLogRates([...evenArm, gone], [gone, ...evenControl]));
    expect(found.unitsLeftOut).toBe(2);
    expect(found.adjusted).toEqual(made(ancovaOfLogRates(evenArm, evenControl)).adjusted);
    const fresh = { ...gone, denominator: 5, baselineDenominator: 0 };
    expect(ancovaOfLogRates([...evenArm, fresh], evenControl)).toMatchObject({
      reason: expect.stringMatching(/no exposure before the trial/),
      instead: expect.stringMatching(/ratioCuped/),
    });
  });

  test('says why a regression fails', () => {
    expect(ancovaOfLogRates(evenArm.slice(0, 1), evenControl)).toMatchObject({
      reason: expect.stringMatching(/one unit alone/),
    });
    expect(ancovaOfLogRates([], [])).toMatchObject({
      reason: expect.stringMatching(/0 units are too few/),
    });
    const wide = [
      { numerator: 1e-300, denominator: 1, baselineNumerator: 1, baselineDenominator: 1 },
      { numerator: 1e300, denominator: 1, baselineNumerator: 2, baselineDenominator: 1 },
      { numerator: 1, denominator: 1, baselineNumerator: 5, baselineDenominator: 1 },
    ];
    expect(ancovaOfLogRates(wide, wide).estimable).toBe(false);
  });

  test.each([
    [{ numerator: -1 }, {}, /events and exposure must be finite and at least 0/],
    [{ denominator: Number.NaN }, {}, /events and exposure/],
    [{ baselineNumerator: Number.POSITIVE_INFINITY }, {}, /events and exposure/],
    [{ baselineDenominator: -1 }, {}, /events and exposure/],
    [{}, { continuity: -1 }, /continuity must be finite/],
    [{}, { continuity: Number.POSITIVE_INFINITY }, /continuity must be finite/],
    [{}, { level: 0 }, /level must be/],
  ])('refuses %j with options %j', (change, options, message) => {
    const arm = [...evenArm, { ...(evenArm[0] as UnitWithBaseline), ...change }];
    expect(() => ancovaOfLogRates(arm, evenControl, options)).toThrow(RangeError);
    expect(() => ancovaOfLogRates(arm, evenControl, options)).toThrow(message);
  });
});
