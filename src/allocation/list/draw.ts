import { randomStream } from '../../stats/index.ts';
import type { Group } from '../../trial/groups.ts';
import { blocksOf, groupsOf } from '../../trial/groups.ts';
import type { ListedPlan } from '../../trial/allocation-plan.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { randomizerOf } from '../randomizers/index.ts';
import type { Randomizer } from '../randomizers/randomizer.ts';

/** What decides the arms of a list. */
export interface ListBasis {
  /** The clusters by wave. */
  readonly waves: readonly (readonly Cluster[])[];
  /** The seed of each wave: that of the list, or that of an amendment. */
  readonly seeds: readonly string[];
}

/** A list of clusters being allocated to the groups of a trial. */
export interface ListDraw {
  readonly groups: readonly Group[];
  /** For each block of periods, of which there is one but in a switchback. */
  readonly randomizers: readonly Randomizer[];
  /** The groups that the seeds give: for each block, of each cluster, wave after wave. */
  readonly actual: readonly Uint8Array[];
}

/**
 * Draws a list as its trial says. Each wave of each block has random numbers of its own, named by
 * the trial and the wave's seed, so that a later wave never changes an earlier one.
 */
export function drawList(trial: Trial, plan: ListedPlan, { waves, seeds }: ListBasis): ListDraw {
  const groups = groupsOf(trial.protocol);
  const weights = groups.map(({ weight }) => weight);
  const name = ['allocation', trial.fingerprint];
  const randomizers = Array.from({ length: blocksOf(trial.protocol) }, (_, block) =>
    randomizerOf(plan.method, {
      clusters: waves,
      weights,
      seed: seedOfConstraint(trial, { seed: seeds[0] ?? '', block }),
    }),
  );
  const actual = randomizers.map(({ draw }, block) =>
    draw((wave) => randomStream([...name, seeds[wave] ?? '', 'draw', block, wave])),
  );
  return { groups, randomizers, actual };
}

/** Names what a method draws before the draw itself, such as the cut-off of a constraint. */
export function seedOfConstraint(
  { fingerprint }: Pick<Trial, 'fingerprint'>,
  { seed, block }: { readonly seed: string; readonly block: number },
): readonly (string | number)[] {
  return ['allocation', fingerprint, seed, 'constraint', block];
}

/** The arm in each period of a cluster, from its group in each block. */
export function armsOf(
  { groups, actual }: Pick<ListDraw, 'groups' | 'actual'>,
  cluster: number,
): readonly string[] {
  return actual.flatMap((block) => groups[block[cluster] ?? -1]?.arms ?? []);
}
