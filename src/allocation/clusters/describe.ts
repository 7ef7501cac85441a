import { sum } from '../../stats/index.ts';
import type { AllocationMethod } from '../../trial/allocation-plan.ts';
import { levelOf, stratumOf } from '../randomizers/column.ts';
import type { Cluster } from './cluster.ts';
import { columnsNeeded } from './columns-needed.ts';

/** The expected sizes of some clusters. */
export interface SizeSummary {
  readonly total: number;
  readonly least: number;
  readonly median: number;
  readonly most: number;
  readonly mean: number;
  /** Standard deviation (n − 1) over mean; 0 for one cluster. */
  readonly coefficientOfVariation: number;
}

/** Clusters that are alike in what the method stratifies by. */
export interface StratumSummary {
  /** By column. */
  readonly levels: Readonly<Record<string, string>>;
  readonly clusters: number;
  /** Their expected size; null where it is not known of all of them. */
  readonly size: number | null;
}

/** What there is to allocate. */
export interface ClustersSummary {
  readonly clusters: number;
  /** Null where the expected size is not known of all clusters. */
  readonly sizes: SizeSummary | null;
  /**
   * Each combination of strata; for minimisation each level of each factor. In the order in which
   * they appear; none where the method has no strata.
   */
  readonly strata: readonly StratumSummary[];
}

/** Describes the clusters of a trial, for a person who is about to allocate them. */
export function describeClusters(
  clusters: readonly Cluster[],
  method: AllocationMethod,
): ClustersSummary {
  return {
    clusters: clusters.length,
    sizes: sizesOf(clusters),
    strata: stratifications(method).flatMap((columns) => strataOf(clusters, columns)),
  };
}

/** The expected size of some clusters; null where it is not known of all of them. */
export function totalSize(clusters: readonly Cluster[]): number | null {
  const sizes = clusters.flatMap(({ size }) => size ?? []);
  return sizes.length === clusters.length ? sum(sizes) : null;
}

function sizesOf(clusters: readonly Cluster[]): SizeSummary | null {
  const total = totalSize(clusters);
  const n = clusters.length;
  if (total === null || n === 0) return null;
  const sizes = clusters.map(({ size }) => size ?? 0).sort((a, b) => a - b);
  const mean = total / n;
  const variance = n === 1 ? 0 : sum(sizes.map((size) => (size - mean) ** 2)) / (n - 1);
  const middle = (sizes[(n - 1) >> 1] ?? 0) + (sizes[n >> 1] ?? 0);
  return {
    total,
    least: sizes[0] ?? 0,
    median: middle / 2,
    most: sizes[n - 1] ?? 0,
    mean,
    coefficientOfVariation: Math.sqrt(variance) / mean,
  };
}

/** The columns whose combinations are strata, or for minimisation each by itself. */
function stratifications(method: AllocationMethod): readonly (readonly string[])[] {
  const columns = columnsNeeded(method);
  const factors = columns.filter(({ by }) => by === 'factors').map(({ name }) => [name]);
  const strata = columns.filter(({ by }) => by === 'strata').map(({ name }) => name);
  return strata.length === 0 ? factors : [strata];
}

function strataOf(
  clusters: readonly Cluster[],
  columns: readonly string[],
): readonly StratumSummary[] {
  const strata = new Map<string, Cluster[]>();
  for (const cluster of clusters) {
    const key = stratumOf(cluster, columns);
    const own = strata.get(key);
    if (own === undefined) strata.set(key, [cluster]);
    else own.push(cluster);
  }
  return [...strata.values()].map((own) => ({
    levels: Object.fromEntries(
      columns.map((column) => [column, own[0] === undefined ? '' : levelOf(own[0], column)]),
    ),
    clusters: own.length,
    size: totalSize(own),
  }));
}
