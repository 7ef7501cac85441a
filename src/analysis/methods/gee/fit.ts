import type { Matrix } from '../../../stats/index.ts';
import { cholesky, identity, rowsOfMatrix, solve, transpose } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { ClusterLeverage, ClusterWorking, SandwichCorrection } from './corrections.ts';
import { correctDiagonal, correctVectors, highLeverage } from './corrections.ts';
import type { Design } from './design.ts';
import type { Family } from './family.ts';
import { squareOf } from './solve-equations.ts';
import type { ClusterSums } from './sums.ts';

/** Where a variance comes from: the working model, or what clusters were seen to do. */
export type VarianceSource = 'model' | SandwichCorrection;

/** Something for each variance; KC and MD are absent where a cluster has leverage 1. */
export type ByVariance<T> = Readonly<Record<'model' | 'CR0' | 'FG', T>> &
  Readonly<Partial<Record<'KC' | 'MD', T>>>;

/** What contrasts and standardisation need of a fit, too large for JSON. */
export interface FitWorking extends ClusterWorking {
  readonly design: Design;
  readonly family: Family;
}

/** A fitted model of a mean with its variances: plain data, but for `working`. */
export interface GeeFit {
  readonly family: Family['name'];
  /** Names of the coefficients, in the order of every vector and matrix here. */
  readonly terms: readonly string[];
  /** On the scale of the link: log rates, log odds or means. */
  readonly coefficients: readonly number[];
  /** φ: the variance of an outcome over that of its family. */
  readonly dispersion: number;
  /** α, or `null` where the working correlation is independence. */
  readonly correlation: number | null;
  readonly clusters: number;
  /** Rows, each counted with its weight. */
  readonly rows: number;
  readonly iterations: number;
  readonly covariance: ByVariance<readonly (readonly number[])[]>;
  readonly standardErrors: ByVariance<readonly number[]>;
  /** Clusters that hold more than half of the information in some direction. */
  readonly highLeverage: readonly ClusterLeverage[];
  /** Not enumerable: JSON and comparisons do not see it, and a fit read from JSON has none. */
  readonly working: FitWorking;
}

/** The fit at a solution. */
export function fitOf(
  design: Design,
  {
    family,
    clusters: { information: informations, score: scores },
    ...numbers
  }: Pick<GeeFit, 'dispersion' | 'correlation' | 'iterations'> & {
    readonly family: Family;
    readonly beta: Float64Array;
    readonly clusters: ClusterSums;
    /** ΣA, p × p. */
    readonly information: Float64Array;
  },
): Estimable<GeeFit> {
  const { terms, clusters, ids } = design;
  const p = terms.length;
  const factor = cholesky(squareOf(numbers.information, p));
  const root = factor && solve(transpose(factor), identity(p));
  if (root === undefined) {
    return notEstimable(
      'the information of the clusters together is singular: the terms are too alike',
    );
  }
  const working: FitWorking = {
    terms: p,
    clusters,
    root,
    bread: breadOf(root),
    informations,
    scores,
    idOf: (g) => ids?.[g] ?? g,
    design,
    family,
  };
  const { beta, dispersion, correlation, iterations } = numbers;
  const fit: Omit<GeeFit, 'working'> = {
    family: family.name,
    terms,
    coefficients: [...beta],
    dispersion,
    correlation,
    clusters,
    rows: design.size,
    iterations,
    ...variancesOf(working, dispersion),
  };
  return withWorking({ estimable: true, ...fit }, working);
}

/** Adds the working to a fit where JSON and comparisons do not see it. */
export function withWorking<T extends object>(
  fit: T,
  working: FitWorking,
): T & { readonly working: FitWorking } {
  const made = { ...fit, working };
  return Object.defineProperty(made, 'working', { enumerable: false });
}

/**
 * The working of a fit.
 *
 * @throws RangeError for a fit read from JSON, which has none
 */
export function workingOf(fit: GeeFit): FitWorking {
  if (!('working' in fit)) {
    throw new RangeError('a fit read from JSON has no sums by cluster: fit the data again');
  }
  return fit.working;
}

/** M = LLᵀ. */
function breadOf({ rows: p, values }: Matrix): Float64Array {
  const bread = new Float64Array(p * p);
  for (let j = 0; j < p; j += 1) {
    for (let k = 0; k < p; k += 1) {
      let total = 0;
      for (let m = 0; m < p; m += 1) total += (values[j * p + m] ?? 0) * (values[k * p + m] ?? 0);
      bread[j * p + k] = total;
    }
  }
  return bread;
}

/** The variances of the coefficients: φM, and M (Σ u* u*ᵀ) M for each correction. */
function variancesOf(
  working: ClusterWorking,
  dispersion: number,
): Pick<GeeFit, 'covariance' | 'standardErrors' | 'highLeverage'> {
  const { terms: p, bread, scores } = working;
  const KC = correctVectors(working, scores, 'KC');
  const MD = correctVectors(working, scores, 'MD');
  const covariance: ByVariance<Float64Array> = {
    model: bread.map((value) => value * dispersion),
    CR0: sandwichOf(working, scores),
    FG: sandwichOf(working, correctDiagonal(working, scores)),
    ...(KC && { KC: sandwichOf(working, KC) }),
    ...(MD && { MD: sandwichOf(working, MD) }),
  };
  const each = <T>(made: (values: Float64Array) => T): ByVariance<T> => ({
    model: made(covariance.model),
    CR0: made(covariance.CR0),
    ...(covariance.KC && { KC: made(covariance.KC) }),
    ...(covariance.MD && { MD: made(covariance.MD) }),
    FG: made(covariance.FG),
  });
  return {
    covariance: each((values) => rowsOfMatrix(squareOf(values, p))),
    standardErrors: each((values) =>
      Array.from({ length: p }, (_, j) => Math.sqrt(values[j * p + j] ?? 0)),
    ),
    highLeverage: highLeverage(working),
  };
}

/** M (Σ v vᵀ) M: the squares of the influence values M v, added up over clusters. */
function sandwichOf(
  { terms: p, clusters, bread }: ClusterWorking,
  vectors: Float64Array,
): Float64Array {
  const total = new Float64Array(p * p);
  const influence = new Float64Array(p);
  for (let g = 0; g < clusters; g += 1) {
    for (let j = 0; j < p; j += 1) {
      let value = 0;
      for (let k = 0; k < p; k += 1) value += (bread[j * p + k] ?? 0) * (vectors[g * p + k] ?? 0);
      influence[j] = value;
    }
    for (let j = 0; j < p; j += 1) {
      for (let k = 0; k < p; k += 1) {
        const at = j * p + k;
        total[at] = (total[at] ?? 0) + (influence[j] ?? 0) * (influence[k] ?? 0);
      }
    }
  }
  return total;
}
