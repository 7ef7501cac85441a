import { studentT } from '../../stats/index.ts';
import type { Estimable } from '../estimable.ts';
import { notEstimable } from '../estimable.ts';
import { requireLevel } from './check.ts';

/** An effect with its t interval and two-sided p value. */
export interface Effect {
  /** On the scale named by the field that holds it: a ratio, or a difference. */
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  /** Of the estimate; for a ratio, of its logarithm. */
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  /** Estimate (for a ratio, its logarithm) over its standard error. */
  readonly statistic: number;
  /** Two-sided, of no effect. */
  readonly pValue: number;
}

/**
 * The t interval θ̂ ± t SE of an estimate, and its two-sided p value, taken on the scale on which the
 * estimate is given. In R: `est + c(-1, 1) * qt((1 + level) / 2, df) * se`, `2 * pt(-abs(est / se), df)`.
 *
 * @throws RangeError when the level is not between 0 and 1
 */
export function effectOf(
  estimate: number,
  standardError: number,
  degreesOfFreedom: number,
  level: number,
): Effect {
  requireLevel(level);
  const reach = studentT.quantile((1 - level) / 2, degreesOfFreedom, 'upper') * standardError;
  const statistic = estimate / standardError;
  return {
    estimate,
    lower: estimate - reach,
    upper: estimate + reach,
    standardError,
    degreesOfFreedom,
    statistic,
    pValue: Math.min(1, 2 * studentT.cdf(Math.abs(statistic), degreesOfFreedom).upper),
  };
}

/** Why an interval that runs beyond all numbers is not given. */
const unbounded = 'one unit holds nearly all of a denominator, so the variance cannot be judged';

/** An effect whose ends are numbers, or the reason why they are not. */
export function bounded(effect: Effect): Estimable<Effect> {
  return Number.isFinite(effect.lower) && Number.isFinite(effect.upper)
    ? { estimable: true, ...effect }
    : notEstimable(unbounded, 'compare unit averages, or leave that unit to be reported by itself');
}
