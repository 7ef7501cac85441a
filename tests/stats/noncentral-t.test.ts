import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { noncentralT } from '../../src/stats/noncentral-t.ts';
import { normal, studentT } from '../../src/stats/index.ts';

interface Point {
  readonly args: readonly [t: number, df: number, ncp: number];
  readonly lower: number;
  readonly upper: number;
}

/** Made by mpmath with 400 digits, `noncentral-oracle.py`. */
const { noncentralT: points }: { noncentralT: readonly Point[] } = JSON.parse(
  readFileSync(new URL('noncentral.json', import.meta.url), 'utf8'),
);

const relative = (got: number, expected: number): number => Math.abs(got / expected - 1);

describe('the noncentral t distribution against sums with 400 digits', () => {
  test('has both tails right, from 1e-270 on', () => {
    expect(points.length).toBeGreaterThan(250);
    for (const { args, lower, upper } of points) {
      const got = noncentralT.cdf(...args);
      const error = Math.max(relative(got.lower, lower), relative(got.upper, upper));
      expect({ args, error, ok: error < 1e-12 }).toEqual({ args, error, ok: true });
    }
  });

  test('finds the point again from either tail', () => {
    for (const { args, lower, upper } of points) {
      const [t, df, ncp] = args;
      for (const [tail, p] of [
        ['lower', lower],
        ['upper', upper],
      ] as const) {
        if (p > 0.9) continue;
        const got = noncentralT.quantile(p, df, ncp, tail);
        const error = Math.abs(got - t) / Math.max(1, Math.abs(t));
        expect({ args, tail, error, ok: error < 1e-12 }).toEqual({ args, tail, error, ok: true });
      }
    }
  });
});

describe('the noncentral t distribution', () => {
  test('gives the power of a t test', () => {
    // R 4.2.2: power.t.test(n = 20, delta = 1, sd = 1, strict = TRUE)$power.
    const critical = studentT.quantile(0.025, 38, 'upper');
    const ncp = Math.sqrt(10);
    const power =
      noncentralT.cdf(critical, 38, ncp).upper + noncentralT.cdf(-critical, 38, ncp).lower;
    expect(power).toBeCloseTo(0.8689530277245856, 11);
    expect(noncentralT.cdf(critical, 38, ncp).upper).toBeCloseTo(0.8689528016924978, 11);
  });

  test('has the quantiles of R', () => {
    // R 4.2.2: qt(0.3, 10, 1).
    expect(noncentralT.quantile(0.3, 10, 1)).toBeCloseTo(0.484589790689, 10);
    const upper = noncentralT.quantile(0.3, 10, 1, 'upper');
    expect(noncentralT.cdf(upper, 10, 1).upper).toBeCloseTo(0.3, 14);
    expect(upper).toBeCloseTo(noncentralT.quantile(0.7, 10, 1), 14);
  });

  test('is the normal with mean ncp when the standard error is known', () => {
    expect(noncentralT.cdf(1.5, Infinity, 2.5)).toEqual(normal.cdf(-1));
    expect(noncentralT.quantile(0.025, Infinity, 2.5)).toBeCloseTo(
      2.5 + normal.quantile(0.025),
      13,
    );
    const nearly = noncentralT.cdf(-30, 1e19, 2.5);
    expect(relative(nearly.lower, normal.cdf(-32.5).lower)).toBeLessThan(1e-11);
  });

  test.each([-40, 0, 40])('is all on one side of an infinity, with ncp %d', (ncp) => {
    expect(noncentralT.cdf(Infinity, 3, ncp)).toEqual({ lower: 1, upper: 0 });
    expect(noncentralT.cdf(-Infinity, 3, ncp)).toEqual({ lower: 0, upper: 1 });
    expect(noncentralT.quantile(0, 3, ncp)).toBe(-Infinity);
    expect(noncentralT.quantile(1, 3, ncp)).toBe(Infinity);
    expect(noncentralT.quantile(0, 3, ncp, 'upper')).toBe(Infinity);
    expect(noncentralT.quantile(1, 3, ncp, 'upper')).toBe(-Infinity);
  });

  test('keeps its tails at the ends of the doubles', () => {
    // With df = 1 the tail falls as 1/t.
    const [near, far] = [1e250, 1e300].map((t) => noncentralT.cdf(t, 1, 4).upper);
    expect((near ?? 0) * 1e250).toBeCloseTo((far ?? 0) * 1e300, 11);
    expect(noncentralT.cdf(-1e308, 1, 4).upper).toBe(1);
    expect(noncentralT.quantile(1e-300, 0.01, 0)).toBe(-Infinity);
    expect(noncentralT.quantile(1e-300, 0.01, 0, 'upper')).toBe(Infinity);
  });

  test('refuses what is no number, no degrees of freedom or not finite', () => {
    expect(() => noncentralT.cdf(Number.NaN, 3, 1)).toThrow('t must be a number, got NaN');
    expect(() => noncentralT.cdf(1, 0, 1)).toThrow('df must be greater than 0');
    expect(() => noncentralT.cdf(1, 3, Number.NaN)).toThrow('ncp must be finite, got NaN');
    expect(() => noncentralT.quantile(0.5, 3, Infinity)).toThrow('ncp must be finite');
    expect(() => noncentralT.quantile(1.1, 3, 1)).toThrow('p must be a probability');
    expect(() => noncentralT.quantile(0.5, -1, 1)).toThrow(RangeError);
  });
});

