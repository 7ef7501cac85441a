import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { dunnett, normal, studentT } from '../../src/stats/index.ts';

interface Point {
  readonly c: number;
  readonly loadings: readonly number[];
  readonly df: number | 'Infinity';
  readonly sides: 1 | 2;
  readonly lower: number;
  readonly upper: number;
  /** Of mvtnorm's randomised quadrature. */
  readonly mvtnorm: number | null;
}

/** Made by R 4.2.2 with `oracle.R`: nested Gauss-Legendre quadrature, and mvtnorm. */
const { dunnett: points }: { dunnett: readonly Point[] } = JSON.parse(
  readFileSync(new URL('reference.json', import.meta.url), 'utf8'),
);

const equal = (count: number, loading: number = Math.SQRT1_2): readonly number[] =>
  Array.from({ length: count }, () => loading);

const relative = (got: number, expected: number): number => Math.abs(got / expected - 1);

describe('the largest of several comparisons with one control', () => {
  test.each(points)('at $c with $loadings, df $df, sides $sides', (point) => {
    const { c, loadings, sides, lower, upper, mvtnorm } = point;
    const got = dunnett.cdf(c, { loadings, df: Number(point.df), sides });
    expect(relative(got.lower, lower)).toBeLessThan(1e-11);
    expect(relative(got.upper, upper)).toBeLessThan(1e-11);
    if (mvtnorm !== null) expect(Math.abs(got.lower - mvtnorm)).toBeLessThan(1e-4);
  });

  // mpmath 1.3 with 40 digits: quadrature over z with the two steps among the edges.
  test.each([
    { c: 2, loadings: [0.999999, 0.3], sides: 2, upper: 0.0868117330111897 },
    { c: 2, loadings: [0.999999, 0.3], sides: 1, upper: 0.04345899884131393 },
    { c: 1, loadings: [0.9999999, -0.99999], sides: 2, upper: 0.318178225749025 },
    { c: 1, loadings: [0.9999999, -0.99999], sides: 1, upper: 0.3173105078629141 },
  ] as const)('at $c with loadings next to 1, $loadings, sides $sides', (point) => {
    const { c, loadings, sides, upper } = point;
    const got = dunnett.cdf(c, { loadings, df: Infinity, sides });
    expect(relative(got.upper, upper)).toBeLessThan(2e-13);
    expect(relative(got.lower, 1 - upper)).toBeLessThan(2e-13);
  });

  test('takes no longer for loadings next to 1, where all but one comparison are the same', () => {
    const one = studentT.cdf(2, 10).upper;
    const start = performance.now();
    const got = dunnett.cdf(2, { loadings: [1 - 1e-13, 1 - 1e-13], df: 10, sides: 1 });
    expect(performance.now() - start).toBeLessThan(5000);
    // Apart by √(1 - λ²) of a standard normal at most.
    expect(Math.abs(got.upper - one)).toBeLessThan(1e-6);
    expect(got.lower + got.upper).toBeCloseTo(1, 13);
  });

  test('does not jump where one rule of quadrature gives way to the other', () => {
    // 1 + λ²/(1 - λ²) is 1/(1 - λ²), with a second loading of 0: 2,500 at λ² = 0.9996.
    for (const sides of [1, 2] as const) {
      const at = (square: number) =>
        dunnett.cdf(1.7, { loadings: [Math.sqrt(square), 0], df: 6, sides });
      const [below, above] = [at(0.9996 - 1e-12), at(0.9996 + 1e-12)];
      expect(relative(above.upper, below.upper)).toBeLessThan(1e-12);
      expect(relative(above.lower, below.lower)).toBeLessThan(1e-12);
    }
  });

  test('has the critical values of Dunnett’s tables', () => {
    // Dunnett (1964): 2.38, 2.47, 2.35, and one-sided 2.15 (1955); digits by quadrature.
    const tables = [
      [2.37868998018168, 2, 20, 2],
      [2.47369439210487, 3, 30, 2],
      [2.34897059033931, 3, Infinity, 2],
      [2.15061382675068, 2, 10, 1],
    ] as const;
    for (const [expected, arms, df, sides] of tables) {
      const comparisons = { loadings: equal(arms), df, sides };
      expect(relative(dunnett.quantile(0.05, comparisons, 'upper'), expected)).toBeLessThan(1e-11);
      expect(relative(dunnett.quantile(0.95, comparisons), expected)).toBeLessThan(1e-11);
    }
  });

  test('adjusts the comparisons of the insect sprays with spray A', () => {
    // R's InsectSprays, √count, 12 a spray; quadrature, and multcomp::glht to 1e-3.
    const comparisons = { loadings: equal(5), df: 66, sides: 2 } as const;
    const adjusted = [
      [0.452021650477121, 0.988891696184732],
      [6.22298030423672, 1.88234404729926e-7],
      [7.6064654124536, 6.68005539772309e-10],
      [1.00552729163397, 0.770489054976846],
    ] as const;
    for (const [t, p] of adjusted) {
      const got = dunnett.cdf(t, comparisons).upper;
      expect(Math.abs(got - p)).toBeLessThanOrEqual(1e-5 * p + 1e-9);
    }
    const critical = dunnett.quantile(0.05, comparisons, 'upper');
    expect(relative(critical, 2.57590279394121)).toBeLessThan(1e-11);
  });

  test('keeps an upper tail that 1 − lower has lost', () => {
    const comparisons = { loadings: equal(5), df: 66, sides: 2 } as const;
    const { upper } = dunnett.cdf(9.80747258997533, comparisons);
    // Just below Bonferroni's bound: the sprays hardly ever exceed it together.
    const bonferroni = 5 * 2 * studentT.cdf(9.80747258997533, 66).upper;
    expect(upper).toBeLessThan(bonferroni);
    expect(upper).toBeGreaterThan(0.998 * bonferroni);
    const far = dunnett.cdf(30, { loadings: equal(3), df: Infinity, sides: 2 }).upper;
    expect(relative(far, 6 * normal.cdf(30).upper)).toBeLessThan(1e-11);
  });
});

