import { sum } from '../../../stats/index.ts';
import type { UnitTotals } from '../ratio-of-totals.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Values } from './sums.ts';
import { sumsPerArm } from './sums.ts';

/**
 * What is compared between arms, with R = ΣY / ΣE of an arm and ȳ the mean over its units:
 * `logRatio`, log R₁ - log R₀; `difference`, R₁ - R₀; `meanDifference`, the difference of the mean
 * unit ratios Y/E; `meanLogRatio`, the difference of the means of log((Y + c) / E).
 */
export type Statistic = 'logRatio' | 'difference' | 'meanDifference' | 'meanLogRatio';

/** What is compared, and how. */
export interface StatisticOptions {
  readonly statistic: Statistic;
  /** The c of `meanLogRatio`, which units without events need (0.5, say); default 0. */
  readonly continuity?: number | undefined;
  /**
   * Whether the statistic is divided by its standard error, with the variance k/(k - 1) Σ(Y - RE)² /
   * (ΣE)² of each arm; default true. Studentised, the test stays right in large trials when the arms
   * differ in spread only.
   */
  readonly studentized?: boolean | undefined;
}

/**
 * The y and e of each unit whose ratio a statistic compares. Units with a denominator of 0 are not used.
 *
 * @throws RangeError when a numerator or denominator is not finite, a denominator is negative, or the
 *   continuity is
 */
export function valuesOf(
  units: readonly UnitTotals[],
  { statistic, continuity = 0 }: StatisticOptions,
): Estimable<Values> {
  if (!(continuity >= 0 && Number.isFinite(continuity))) {
    throw new RangeError(`continuity must be a number of at least 0, not ${continuity}`);
  }
  units.forEach(({ numerator, denominator }, i) => {
    if (!Number.isFinite(numerator)) {
      throw new RangeError(`the numerator of unit ${i} must be a number, not ${numerator}`);
    }
    if (!(denominator >= 0 && Number.isFinite(denominator))) {
      throw new RangeError(
        `the denominator of unit ${i} must be a number of at least 0, not ${denominator}`,
      );
    }
  });
  const used = Uint8Array.from(units, ({ denominator }) => (denominator > 0 ? 1 : 0));
  const isMean = statistic === 'meanDifference' || statistic === 'meanLogRatio';
  const y = Float64Array.from(units, ({ numerator, denominator }) => {
    if (!(denominator > 0)) return 0;
    if (!isMean) return numerator;
    return statistic === 'meanDifference'
      ? numerator / denominator
      : Math.log((numerator + continuity) / denominator);
  });
  if (!y.every(Number.isFinite)) {
    return notEstimable(
      'a unit without events has no logarithm',
      'name a continuity to add to every numerator, such as 0.5, or compare ratios of totals (logRatio)',
    );
  }
  const e = Float64Array.from(units, ({ denominator }, i) =>
    used[i] === 1 ? (isMean ? 1 : denominator) : 0,
  );
  return { estimable: true, y, e, used };
}

/** The ratio of totals over some units; NaN of none. */
export function pooledRatio(
  { y, e }: Values,
  keep: (unit: number) => boolean = () => true,
): number {
  return sum(y.filter((_, i) => keep(i))) / sum(e.filter((_, i) => keep(i)));
}

/** Whether every unit has the same ratio, but for rounding. */
export function isAlike(values: Values): boolean {
  const pooled = pooledRatio(values);
  return values.y.every((y, i) => {
    const expected = pooled * (values.e[i] ?? 0);
    return Math.abs(y - expected) <= 1e-12 * (Math.abs(y) + Math.abs(expected));
  });
}

/** How estimates are made from sums. */
export interface EstimateOptions {
  readonly arms: number;
  /** Whether the estimate of an arm is the logarithm of its ratio. */
  readonly isLog: boolean;
  /** Units that an arm needs: 2 for a variance, otherwise 1. */
  readonly least: number;
}

// Held here because looking up a global or an import each time is slow under test runners and loaders.
const { abs, log, sqrt } = Math;
const width = sumsPerArm;

// The share of all squares that subtraction can leave of none.
const rounding = 1e-13;

/** Differences so small beside the scale of an estimate are rounding. */
export const negligible = 1e-12;

/**
 * The estimate and the variance of each arm from its sums, into `estimates` as b₀, v₀, b₁, v₁, …:
 * R less the centre, or log R, and k/(k - 1) Σ(Y - RE)² / (ΣE)², for a logarithm over R².
 *
 * @returns whether every arm has them
 */
export function estimateArms(
  sums: Float64Array,
  estimates: Float64Array,
  { arms, isLog, least }: EstimateOptions,
): boolean {
  let [zz, ee] = [0, 0];
  for (let at = 0; at < arms * width; at += width) {
    zz += sums[at + 4] ?? 0;
    ee += sums[at + 6] ?? 0;
  }
  for (let arm = 0; arm < arms; arm += 1) {
    const at = arm * width;
    const k = sums[at] ?? 0;
    if (k < least) return false;
    const e = sums[at + 1] ?? 0;
    const offset = (sums[at + 3] ?? 0) / e;
    const squares =
      (sums[at + 4] ?? 0) -
      2 * offset * (sums[at + 5] ?? 0) +
      offset * offset * (sums[at + 6] ?? 0);
    const isNone = k < 2 || squares <= rounding * (zz + offset * offset * ee);
    const variance = isNone ? 0 : ((k / (k - 1)) * squares) / (e * e);
    if (isLog) {
      const y = sums[at + 2] ?? 0;
      if (!(y > 0)) return false;
      estimates[2 * arm] = log(y / e);
      estimates[2 * arm + 1] = variance / ((y / e) * (y / e));
    } else {
      estimates[2 * arm] = offset;
      estimates[2 * arm + 1] = variance;
    }
  }
  return true;
}

/** How a difference of estimates becomes a statistic. */
export interface ContrastOptions {
  readonly control: number;
  readonly studentized: boolean;
  /** The scale of the estimates, beside which differences are rounding. */
  readonly unit: number;
}

/** An arm against another: the difference of their estimates, studentised or not. */
export function contrast(
  estimates: Float64Array,
  arm: number,
  { control, studentized, unit }: ContrastOptions,
): number {
  const difference = (estimates[2 * arm] ?? 0) - (estimates[2 * control] ?? 0);
  if (!studentized) return difference;
  const variance = (estimates[2 * arm + 1] ?? 0) + (estimates[2 * control + 1] ?? 0);
  if (variance === 0 && abs(difference) <= negligible * unit) return 0;
  return difference / sqrt(variance);
}

/** The mean distance of the units' ratios from the pooled one, each weighted by its denominator. */
export function spreadOf({ y, e }: Values, pooled: number): number {
  return sum(y.map((value, i) => Math.abs(value - pooled * (e[i] ?? 0)))) / sum(e);
}
