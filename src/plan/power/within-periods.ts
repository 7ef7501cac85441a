import type { Estimable } from '../../analysis/estimable.ts';
import { notEstimable } from '../../analysis/estimable.ts';
import { requireSpread } from '../../analysis/methods/check.ts';
import { requirePositive } from '../../stats/check.ts';
import { inverse, zeros } from '../../stats/index.ts';
import type { Cell } from './cells.ts';
import type { VarianceOverTime } from './columns.ts';
import { columnsOverTime, unresolved } from './columns.ts';
import type { TreatmentMatrix } from './designs.ts';
import { trueCorrelation } from './time-correlation.ts';

/** How the sizes of cells vary beyond what `sizes` says. */
export interface UnevenSizes {
  /** Coefficient of variation between clusters, the same in all periods of one; default 0. */
  readonly cv?: number | undefined;
  /** κ of what makes the sizes, where that goes with the cluster as its own values do over time; default 0. */
  readonly kappa?: number | undefined;
  /** Variance of the size of a cell over its mean, given all that; default 0: none. */
  readonly overdispersion?: number | undefined;
}

/** What the variance of an effect within periods follows from. */
export interface VarianceWithinPeriods extends VarianceOverTime {
  /**
   * What one observation counts for in each arm: its mean for a ratio by Poisson equations, 1 for a
   * difference; default 1.
   */
  readonly weights?: readonly number[] | undefined;
  readonly uneven?: UnevenSizes | undefined;
}

/**
 * The variance of the effect of an arm in any design over time as this package's own analysis estimates
 * it: every period with a level of its own, cells weighted by their sizes as if they were independent
 * (`estimateOverTime`; the score that `rerandomizeOverTime` replays has the same), and the variance
 * by clusters. With weights W = diag(wₐ m) and the true covariance V of the cells of a cluster
 * (`varianceOverTime`) it is the element of
 *
 *     A⁻¹ (Σ XᵀWVWX) A⁻¹,   A = Σ XᵀWX,
 *
 * which is never below that of generalised least squares: what the same clusters had in other periods
 * is not used. Where sizes vary between clusters, the part of V between them is multiplied by
 * E[m_ij m_ik] / (E m_ij E m_ik) = (1 + CV²)(1 + κ² r_jk), and on the diagonal φ/m more.
 *
 * In R: `A <- Reduce("+", lapply(clusters, \(i) t(X[[i]]) %*% W[[i]] %*% X[[i]]))`, likewise the middle, and
 * `solve(A) %*% middle %*% solve(A)`.
 *
 * @returns not estimable where the effect cannot be told from the periods
 * @throws RangeError when a number is not possible
 * @see K.-Y. Liang and S. L. Zeger, Biometrika 73 (1986) 13 (the variance); F. Li, E. L. Turner and J. S.
 *   Preisser, Biometrics 74 (2018) 1450 (power by it over time).
 */
export function varianceWithinPeriods(
  matrix: TreatmentMatrix,
  design: VarianceWithinPeriods,
): Estimable<{ readonly variance: number }> {
  const found = columnsOverTime(matrix, design);
  if (!found.estimable) return found;
  const { spreads, weights, uneven = {}, subjectAutocorrelation = 0 } = design;
  const { cv = 0, kappa = 0, overdispersion = 0 } = uneven;
  for (const [name, value] of Object.entries({ cv, kappa, overdispersion })) {
    requireSpread(name, value);
  }
  weights?.forEach((weight, arm) => requirePositive(`weights[${arm}]`, weight));
  const { clusters, order, at, columnsOf } = found;
  const weightOf = ({ arm, size }: Cell): number => {
    if (!Number.isFinite(size)) throw new RangeError(`sizes must be finite here, got ${size}`);
    return (weights?.[arm] ?? 1) * size;
  };

  const information = zeros(order, order);
  for (const { cells, count } of clusters) {
    for (const cell of cells) {
      const columns = columnsOf(cell);
      for (const a of columns) {
        for (const b of columns) {
          const to = a * order + b;
          information.values[to] = (information.values[to] ?? 0) + count * weightOf(cell);
        }
      }
    }
  }
  const row = inverse(information)?.values.subarray(at * order, (at + 1) * order);
  if (row === undefined) return notEstimable(unresolved, 'give sizes that are less unlike');

  const unevenness = (pair: readonly [Cell, Cell]): number =>
    (1 + cv * cv) * (1 + kappa * kappa * trueCorrelation(pair, design)) +
    (pair[0] === pair[1] ? overdispersion / pair[0].size : 0);
  const rootOf = (pair: readonly [Cell, Cell], which: 'between' | 'within'): number =>
    pair.reduce((product, { arm }) => product * Math.sqrt(spreads[arm]?.[which] ?? 0), 1);
  let variance = 0;
  for (const { cells, count } of clusters) {
    const pull = cells.map(
      (cell) =>
        weightOf(cell) * columnsOf(cell).reduce((sum, column) => sum + (row[column] ?? 0), 0),
    );
    cells.forEach((one, i) => {
      cells.forEach((other, j) => {
        const pair = [one, other] as const;
        const covariance =
          rootOf(pair, 'between') * trueCorrelation(pair, design) * unevenness(pair) +
          (rootOf(pair, 'within') / one.size) * (i === j ? 1 : subjectAutocorrelation);
        variance += count * (pull[i] ?? 0) * (pull[j] ?? 0) * covariance;
      });
    });
  }
  return { estimable: true, variance };
}