describe('special cases', () => {
  const statistic = fc.double({ min: -6, max: 12, noNaN: true });
  const df = fc.oneof(fc.constant(Infinity), fc.double({ min: 1.5, max: 300, noNaN: true }));

  test('a single comparison is Student’s t', () => {
    fc.assert(
      fc.property(statistic, df, (c, df) => {
        const one = dunnett.cdf(c, { loadings: [0.4], df, sides: 1 });
        expect(one).toEqual(studentT.cdf(c, df));
        const size = dunnett.cdf(Math.abs(c), { loadings: [0.4], df, sides: 2 });
        expect(size.upper).toBe(2 * studentT.cdf(Math.abs(c), df).upper);
        expect(Math.abs(size.lower + size.upper - 1)).toBeLessThan(1e-14);
      }),
    );
    const single = { loadings: [0.4], df: 7, sides: 2 } as const;
    expect(relative(dunnett.quantile(0.95, single), studentT.quantile(0.975, 7))).toBeLessThan(
      1e-12,
    );
  });

  test('independent comparisons with a known error are a power', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 8, noNaN: true }),
        fc.integer({ min: 2, max: 9 }),
        (c, k) => {
          const tail = 2 * normal.cdf(c).upper;
          const got = dunnett.cdf(c, { loadings: equal(k, 0), df: Infinity, sides: 2 });
          expect(relative(got.upper, -Math.expm1(k * Math.log1p(-tail)))).toBeLessThan(1e-12);
          const one = dunnett.cdf(c, { loadings: equal(k, 0), df: Infinity, sides: 1 });
          expect(relative(one.lower, normal.cdf(c).lower ** k)).toBeLessThan(1e-12);
        },
      ),
    );
  });

  test('two balanced one-sided comparisons at 0 follow Sheppard’s formula', () => {
    // P(T₁ ≤ 0, T₂ ≤ 0) = ¼ + arcsin(ρ) / 2π, whatever the df; ρ = ½ gives ⅓.
    for (const df of [1, 3, 40, 1e6, 1e25, Infinity]) {
      const { lower, upper } = dunnett.cdf(0, { loadings: equal(2), df, sides: 1 });
      expect(Math.abs(lower - 1 / 3)).toBeLessThan(1e-13);
      expect(Math.abs(upper - 2 / 3)).toBeLessThan(1e-13);
    }
  });

  test('comparisons that nearly coincide are nearly one', () => {
    const got = dunnett.cdf(2, { loadings: equal(2, 0.9999), df: 20, sides: 2 }).upper;
    const one = 2 * studentT.cdf(2, 20).upper;
    expect(got).toBeGreaterThan(one);
    expect(got).toBeLessThan(1.04 * one);
  });

  test('the order of the comparisons and the sign of all loadings do not matter', () => {
    const base = { df: 11, sides: 2 } as const;
    const first = dunnett.cdf(2, { ...base, loadings: [0.2, 0.7, 0.2, 0.5] });
    expect(dunnett.cdf(2, { ...base, loadings: [0.7, 0.5, 0.2, 0.2] })).toEqual(first);
    const turned = dunnett.cdf(2, { ...base, loadings: [-0.2, -0.7, -0.2, -0.5] });
    expect(relative(turned.upper, first.upper)).toBeLessThan(1e-13);
  });

  test('lies between one comparison and Bonferroni, adds up to 1 and never falls', () => {
    const comparisons = fc.record({
      loadings: fc.array(fc.double({ min: -0.95, max: 0.95, noNaN: true }), {
        minLength: 2,
        maxLength: 5,
      }),
      df,
      sides: fc.constantFrom<1 | 2>(1, 2),
    });
    fc.assert(
      fc.property(
        comparisons,
        statistic,
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (law, c, more) => {
          const { lower, upper } = dunnett.cdf(c, law);
          const single = dunnett.cdf(c, { ...law, loadings: [0] }).upper;
          expect(Math.abs(lower + upper - 1)).toBeLessThan(1e-12);
          expect(upper).toBeGreaterThanOrEqual(single * (1 - 1e-11));
          expect(upper).toBeLessThanOrEqual(
            Math.min(1, law.loadings.length * single) * (1 + 1e-11),
          );
          expect(dunnett.cdf(c + more, law).upper).toBeLessThanOrEqual(upper * (1 + 1e-11));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a quantile has the probability asked for, from either side', () => {
    const cases = [
      { loadings: equal(3), df: 24, sides: 2 },
      { loadings: [0.2, 0.6], df: 5.5, sides: 1 },
      { loadings: [0, 0, 0.4], df: Infinity, sides: 2 },
    ] as const;
    for (const law of cases) {
      for (const p of [1e-14, 0.025, 0.5]) {
        const far = dunnett.quantile(p, law, 'upper');
        expect(relative(dunnett.cdf(far, law).upper, p)).toBeLessThan(1e-11);
        const near = dunnett.quantile(p, law);
        expect(Math.abs(dunnett.cdf(near, law).lower - p)).toBeLessThan(1e-11 * Math.max(p, 1e-3));
      }
      expect(dunnett.quantile(0.75, law, 'upper')).toBe(dunnett.quantile(0.25, law));
    }
  });
});

describe('at the ends', () => {
  const two = { loadings: [0.5, 0.5], df: 9, sides: 2 } as const;
  const one = { loadings: [0.5, 0.5], df: 9, sides: 1 } as const;

  test('the tails are 0 and 1', () => {
    const below = { lower: 0, upper: 1 };
    const above = { lower: 1, upper: 0 };
    expect(dunnett.cdf(0, two)).toEqual(below);
    expect(dunnett.cdf(-1, two)).toEqual(below);
    expect(dunnett.cdf(-1, { ...two, loadings: [0.5] })).toEqual(below);
    expect(dunnett.cdf(Infinity, two)).toEqual(above);
    expect(dunnett.cdf(Infinity, one)).toEqual(above);
    expect(dunnett.cdf(-Infinity, one)).toEqual(below);
    expect(dunnett.cdf(40, { ...one, df: Infinity })).toEqual(above);
    expect(dunnett.cdf(-40, { ...one, df: Infinity })).toEqual(below);
  });

  test('a bound far beyond every statistic is reached in good time', () => {
    // With one df P(|T| > c) → 2 / (πc), and with three comparisons the largest decides.
    const cauchy = dunnett.cdf(1e8, { ...two, df: 1 }).upper;
    expect(cauchy * 1e8).toBeGreaterThan(2 / Math.PI);
    expect(cauchy * 1e8).toBeLessThan(4 / Math.PI);
    expect(relative(dunnett.cdf(1e120, { ...two, df: 1 }).upper * 1e112, cauchy)).toBeLessThan(
      1e-9,
    );
    const far = dunnett.cdf(1e10, { ...two, df: 1e15 });
    expect(far.upper).toBe(0);
    expect(far.lower).toBeCloseTo(1, 13);
  });

  test('probability 0 and 1 give the ends of the support', () => {
    expect(dunnett.quantile(0, two)).toBe(0);
    expect(dunnett.quantile(1, two)).toBe(Infinity);
    expect(dunnett.quantile(0, two, 'upper')).toBe(Infinity);
    expect(dunnett.quantile(1, two, 'upper')).toBe(0);
    expect(dunnett.quantile(0, one)).toBe(-Infinity);
    expect(dunnett.quantile(1, one, 'upper')).toBe(-Infinity);
  });

  test('arguments without meaning are refused with what would be right', () => {
    const refused: readonly (readonly [() => unknown, RegExp])[] = [
      [() => dunnett.cdf(NaN, two), /c must be a number, got NaN/],
      [() => dunnett.cdf(1, { ...two, loadings: [] }), /at least one comparison/],
      [
        () => dunnett.cdf(1, { ...two, loadings: [0, 1] }),
        /loading 1 must be between -1 and 1, both excluded, got 1/,
      ],
      [() => dunnett.cdf(1, { ...two, loadings: [-1] }), /loading 0 must be between/],
      [() => dunnett.quantile(0.5, { ...two, loadings: [NaN] }), /got NaN/],
      [() => dunnett.cdf(1, { ...two, df: 0 }), /df must be greater than 0/],
      [() => dunnett.cdf(1, { ...two, sides: 3 as 2 }), /sides must be 1 or 2, got 3/],
      [() => dunnett.quantile(1.2, two), /p must be a probability/],
    ];
    for (const [call, message] of refused) {
      expect(call).toThrow(RangeError);
      expect(call).toThrow(message);
    }
  });
});
