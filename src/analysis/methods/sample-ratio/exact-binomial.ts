import { binomial } from '../../../stats/index.ts';

/** Outcomes as likely as the one seen but for rounding count as ties, as in R's `binom.test`. */
export const tie: number = 1 + 1e-7;

/**
 * The two-sided exact p value of a binomial count: the probability of every outcome no likelier than
 * the one seen, from the two tails. In R: `binom.test(successes, n, probability)$p.value`.
 */
export function exactBinomial(successes: number, n: number, probability: number): number {
  const mode = Math.min(n, Math.floor((n + 1) * probability));
  const limit = binomial.density(successes, n, probability) * tie;
  const unlikely = (x: number): boolean => binomial.density(x, n, probability) <= limit;
  if (unlikely(mode)) return 1;
  // The probability rises up to the mode and falls from there, so each tail has one end.
  const below = lastOf(0, mode, unlikely);
  const above = n - lastOf(0, n - mode, (x) => unlikely(n - x));
  const lower = below < 0 ? 0 : binomial.cdf(below, n, probability).lower;
  const upper = above > n ? 0 : binomial.cdf(above - 1, n, probability).upper;
  return Math.min(1, lower + upper);
}

/** The last whole number from `from` on for which `holds`, or `from - 1`; it does not hold at `to`. */
function lastOf(from: number, to: number, holds: (x: number) => boolean): number {
  let [low, high] = [from - 1, to];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
