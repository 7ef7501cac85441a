import type { Cluster } from '../clusters/cluster.ts';
import type { AllocatedCluster, Allocation } from './allocation.ts';
import type { ListBasis } from './draw.ts';

/** All clusters that an allocation ever listed, in the order in which they were allocated. */
export function everListed({
  clusters,
  amendments,
}: Pick<Allocation, 'clusters' | 'amendments'>): readonly AllocatedCluster[] {
  return [
    ...clusters,
    ...amendments.flatMap((amendment) => (amendment.kind === 'add' ? amendment.clusters : [])),
  ];
}

/** Everything that decided the arms of an allocation, its amendments included. */
export function basisOf({
  clusters,
  seed,
  amendments,
}: Pick<Allocation, 'clusters' | 'seed' | 'amendments'>): ListBasis {
  const waves: Cluster[][] = [];
  for (const { wave, arms: _, ...cluster } of clusters) (waves[wave] ??= []).push(cluster);
  const seeds = waves.map(() => seed);
  for (const amendment of amendments) {
    if (amendment.kind !== 'add') continue;
    waves.push(amendment.clusters.map(({ wave: _, arms: __, ...cluster }) => cluster));
    seeds.push(amendment.seed);
  }
  return { waves, seeds };
}

/** What became of a cluster by the amendments. */
export interface ClusterState {
  readonly cluster: AllocatedCluster;
  /** Whether it is still on the list by itself. */
  readonly active: boolean;
}

/** The clusters by id with what became of them. */
export function statesOf(
  allocation: Pick<Allocation, 'clusters' | 'amendments'>,
): ReadonlyMap<string, ClusterState> {
  const gone = new Set(
    allocation.amendments.flatMap((amendment) =>
      amendment.kind === 'add' ? [] : [amendment.cluster],
    ),
  );
  return new Map(
    everListed(allocation).map((cluster) => [
      cluster.id,
      { cluster, active: !gone.has(cluster.id) },
    ]),
  );
}
