import { sum } from '../../../stats/index.ts';

/** Counts with the shares of them that each arm is due. */
export interface Shared {
  readonly n: number;
  /** Positive, of sum 1. */
  readonly shares: readonly number[];
}

/**
 * Checks counts and weights, and turns weights into shares.
 *
 * @throws RangeError when the lists differ in length, hold fewer than two arms, a count is no whole
 *   number from 0 on, or a weight is not positive
 */
export function sharesOf(counts: readonly number[], weights: readonly number[]): Shared {
  if (counts.length !== weights.length || counts.length < 2) {
    throw new RangeError('give one positive weight for each count, for two arms or more');
  }
  if (!weights.every((weight) => weight > 0 && Number.isFinite(weight))) {
    throw new RangeError('every weight must be positive: give one positive weight for each count');
  }
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) {
    throw new RangeError('every count must be a whole number of at least 0');
  }
  const total = sum(weights);
  return { n: sum(counts), shares: weights.map((weight) => weight / total) };
}

/** Pearson's statistic Σ(O - E)²/E; cells that nothing is expected in say nothing. */
export function pearson(counts: ArrayLike<number>, expected: ArrayLike<number>): number {
  let statistic = 0;
  for (let i = 0; i < expected.length; i += 1) {
    const mean = expected[i] ?? 0;
    if (mean > 0) statistic += ((counts[i] ?? 0) - mean) ** 2 / mean;
  }
  return statistic;
}
