import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ProportionCounts } from '../../../src/analysis/methods/independent/index.ts';
import { proportionDifference } from '../../../src/analysis/methods/independent/index.ts';
import type {
  Better,
  EstimateWithError,
  TEstimate,
} from '../../../src/analysis/methods/margins/index.ts';
import {
  equivalence,
  intersectionUnion,
  nonInferiority,
  nonInferiorityProportions,
  nonInferiorityRatio,
} from '../../../src/analysis/methods/margins/index.ts';
import { expectClose, expectInterval, made } from '../independent/expectations.ts';

interface Judged {
  readonly margin: number;
  readonly alpha: number;
  readonly better: Better;
  readonly statistic: number;
  readonly p: number;
  readonly bound: number;
  readonly pSuperiority: number;
}

/** R 4.2.2; see oracle.R. */
const reference = JSON.parse(readFileSync(new URL('reference.json', import.meta.url), 'utf8')) as {
  readonly differences: readonly (Judged &
    EstimateWithError & { readonly degreesOfFreedom: number | string })[];
  readonly equivalences: readonly (EstimateWithError & {
    readonly degreesOfFreedom: number | string;
    readonly lower: number;
    readonly upper: number;
    readonly alpha: number;
    readonly p: readonly [number, number];
    readonly interval: readonly number[];
  })[];
  readonly proportions: readonly (Judged & {
    readonly arm: ProportionCounts;
    readonly control: ProportionCounts;
    readonly method: 'miettinen-nurminen' | 'farrington-manning';
  })[];
};

const degrees = (df: number | string): number => (df === 'Inf' ? Infinity : Number(df));

const effect: TEstimate = { estimate: -0.012, standardError: 0.018, degreesOfFreedom: 22 };

/** What no effect may be, and what is said of it. */
const notEffects = [
  [{ ...effect, estimate: Number.NaN }, /estimate must be finite/],
  [{ ...effect, estimate: Infinity }, /estimate must be finite/],
  [{ ...effect, standardError: -1 }, /standardError must be finite and 0 or more/],
  [{ ...effect, standardError: Infinity }, /standardError must be finite/],
  [{ ...effect, standardError: Number.NaN }, /standardError must be finite/],
  [{ ...effect, degreesOfFreedom: 0 }, /degreesOfFreedom must be above 0/],
  [{ ...effect, degreesOfFreedom: Number.NaN }, /degreesOfFreedom must be above 0/],
] as const;

const notAlphas = [0, -0.01, 0.5, 0.975, Number.NaN];

describe('Non-inferiority of a difference', () => {
  test.each(
    reference.differences.map(
      (each) =>
        [`${each.estimate}, ${each.better} is better, margin ${each.margin}`, each] as const,
    ),
  )('of %s agrees with R', (_, { estimate, standardError, margin, better, alpha, ...expected }) => {
    const result = made(
      nonInferiority(
        { estimate, standardError, degreesOfFreedom: degrees(expected.degreesOfFreedom) },
        { margin, better, alpha },
      ),
    );
    expectClose(result.statistic, expected.statistic);
    expectClose(result.pValue, expected.p);
    expectClose(result.bound, expected.bound);
    expectClose(result.pSuperiority, expected.pSuperiority);
    expect(result.passed).toBe(expected.p <= alpha);
  });

  test('of a cluster risk difference has the reference numbers, at one-sided 2.5 %', () => {
    const result = made(nonInferiority(effect, { margin: 0.05, better: 'higher' }));
    expectClose(result.statistic, 2.11111111111111);
    expectClose(result.pValue, 0.0231781496634536);
    expectClose(result.bound, -0.0493297152222725);
    expectClose(result.pSuperiority, 0.74404161804972);
    expect(result.passed).toBe(true);
    expect(made(nonInferiority(effect, { margin: 0.049, better: 'higher' })).passed).toBe(false);
  });

  test('passes exactly when the bound is on the good side of the margin', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.double({ min: 1, max: 60, noNaN: true }),
        fc.double({ min: 0.01, max: 2, noNaN: true }),
        fc.constantFrom('higher' as const, 'lower' as const),
        (estimate, standardError, degreesOfFreedom, margin, better) => {
          const { bound, passed, pValue } = made(
            nonInferiority({ estimate, standardError, degreesOfFreedom }, { margin, better }),
          );
          fc.pre(Math.abs(pValue - 0.025) > 1e-9);
          expect(better === 'higher' ? bound > -margin : bound < margin).toBe(passed);
        },
      ),
    );
  });

  test('without a standard error is not estimated', () => {
    expect(nonInferiority({ ...effect, standardError: 0 }, { margin: 1, better: 'lower' })).toEqual(
      { estimable: false, reason: expect.stringContaining('standard error is 0') },
    );
  });

  test.each(notEffects)('refuses %j', (broken, message) => {
    expect(() => nonInferiority(broken, { margin: 1, better: 'higher' })).toThrow(RangeError);
    expect(() => nonInferiority(broken, { margin: 1, better: 'higher' })).toThrow(message);
    expect(() => equivalence(broken, { lower: -1, upper: 1 })).toThrow(RangeError);
    expect(() => equivalence(broken, { lower: -1, upper: 1 })).toThrow(message);
  });

  test.each([0, -0.05, Infinity, Number.NaN])('refuses a margin of %d', (margin) => {
    expect(() => nonInferiority(effect, { margin, better: 'higher' })).toThrow(RangeError);
    expect(() => nonInferiority(effect, { margin, better: 'higher' })).toThrow(
      /margin must be finite and above 0/,
    );
  });

  test.each(notAlphas)('refuses an alpha of %d, which is one-sided', (alpha) => {
    expect(() => nonInferiority(effect, { margin: 1, better: 'higher', alpha })).toThrow(
      RangeError,
    );
    expect(() => nonInferiority(effect, { margin: 1, better: 'higher', alpha })).toThrow(
      /one-sided/,
    );
    expect(() => equivalence(effect, { lower: -1, upper: 1, alpha })).toThrow(/one-sided/);
  });
});

