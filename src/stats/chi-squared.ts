import { requirePositive } from './check.ts';
import { gamma } from './gamma.ts';
import type { Tail, Tails } from './tails.ts';

/**
 * The chi-squared distribution: a gamma with shape df / 2 and rate ½. The p value of a statistic
 * x is `chiSquared.cdf(x, df).upper`.
 */
export const chiSquared = {
  /**
   * The density x^(df/2−1) e^(−x/2) / (2^(df/2) Γ(df/2)); 0 for x < 0.
   *
   * @param x any real number.
   * @param df degrees of freedom, greater than 0, need not be whole.
   * @throws RangeError if `x` is NaN or `df` is not finite and greater than 0.
   * @see In R: `dchisq(x, df)`.
   */
  density: (x: number, df: number): number => {
    requirePositive('df', df);
    return gamma.density(x, df / 2, 0.5);
  },

  /**
   * Both tails, P(df/2, x/2) and Q(df/2, x/2).
   *
   * @param x any real number, infinities included.
   * @param df degrees of freedom, greater than 0, need not be whole.
   * @throws RangeError if `x` is NaN or `df` is not finite and greater than 0.
   * @see DLMF 8.2.4; `regularizedGamma`. In R: `pchisq(x, df)` and
   *   `pchisq(x, df, lower.tail = FALSE)`.
   */
  cdf: (x: number, df: number): Tails => {
    requirePositive('df', df);
    return gamma.cdf(x, df / 2, 0.5);
  },

  /**
   * The x with P(X ≤ x) = p, or with P(X > x) = p for the upper tail.
   *
   * @param p between 0 and 1.
   * @param df degrees of freedom, greater than 0, need not be whole.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` is not a probability or `df` is not finite and greater than 0.
   * @see In R: `qchisq(p, df)` and `qchisq(p, df, lower.tail = FALSE)`.
   */
  quantile: (p: number, df: number, tail: Tail = 'lower'): number => {
    requirePositive('df', df);
    return gamma.quantile(p, df / 2, 0.5, tail);
  },
} as const;
