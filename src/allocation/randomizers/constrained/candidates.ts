import { randomStream } from '../../../stats/index.ts';
import type { RandomStream, Seed } from '../../../stats/index.ts';
import type { ConstrainedMethod } from '../../../trial/allocation-plan.ts';
import type { Cluster } from '../../clusters/cluster.ts';
import { lowestTerms, seedParts, total } from '../setting.ts';
import { countOf } from './count.ts';
import { cutoffOf, rankOf } from './cutoff.ts';
import type { Cutoff } from './cutoff.ts';
import { samplerOf } from './sample.ts';
import { scoreOf } from './score.ts';
import type { Score } from './score.ts';
import { sizeBounds } from './sizes.ts';
import { isIn, spaceOf } from './space.ts';
import type { Space } from './space.ts';
import { visitAll } from './visit.ts';

/** The allocations that are balanced well enough. */
export interface Candidates extends Cutoff {
  readonly space: Space;
  readonly score: Score;
  /** How many allocations there are, balanced or not. */
  readonly possible: bigint;
  /** Whether all of them were gone through, rather than a sample. */
  readonly enumerated: boolean;
  /** Up to how many allocations all are gone through. */
  readonly enumerateUpTo: number;
  /** The scores of those that were gone through, in ascending order. */
  readonly sorted: Float64Array;
  /** Goes through the same allocations again, in the same order. Each is overwritten by the next. */
  readonly visit: (each: (allocation: Uint8Array, isCandidate: boolean) => void) => void;
  /** Draws one of the candidates by drawing allocations until one is balanced well enough. */
  readonly sample: (stream: RandomStream) => Uint8Array;
  /** Whether an allocation is one of the candidates. */
  readonly holds: (allocation: Uint8Array) => boolean;
}

/** Of what the candidates are found. */
export interface CandidatesOptions {
  readonly clusters: readonly Cluster[];
  readonly weights: readonly number[];
  readonly seed: Seed;
}

const defaultEnumerateUpTo = 200_000;
const defaultSample = 100_000;
/** With fewer candidates a re-randomisation test has little to say. */
export const fewestCandidates: number = 100;
/** A cut-off that rests on fewer of a sample says too little about the share of candidates among all. */
const fewestOfSample = 20;

/**
 * The candidates among the allocations of the clusters: those with a balance score up to the cut-off,
 * which is found among all allocations, or in a sample where they are too many. The sample depends on
 * the seed alone.
 *
 * @throws RangeError for a setting or cluster that is not valid
 */
export function candidatesOf(
  method: ConstrainedMethod,
  { clusters, weights, seed }: CandidatesOptions,
): Candidates {
  const { enumerateUpTo = defaultEnumerateUpTo, sample = defaultSample, cutoff, strata } = method;
  if (!(Number.isSafeInteger(enumerateUpTo) && enumerateUpTo >= 0)) {
    throw new RangeError(
      `enumerateUpTo must be a whole number of at least 0, got ${enumerateUpTo}`,
    );
  }
  if (!(Number.isSafeInteger(sample) && sample >= fewestCandidates)) {
    throw new RangeError(
      `the sample must be a whole number of at least ${fewestCandidates} allocations, got ${sample}`,
    );
  }
  requireNoneEmpty(clusters.length, lowestTerms(weights));
  const space = spaceOf(clusters, { weights, strata });
  const score = scoreOf(clusters, { ...method, groups: weights.length });
  const possible = countOf(space);
  const enumerated = possible <= BigInt(enumerateUpTo);
  const planned = enumerated ? Number(possible) : sample;
  const rank = rankOf(planned, { cutoff, fewest: fewestCandidates });
  if (!enumerated && rank < fewestOfSample) {
    throw new RangeError(
      `the cut-off must keep at least ${fewestOfSample} of the ${sample} allocations sampled: ` +
        'loosen it, or take a larger sample',
    );
  }

  const dealInto = samplerOf(space);
  const goThrough = (each: (allocation: Uint8Array) => void): void => {
    const allocation = new Uint8Array(clusters.length);
    if (enumerated) {
      visitAll(space, { allocation, each: () => each(allocation) });
      return;
    }
    const stream = randomStream(['constrained', ...seedParts(seed)]);
    for (let i = 0; i < sample; i += 1) {
      dealInto(stream, allocation);
      each(allocation);
    }
  };
  const scores = new Float64Array(planned);
  let i = 0;
  goThrough((allocation) => {
    scores[i] = score.of(allocation);
    i += 1;
  });
  const sorted = scores.slice().sort();
  const found = cutoffOf(sorted, { rank, power: score.power });

  return {
    ...found,
    space,
    score,
    possible,
    enumerated,
    enumerateUpTo,
    sorted,
    visit: (each) => {
      let i = 0;
      goThrough((allocation) => {
        each(allocation, (scores[i] ?? 0) <= found.limit);
        i += 1;
      });
    },
    sample: (stream) => {
      const allocation = new Uint8Array(clusters.length);
      do dealInto(stream, allocation);
      while (score.of(allocation) > found.limit);
      return allocation;
    },
    holds: (allocation) =>
      allocation.length === clusters.length &&
      isIn(space, allocation) &&
      score.of(allocation) <= found.limit,
  };
}

/** All candidates, where all allocations were gone through. */
export function listCandidates({ visit }: Pick<Candidates, 'visit'>): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  visit((allocation, isCandidate) => {
    if (isCandidate) found.push(allocation.slice());
  });
  return found;
}

/** Each group must have a cluster, or it has no mean to be balanced. */
function requireNoneEmpty(count: number, weights: readonly number[]): void {
  const empty = sizeBounds(count, weights).least.indexOf(0);
  if (empty < 0) return;
  const needed = Math.ceil(total(weights) / Math.min(...weights));
  throw new RangeError(
    `${count} clusters in the first wave may leave group ${empty} without any, ` +
      `so that there must be at least ${needed}, or weights that differ less`,
  );
}
