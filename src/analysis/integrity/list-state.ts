import type { Allocation } from '../../allocation/index.ts';
import type { UnitRow } from '../rows.ts';

/** The list that gave the units of a trial their arms, and what became of it. Plain data. */
export interface ListState {
  readonly method: string;
  readonly seed: string;
  readonly checksum: string;
  /** All that were ever listed. */
  readonly clusters: number;
  /** Of them, those of which there is nothing yet. */
  readonly withoutData: number;
  readonly amendments: readonly {
    readonly from: string;
    readonly kind: 'add' | 'withdraw' | 'merge';
    readonly clusters: number;
    readonly reason: string;
  }[];
  /** Clusters that became part of one with another arm: their patients changed it. */
  readonly mergedAcrossArms: number;
}

/** What a list says of itself and of its clusters, given the rows of the trial. */
export function listStateOf(allocation: Allocation, rows: readonly UnitRow[]): ListState {
  const { method, seed, checksum, amendments } = allocation;
  const clusters = [
    ...allocation.clusters,
    ...amendments.flatMap((each) => (each.kind === 'add' ? each.clusters : [])),
  ];
  const armsOf = new Map(clusters.map(({ id, arms }) => [id, arms.join('|')]));
  const seen = new Set(rows.map(({ unitId }) => unitId));
  return {
    method: method.method,
    seed,
    checksum,
    clusters: clusters.length,
    withoutData: clusters.filter(({ id }) => !seen.has(id)).length,
    amendments: amendments.map((each) => ({
      from: each.from,
      kind: each.kind,
      clusters: each.kind === 'add' ? each.clusters.length : 1,
      reason: each.reason,
    })),
    mergedAcrossArms: amendments.filter(
      (each) => each.kind === 'merge' && armsOf.get(each.cluster) !== armsOf.get(each.into),
    ).length,
  };
}
