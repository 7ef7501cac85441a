import type { Estimable } from '../../analysis/estimable.ts';
import { notEstimable } from '../../analysis/estimable.ts';
import { requireSpread } from '../../analysis/methods/check.ts';
import type { Matrix } from '../../stats/index.ts';
import { inverse, solve, zeros } from '../../stats/index.ts';
import type { CellSizes } from './cells.ts';
import { alikeClusters } from './cells.ts';
import { linkedArms } from './connected.ts';
import type { TreatmentMatrix } from './designs.ts';
import { requireMatrix } from './designs.ts';
import type { Spread } from './outcome.ts';
import type { TimeCorrelation } from './time-correlation.ts';
import { covarianceOf, requireCorrelation } from './time-correlation.ts';

/** What the variance of an effect over time follows from. */
export interface VarianceOverTime extends TimeCorrelation {
  readonly sizes: CellSizes;
  /** Variances by arm, on the scale of the effect; the first is control. */
  readonly spreads: readonly Spread[];
  /** Which arm is compared with which; default 1 with 0. */
  readonly comparison?: readonly [number, number] | undefined;
}

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
  requireMatrix(matrix);
  requireCorrelation(design);
  design.spreads.forEach(({ between, within }, arm) => {
    requireSpread(`spreads[${arm}].between`, between);
    requireSpread(`spreads[${arm}].within`, within);
  });
  const [of, against] = design.comparison ?? [1, 0];
  if (of === against) throw new RangeError(`arm ${of} cannot be compared with itself`);
  const { sizes, subjectAutocorrelation = 0 } = design;
  const clusters = alikeClusters(matrix, { sizes, oneSize: subjectAutocorrelation > 0 });
  const observed = clusters.flatMap(({ cells }) => cells);
  const periods = [...new Set(observed.map(({ period }) => period))];
  const arms = [...new Set(observed.map(({ arm }) => arm))].sort((a, b) => a - b);
  for (const arm of [of, against]) {
    if (!arms.includes(arm)) throw new RangeError(`no cell of the design has arm ${arm}`);
  }
  const last = arms.at(-1) ?? 0;
  if (last >= design.spreads.length) {
    throw new RangeError(
      `the design has arm ${last}, but spreads are given of ${design.spreads.length} arms`,
    );
  }
  const link = linkedArms(observed);
  if (link.get(of) !== link.get(against)) {
    return notEstimable(
      `no period, nor chain of periods, has arms ${of} and ${against} side by side, so that the effect cannot be told from time`,
      'let clusters change arms at different times',
    );
  }
  // Columns: the observed periods, then all arms but one of those that are linked.
  const others = arms.filter((arm) =>
    link.get(arm) === link.get(against) ? arm !== against : arm !== link.get(arm),
  );
  const order = periods.length + others.length;
  const information = zeros(order, order);
  for (const { cells, count } of clusters) {
    const x = zeros(cells.length, order);
    cells.forEach(({ period, arm }, i) => {
      x.values[i * order + periods.indexOf(period)] = 1;
      const column = others.indexOf(arm);
      if (column >= 0) x.values[i * order + periods.length + column] = 1;
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
  const at = periods.length + others.indexOf(of);
  const variance = inverse(information)?.values[at * order + at];
  return variance === undefined
    ? notEstimable(unresolved, 'give sizes and variances that are less unlike each other')
    : { estimable: true, variance };
}

/** Why numbers of very different sizes may give no variance. */
const unresolved = 'the variances of the cells differ too much for the precision of numbers';

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