describe('Equivalence', () => {
  test.each(reference.equivalences.map((each) => [each.estimate, each] as const))(
    'of %d agrees with R',
    (_, { estimate, standardError, lower, upper, alpha, p, interval, degreesOfFreedom }) => {
      const result = made(
        equivalence(
          { estimate, standardError, degreesOfFreedom: degrees(degreesOfFreedom) },
          { lower, upper, alpha },
        ),
      );
      expectClose(result.pLower, p[0]);
      expectClose(result.pUpper, p[1]);
      expect(result.pValue).toBe(Math.max(result.pLower, result.pUpper));
      expectInterval(result.interval, interval);
      expect(result.passed).toBe(Math.max(...p) <= alpha);
    },
  );

  // Schuirmann 1987.
  test('of a log rate ratio of 0.03 within 0.8 and 1.25 has the reference numbers, at 5 %', () => {
    const result = made(
      equivalence(
        { estimate: 0.03, standardError: 0.06, degreesOfFreedom: 40 },
        { lower: Math.log(0.8), upper: Math.log(1.25) },
      ),
    );
    expectClose(result.pLower, 6.83373815126351e-5);
    expectClose(result.pUpper, 0.00127642335713824);
    expectClose(result.pValue, 0.00127642335713824);
    expectInterval(result.interval, [-0.0710310608001392, 0.131031060800139]);
    expect(result.passed).toBe(true);
  });

  test('is shown exactly when the interval lies between the bounds', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.double({ min: 1, max: 60, noNaN: true }),
        (estimate, standardError, degreesOfFreedom) => {
          const { interval, passed, pValue } = made(
            equivalence({ estimate, standardError, degreesOfFreedom }, { lower: -0.7, upper: 1 }),
          );
          fc.pre(Math.abs(pValue - 0.05) > 1e-9);
          expect(interval.lower > -0.7 && interval.upper < 1).toBe(passed);
        },
      ),
    );
  });

  test('without a standard error is not estimated', () => {
    expect(equivalence({ ...effect, standardError: 0 }, { lower: -1, upper: 1 })).toEqual({
      estimable: false,
      reason: expect.stringContaining('standard error is 0'),
    });
  });

  test.each([
    [1, 1],
    [1, -1],
    [Number.NaN, 1],
    [0, Infinity],
    [-Infinity, 0],
  ])('refuses bounds of %d and %d', (lower, upper) => {
    expect(() => equivalence(effect, { lower, upper })).toThrow(RangeError);
    expect(() => equivalence(effect, { lower, upper })).toThrow(
      /bounds must be finite, lower below/,
    );
  });
});

