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

/** A cluster as it was before it was allocated. */
function unallocated(allocated: AllocatedCluster): Cluster {
  const { wave: _, arms: __, ...cluster } = allocated;
  return cluster;
}

/** Everything that decided the arms of an allocation, its amendments included. */
export function basisOf({
  clusters,
  seed,
  amendments,
}: Pick<Allocation, 'clusters' | 'seed' | 'amendments'>): ListBasis {
  const waves: Cluster[][] = [];
  for (const cluster of clusters) (waves[cluster.wave] ??= []).push(unallocated(cluster));
  const seeds = waves.map(() => seed);
  for (const amendment of amendments) {
    if (amendment.kind !== 'add') continue;
    waves.push(amendment.clusters.map(unallocated));
    seeds.push(amendment.seed);
  }
  return { waves, seeds };
}
