import { requireNumber, requireProbability } from './check.ts';
import { countQuantile } from './count-quantile.ts';
import { gammaPrefix, regularizedGamma } from './incomplete-gamma.ts';
import { normalQuantile } from './normal-quantile.ts';
import type { Tail, Tails } from './tails.ts';

function requireMean(mean: number): void {
  if (!(mean >= 0 && mean < Infinity)) {
    throw new RangeError(`mean must be finite and 0 or more, got ${mean}`);
  }
}

/**
 * The Poisson distribution of a count with a given mean.
 */
export const poisson = {
  /**
   * The probability P(X = k) = λ^k e^(−λ) / k!; 0 where k is not a whole number, 0 or more.
   *
   * @param k the count.
   * @param mean λ, finite, 0 or more.
   * @throws RangeError if `k` is NaN or `mean` is not finite and 0 or more.
   * @see C. Loader, Fast and accurate computation of binomial probabilities (2000).
   *   In R: `dpois(k, mean)`.
   */
  density: (k: number, mean: number): number => {
    requireNumber('k', k);
    requireMean(mean);
    if (!Number.isInteger(k) || k < 0) return 0;
    if (k === 0) return Math.exp(-mean);
    return mean === 0 ? 0 : gammaPrefix(k, mean) / k;
  },

  /**
   * Both tails: P(X ≤ k) = Q(k + 1, λ) and P(X > k) = P(k + 1, λ).
   *
   * @param k any real number; the tails are those of its whole part.
   * @param mean λ, finite, 0 or more.
   * @throws RangeError if `k` is NaN or `mean` is not finite and 0 or more.
   * @see DLMF 8.4.10; `regularizedGamma`. In R: `ppois(k, mean)` and
   *   `ppois(k, mean, lower.tail = FALSE)`.
   */
  cdf: (k: number, mean: number): Tails => {
    requireNumber('k', k);
    requireMean(mean);
    if (k < 0) return { lower: 0, upper: 1 };
    if (k === Infinity) return { lower: 1, upper: 0 };
    const tails = regularizedGamma(Math.floor(k) + 1, mean);
    return { lower: tails.upper, upper: tails.lower };
  },

  /**
   * The smallest k with P(X ≤ k) ≥ p, or with P(X > k) ≤ p for the upper tail.
   *
   * @param p between 0 and 1; 1 (0 for the upper tail) gives `Infinity` unless the mean is 0.
   * @param mean λ, finite, 0 or more.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` is not a probability or `mean` is not finite and 0 or more.
   * @see In R: `qpois(p, mean)` and `qpois(p, mean, lower.tail = FALSE)`.
   */
  quantile: (p: number, mean: number, tail: Tail = 'lower'): number => {
    requireProbability('p', p);
    requireMean(mean);
    return countQuantile(p, tail, normalQuantile(p) * (tail === 'lower' ? 1 : -1), {
      cdf: (k) => poisson.cdf(k, mean),
      mean,
      standardDeviation: Math.sqrt(mean),
      maximum: mean === 0 ? 0 : Infinity,
    });
  },
} as const;
