import { requireCount, requireNumber, requireProbability } from './check.ts';
import { countQuantile } from './count-quantile.ts';
import { regularizedBeta } from './incomplete-beta.ts';
import { normalQuantile } from './normal-quantile.ts';
import { deviance, stirlingError } from './saddle-point.ts';
import type { Tail, Tails } from './tails.ts';

function requireParameters(trials: number, probability: number): void {
  requireCount('trials', trials);
  requireProbability('probability', probability);
}

/**
 * The binomial distribution: successes in a number of independent trials.
 */
export const binomial = {
  /**
   * The probability P(X = k) = C(n, k) π^k (1−π)^(n−k); 0 where k is not a whole number in
   * 0 … n.
   *
   * @param k the number of successes.
   * @param trials n, a whole number, 0 or more.
   * @param probability π of a success, between 0 and 1.
   * @throws RangeError if `k` is NaN, `trials` is not a count or `probability` not a probability.
   * @see C. Loader, Fast and accurate computation of binomial probabilities (2000).
   *   In R: `dbinom(k, trials, probability)`.
   */
  density: (k: number, trials: number, probability: number): number => {
    requireNumber('k', k);
    requireParameters(trials, probability);
    if (!Number.isInteger(k) || k < 0 || k > trials) return 0;
    if (probability === 0) return k === 0 ? 1 : 0;
    if (probability === 1) return k === trials ? 1 : 0;
    const failures = trials - k;
    if (k === 0) return Math.exp(trials * Math.log1p(-probability));
    if (failures === 0) return Math.exp(trials * Math.log(probability));
    const exponent =
      stirlingError(trials) -
      stirlingError(k) -
      stirlingError(failures) -
      deviance(k, trials * probability) -
      deviance(failures, trials * (1 - probability));
    return Math.exp(exponent) * Math.sqrt(trials / (2 * Math.PI * k) / failures);
  },

  /**
   * Both tails: P(X > k) = I_π(k + 1, n − k) and P(X ≤ k) = I_{1−π}(n − k, k + 1).
   *
   * @param k any real number; the tails are those of its whole part.
   * @param trials n, a whole number, 0 or more.
   * @param probability π of a success, between 0 and 1.
   * @throws RangeError if `k` is NaN, `trials` is not a count or `probability` not a probability.
   * @see DLMF 8.17.5; `regularizedBeta`. In R: `pbinom(k, trials, probability)` and
   *   `pbinom(k, trials, probability, lower.tail = FALSE)`.
   */
  cdf: (k: number, trials: number, probability: number): Tails => {
    requireNumber('k', k);
    requireParameters(trials, probability);
    if (k < 0) return { lower: 0, upper: 1 };
    if (k >= trials) return { lower: 1, upper: 0 };
    const whole = Math.floor(k);
    const tails = regularizedBeta(probability, 1 - probability, whole + 1, trials - whole);
    return { lower: tails.upper, upper: tails.lower };
  },

  /**
   * The smallest k with P(X ≤ k) ≥ p, or with P(X > k) ≤ p for the upper tail.
   *
   * @param p between 0 and 1.
   * @param trials n, a whole number, 0 or more.
   * @param probability π of a success, between 0 and 1.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` or `probability` is not a probability or `trials` is not a count.
   * @see In R: `qbinom(p, trials, probability)` and
   *   `qbinom(p, trials, probability, lower.tail = FALSE)`.
   */
  quantile: (p: number, trials: number, probability: number, tail: Tail = 'lower'): number => {
    requireProbability('p', p);
    requireParameters(trials, probability);
    const mean = trials * probability;
    return countQuantile(p, tail, normalQuantile(p) * (tail === 'lower' ? 1 : -1), {
      cdf: (k) => binomial.cdf(k, trials, probability),
      mean,
      standardDeviation: Math.sqrt(mean * (1 - probability)),
      maximum: trials,
    });
  },
} as const;
