import { binomial } from './binomial.ts';
import { requireCount, requireNumber, requireProbability } from './check.ts';
import { countQuantile } from './count-quantile.ts';
import { normalQuantile } from './normal-quantile.ts';
import type { Tail, Tails } from './tails.ts';

/** Terms below this share of their sum cannot change it. */
const NEGLIGIBLE = 2 ** -60;

function requireParameters(marked: number, unmarked: number, draws: number): void {
  requireCount('marked', marked);
  requireCount('unmarked', unmarked);
  requireCount('draws', draws);
  requireCount('marked + unmarked', marked + unmarked);
  if (draws > marked + unmarked) {
    throw new RangeError(
      `draws must not be more than the ${marked + unmarked} items there are, got ${draws}`,
    );
  }
}

/** The probability of `k` over that of `k - 1`: the odds by which the terms fall or rise. */
function step(k: number, marked: number, unmarked: number, draws: number): number {
  return (((marked - k + 1) / k) * (draws - k + 1)) / (unmarked - draws + k);
}

/** P(X ≥ k) for k above the mean, where the terms fall. */
function above(k: number, marked: number, unmarked: number, draws: number): number {
  let term = hypergeometric.density(k, marked, unmarked, draws);
  let sum = term;
  const last = Math.min(marked, draws);
  for (let i = k + 1; i <= last && term > sum * NEGLIGIBLE; i += 1) {
    term *= step(i, marked, unmarked, draws);
    sum += term;
  }
  return Math.min(1, sum);
}

/**
 * The hypergeometric distribution: marked items among those drawn without replacement from marked
 * and unmarked ones. With both margins of a two-by-two table given it is the law of a cell, on which
 * Fisher's exact test rests.
 */
export const hypergeometric = {
  /**
   * The probability P(X = k) = C(m, k) C(u, d − k) / C(m + u, d); 0 where k is not a whole number
   * that can come out.
   *
   * @param k marked items drawn.
   * @param marked m, a whole number, 0 or more.
   * @param unmarked u, a whole number, 0 or more.
   * @param draws d, a whole number from 0 to m + u.
   * @throws RangeError if `k` is NaN, a parameter is not a count, or `draws` is above m + u.
   * @see C. Loader, Fast and accurate computation of binomial probabilities (2000): three binomial
   *   probabilities of the success probability d / (m + u). In R: `dhyper(k, marked, unmarked, draws)`.
   */
  density: (k: number, marked: number, unmarked: number, draws: number): number => {
    requireNumber('k', k);
    requireParameters(marked, unmarked, draws);
    if (k > draws) return 0;
    if (draws === 0) return k === 0 ? 1 : 0;
    const all = marked + unmarked;
    const share = draws / all;
    return (
      (binomial.density(k, marked, share) / binomial.density(draws, all, share)) *
      binomial.density(draws - k, unmarked, share)
    );
  },

  /**
   * Both tails, P(X ≤ k) and P(X > k): the sum of the probabilities on the side away from the mean,
   * and its complement.
   *
   * @param k any real number; the tails are those of its whole part.
   * @param marked m, a whole number, 0 or more.
   * @param unmarked u, a whole number, 0 or more.
   * @param draws d, a whole number from 0 to m + u.
   * @throws RangeError if `k` is NaN, a parameter is not a count, or `draws` is above m + u.
   * @see N. L. Johnson, A. W. Kemp and S. Kotz, Univariate Discrete Distributions (2005), chapter 6.
   *   In R: `phyper(k, marked, unmarked, draws)` and
   *   `phyper(k, marked, unmarked, draws, lower.tail = FALSE)`.
   */
  cdf: (k: number, marked: number, unmarked: number, draws: number): Tails => {
    requireNumber('k', k);
    requireParameters(marked, unmarked, draws);
    const whole = Math.floor(k);
    if (whole < Math.max(0, draws - unmarked)) return { lower: 0, upper: 1 };
    if (whole >= Math.min(marked, draws)) return { lower: 1, upper: 0 };
    const mean = (marked / (marked + unmarked)) * draws;
    if (whole + 1 > mean) {
      const upper = above(whole + 1, marked, unmarked, draws);
      return { lower: 1 - upper, upper };
    }
    // Few marked items drawn are many unmarked ones.
    const lower = above(draws - whole, unmarked, marked, draws);
    return { lower, upper: 1 - lower };
  },

  /**
   * The smallest k that can come out with P(X ≤ k) ≥ p, or with P(X > k) ≤ p for the upper tail.
   *
   * @param p between 0 and 1.
   * @param marked m, a whole number, 0 or more.
   * @param unmarked u, a whole number, 0 or more.
   * @param draws d, a whole number from 0 to m + u.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` is not a probability, a parameter is not a count, or `draws` is above
   *   m + u.
   * @see In R: `qhyper(p, marked, unmarked, draws)` and
   *   `qhyper(p, marked, unmarked, draws, lower.tail = FALSE)`.
   */
  quantile: (
    p: number,
    marked: number,
    unmarked: number,
    draws: number,
    tail: Tail = 'lower',
  ): number => {
    requireProbability('p', p);
    requireParameters(marked, unmarked, draws);
    const all = marked + unmarked;
    const mean = all === 0 ? 0 : (marked / all) * draws;
    const left = all > 1 ? (unmarked / all) * ((all - draws) / (all - 1)) : 0;
    const k = countQuantile(p, tail, normalQuantile(p) * (tail === 'lower' ? 1 : -1), {
      cdf: (k) => hypergeometric.cdf(k, marked, unmarked, draws),
      mean,
      standardDeviation: Math.sqrt(mean * left),
      maximum: Math.min(marked, draws),
    });
    return Math.max(k, draws - unmarked, 0);
  },
} as const;
