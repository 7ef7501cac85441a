import { sum } from '../stats/index.ts';
import type { Trial } from '../trial/trial.ts';
import type { PeriodUnit } from './methods/over-time/index.ts';
import { armIndices } from './over-time.ts';

/** What an arm had in a period of a design over time. */
interface ArmInPeriod {
  readonly arm: string;
  /** Clusters with a denominator. */
  readonly clusters: number;
  readonly numerator: number;
  readonly denominator: number;
  /** Numerator over denominator, times `per` of the measure; `null` when the denominator is 0. */
  readonly ratio: number | null;
}

/** A period of a measure, counted as it is analysed: without the washouts that are left out. */
export interface MeasuredPeriod {
  /** From 1. */
  readonly period: number;
  /** In the order of the protocol. */
  readonly arms: readonly ArmInPeriod[];
}

/** What each arm had in each period: totals, adjusted for nothing. */
export function byPeriod(
  trial: Trial,
  units: readonly PeriodUnit[],
  { per }: { readonly per: number },
): readonly MeasuredPeriod[] {
  const indices = armIndices(trial);
  return trial.periods.map((_, period) => ({
    period: period + 1,
    arms: trial.arms.map(({ name }): ArmInPeriod => {
      const cells = units
        .filter(({ arms }) => arms[period] === indices.indexOf(name))
        .flatMap((unit) => unit.cells[period] ?? [])
        .filter(({ denominator }) => denominator > 0);
      const numerator = sum(cells.map((cell) => cell.numerator));
      const denominator = sum(cells.map((cell) => cell.denominator));
      return {
        arm: name,
        clusters: cells.length,
        numerator,
        // Cells count in so many of the denominator: back to single ones, without the last digits' noise.
        denominator: Number((denominator * per).toPrecision(12)),
        ratio: denominator > 0 ? numerator / denominator : null,
      };
    }),
  }));
}
