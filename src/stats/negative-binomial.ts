import { requireNumber, requirePositive, requireProbability } from './check.ts';
import { countQuantile } from './count-quantile.ts';
import { betaPrefix, regularizedBeta } from './incomplete-beta.ts';
import { normalQuantile } from './normal-quantile.ts';
import type { Tail, Tails } from './tails.ts';

function requireParameters(size: number, probability: number): void {
  requirePositive('size', size);
  if (!(probability > 0 && probability <= 1)) {
    throw new RangeError(`probability must be greater than 0 and not above 1, got ${probability}`);
  }
}

/**
 * The negative binomial distribution: failures before success number `size`, or, with a size that
 * need not be whole, a Poisson count whose mean is gamma distributed. A mean μ with variance
 * μ + μ²/s has size s and probability s / (s + μ).
 */
export const negativeBinomial = {
  /**
   * The probability P(X = k) = Γ(k + s) / (Γ(s) k!) π^s (1−π)^k; 0 where k is not a whole number,
   * 0 or more.
   *
   * @param k the count.
   * @param size s, greater than 0, need not be whole.
   * @param probability π of a success, above 0 and at most 1.
   * @throws RangeError if `k` is NaN, `size` is not finite and greater than 0, or `probability` is
   *   not in (0, 1].
   * @see C. Loader, Fast and accurate computation of binomial probabilities (2000).
   *   In R: `dnbinom(k, size, probability)`.
   */
  density: (k: number, size: number, probability: number): number => {
    requireNumber('k', k);
    requireParameters(size, probability);
    if (!Number.isInteger(k) || k < 0) return 0;
    if (k === 0) return Math.exp(size * Math.log(probability));
    return probability === 1 ? 0 : betaPrefix(probability, 1 - probability, size, k) / k;
  },

  /**
   * Both tails: P(X ≤ k) = I_π(s, k + 1) and P(X > k) = I_{1−π}(k + 1, s).
   *
   * @param k any real number; the tails are those of its whole part.
   * @param size s, greater than 0, need not be whole.
   * @param probability π of a success, above 0 and at most 1.
   * @throws RangeError if `k` is NaN, `size` is not finite and greater than 0, or `probability` is
   *   not in (0, 1].
   * @see Abramowitz and Stegun 26.5.26; `regularizedBeta`. In R: `pnbinom(k, size, probability)`
   *   and `pnbinom(k, size, probability, lower.tail = FALSE)`.
   */
  cdf: (k: number, size: number, probability: number): Tails => {
    requireNumber('k', k);
    requireParameters(size, probability);
    if (k < 0) return { lower: 0, upper: 1 };
    if (k === Infinity) return { lower: 1, upper: 0 };
    return regularizedBeta(probability, 1 - probability, size, Math.floor(k) + 1);
  },

  /**
   * The smallest k with P(X ≤ k) ≥ p, or with P(X > k) ≤ p for the upper tail.
   *
   * @param p between 0 and 1; 1 (0 for the upper tail) gives `Infinity` unless π is 1.
   * @param size s, greater than 0, need not be whole.
   * @param probability π of a success, above 0 and at most 1.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` is not a probability, `size` is not finite and greater than 0, or
   *   `probability` is not in (0, 1].
   * @see In R: `qnbinom(p, size, probability)` and
   *   `qnbinom(p, size, probability, lower.tail = FALSE)`.
   */
  quantile: (p: number, size: number, probability: number, tail: Tail = 'lower'): number => {
    requireProbability('p', p);
    requireParameters(size, probability);
    const failures = size * (1 - probability);
    return countQuantile(p, tail, normalQuantile(p) * (tail === 'lower' ? 1 : -1), {
      cdf: (k) => negativeBinomial.cdf(k, size, probability),
      mean: failures / probability,
      standardDeviation: Math.sqrt(failures) / probability,
      maximum: probability === 1 ? 0 : Infinity,
    });
  },
} as const;