const degrees = fc.double({ min: -0.3, max: 6, noNaN: true }).map((e) => 10 ** e);
const shift = fc.double({ min: -40, max: 40, noNaN: true });
const place = fc.double({ min: -60, max: 60, noNaN: true });

describe('every noncentral t distribution', () => {
  test('is its own mirror image', () => {
    fc.assert(
      fc.property(place, degrees, shift, (t, df, ncp) => {
        const here = noncentralT.cdf(t, df, ncp);
        const there = noncentralT.cdf(-t, df, -ncp);
        expect(here.lower).toBeCloseTo(there.upper, 13);
        expect(here.upper).toBeCloseTo(there.lower, 13);
        expect(Math.abs(here.lower + here.upper - 1)).toBeLessThan(1e-12);
      }),
    );
  });

  test("is Student's where ncp is 0", () => {
    fc.assert(
      fc.property(place, degrees, (t, df) => {
        const got = noncentralT.cdf(t, df, 0);
        const student = studentT.cdf(t, df);
        if (student.lower > 1e-290) expect(relative(got.lower, student.lower)).toBeLessThan(1e-11);
        if (student.upper > 1e-290) expect(relative(got.upper, student.upper)).toBeLessThan(1e-11);
      }),
    );
  });

  test('is below 0 as often as the normal of its numerator', () => {
    fc.assert(
      fc.property(degrees, shift, (df, ncp) => {
        const expected = normal.cdf(-ncp).lower;
        fc.pre(expected > 1e-290);
        expect(relative(noncentralT.cdf(0, df, ncp).lower, expected)).toBeLessThan(1e-12);
      }),
    );
  });

  test('has at its quantile the probability asked for', () => {
    const probability = fc.double({ min: -30, max: Math.log10(0.5), noNaN: true });
    fc.assert(
      fc.property(
        probability,
        degrees,
        shift,
        fc.constantFrom('lower', 'upper'),
        (e, df, n, tail) => {
          const t = noncentralT.quantile(10 ** e, df, n, tail);
          // What rounding of t does to a tail as steep as a normal one at 30 standard errors.
          expect(relative(noncentralT.cdf(t, df, n)[tail], 10 ** e)).toBeLessThan(1e-10);
        },
      ),
      { numRuns: 40 },
    );
  });
});
