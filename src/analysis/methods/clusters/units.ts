import { sum } from '../../../stats/index.ts';
import type { UnitTotals } from '../ratio-of-totals.ts';

/** The units of an arm that can be summarised each by itself, and what had to be left out. */
export interface UsableUnits {
  readonly used: readonly UnitTotals[];
  /** Units without a denominator. */
  readonly unitsLeftOut: number;
  /** The sum of their numerators: above 0 where events were counted but no exposure. */
  readonly numeratorLeftOut: number;
}

/**
 * The units with a denominator.
 *
 * @throws RangeError when a number is not finite or below 0
 */
export function usableUnits(units: readonly UnitTotals[]): UsableUnits {
  for (const { numerator, denominator } of units) {
    if (![numerator, denominator].every((x) => x >= 0 && x < Infinity)) {
      throw new RangeError(
        `numerator and denominator must be finite and at least 0, not ${numerator} and ${denominator}`,
      );
    }
  }
  const used = units.filter(({ denominator }) => denominator > 0);
  return {
    used,
    unitsLeftOut: units.length - used.length,
    numeratorLeftOut: sum(
      units.filter(({ denominator }) => denominator === 0).map(({ numerator }) => numerator),
    ),
  };
}

/** Mean and squares of values with weights. */
export interface WeightedMean {
  readonly count: number;
  /** Σwx / Σw. */
  readonly mean: number;
  /** Σw(x - mean)². */
  readonly squares: number;
  /** Σw. */
  readonly weight: number;
}

/** The weighted mean of values and their squares about it; every weight is 1 where none is given. */
export function weightedMean(
  values: readonly number[],
  weights: readonly number[] = values.map(() => 1),
): WeightedMean {
  const weight = sum(weights);
  const origin = values[0] ?? 0;
  // From the first value, so that values alike leave exactly nothing.
  const mean = origin + sum(values.map((x, i) => (weights[i] ?? 0) * (x - origin))) / weight;
  return {
    count: values.length,
    mean,
    squares: sum(values.map((x, i) => (weights[i] ?? 0) * (x - mean) ** 2)),
    weight,
  };
}
