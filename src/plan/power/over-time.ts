import type { Estimable } from '../../analysis/estimable.ts';
import { notEstimable } from '../../analysis/estimable.ts';
import type { Matrix } from '../../stats/index.ts';
import { inverse, solve, zeros } from '../../stats/index.ts';
import type { VarianceOverTime } from './columns.ts';
import { columnsOverTime, unresolved } from './columns.ts';
import type { TreatmentMatrix } from './designs.ts';
import { covarianceOf } from './time-correlation.ts';

/**
 * The variance of the effect of an arm in any design over time, by generalised least squares of the
 * cluster-period means: with fixed levels of periods, columns for arms, and for each cluster the
 * covariance matrix
 *
 *     Vⱼⱼ = bⱼ² + wⱼ²/mⱼ,   Vⱼₖ = bⱼbₖ rⱼₖ + wⱼwₖ σ/m,
 *
 * b² and w² being the variances between and within clusters in the arm of the period, r the
 * correlation over time (1, π, or π^|j−k|) and σ the subject autocorrelation, it is the element of
 * (Σ XᵀV⁻¹X)⁻¹. Cells of `null` are left out: incomplete designs, washout periods.
 *
 * It is the least that an analysis with known variances and a known correlation reaches; the trial's own
 * comparison within periods has `varianceWithinPeriods`.
 *
 * In R: `solve(Reduce("+", lapply(clusters, \(i) t(X[[i]]) %*% solve(V[[i]], X[[i]]))))`; for one
 * variance in all arms `SteppedPower::glsPower` and `swCRTdesign::swPwr`.
 *
 * @returns not estimable where the effect cannot be told from the periods, or cells have no variance of
 *   their own
 * @throws RangeError when a number is not possible
 * @see R. Hooper et al., Stat. Med. 35 (2016) 4718; A. J. Girling and K. Hemming, Stat. Med. 35 (2016)
 *   2149; J. Kasza et al., Stat. Methods Med. Res. 28 (2019) 703.
 */
export function varianceOverTime(
  matrix: TreatmentMatrix,
  design: VarianceOverTime,
): Estimable<{ readonly variance: number }> {
  const found = columnsOverTime(matrix, design);
  if (!found.estimable) return found;
  const { clusters, order, at, columnsOf } = found;
  const information = zeros(order, order);
  for (const { cells, count } of clusters) {
    const x = zeros(cells.length, order);
    cells.forEach((cell, i) => {
      for (const column of columnsOf(cell)) x.values[i * order + column] = 1;
    });
    const weighted = solve(covarianceOf(cells, design), x);
    if (weighted === undefined) {
      return notEstimable(
        'cells have no variance of their own, so that the effect would be known without error',
        'give a finite size, or a cluster autocorrelation below 1',
      );
    }
    addProduct(information, { x, weighted, count });
  }
  const variance = inverse(information)?.values[at * order + at];
  return variance === undefined
    ? notEstimable(unresolved, 'give sizes and variances that are less unlike each other')
    : { estimable: true, variance };
}

/** Adds `count` · XᵀY to the information. */
function addProduct(
  { columns, values }: Matrix,
  { x, weighted, count }: { readonly x: Matrix; readonly weighted: Matrix; readonly count: number },
): void {
  for (let i = 0; i < x.rows; i += 1) {
    for (let a = 0; a < columns; a += 1) {
      const factor = count * (x.values[i * columns + a] ?? 0);
      if (factor === 0) continue;
      for (let b = 0; b < columns; b += 1) {
        const at = a * columns + b;
        values[at] = (values[at] ?? 0) + factor * (weighted.values[i * columns + b] ?? 0);
      }
    }
  }
}
