import { betaOddsQuantile } from './beta-odds.ts';
import { requireNumber, requirePositive, requireProbability } from './check.ts';
import { betaPrefix, regularizedBeta } from './incomplete-beta.ts';
import { logBeta } from './log-gamma.ts';
import type { Tail, Tails } from './tails.ts';

function requireBoth(df1: number, df2: number): void {
  requirePositive('df1', df1);
  requirePositive('df2', df2);
}

/** df1 f / (df1 f + df2) and its complement, from the odds of the two. */
function shares(f: number, df1: number, df2: number): [x: number, y: number] {
  const odds = (df1 / df2) * f;
  return odds < 1
    ? [odds / (1 + odds), 1 / (1 + odds)]
    : [1 / (1 + 1 / odds), 1 / odds / (1 + 1 / odds)];
}

/**
 * Fisher's F distribution, the ratio of two independent mean squares. The p value of a statistic f
 * is `fisherF.cdf(f, df1, df2).upper`.
 */
export const fisherF = {
  /**
   * The density x^a y^b / (f B(a, b)) with a = df1/2, b = df2/2, x = df1 f / (df1 f + df2) and
   * y = 1 − x; 0 for f < 0.
   *
   * @param f any real number.
   * @param df1 degrees of freedom of the numerator, greater than 0, need not be whole.
   * @param df2 degrees of freedom of the denominator, greater than 0, need not be whole.
   * @throws RangeError if `f` is NaN or a df is not finite and greater than 0.
   * @see C. Loader (2000) for the saddle-point form. In R: `df(f, df1, df2)`.
   */
  density: (f: number, df1: number, df2: number): number => {
    requireNumber('f', f);
    requireBoth(df1, df2);
    if (f < 0 || f === Infinity) return 0;
    if (f === 0) {
      if (df1 !== 2) return df1 < 2 ? Infinity : 0;
      return Math.exp(-logBeta(1, df2 / 2)) * (df1 / df2);
    }
    return betaPrefix(...shares(f, df1, df2), df1 / 2, df2 / 2) / f;
  },

  /**
   * Both tails, I_x(df1/2, df2/2) and its complement, with x = df1 f / (df1 f + df2).
   *
   * @param f any real number, infinities included.
   * @param df1 degrees of freedom of the numerator, greater than 0, need not be whole.
   * @param df2 degrees of freedom of the denominator, greater than 0, need not be whole.
   * @throws RangeError if `f` is NaN or a df is not finite and greater than 0.
   * @see Abramowitz and Stegun 26.6.2; `regularizedBeta`. In R: `pf(f, df1, df2)` and
   *   `pf(f, df1, df2, lower.tail = FALSE)`.
   */
  cdf: (f: number, df1: number, df2: number): Tails => {
    requireNumber('f', f);
    requireBoth(df1, df2);
    if (f <= 0) return { lower: 0, upper: 1 };
    return regularizedBeta(...shares(f, df1, df2), df1 / 2, df2 / 2);
  },

  /**
   * The f with P(F ≤ f) = p, or with P(F > f) = p for the upper tail.
   *
   * @param p between 0 and 1.
   * @param df1 degrees of freedom of the numerator, greater than 0, need not be whole.
   * @param df2 degrees of freedom of the denominator, greater than 0, need not be whole.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` is not a probability or a df is not finite and greater than 0.
   * @see In R: `qf(p, df1, df2)` and `qf(p, df1, df2, lower.tail = FALSE)`.
   */
  quantile: (p: number, df1: number, df2: number, tail: Tail = 'lower'): number => {
    requireProbability('p', p);
    requireBoth(df1, df2);
    return betaOddsQuantile(p, tail, df1 / 2, df2 / 2) * (df2 / df1);
  },
} as const;
