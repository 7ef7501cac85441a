import type { RandomStream } from '../../../stats/index.ts';
import type { ConstrainedMethod } from '../../../trial/allocation-plan.ts';
import type { Cluster } from '../../clusters/cluster.ts';
import { countOf } from './count.ts';
import { cutoffOf, rankOf } from './cutoff.ts';
import { samplerOf } from './sample.ts';
import { scoreOf } from './score.ts';
import { isIn, spaceOf } from './space.ts';
import { visitAll } from './visit.ts';

/** Up to so many allocations of a wave all are gone through; of more, so many are sampled. */
const most = 1_000;
/** With fewer candidates the clusters before would all but settle a wave, for anyone to foresee. */
const fewest = 10;

/** A wave made ready to be allocated given the waves before it. */
export interface LaterWave {
  /** Draws the groups of its clusters into an allocation that holds those of the clusters before. */
  readonly draw: (stream: RandomStream, allocation: Uint8Array) => void;
  /** Whether the sizes of its groups are those that a draw gives. */
  readonly fits: (allocation: Uint8Array) => boolean;
}

/**
 * A wave that is allocated given the groups of the clusters before it: its allocations, all or 1,000
 * random ones, are scored together with those clusters, and one is drawn from the best of them. With
 * a cut-off by quantile or count there are still at least 10 of them, where the wave allows: the best
 * single one would follow from what is known.
 *
 * @param clusters those of all waves up to this one, of which the last `size` are its own
 * @see B. R. Carter and K. Hood, BMC Med. Res. Methodol. 8 (2008) 65 (sequential blocks)
 */
export function laterWave(
  clusters: readonly Cluster[],
  {
    method,
    weights,
    size,
  }: {
    readonly method: ConstrainedMethod;
    readonly weights: readonly number[];
    readonly size: number;
  },
): LaterWave {
  const first = clusters.length - size;
  const space = spaceOf(clusters.slice(first), { weights, strata: method.strata, first });
  const score = scoreOf(clusters, { ...method, groups: weights.length });
  const possible = countOf(space);
  const isEnumerated = possible <= BigInt(most);
  const count = isEnumerated ? Number(possible) : most;
  const rank = Math.max(fewest, rankOf(count, { cutoff: method.cutoff, fewest }));
  const dealInto = samplerOf(space);

  // The groups of this wave's clusters, one allocation behind the other.
  const looked = new Uint8Array(count * size);
  const keep = (allocation: Uint8Array, a: number): void =>
    looked.set(allocation.subarray(first, first + size), a * size);
  if (isEnumerated) {
    const allocation = new Uint8Array(clusters.length);
    let a = 0;
    visitAll(space, {
      allocation,
      each: () => {
        keep(allocation, a);
        a += 1;
      },
    });
  }

  const scores = new Float64Array(count);
  return {
    draw: (stream, allocation) => {
      score.hold(allocation, first);
      for (let a = 0; a < count; a += 1) {
        if (isEnumerated) {
          allocation.set(looked.subarray(a * size, (a + 1) * size), first);
        } else {
          dealInto(stream, allocation);
          keep(allocation, a);
        }
        scores[a] = score.of(allocation);
      }
      const { limit } = cutoffOf(scores.slice().sort(), { rank, power: score.power });
      const candidates = Array.from(scores.keys()).filter((a) => (scores[a] ?? 0) <= limit);
      const chosen = candidates[stream.integer(candidates.length)] ?? 0;
      allocation.set(looked.subarray(chosen * size, (chosen + 1) * size), first);
    },
    fits: (allocation) => isIn(space, allocation),
  };
}