describe('Non-inferiority of a proportion', () => {
  test.each(
    reference.proportions.map(
      (each) =>
        [
          `${each.arm.successes}/${each.arm.n} v ${each.control.successes}/${each.control.n}, ` +
            `${each.better} is better, ${each.method}`,
          each,
        ] as const,
    ),
  )('of %s agrees with R', (_, { arm, control, margin, better, method, alpha, ...expected }) => {
    const result = made(nonInferiorityProportions(arm, control, { margin, better, method, alpha }));
    expectClose(result.statistic, expected.statistic);
    expectClose(result.pValue, expected.p);
    expectClose(result.bound, expected.bound);
    expectClose(result.pSuperiority, expected.pSuperiority);
    expect(result.passed).toBe(expected.p <= alpha);
  });

  const arms = [
    { successes: 83, n: 100 },
    { successes: 84, n: 95 },
  ] as const;

  test('is by Miettinen and Nurminen at one-sided 2.5 % unless told otherwise', () => {
    const plain = made(nonInferiorityProportions(...arms, { margin: 0.1, better: 'higher' }));
    expect(plain).toEqual(
      made(
        nonInferiorityProportions(...arms, {
          margin: 0.1,
          better: 'higher',
          method: 'miettinen-nurminen',
          alpha: 0.025,
        }),
      ),
    );
    expect(plain.bound).toBe(made(proportionDifference(...arms)).lower);
    expect(made(nonInferiorityProportions(...arms, { margin: 0.1, better: 'lower' })).bound).toBe(
      made(proportionDifference(...arms)).upper,
    );
  });

  test('has a bound at the margin where the p value is alpha', () => {
    const { bound } = made(nonInferiorityProportions(...arms, { margin: 0.1, better: 'higher' }));
    const { pValue } = made(
      nonInferiorityProportions(...arms, { margin: -bound, better: 'higher' }),
    );
    expectClose(pValue, 0.025, { rel: 1e-9 });
  });

  test('is not estimated when an arm has no units', () => {
    const none = { successes: 0, n: 0 };
    for (const [arm, control] of [
      [none, arms[1]],
      [arms[0], none],
    ] as const) {
      expect(nonInferiorityProportions(arm, control, { margin: 0.1, better: 'higher' })).toEqual({
        estimable: false,
        reason: 'an arm has no units',
      });
    }
  });

  test.each([0, 1, -0.1, 10, Number.NaN])('refuses a margin of %d', (margin) => {
    expect(() => nonInferiorityProportions(...arms, { margin, better: 'higher' })).toThrow(
      RangeError,
    );
    expect(() => nonInferiorityProportions(...arms, { margin, better: 'higher' })).toThrow(
      /margin must lie between 0 and 1/,
    );
  });

  test('refuses what is no count and no alpha', () => {
    const ask = { margin: 0.1, better: 'higher' } as const;
    expect(() => nonInferiorityProportions({ successes: 3, n: 2 }, arms[1], ask)).toThrow(
      /successes/,
    );
    expect(() => nonInferiorityProportions(arms[0], { successes: 3, n: 2 }, ask)).toThrow(
      /successes/,
    );
    for (const alpha of notAlphas) {
      expect(() => nonInferiorityProportions(...arms, { ...ask, alpha })).toThrow(/one-sided/);
    }
  });
});

test.each([
  [
    'a difference',
    (alpha?: number) => nonInferiority(effect, { margin: 0.05, better: 'higher', alpha }),
  ],
  [
    'a ratio',
    (alpha?: number) =>
      nonInferiorityRatio(
        { estimate: 3, standardError: 0.2 },
        { estimate: 3.1, standardError: 0.1 },
        { margin: 0.9, better: 'higher', degreesOfFreedom: 9, alpha },
      ),
  ],
  ['an equivalence', (alpha?: number) => equivalence(effect, { lower: -0.05, upper: 0.05, alpha })],
  [
    'a proportion',
    (alpha?: number) =>
      nonInferiorityProportions(
        { successes: 83, n: 100 },
        { successes: 84, n: 95 },
        { margin: 0.1, better: 'higher', alpha },
      ),
  ],
] as const)('A p value of exactly alpha passes: %s', (_, ask) => {
  const { pValue } = made<{ readonly pValue: number }>(ask());
  expect(ask(pValue)).toMatchObject({ passed: true });
  expect(ask(pValue * (1 - 1e-12))).toMatchObject({ passed: false });
});

describe('The intersection-union test', () => {
  test('is the largest p value', () => {
    expect(intersectionUnion([0.01, 0.04, 0.002])).toBe(0.04);
    expect(intersectionUnion([0.3])).toBe(0.3);
    expect(intersectionUnion([0, 1])).toBe(1);
  });

  test.each([[[]], [[0.1, -0.1]], [[1.1]], [[0.1, Number.NaN]]])('refuses %j', (pValues) => {
    expect(() => intersectionUnion(pValues)).toThrow(RangeError);
    expect(() => intersectionUnion(pValues)).toThrow(/p values between 0 and 1/);
  });
});
