import type { Estimable } from '../../analysis/estimable.ts';
import { notEstimable } from '../../analysis/estimable.ts';
import { requireSpread } from '../../analysis/methods/check.ts';
import type { AlikeClusters, Cell, CellSizes } from './cells.ts';
import { alikeClusters } from './cells.ts';
import { linkedArms } from './connected.ts';
import type { TreatmentMatrix } from './designs.ts';
import { requireMatrix } from './designs.ts';
import type { Spread } from './outcome.ts';
import type { TimeCorrelation } from './time-correlation.ts';
import { requireCorrelation } from './time-correlation.ts';

/** What the variance of an effect over time follows from. */
export interface VarianceOverTime extends TimeCorrelation {
  readonly sizes: CellSizes;
  /** Variances by arm, on the scale of the effect; the first is control. */
  readonly spreads: readonly Spread[];
  /** Which arm is compared with which; default 1 with 0. */
  readonly comparison?: readonly [number, number] | undefined;
}

/** The regression of a design over time: a column for each period, and for all arms but one of those that are linked. */
export interface ColumnsOverTime {
  readonly clusters: readonly AlikeClusters[];
  /** How many columns there are. */
  readonly order: number;
  /** The column of the effect that is wanted. */
  readonly at: number;
  /** The columns in which a cell has 1. */
  readonly columnsOf: (cell: Cell) => readonly number[];
}

/**
 * Checks a design over time and lays out its columns.
 *
 * @returns not estimable where the effect cannot be told from the periods
 * @throws RangeError when a number is not possible
 */
export function columnsOverTime(
  matrix: TreatmentMatrix,
  design: VarianceOverTime,
): Estimable<ColumnsOverTime> {
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
  const others = arms.filter((arm) =>
    link.get(arm) === link.get(against) ? arm !== against : arm !== link.get(arm),
  );
  return {
    estimable: true,
    clusters,
    order: periods.length + others.length,
    at: periods.length + others.indexOf(of),
    columnsOf: ({ period, arm }) => {
      const column = others.indexOf(arm);
      return [periods.indexOf(period), ...(column < 0 ? [] : [periods.length + column])];
    },
  };
}

/** Why numbers of very different sizes may give no variance. */
export const unresolved = 'the variances of the cells differ too much for the precision of numbers';
