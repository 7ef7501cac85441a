import type { ConstrainedMethod } from '../../../trial/allocation-plan.ts';
import type { Score } from './score.ts';

/** Which of the allocations that were gone through are balanced enough. */
export interface Cutoff {
  /** The largest score that is. */
  readonly cutoff: number;
  /** The same with room for rounding: a score up to this is a candidate's. */
  readonly limit: number;
}

/** Relative to the root (l2) of the scores' mean: well above rounding errors, which are near 1e-15. */
const rounding = 1e-12;

const defaultQuantile = 0.1;

/**
 * The score of a given rank, and up to where others count as equal to it.
 *
 * Allocations that are equally balanced have scores that differ by rounding. So that ties, mirror
 * images among them, stay together on one side, the limit is (c^(1/p) + 10⁻¹² B̄^(1/p))^p with p the
 * power of the score and B̄ the mean: rounding moves the root of a score by about that of a mean
 * difference, however small the score is.
 *
 * @param sorted scores in ascending order
 * @param options `rank`: counted from 1; the last score where it is above their number
 */
export function cutoffOf(
  sorted: Float64Array,
  { rank, power }: Pick<Score, 'power'> & { readonly rank: number },
): Cutoff {
  const cutoff = sorted[Math.min(sorted.length, rank) - 1] ?? 0;
  const root = (score: number): number => (power === 2 ? Math.sqrt(score) : score);
  return { cutoff, limit: (root(cutoff) + rounding * root(meanOf(sorted))) ** power };
}

/**
 * Which of N scores in ascending order is the cut-off: the ⌊qN⌋-th (at least the first), or the one of
 * a given rank. Where neither is given, the best tenth, but no fewer than `fewest`. It may be above N.
 */
export function rankOf(
  count: number,
  { cutoff, fewest }: Pick<ConstrainedMethod, 'cutoff'> & { readonly fewest: number },
): number {
  if (cutoff === undefined) return Math.max(fewest, floorOfShare(defaultQuantile, count));
  if ('count' in cutoff) {
    if (!(Number.isSafeInteger(cutoff.count) && cutoff.count >= 1)) {
      throw new RangeError(
        `the count of candidates must be a whole number of at least 1, got ${cutoff.count}`,
      );
    }
    return cutoff.count;
  }
  const { quantile } = cutoff;
  if (!(quantile > 0 && quantile <= 1)) {
    throw new RangeError(
      `the quantile of the cut-off must be above 0 and at most 1, got ${quantile}`,
    );
  }
  return Math.max(1, floorOfShare(quantile, count));
}

/** ⌊qN⌋ for the decimal number that q stands for: 0.29 of 100 is 29, not the 28 of its binary fraction. */
function floorOfShare(quantile: number, count: number): number {
  return Math.floor(quantile * count * (1 + 4 * Number.EPSILON));
}

/** Of scores. */
export function meanOf(scores: Float64Array): number {
  return scores.reduce((total, score) => total + score, 0) / scores.length;
}
