import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  beta,
  binomial,
  chiSquared,
  fisherF,
  gamma,
  hypergeometric,
  negativeBinomial,
  normal,
  poisson,
  studentT,
  wilcoxonRankSum,
} from '../../src/stats/index.ts';
import type { Tail, Tails } from '../../src/stats/index.ts';

/** Probabilities from 1e-30 to ½, even on the log scale. */
const smallProbability = fc
  .double({ min: -30, max: Math.log10(0.5), noNaN: true })
  .map((e) => 10 ** e);
const tail = fc.constantFrom<Tail>('lower', 'upper');
/** Degrees of freedom, shapes and means, even on the log scale. */
const parameter = fc.double({ min: -1, max: 5, noNaN: true }).map((e) => 10 ** e);
const count = fc.integer({ min: 1, max: 100_000 });
const few = fc.integer({ min: 1, max: 12 });
const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });

interface Law {
  readonly cdf: (x: number) => Tails;
  readonly density: (x: number) => number;
  readonly quantile: (p: number, tail?: Tail) => number;
}

const continuous: Readonly<Record<string, fc.Arbitrary<Law>>> = {
  normal: fc.constant(normal),
  studentT: parameter.map((df) => ({
    cdf: (x) => studentT.cdf(x, df),
    density: (x) => studentT.density(x, df),
    quantile: (p, tail) => studentT.quantile(p, df, tail),
  })),
  chiSquared: parameter.map((df) => ({
    cdf: (x) => chiSquared.cdf(x, df),
    density: (x) => chiSquared.density(x, df),
    quantile: (p, tail) => chiSquared.quantile(p, df, tail),
  })),
  fisherF: fc.tuple(parameter, parameter).map(([df1, df2]) => ({
    cdf: (x) => fisherF.cdf(x, df1, df2),
    density: (x) => fisherF.density(x, df1, df2),
    quantile: (p, tail) => fisherF.quantile(p, df1, df2, tail),
  })),
  beta: fc.tuple(parameter, parameter).map(([a, b]) => ({
    cdf: (x) => beta.cdf(x, a, b),
    density: (x) => beta.density(x, a, b),
    quantile: (p, tail) => beta.quantile(p, a, b, tail),
  })),
  gamma: fc.tuple(parameter, parameter).map(([shape, rate]) => ({
    cdf: (x) => gamma.cdf(x, shape, rate),
    density: (x) => gamma.density(x, shape, rate),
    quantile: (p, tail) => gamma.quantile(p, shape, rate, tail),
  })),
};

const discrete: Readonly<Record<string, fc.Arbitrary<Law>>> = {
  poisson: parameter.map((mean) => ({
    cdf: (k) => poisson.cdf(k, mean),
    density: (k) => poisson.density(k, mean),
    quantile: (p, tail) => poisson.quantile(p, mean, tail),
  })),
  binomial: fc.tuple(count, share).map(([trials, probability]) => ({
    cdf: (k) => binomial.cdf(k, trials, probability),
    density: (k) => binomial.density(k, trials, probability),
    quantile: (p, tail) => binomial.quantile(p, trials, probability, tail),
  })),
  negativeBinomial: fc.tuple(parameter, share).map(([size, probability]) => ({
    cdf: (k) => negativeBinomial.cdf(k, size, probability),
    density: (k) => negativeBinomial.density(k, size, probability),
    quantile: (p, tail) => negativeBinomial.quantile(p, size, probability, tail),
  })),
  hypergeometric: fc.tuple(count, count, share).map(([marked, unmarked, part]) => {
    const draws = Math.ceil(part * (marked + unmarked));
    return {
      cdf: (k) => hypergeometric.cdf(k, marked, unmarked, draws),
      density: (k) => hypergeometric.density(k, marked, unmarked, draws),
      quantile: (p, tail) => hypergeometric.quantile(p, marked, unmarked, draws, tail),
    };
  }),
  wilcoxonRankSum: fc.tuple(few, few).map(([m, n]) => ({
    cdf: (w) => wilcoxonRankSum.cdf(w, m, n),
    density: (w) => wilcoxonRankSum.density(w, m, n),
    quantile: (p, tail) => wilcoxonRankSum.quantile(p, m, n, tail),
  })),
};

const runs = { numRuns: 400 };

