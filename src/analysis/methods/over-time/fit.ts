import type { Estimable } from '../../estimable.ts';
import type { Design } from '../gee/design.ts';
import type { Family } from '../gee/family.ts';
import { families } from '../gee/family.ts';
import type { GeeFit } from '../gee/fit.ts';
import { exchangeableFit, independenceFit, stoppingOf } from '../gee/gee.ts';
import { solveExchangeable, solveIndependence } from '../gee/solve-equations.ts';
import type { Coefficients } from '../gee/solve-equations.ts';
import { clusterSizes } from '../gee/working-correlation.ts';
import type { Cell } from './cells.ts';
import type { StatisticOverTime } from './period-unit.ts';

/** How cells are modelled. */
export interface ModelOptions {
  /** Ratios by a log link, or differences by an identity link. */
  readonly statistic: StatisticOverTime;
  /** Working correlation of the periods of a cluster. Default `independence`. */
  readonly correlation?: 'independence' | 'exchangeable' | undefined;
}

/** A column of the model besides those of the periods. */
export interface Term {
  readonly name: string;
  readonly valueOf: (cell: Cell) => number;
}

/** The name of the column that is 1 in a period. */
export function periodTerm(period: number): string {
  return `period ${period}`;
}

/**
 * Fits Y = E exp(β_j + xᵀθ) with the variance of a Poisson count (`logRatio`), or Y = E (β_j + xᵀθ) with
 * a variance in proportion to E (`difference`), to the cells of clusters, by estimating equations.
 *
 * The identity link is least squares of Y/√E on √E x, so that the common correlation is that of the
 * standardised residuals (Y - μ)/√E, as with the log link it is that of (Y - μ)/√μ.
 */
export function fitCells(
  cells: readonly Cell[],
  {
    statistic,
    correlation = 'independence',
    periods,
    terms,
  }: ModelOptions & {
    readonly periods: readonly number[];
    readonly terms: readonly Term[];
  },
): Estimable<GeeFit> {
  const family = families[statistic === 'logRatio' ? 'poisson' : 'gaussian'];
  const design = designOf(cells, {
    isLog: statistic === 'logRatio',
    terms: [
      ...periods.map((each) => ({
        name: periodTerm(each),
        valueOf: ({ period }: Cell) => +(period === each),
      })),
      ...terms,
    ],
  });
  const stopping = stoppingOf({});
  const solved = solveIndependence(design, family, { stopping });
  if (!solved.estimable) return solved;
  if (correlation === 'independence') {
    return independenceFit(design, family, { moments: 'geepack', solved });
  }
  return correlatedFit(design, family, solved);
}

function designOf(
  cells: readonly Cell[],
  { isLog, terms }: { readonly isLog: boolean; readonly terms: readonly Term[] },
): Design {
  const ids = [...new Set(cells.map(({ cluster }) => cluster))];
  const codeOf = new Map(ids.map((id, code) => [id, code]));
  const roots = Float64Array.from(cells, ({ denominator }) => (isLog ? 1 : Math.sqrt(denominator)));
  return {
    terms: terms.map(({ name }) => name),
    columns: terms.map(({ valueOf }) =>
      Float64Array.from(cells, (cell, row) => valueOf(cell) * (roots[row] ?? 0)),
    ),
    outcome: Float64Array.from(cells, ({ numerator }, row) => numerator / (roots[row] ?? 1)),
    offset: isLog
      ? Float64Array.from(cells, ({ denominator }) => Math.log(denominator))
      : undefined,
    weights: undefined,
    codes: Int32Array.from(cells, ({ cluster }) => codeOf.get(cluster) ?? 0),
    ids,
    clusters: ids.length,
    size: cells.length,
  };
}

function correlatedFit(design: Design, family: Family, from: Coefficients): Estimable<GeeFit> {
  const using = { moments: 'geepack', sizes: clusterSizes(design) } as const;
  const solved = solveExchangeable(design, family, { ...using, stopping: stoppingOf({}), from });
  return solved.estimable ? exchangeableFit(design, family, { ...using, solved }) : solved;
}
