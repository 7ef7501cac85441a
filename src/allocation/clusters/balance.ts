import { sum } from '../../stats/index.ts';
import type { Covariate } from '../../trial/allocation-plan.ts';
import { columnsOf, scaledDown } from '../randomizers/column.ts';
import type { Cluster } from './cluster.ts';
import { totalSize } from './describe.ts';

/** A group of clusters. */
export interface GroupBalance {
  readonly name: string;
  readonly clusters: number;
  /** Their expected size; null where it is not known of all of them. */
  readonly size: number | null;
}

/** A covariate, or a level of one, by group. */
export interface CovariateBalance {
  /** As `columnsOf` names it: the covariate, with its level where it is categorical. */
  readonly name: string;
  /** Over the clusters of each group; for a level their share. Null in a group without clusters. */
  readonly means: readonly (number | null)[];
  /** Over all clusters, with n − 1. */
  readonly standardDeviation: number;
  /** The largest difference of the means of two groups, over the standard deviation. */
  readonly difference: number;
}

/** How alike the groups of an allocation are. */
export interface Balance {
  readonly groups: readonly GroupBalance[];
  readonly covariates: readonly CovariateBalance[];
}

/** What balance is judged on. */
export interface BalanceOptions {
  /** The names of the groups, by index. */
  readonly names: readonly string[];
  /** Default none. */
  readonly covariates?: readonly Covariate[] | undefined;
}

/**
 * How alike the groups of an allocation are: clusters and expected size by group, and for each
 * covariate the means by group with their largest standardised difference
 *
 *     max_{g<h} |x̄_g − x̄_h| / s,   s² = Σ (x_i − x̄)² / (n − 1) over all clusters.
 *
 * Clusters count alike, whatever their size. A categorical covariate is shown by the share of each of
 * its levels but the first.
 *
 * @param groups the index of the group of each cluster, in the order of the clusters
 * @throws RangeError when there is not one group with a name for each cluster, or a covariate is
 *   missing, not a number where it must be, or the same for all clusters
 * @see Raab & Butcher 2001, Stat Med 20:351. In R: `tapply(x, group, mean)` and `sd(x)`.
 */
export function balanceOf(
  clusters: readonly Cluster[],
  groups: ArrayLike<number>,
  { names, covariates = [] }: BalanceOptions,
): Balance {
  if (groups.length !== clusters.length) {
    throw new RangeError(
      `there must be a group for each of ${clusters.length} clusters, got ${groups.length}`,
    );
  }
  const members: number[][] = names.map(() => []);
  for (let i = 0; i < groups.length; i += 1) {
    const own = members[groups[i] ?? -1];
    if (own === undefined) {
      throw new RangeError(
        `cluster ${i} is in group ${groups[i]}, but there are ${names.length} groups, from 0`,
      );
    }
    own.push(i);
  }
  const columns =
    covariates.length === 0 ? { names: [], values: [] } : columnsOf(clusters, covariates);
  return {
    groups: names.map((name, group) => {
      const own = (members[group] ?? []).flatMap((i) => clusters[i] ?? []);
      return { name, clusters: own.length, size: totalSize(own) };
    }),
    covariates: columns.names.map((name, k) => ({
      name,
      ...compared(columns.values[k] ?? new Float64Array(), members),
    })),
  };
}

function compared(
  column: Float64Array,
  members: readonly (readonly number[])[],
): Omit<CovariateBalance, 'name'> {
  const { values, unit } = scaledDown(column);
  const means = members.map((own) =>
    own.length === 0 ? null : sum(own.map((i) => values[i] ?? 0)) / own.length,
  );
  const overall = sum(values) / values.length;
  const squares = sum(Array.from(values, (value) => (value - overall) ** 2));
  const standardDeviation = Math.sqrt(squares / (values.length - 1));
  const known = means.flatMap((mean) => mean ?? []);
  return {
    means: means.map((mean) => (mean === null ? null : mean * unit)),
    standardDeviation: standardDeviation * unit,
    difference: (Math.max(...known) - Math.min(...known)) / standardDeviation,
  };
}
