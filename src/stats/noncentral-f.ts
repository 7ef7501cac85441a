import { requireNumber, requirePositive, requireProbability } from './check.ts';
import { betaPrefix, regularizedBeta } from './incomplete-beta.ts';
import { monotoneQuantile } from './monotone-quantile.ts';
import { poisson } from './poisson.ts';
import type { Tail, Tails } from './tails.ts';

/** Weights, and what is left of a sum, below this share of the whole end it. */
const NEGLIGIBLE = 1e-18;

/** Below this the recurrences would start from numbers that have lost their digits. */
const LEAST = 1e-290;

function requireParameters(df1: number, df2: number, ncp: number): void {
  requirePositive('df1', df1);
  requirePositive('df2', df2);
  if (!(ncp >= 0 && ncp < Infinity)) {
    throw new RangeError(`ncp must be finite and 0 or more, got ${ncp}`);
  }
}

/** A tail as the mean of I_x(a + j, b), or of its complement, over a Poisson count j. */
interface PoissonMean {
  readonly x: number;
  readonly y: number;
  readonly a: number;
  readonly b: number;
  /** The mean of the count, above 0. */
  readonly mean: number;
}

/** A later term and its ratio to the one before, which falls from then on, bound what is left. */
function isNegligible(term: number, previous: number, sum: number): boolean {
  return term < previous && term * (term / (previous - term)) <= NEGLIGIBLE * sum;
}

/** Down from the largest count that matters: I_x(a, b) = I_x(a + 1, b) + x^a y^b / (a B(a, b)). */
function lowerSum({ x, y, a, b, mean }: PoissonMean): number {
  let j = poisson.quantile(NEGLIGIBLE, mean, 'upper');
  let share = regularizedBeta(x, y, a + j, b).lower;
  while (share < LEAST && j > 0) {
    j -= 1;
    share = regularizedBeta(x, y, a + j, b).lower;
  }
  let step = betaPrefix(x, y, a + j, b) / (a + j);
  let weight = poisson.density(j, mean);
  let term = weight * share;
  let sum = term;
  for (; j > 0; j -= 1) {
    step *= (a + j) / (a + j - 1 + b) / x;
    share += step;
    weight *= j / mean;
    const previous = term;
    term = weight * share;
    sum += term;
    if (isNegligible(term, previous, sum)) break;
  }
  return sum;
}

/** Up from the least count that matters: the complement grows by x^a y^b / (a B(a, b)). */
function upperSum({ x, y, a, b, mean }: PoissonMean): number {
  let j = poisson.quantile(NEGLIGIBLE, mean, 'lower');
  let share = regularizedBeta(x, y, a + j, b).upper;
  let weight = poisson.density(j, mean);
  while (share < LEAST && weight > 0) {
    j += 1;
    share = regularizedBeta(x, y, a + j, b).upper;
    weight = poisson.density(j, mean);
  }
  let step = betaPrefix(x, y, a + j, b) / (a + j);
  let term = weight * share;
  let sum = term;
  for (; weight > 0; j += 1) {
    share += step;
    step *= ((a + j + b) / (a + j + 1)) * x;
    weight *= mean / (j + 1);
    const previous = term;
    term = weight * share;
    sum += term;
    if (isNegligible(term, previous, sum)) break;
  }
  return sum;
}

/**
 * The noncentral F distribution: the ratio of a noncentral χ² over its degrees of freedom to a central
 * one over its own. The power of an F test at its critical value c is `noncentralF.cdf(c, …).upper`.
 */
export const noncentralF = {
  /**
   * Both tails: the means of I_x(df1/2 + j, df2/2) and of its complement over a Poisson count j with
   * mean ncp/2, with x = df1 f / (df1 f + df2); each with a relative error below 1e-12 while it is
   * above 1e-280. The time grows with √ncp.
   *
   * @param f any real number, infinities included.
   * @param df1 degrees of freedom of the numerator, greater than 0, need not be whole.
   * @param df2 degrees of freedom of the denominator, greater than 0, need not be whole.
   * @param ncp the noncentrality, 0 or more: the sum of squares of the means of the numerator's normal
   *   variables; 0 gives Fisher's F.
   * @throws RangeError if `f` is NaN, a df is not finite and greater than 0, or `ncp` is not finite and
   *   0 or more.
   * @see R. V. Lenth, Algorithm AS 226, Applied Statistics 36 (1987) 241; D. Benton and
   *   K. Krishnamoorthy, Comput. Stat. Data Anal. 43 (2003) 249. In R: `pf(f, df1, df2, ncp)`, whose
   *   tails have an absolute error of up to about 1e-9.
   */
  cdf: (f: number, df1: number, df2: number, ncp: number): Tails => {
    requireNumber('f', f);
    requireParameters(df1, df2, ncp);
    if (f <= 0) return { lower: 0, upper: 1 };
    // x and 1 − x from their odds, so that neither is lost.
    const odds = (df1 / df2) * f;
    const x = odds < 1 ? odds / (1 + odds) : 1 / (1 + 1 / odds);
    const y = odds < 1 ? 1 / (1 + odds) : 1 / odds / (1 + 1 / odds);
    const [a, b, mean] = [df1 / 2, df2 / 2, ncp / 2];
    if (mean === 0 || x === 0 || y === 0) return regularizedBeta(x, y, a, b);
    const lower = lowerSum({ x, y, a, b, mean });
    if (lower < 0.5) return { lower, upper: 1 - lower };
    const upper = upperSum({ x, y, a, b, mean });
    return { lower: 1 - upper, upper };
  },

  /**
   * The f with P(F ≤ f) = p, or with P(F > f) = p for the upper tail.
   *
   * @param p between 0 and 1.
   * @param df1 degrees of freedom of the numerator, greater than 0, need not be whole.
   * @param df2 degrees of freedom of the denominator, greater than 0, need not be whole.
   * @param ncp the noncentrality, 0 or more.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` is not a probability, a df is not finite and greater than 0, or `ncp` is
   *   not finite and 0 or more.
   * @see R. P. Brent (1973) for the root, in log f. In R: `qf(p, df1, df2, ncp)` and
   *   `qf(p, df1, df2, ncp, lower.tail = FALSE)`.
   */
  quantile: (p: number, df1: number, df2: number, ncp: number, tail: Tail = 'lower'): number => {
    requireProbability('p', p);
    requireParameters(df1, df2, ncp);
    return Math.exp(
      monotoneQuantile(p, tail, 0, (u) => noncentralF.cdf(Math.exp(u), df1, df2, ncp)),
    );
  },
} as const;
