import type { Estimable } from '../../analysis/estimable.ts';
import { notEstimable } from '../../analysis/estimable.ts';
import { requireSpread } from '../../analysis/methods/check.ts';
import { requirePositive } from '../../stats/check.ts';
import type { TreatmentMatrix } from './designs.ts';
import { requireMatrix } from './designs.ts';

/** Sums of a treatment matrix x of clusters i and periods j. */
export interface DesignTotals {
  /** U = Σᵢⱼ x. */
  readonly u: number;
  /** W = Σⱼ (Σᵢ x)². */
  readonly w: number;
  /** V = Σᵢ (Σⱼ x)². */
  readonly v: number;
}

/** @throws RangeError when a cell is neither 0 nor 1 */
function completeMatrix(matrix: TreatmentMatrix): readonly (readonly number[])[] {
  requireMatrix(matrix);
  return matrix.map((row, i) =>
    row.map((arm, j) => {
      if (arm !== 0 && arm !== 1) {
        throw new RangeError(
          `the closed form is for cells of 0 and 1, not ${arm} in row ${i}, period ${j}: use varianceOverTime`,
        );
      }
      return arm;
    }),
  );
}

/**
 * The sums U, W and V of a treatment matrix of 0 and 1.
 *
 * In R: `c(u = sum(x), w = sum(colSums(x)^2), v = sum(rowSums(x)^2))`.
 *
 * @throws RangeError when a cell is neither 0 nor 1
 * @see M. A. Hussey and J. P. Hughes, Contemp. Clin. Trials 28 (2007) 182.
 */
export function designTotals(matrix: TreatmentMatrix): DesignTotals {
  const rows = completeMatrix(matrix);
  const add = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const byPeriod = (rows[0] ?? []).map((_, j) => add(rows.map((row) => row[j] ?? 0)));
  const byCluster = rows.map(add);
  return {
    u: add(byCluster),
    w: add(byPeriod.map((x) => x * x)),
    v: add(byCluster.map((x) => x * x)),
  };
}

/**
 * The variance of the effect in a design over time with a random level of each cluster and a fixed one
 * of each period, by the closed form of Hussey and Hughes: with I clusters, T periods, s² the
 * variance of the mean of a cell within its cluster and τ² that between clusters,
 *
 *     Var = I s² (s² + Tτ²) / {(IU − W) s² + (U² + ITU − TW − IV) τ²}.
 *
 * It is what generalised least squares gives (`varianceOverTime`, which takes incomplete designs and
 * correlations that fade).
 *
 * In R: that, with `designTotals`; `swCRTdesign::swPwr` gives the power.
 *
 * @returns not estimable where the effect cannot be told from the periods
 * @throws RangeError when a cell is neither 0 nor 1, or a variance is not possible
 * @see M. A. Hussey and J. P. Hughes, Contemp. Clin. Trials 28 (2007) 182, equation 8.
 */
export function husseyHughes(
  matrix: TreatmentMatrix,
  {
    cellVariance,
    clusterVariance,
  }: {
    /** s² = σ²/m for m observations with the variance σ² within a cluster. */
    readonly cellVariance: number;
    /** τ²; from an intraclass correlation ρ it is σ²ρ/(1 − ρ). */
    readonly clusterVariance: number;
  },
): Estimable<{ readonly variance: number }> {
  requirePositive('cellVariance', cellVariance);
  requireSpread('clusterVariance', clusterVariance);
  const { u, w, v } = designTotals(matrix);
  const clusters = matrix.length;
  const periods = matrix[0]?.length ?? 0;
  const [ofCells, ofClusters] = [
    clusters * u - w,
    u * u + clusters * periods * u - periods * w - clusters * v,
  ];
  const information = ofCells * cellVariance + ofClusters * clusterVariance;
  if (!(information > 0)) {
    return notEstimable(
      'clusters never differ in arm within a period, so that the effect cannot be told from time',
      'let clusters begin at different times',
    );
  }
  return {
    estimable: true,
    variance: (clusters * cellVariance * (cellVariance + periods * clusterVariance)) / information,
  };
}
