import { AllocationError } from '../../errors.ts';
import type { RandomStream } from '../../stats/index.ts';
import type { Group } from '../../trial/groups.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Redraw } from '../randomizers/randomizer.ts';
import { drawChecked } from './allocate.ts';
import type { AllocatedCluster, Allocation } from './allocation.ts';
import { checkBelonging } from './belonging.ts';
import type { ListDraw } from './draw.ts';
import { armsOf } from './draw.ts';
import { basisOf, everListed } from './history.ts';

/** All lists that could have been made instead of the actual one, with the chances they had. */
export interface ReferenceSet {
  /** All clusters ever listed, in the order of their groups. */
  readonly clusters: readonly AllocatedCluster[];
  readonly groups: readonly Group[];
  /** For each block of periods the group of each cluster. */
  readonly actual: readonly Uint8Array[];
  /**
   * For each block of periods how the groups of the clusters could have come out.
   *
   * @param among indices of the groups whose clusters are dealt out again among each other while the
   *   others are held; default all groups
   */
  readonly redraw: (among?: readonly number[]) => readonly Redraw[];
  /** Another list, drawn as the actual one was: for each block of periods the group of each cluster. */
  readonly draw: (stream: RandomStream) => readonly Uint8Array[];
  /** The same set seen from another of its lists, as a simulation has it. */
  readonly from: (actual: readonly Uint8Array[]) => ReferenceSet;
}

const known = new WeakMap<Allocation, ReferenceSet>();

/**
 * The reference set of a trial's allocation: the very procedure that made it, made ready to be
 * replayed.
 *
 * @throws AllocationError when the list is of another protocol, or its clusters and seed give other
 *   arms than it has
 */
export function referenceSetOf(trial: Trial, allocation: Allocation): ReferenceSet {
  checkBelonging(trial, allocation);
  const found = known.get(allocation);
  if (found !== undefined) return found;
  const drawn = drawChecked(trial, basisOf(allocation));
  const clusters = everListed(allocation);
  checkRemade(clusters, drawn);
  const made = seenFrom(clusters, drawn);
  known.set(allocation, made);
  return made;
}

function seenFrom(clusters: readonly AllocatedCluster[], drawn: ListDraw): ReferenceSet {
  const { groups, randomizers, actual } = drawn;
  return {
    clusters,
    groups,
    actual,
    redraw: (among) =>
      randomizers.map(({ redraw }, block) => redraw(actual[block] ?? new Uint8Array(), { among })),
    draw: (stream) => randomizers.map(({ draw }) => draw(() => stream)),
    from: (other) => {
      const own = { ...drawn, actual: other };
      return seenFrom(
        clusters.map((cluster, index) => ({ ...cluster, arms: armsOf(own, index) })),
        own,
      );
    },
  };
}

function checkRemade(clusters: readonly AllocatedCluster[], drawn: ListDraw): void {
  const problems = clusters.flatMap(({ id, arms }, index) => {
    const remade = armsOf(drawn, index);
    return arms.join('|') === remade.join('|')
      ? []
      : [
          {
            path: 'clusters',
            message: `"${id}" has ${arms.join(', ')}, but its protocol and seed give ${remade.join(', ')}: this list was not made by the method it names`,
          },
        ];
  });
  if (problems.length > 0) throw new AllocationError(problems);
}