describe.each(Object.entries(continuous))('every %s distribution', (name, laws) => {
  test('has at its quantile the probability asked for', () => {
    fc.assert(
      fc.property(laws, smallProbability, tail, (law, p, side) => {
        const x = law.quantile(p, side);
        // Rounded onto an end of the support, or below the smallest normal double: nothing to see.
        fc.pre(Number.isFinite(x) && (name === 'normal' || Math.abs(x) > 1e-290) && x !== 1);
        // One unit in the last place of x, told as a relative change of p.
        const ulp = (law.density(x) * Math.abs(x) * 2 ** -52) / p;
        const ulpOfComplement = name === 'beta' && x > 0.5 ? (law.density(x) * 2 ** -52) / p : 0;
        expect(Math.abs(law.cdf(x)[side] / p - 1)).toBeLessThan(1e-11 + ulp + ulpOfComplement);
      }),
      runs,
    );
  });

  test('has tails that are probabilities and add up to 1', () => {
    fc.assert(
      fc.property(laws, smallProbability, tail, (law, p, side) => {
        const { lower, upper } = law.cdf(law.quantile(p, side));
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(upper).toBeGreaterThanOrEqual(0);
        expect(Math.abs(lower + upper - 1)).toBeLessThan(1e-15);
      }),
      runs,
    );
  });

  test('never falls', () => {
    fc.assert(
      fc.property(
        laws,
        smallProbability,
        smallProbability,
        tail,
        tail,
        (law, p, q, side, other) => {
          const [low, high] = [law.quantile(p, side), law.quantile(q, other)].sort((a, b) => a - b);
          const atLow = law.cdf(low ?? NaN);
          const atHigh = law.cdf(high ?? NaN);
          // Two neighbouring points may differ by the rounding of the tails.
          expect(atHigh.lower).toBeGreaterThanOrEqual(atLow.lower * (1 - 2e-12));
          expect(atHigh.upper).toBeLessThanOrEqual(atLow.upper * (1 + 2e-12));
        },
      ),
      runs,
    );
  });

  test('has as density the slope of its tails', () => {
    fc.assert(
      fc.property(laws, fc.double({ min: 0.05, max: 0.95, noNaN: true }), (law, p) => {
        const x = law.quantile(p);
        fc.pre(Math.abs(x) > 1e-6 && !(name === 'beta' && x > 1 - 1e-6));
        const step = 1e-5 / Math.max(law.density(x), 1 / Math.abs(x));
        const difference = law.cdf(x + step).lower - law.cdf(x - step).lower;
        // A heavy curvature (shape near 0) leaves the difference quotient few digits.
        expect(difference / (2 * step) / law.density(x)).toBeCloseTo(1, 3);
      }),
      runs,
    );
  });
});

describe.each(Object.entries(discrete))('every %s distribution', (_, laws) => {
  test('has as quantile the smallest count that reaches the probability', () => {
    fc.assert(
      fc.property(laws, smallProbability, tail, (law, p, side) => {
        const k = law.quantile(p, side);
        const reached = (at: number): boolean =>
          side === 'lower'
            ? law.cdf(at).lower >= p * (1 - 1e-12)
            : law.cdf(at).upper <= p * (1 + 1e-12);
        expect(Number.isInteger(k)).toBe(true);
        expect(reached(k)).toBe(true);
        expect(k === 0 || !reached(k - 1)).toBe(true);
      }),
      runs,
    );
  });

  test('gives back a count from its own smaller tail', () => {
    fc.assert(
      fc.property(laws, smallProbability, tail, (law, p, side) => {
        const k = law.quantile(p, side);
        const { lower, upper } = law.cdf(k);
        fc.pre(Math.min(lower, upper) > 1e-200);
        expect(law.quantile(Math.min(lower, upper), lower <= upper ? 'lower' : 'upper')).toBe(k);
      }),
      runs,
    );
  });

  test('has a density that is the step of its tails', () => {
    fc.assert(
      fc.property(laws, smallProbability, tail, (law, p, side) => {
        const k = law.quantile(p, side);
        const step =
          side === 'lower'
            ? law.cdf(k).lower - law.cdf(k - 1).lower
            : law.cdf(k - 1).upper - law.cdf(k).upper;
        const size = Math.max(law.cdf(k)[side], law.cdf(k - 1)[side]);
        expect(Math.abs(step - law.density(k))).toBeLessThan(2e-12 * size);
      }),
      runs,
    );
  });
});

describe('symmetries', () => {
  const statistic = fc.double({ min: -40, max: 40, noNaN: true });

  test('the normal and t distributions are the same on both sides of 0', () => {
    fc.assert(
      fc.property(statistic, parameter, (x, df) => {
        expect(normal.cdf(-x).lower).toBe(normal.cdf(x).upper);
        expect(studentT.cdf(-x, df).lower).toBe(studentT.cdf(x, df).upper);
        expect(studentT.density(-x, df)).toBe(studentT.density(x, df));
      }),
      runs,
    );
  });

  test('swapping the degrees of freedom of F turns f into 1/f', () => {
    fc.assert(
      fc.property(
        parameter,
        parameter,
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        (df1, df2, f) => {
          const a = fisherF.cdf(f, df1, df2).upper;
          fc.pre(a > 1e-200);
          // The rounding of 1/f moves the tail by its slope.
          const slack = 1e-11 + (fisherF.density(f, df1, df2) * f * 2 ** -52) / a;
          expect(Math.abs(fisherF.cdf(1 / f, df2, df1).lower / a - 1)).toBeLessThan(slack);
        },
      ),
      runs,
    );
  });

  test('t squared is F with one degree of freedom above, and normal squared is chi-squared', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 8, noNaN: true }), parameter, (x, df) => {
        const t = 2 * studentT.cdf(x, df).upper;
        expect(Math.abs(fisherF.cdf(x * x, 1, df).upper / t - 1)).toBeLessThan(1e-11);
        const z = 2 * normal.cdf(x).upper;
        expect(Math.abs(chiSquared.cdf(x * x, 1).upper / z - 1)).toBeLessThan(1e-12);
      }),
      runs,
    );
  });
});
