import type { Estimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import { requireChoice } from '../gee/choice.ts';
import type { ContrastOptions } from '../gee/contrast.ts';
import type { SandwichCorrection } from '../gee/corrections.ts';
import type { Cell, ComparableCells } from './cells.ts';
import { cellsOf, comparableCells } from './cells.ts';
import type { ModelOptions } from './fit.ts';
import type { PeriodUnit } from './period-unit.ts';
import { requireArmIndices, requirePeriods } from './period-unit.ts';

/** Which arm is compared with control, by what model and how it is judged. */
export interface ComparisonOptions extends ModelOptions {
  /** The arm compared with control; default 1. */
  readonly arm?: number | undefined;
  /** How many arms the trial has; default as many as are seen. */
  readonly arms?: number | undefined;
  /** Of the variance for few clusters. Default `MD`. */
  readonly correction?: SandwichCorrection | undefined;
  /** Confidence level. Default 0.95. */
  readonly level?: number | undefined;
}

/** A comparison ready to be fitted. */
export interface Comparison extends Required<Pick<ModelOptions, 'statistic' | 'correlation'>> {
  readonly arm: number;
  /** How many arms the trial has. */
  readonly armCount: number;
  readonly periodCount: number;
  /** Every cell with a denominator. */
  readonly seen: readonly Cell[];
  /** The cells that tell something of the comparison. */
  readonly judged: ComparableCells;
  readonly judging: Required<Pick<ContrastOptions, 'correction' | 'level' | 'exponentiate'>> & {
    readonly correction: SandwichCorrection;
    /** Clusters less arms. */
    readonly degreesOfFreedom: number;
  };
}

/**
 * Checks what is wanted and sorts out the cells that tell something of it.
 *
 * @param keep which of the cells take part; default all
 * @throws RangeError for numbers that are none or words that are not on offer
 */
export function comparisonOf(
  units: readonly PeriodUnit[],
  {
    statistic,
    arm = 1,
    arms,
    correlation = 'independence',
    correction = 'MD',
    level = 0.95,
  }: ComparisonOptions,
  keep: (cell: Cell) => boolean = () => true,
): Estimable<Comparison> {
  requireChoice('statistic', statistic, ['logRatio', 'difference']);
  requireChoice('correlation', correlation, ['independence', 'exchangeable']);
  requireChoice('correction', correction, ['CR0', 'KC', 'MD', 'FG']);
  requireLevel(level);
  const periodCount = requirePeriods(units, statistic);
  const armCount = requireArmIndices(
    units.map((unit) => unit.arms),
    { arm, arms },
  );
  const seen = cellsOf(units).filter(keep);
  const judged = comparableCells(seen, { statistic, arm });
  if (!judged.estimable) return judged;
  return {
    estimable: true,
    statistic,
    correlation,
    arm,
    armCount,
    periodCount,
    seen,
    judged,
    judging: {
      correction,
      level,
      exponentiate: statistic === 'logRatio',
      degreesOfFreedom: judged.clusters - judged.arms.length,
    },
  };
}
