import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { noncentralF } from '../../src/stats/noncentral-f.ts';
import { noncentralT } from '../../src/stats/noncentral-t.ts';
import { fisherF } from '../../src/stats/index.ts';

interface Point {
  readonly args: readonly [f: number, df1: number, df2: number, ncp: number];
  readonly lower: number;
  readonly upper: number;
}

/** Made by mpmath with 400 digits, `noncentral-oracle.py`. */
const { noncentralF: points }: { noncentralF: readonly Point[] } = JSON.parse(
  readFileSync(new URL('noncentral.json', import.meta.url), 'utf8'),
);

const relative = (got: number, expected: number): number => Math.abs(got / expected - 1);

describe('the noncentral F distribution against sums with 400 digits', () => {
  test('has both tails right, from 1e-270 on', () => {
    expect(points.length).toBeGreaterThan(250);
    for (const { args, lower, upper } of points) {
      const got = noncentralF.cdf(...args);
      const error = Math.max(relative(got.lower, lower), relative(got.upper, upper));
      expect({ args, error, ok: error < 1e-12 }).toEqual({ args, error, ok: true });
    }
  });

  test('finds the point again from either tail', () => {
    for (const { args, lower, upper } of points) {
      const [f, df1, df2, ncp] = args;
      for (const [tail, p] of [
        ['lower', lower],
        ['upper', upper],
      ] as const) {
        if (p > 0.9) continue;
        const error = relative(noncentralF.quantile(p, df1, df2, ncp, tail), f);
        expect({ args, tail, error, ok: error < 1e-12 }).toEqual({ args, tail, error, ok: true });
      }
    }
  });
});

describe('the noncentral F distribution', () => {
  test('gives the power of an analysis of variance', () => {
    // R 4.2.2: power.anova.test(groups = 4, between.var = 1, within.var = 3, n = 8)$power.
    const critical = fisherF.quantile(0.05, 3, 28, 'upper');
    expect(noncentralF.cdf(critical, 3, 28, (3 * 8 * 1) / 3).upper).toBeCloseTo(
      0.5870358821363139,
      8,
    );
  });

  test('has the digits that R loses', () => {
    // mpmath; R 4.2.2 gives 0.46636421596966 and 0.49999900208033.
    expect(noncentralF.cdf(2, 3, 10, 4).lower).toBeCloseTo(0.4663642160480801, 14);
    expect(noncentralF.cdf(100, 1, 1e6, 100).lower).toBeCloseTo(0.4999990026527353, 13);
  });

  test('begins at 0 and ends at infinity', () => {
    for (const f of [-Infinity, -1, 0]) {
      expect(noncentralF.cdf(f, 3, 10, 4)).toEqual({ lower: 0, upper: 1 });
    }
    expect(noncentralF.cdf(Infinity, 3, 10, 4)).toEqual({ lower: 1, upper: 0 });
    expect(noncentralF.cdf(1e-320, 3, 10, 1600)).toEqual({ lower: 0, upper: 1 });
    expect(noncentralF.quantile(0, 3, 10, 4)).toBe(0);
    expect(noncentralF.quantile(1, 3, 10, 4)).toBe(Infinity);
    expect(noncentralF.quantile(0, 3, 10, 4, 'upper')).toBe(Infinity);
    expect(noncentralF.quantile(1, 3, 10, 4, 'upper')).toBe(0);
  });

  test('refuses what is no number and parameters that no law has', () => {
    expect(() => noncentralF.cdf(Number.NaN, 3, 10, 1)).toThrow('f must be a number, got NaN');
    expect(() => noncentralF.cdf(1, 0, 10, 1)).toThrow('df1 must be finite and greater than 0');
    expect(() => noncentralF.cdf(1, 3, Infinity, 1)).toThrow('df2 must be finite');
    expect(() => noncentralF.cdf(1, 3, 10, -0.1)).toThrow('ncp must be finite and 0 or more');
    expect(() => noncentralF.quantile(0.5, 3, 10, Infinity)).toThrow('ncp must be finite');
    expect(() => noncentralF.quantile(-0.1, 3, 10, 1)).toThrow('p must be a probability');
  });
});

const degrees = fc.double({ min: -0.3, max: 4, noNaN: true }).map((e) => 10 ** e);
const noncentrality = fc.double({ min: 0, max: 400, noNaN: true });
const place = fc.double({ min: -2, max: 3, noNaN: true }).map((e) => 10 ** e);

describe('every noncentral F distribution', () => {
  test("is Fisher's where ncp is 0", () => {
    fc.assert(
      fc.property(place, degrees, degrees, (f, df1, df2) => {
        expect(noncentralF.cdf(f, df1, df2, 0)).toEqual(fisherF.cdf(f, df1, df2));
      }),
    );
  });

  test('with one degree of freedom is that of a squared noncentral t', () => {
    fc.assert(
      fc.property(place, degrees, fc.double({ min: 0, max: 20, noNaN: true }), (f, df, ncp) => {
        const t = Math.sqrt(f);
        const { upper } = noncentralF.cdf(f, 1, df, ncp * ncp);
        const sides = noncentralT.cdf(t, df, ncp).upper + noncentralT.cdf(-t, df, ncp).lower;
        fc.pre(sides > 1e-270);
        expect(relative(upper, sides)).toBeLessThan(2e-11);
      }),
    );
  });

  test('has more above any point the larger ncp is', () => {
    fc.assert(
      fc.property(place, degrees, degrees, noncentrality, (f, df1, df2, ncp) => {
        const less = noncentralF.cdf(f, df1, df2, ncp);
        const more = noncentralF.cdf(f, df1, df2, ncp + 1);
        expect(more.upper).toBeGreaterThanOrEqual(less.upper * (1 - 1e-12));
        expect(Math.abs(less.lower + less.upper - 1)).toBeLessThan(1e-15);
      }),
    );
  });

  test('has at its quantile the probability asked for', () => {
    const probability = fc.double({ min: -30, max: Math.log10(0.5), noNaN: true });
    fc.assert(
      fc.property(
        probability,
        degrees,
        degrees,
        noncentrality,
        fc.constantFrom('lower', 'upper'),
        (e, df1, df2, ncp, tail) => {
          const f = noncentralF.quantile(10 ** e, df1, df2, ncp, tail);
          fc.pre(f > 1e-290 && f < 1e290);
          const slack = 1e-11 * (1 + df1 + df2 + ncp);
          expect(relative(noncentralF.cdf(f, df1, df2, ncp)[tail], 10 ** e)).toBeLessThan(slack);
        },
      ),
      { numRuns: 100 },
    );
  });
});
