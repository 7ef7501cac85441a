import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { hypergeometric, negativeBinomial, wilcoxonRankSum } from '../../src/stats/index.ts';
import type { Tail, Tails } from '../../src/stats/index.ts';

interface Points {
  readonly parameters: readonly number[];
  readonly x: readonly number[];
  readonly density: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  readonly p: readonly number[];
  readonly quantile: readonly number[];
  readonly upperQuantile: readonly number[];
}

/** Made by R 4.2.2 with `oracle.R`. */
const reference: Readonly<Record<string, readonly Points[]>> = JSON.parse(
  readFileSync(new URL('reference.json', import.meta.url), 'utf8'),
);

interface Law {
  readonly density: (x: number) => number;
  readonly cdf: (x: number) => Tails;
  readonly quantile: (p: number, tail?: Tail) => number;
}

const laws: Readonly<Record<string, (parameters: readonly number[]) => Law>> = {
  negativeBinomial: ([size = NaN, probability = NaN]) => ({
    density: (k) => negativeBinomial.density(k, size, probability),
    cdf: (k) => negativeBinomial.cdf(k, size, probability),
    quantile: (p, tail) => negativeBinomial.quantile(p, size, probability, tail),
  }),
  hypergeometric: ([marked = NaN, unmarked = NaN, draws = NaN]) => ({
    density: (k) => hypergeometric.density(k, marked, unmarked, draws),
    cdf: (k) => hypergeometric.cdf(k, marked, unmarked, draws),
    quantile: (p, tail) => hypergeometric.quantile(p, marked, unmarked, draws, tail),
  }),
  wilcoxonRankSum: ([m = NaN, n = NaN]) => ({
    density: (w) => wilcoxonRankSum.density(w, m, n),
    cdf: (w) => wilcoxonRankSum.cdf(w, m, n),
    quantile: (p, tail) => wilcoxonRankSum.quantile(p, m, n, tail),
  }),
};

const close = (got: number, expected: number | undefined, relative = 1e-11): void => {
  expect(Math.abs(got - (expected ?? NaN))).toBeLessThanOrEqual(
    relative * Math.abs(expected ?? NaN),
  );
};

describe.each(Object.keys(laws))('the %s distribution of R', (name) => {
  test.each(reference[name] ?? [])('with parameters $parameters', (points) => {
    const law = laws[name]?.(points.parameters);
    if (law === undefined) throw new Error(`no distribution ${name}`);
    expect(points.x.length).toBeGreaterThan(0);
    points.x.forEach((x, i) => {
      close(law.density(x), points.density[i]);
      close(law.cdf(x).lower, points.lower[i]);
      close(law.cdf(x).upper, points.upper[i]);
      expect(law.cdf(x + 0.9)).toEqual(law.cdf(x));
    });
    expect(points.p.map((p) => law.quantile(p))).toEqual(points.quantile);
    expect(points.p.map((p) => law.quantile(p, 'upper'))).toEqual(points.upperQuantile);
  });
});

describe('Wilcoxon’s rank-sum distribution', () => {
  test('is what counting every order by hand gives', () => {
    // The ten choices of 2 from 5 ranks have W = 0, 1, 2, 2, 3, 3, 4, 4, 5, 6.
    const shares = [0, 1, 2, 3, 4, 5, 6].map((w) => wilcoxonRankSum.density(w, 2, 3));
    expect(shares).toEqual([0.1, 0.1, 0.2, 0.2, 0.2, 0.1, 0.1]);
    expect(wilcoxonRankSum.cdf(1, 2, 3)).toEqual({ lower: 0.2, upper: 0.8 });
    expect(wilcoxonRankSum.cdf(4, 2, 3)).toEqual({ lower: 0.8, upper: 0.2 });
  });

  test('is the same for either order of the samples and about its middle', () => {
    for (let w = 0; w <= 42; w += 1) {
      expect(wilcoxonRankSum.cdf(w, 6, 7)).toEqual(wilcoxonRankSum.cdf(w, 7, 6));
      expect(wilcoxonRankSum.density(w, 6, 7)).toBe(wilcoxonRankSum.density(42 - w, 6, 7));
      expect(wilcoxonRankSum.cdf(w, 6, 7).lower).toBe(wilcoxonRankSum.cdf(41 - w, 6, 7).upper);
    }
  });

  test('keeps eleven digits at its largest samples', () => {
    // Python 3.11, exact integers: sums of the coefficients over C(400, 200).
    close(wilcoxonRankSum.cdf(20000, 200, 200).lower, 0.5001723371733408, 1e-11);
    close(wilcoxonRankSum.cdf(17000, 200, 200).lower, 0.004687461007550849, 1e-11);
    close(wilcoxonRankSum.cdf(30000, 200, 200).upper, 2.5175534336339693e-19, 1e-11);
    close(wilcoxonRankSum.cdf(1200, 390, 10).lower, 0.018266578399773185, 1e-11);
    close(wilcoxonRankSum.density(19999, 200, 200), 0.0003446742183308244, 1e-11);
  });

  test('has the ends of its support', () => {
    const below = { lower: 0, upper: 1 };
    const above = { lower: 1, upper: 0 };
    expect(wilcoxonRankSum.cdf(-0.1, 3, 4)).toEqual(below);
    expect(wilcoxonRankSum.cdf(12, 3, 4)).toEqual(above);
    expect(wilcoxonRankSum.cdf(Infinity, 3, 4)).toEqual(above);
    expect(wilcoxonRankSum.density(-1, 3, 4)).toBe(0);
    expect(wilcoxonRankSum.density(13, 3, 4)).toBe(0);
    expect(wilcoxonRankSum.density(2.5, 3, 4)).toBe(0);
    expect(wilcoxonRankSum.quantile(0, 3, 4)).toBe(0);
    expect(wilcoxonRankSum.quantile(1, 3, 4)).toBe(12);
    expect(wilcoxonRankSum.quantile(0, 3, 4, 'upper')).toBe(12);
  });

  test('refuses samples it cannot count', () => {
    const refused: readonly (readonly [() => unknown, RegExp])[] = [
      [() => wilcoxonRankSum.cdf(1, 0, 4), /m and n must be 1 or more, got 0 and 4/],
      [() => wilcoxonRankSum.cdf(1, 4, 0), /m and n must be 1 or more, got 4 and 0/],
      [() => wilcoxonRankSum.cdf(1, 2.5, 4), /m must be a whole number/],
      [() => wilcoxonRankSum.density(1, 4, -1), /n must be a whole number/],
      [() => wilcoxonRankSum.quantile(0.5, 201, 200), /m \+ n must be 400 or less .*, got 401/],
      [() => wilcoxonRankSum.quantile(1.5, 3, 3), /p must be a probability/],
      [() => wilcoxonRankSum.cdf(NaN, 3, 3), /w must be a number, got NaN/],
      [() => wilcoxonRankSum.density(NaN, 3, 3), /w must be a number, got NaN/],
    ];
    for (const [call, message] of refused) {
      expect(call).toThrow(RangeError);
      expect(call).toThrow(message);
    }
  });
});
