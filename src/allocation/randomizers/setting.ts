import type { Seed } from '../../stats/index.ts';
import type { Cluster } from '../clusters/cluster.ts';

/** What is randomised, and in what ratio. */
export interface RandomizerSetting {
  /** The clusters by wave of recruitment, wave 0 first; one wave where there are none. */
  readonly clusters: readonly (readonly Cluster[])[];
  /** A positive whole number for each group: an arm, or a sequence of arms over time. */
  readonly weights: readonly number[];
}

/** A setting whose method needs random numbers before it can draw. */
export interface SeededSetting extends RandomizerSetting {
  /** Names the random numbers that are fixed before the draw. */
  readonly seed: Seed;
}

/** What is stored of a group, an unsigned byte, counts so far. */
const MOST_GROUPS = 256;

/**
 * The weights in lowest terms: 50 and 50 mean 1 and 1, and sets of two.
 *
 * @throws RangeError unless there are 2 to 256 weights, each a positive whole number
 */
export function lowestTerms(weights: readonly number[]): readonly number[] {
  if (weights.length < 2 || weights.length > MOST_GROUPS) {
    throw new RangeError(`there must be 2 to ${MOST_GROUPS} groups, got ${weights.length}`);
  }
  for (const weight of weights) {
    if (!(Number.isSafeInteger(weight) && weight > 0)) {
      throw new RangeError(`the weight of a group must be a positive whole number, got ${weight}`);
    }
  }
  const divisor = weights.reduce((first, second) => greatestDivisor(first, second));
  return weights.map((weight) => weight / divisor);
}

/** The greatest common divisor of two positive whole numbers. */
export function greatestDivisor(first: number, second: number): number {
  return second === 0 ? first : greatestDivisor(second, first % second);
}

/** A seed as the list of its parts, to which more can be added. */
export function seedParts(seed: Seed): readonly (string | number)[] {
  return typeof seed === 'object' ? seed : [seed];
}

/** The sum of whole numbers. */
export function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/**
 * The clusters by wave as indices into the list of all of them, wave after wave.
 *
 * @throws RangeError if there is no wave
 */
export function indicesOf({ clusters }: RandomizerSetting): readonly (readonly number[])[] {
  if (clusters.length === 0) throw new RangeError('there must be at least one wave of clusters');
  let before = 0;
  return clusters.map((wave) => {
    const first = before;
    before += wave.length;
    return wave.map((_, place) => first + place);
  });
}
