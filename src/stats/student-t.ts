import { betaOddsQuantile } from './beta-odds.ts';
import { requireDegreesOfFreedom, requireNumber, requireProbability } from './check.ts';
import { regularizedBeta } from './incomplete-beta.ts';
import { normal } from './normal.ts';
import { deviance, stirlingError } from './saddle-point.ts';
import type { Tail, Tails } from './tails.ts';

/** Above this t and normal agree to double precision wherever a tail is not yet 0. */
const NORMAL_FROM = 1e20;

/**
 * Student's t distribution. The two-sided p value of a statistic t is
 * `2 * studentT.cdf(Math.abs(t), df).upper`.
 */
export const studentT = {
  /**
   * The density Γ((ν+1)/2) / (√(νπ) Γ(ν/2)) · (1 + t²/ν)^(−(ν+1)/2), with ν = `df`.
   *
   * @param t any real number.
   * @param df degrees of freedom, greater than 0, need not be whole; `Infinity` gives the normal.
   * @throws RangeError if `t` is NaN or `df` is not greater than 0.
   * @see C. Loader (2000) for the saddle-point form. In R: `dt(t, df)`.
   */
  density: (t: number, df: number): number => {
    requireNumber('t', t);
    requireDegreesOfFreedom('df', df);
    if (df > NORMAL_FROM) return normal.density(t);
    const half = df / 2;
    const constant = stirlingError(half + 0.5) - stirlingError(half) - deviance(half, half + 0.5);
    const logTail = Math.log1p((t / df) * t);
    return Math.exp(constant - (half + 0.5) * logTail) / Math.sqrt(2 * Math.PI);
  },

  /**
   * Both tails: P(T > t) = I_y(ν/2, ½) / 2 for t ≥ 0, with ν = `df` and y = ν / (ν + t²).
   *
   * @param t any real number, infinities included.
   * @param df degrees of freedom, greater than 0, need not be whole; `Infinity` gives the normal.
   * @throws RangeError if `t` is NaN or `df` is not greater than 0.
   * @see DLMF 8.17 and Abramowitz and Stegun 26.7.1; `regularizedBeta`. In R: `pt(t, df)` and
   *   `pt(t, df, lower.tail = FALSE)`.
   */
  cdf: (t: number, df: number): Tails => {
    requireNumber('t', t);
    requireDegreesOfFreedom('df', df);
    if (df > NORMAL_FROM) return normal.cdf(t);
    const square = t * t;
    const x = square < df ? square / df / (1 + square / df) : 1 / (1 + df / square);
    const y = square < df ? 1 / (1 + square / df) : df / square / (1 + df / square);
    const central = regularizedBeta(x, y, 0.5, df / 2);
    const outside = central.upper / 2;
    const inside = 0.5 + central.lower / 2;
    return t > 0 ? { lower: inside, upper: outside } : { lower: outside, upper: inside };
  },

  /**
   * The t with P(T ≤ t) = p, or with P(T > t) = p for the upper tail; infinite where t²/ν is
   * beyond the range of doubles (df = 1: p below 1e-154).
   *
   * @param p between 0 and 1; 0 and 1 give an infinity.
   * @param df degrees of freedom, greater than 0, need not be whole; `Infinity` gives the normal.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` is not a probability or `df` is not greater than 0.
   * @see In R: `qt(p, df)` and `qt(p, df, lower.tail = FALSE)`.
   */
  quantile: (p: number, df: number, tail: Tail = 'lower'): number => {
    requireProbability('p', p);
    requireDegreesOfFreedom('df', df);
    if (df > NORMAL_FROM) return normal.quantile(p, tail);
    if (p === 0.5) return 0;
    // t²/ν is the odds of a beta variable: solve for |T| > t, whose probability is twice a tail.
    const both = 2 * Math.min(p, 1 - p);
    const size = Math.sqrt(betaOddsQuantile(both, 'upper', 0.5, df / 2)) * Math.sqrt(df);
    return p < 0.5 === (tail === 'lower') ? -size : size;
  },
} as const;
