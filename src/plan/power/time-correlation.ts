import type { Matrix } from '../../stats/index.ts';
import { zeros } from '../../stats/index.ts';
import type { Cell } from './cells.ts';
import type { Spread } from './outcome.ts';

/** How values of a cluster in different periods go together. */
export interface TimeCorrelation {
  /**
   * - `exchangeable` (default): one level of the cluster for all periods;
   * - `nested-exchangeable`: any two periods correlate by the cluster autocorrelation;
   * - `exponential-decay`: periods d apart by its d-th power.
   */
  readonly structure?: 'exchangeable' | 'nested-exchangeable' | 'exponential-decay' | undefined;
  /** Correlation of the true values of a cluster in two (neighbouring) periods, from 0 to 1. */
  readonly clusterAutocorrelation?: number | undefined;
  /**
   * Where the same subjects are observed in all periods, the correlation of their own deviations from
   * the cluster, from 0 to 1; default 0: other subjects in each period.
   */
  readonly subjectAutocorrelation?: number | undefined;
}

/** @throws RangeError when a correlation is not possible, or not of the structure */
export function requireCorrelation({
  structure = 'exchangeable',
  clusterAutocorrelation,
  subjectAutocorrelation = 0,
}: TimeCorrelation): void {
  if ((structure === 'exchangeable') !== (clusterAutocorrelation === undefined)) {
    throw new RangeError(
      structure === 'exchangeable'
        ? 'a cluster autocorrelation belongs to nested-exchangeable or exponential-decay'
        : `${structure} needs a clusterAutocorrelation`,
    );
  }
  const given = { clusterAutocorrelation: clusterAutocorrelation ?? 1, subjectAutocorrelation };
  for (const [name, value] of Object.entries(given)) {
    if (!(value >= 0 && value <= 1))
      throw new RangeError(`${name} must be from 0 to 1, got ${value}`);
  }
}

/** The correlation of the true values of a cluster in two of its cells. */
export function trueCorrelation(
  [one, other]: readonly [Cell, Cell],
  { structure = 'exchangeable', clusterAutocorrelation = 1 }: TimeCorrelation,
): number {
  const apart = Math.abs(one.period - other.period);
  if (structure === 'exchangeable') return 1;
  return clusterAutocorrelation ** (structure === 'exponential-decay' ? apart : Math.min(apart, 1));
}

/** The covariance matrix of the means of the cells of one cluster. */
export function covarianceOf(
  cells: readonly Cell[],
  { spreads, ...design }: TimeCorrelation & { readonly spreads: readonly Spread[] },
): Matrix {
  const { subjectAutocorrelation = 0 } = design;
  const n = cells.length;
  const covariance = zeros(n, n);
  cells.forEach((one, i) => {
    cells.forEach((other, j) => {
      const [a, b] = [spreads[one.arm], spreads[other.arm]];
      const between = Math.sqrt((a?.between ?? 0) * (b?.between ?? 0));
      const within = Math.sqrt((a?.within ?? 0) * (b?.within ?? 0)) / one.size;
      covariance.values[i * n + j] =
        between * trueCorrelation([one, other], design) +
        within * (i === j ? 1 : subjectAutocorrelation);
    });
  });
  return covariance;
}
