import type { Tails } from '../../../stats/index.ts';
import type { Alternative } from './counts.ts';

/** A distribution of a count with one peak. */
export interface CountDistribution {
  /** The smallest and the largest count there can be. */
  readonly from: number;
  readonly to: number;
  /** A count of the largest probability. */
  readonly mode: number;
  readonly density: (k: number) => number;
  /** P(X ≤ k) and P(X > k). */
  readonly cdf: (k: number) => Tails;
}

/** Outcomes as likely as the one seen but for rounding count as ties, as in R's `binom.test`. */
export const tie: number = 1 + 1e-7;

/**
 * The exact p value of a count: P(X ≤ k) (`less`), P(X ≥ k) (`greater`), or the probability of every
 * count no likelier than the one seen (`two-sided`), ties within a relative 1e-7 included.
 *
 * As the distribution has one peak, those counts are its two ends, and each end is found by bisection.
 *
 * @see In R: the p values of `binom.test`, `poisson.test` and `fisher.test`.
 */
export function exactPValue(
  seen: number,
  distribution: CountDistribution,
  alternative: Alternative,
): number {
  const { from, to, mode, density, cdf } = distribution;
  if (alternative === 'less') return cdf(seen).lower;
  if (alternative === 'greater') return cdf(seen - 1).upper;
  const limit = density(seen) * tie;
  const unlikely = (k: number): boolean => density(k) <= limit;
  // The last count up to the mode, and the first beyond it, that is no likelier than the one seen.
  const left = lastWhere(unlikely, from, mode);
  const right = lastWhere((k) => !unlikely(k), mode + 1, to) + 1;
  return Math.min(1, cdf(left).lower + cdf(right - 1).upper);
}

/** The last k for which `holds`, which holds from `first` on and then no more; `first - 1` if none. */
function lastWhere(holds: (k: number) => boolean, first: number, last: number): number {
  let [yes, no] = [first - 1, last + 1];
  while (no - yes > 1) {
    const middle = Math.floor((yes + no) / 2);
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}
