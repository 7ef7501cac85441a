import type { Covariate } from '../../trial/allocation-plan.ts';
import type { Cluster } from '../clusters/cluster.ts';

/**
 * What a cluster has in a column: its expected size for `size`, else the value of that name.
 *
 * @returns undefined where the cluster has no value there, or an empty text
 */
export function valueOf(cluster: Cluster, column: string): string | number | undefined {
  if (column === 'size') return cluster.size;
  const value = Object.hasOwn(cluster.values, column) ? cluster.values[column] : undefined;
  return value === '' ? undefined : value;
}

/** What a cluster has in a column that every cluster must have. */
function knownValue(cluster: Cluster, column: string): string | number {
  const value = valueOf(cluster, column);
  if (value === undefined) {
    throw new RangeError(`cluster "${cluster.id}" has no value in the column "${column}"`);
  }
  return value;
}

/**
 * The level of a cluster in a categorical column, as a text: a file of text and one of numbers give
 * the same levels.
 *
 * @throws RangeError if the cluster has no value there
 */
export function levelOf(cluster: Cluster, column: string): string {
  return String(knownValue(cluster, column));
}

/**
 * The stratum of a cluster: a key of its levels in the columns, different for different levels
 * whatever characters they hold.
 *
 * @returns the JSON text of the list of levels
 * @throws RangeError if the cluster has no value in one of the columns
 */
export function stratumOf(cluster: Cluster, columns: readonly string[]): string {
  return JSON.stringify(columns.map((column) => levelOf(cluster, column)));
}

/** Covariates as numbers: a column for each continuous one and for each dummy. */
export interface CovariateColumns {
  /** The covariate's name, for a dummy with its level: `location = urban`. */
  readonly names: readonly string[];
  /** How much each column counts: the weight of its covariate. */
  readonly weights: readonly number[];
  /** For each column the number of each cluster, in the order of the clusters. */
  readonly values: readonly Float64Array[];
}

/** A decimal number as people write it in a file; hexadecimal and the like are not. */
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

function numberOf(cluster: Cluster, column: string): number {
  const value = knownValue(cluster, column);
  const read = typeof value === 'number' ? value : NUMBER.test(value) ? Number(value) : Number.NaN;
  if (!Number.isFinite(read)) {
    throw new RangeError(
      `cluster "${cluster.id}" has ${JSON.stringify(value)} in the column "${column}", ` +
        'which must be a finite number, or the covariate categorical',
    );
  }
  return read;
}

function weightOf({ name, weight = 1 }: Covariate): number {
  if (!(weight > 0 && Number.isFinite(weight))) {
    throw new RangeError(`the weight of the covariate "${name}" must be above 0, got ${weight}`);
  }
  return weight;
}

function unvarying(column: string): RangeError {
  return new RangeError(
    `all clusters have the same value in the column "${column}": leave it out of the covariates`,
  );
}

/**
 * The covariates of the clusters as columns of numbers: a continuous one as it is, a categorical one
 * of L levels as L − 1 dummies, the first level in the order of code units left out. The weight of a
 * categorical covariate counts for each of its dummies.
 *
 * @throws RangeError if there is no covariate, a weight is not above 0, a cluster has no value or,
 *   where numbers are needed, no finite number, or a column does not vary
 */
export function columnsOf(
  clusters: readonly Cluster[],
  covariates: readonly Covariate[],
): CovariateColumns {
  if (covariates.length === 0) throw new RangeError('there must be at least one covariate');
  const names: string[] = [];
  const weights: number[] = [];
  const values: Float64Array[] = [];
  for (const covariate of covariates) {
    const { name, kind = 'continuous' } = covariate;
    const weight = weightOf(covariate);
    if (kind === 'continuous') {
      const column = Float64Array.from(clusters, (cluster) => numberOf(cluster, name));
      if (column.every((value) => value === column[0])) throw unvarying(name);
      names.push(name);
      weights.push(weight);
      values.push(column);
      continue;
    }
    const levels = clusters.map((cluster) => levelOf(cluster, name));
    const dummies = [...new Set(levels)].sort().slice(1);
    if (dummies.length === 0) throw unvarying(name);
    for (const level of dummies) {
      names.push(`${name} = ${level}`);
      weights.push(weight);
      values.push(Float64Array.from(levels, (own) => (own === level ? 1 : 0)));
    }
  }
  return { names, weights, values };
}

/** A column counted in another unit. */
export interface ScaledColumn {
  readonly values: Float64Array;
  readonly unit: number;
}

/**
 * A column counted in the power of two next to its largest number, so that its squares neither overflow
 * nor vanish. Division by a power of two does not round, so that ties stay ties.
 */
export function scaledDown(column: Float64Array): ScaledColumn {
  const largest = column.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const unit = 2 ** Math.floor(Math.log2(largest));
  return { values: column.map((value) => value / unit), unit };
}
