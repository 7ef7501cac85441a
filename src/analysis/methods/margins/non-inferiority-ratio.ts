import { studentT } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Better, EstimateWithError } from './check.ts';
import { noError, requireAlpha, requireDegreesOfFreedom, requireEstimate } from './check.ts';
import { fiellerEnds } from './fieller-interval.ts';
import type { NonInferiority } from './non-inferiority.ts';

/** How `nonInferiorityRatio` is asked. */
export interface NonInferiorityRatioOptions {
  /** The ratio at the margin: between 0 and 1 where higher is better, above 1 where lower is. */
  readonly margin: number;
  /** Which way of the outcome is wanted. */
  readonly better: Better;
  /** Of both standard errors together, as K - 2; `Infinity` for the normal. */
  readonly degreesOfFreedom: number;
  /** One-sided. Default 0.025. */
  readonly alpha?: number | undefined;
}

/**
 * Non-inferiority of a ratio R₁/R₀ of two independent rates to a ratio m at the margin, without a
 * logarithm: t = (R₁ - m R₀) / √(SE₁² + m² SE₀²) where higher is better (0 < m < 1) and its negative where
 * lower is (m > 1), p = P(T ≥ t). It keeps its level where the logarithm of a small rate is far from
 * normal, and is defined for R₁ = 0.
 *
 * The bound is the end of Fieller's interval at 1 - 2 alpha, which crosses the margin exactly where p
 * crosses alpha. One end may be there where Fieller's set has not two: with R₀ within t SE₀ of 0 the upper
 * bound is `Infinity`, and the lower is the ratio at which the statistic is t, or 0 where none is.
 *
 * Sources: Fieller 1954; Sasabuchi 1988; Hauschke, Kieser & Hothorn 1999. In R:
 * `pt((R1 - m * R0) / sqrt(se1^2 + m^2 * se0^2), df, lower.tail = FALSE)`.
 *
 * @param arm R₁ and its standard error, between clusters where these were randomised
 * @param control R₀ and its standard error
 * @returns not estimable when both standard errors are 0
 * @throws RangeError when a rate is negative or not finite, a standard error is negative, the degrees of
 *   freedom are not above 0, the margin is on the wrong side of 1, or `alpha` is not between 0 and 0.5
 */
export function nonInferiorityRatio(
  arm: EstimateWithError,
  control: EstimateWithError,
  { margin, better, degreesOfFreedom, alpha = 0.025 }: NonInferiorityRatioOptions,
): Estimable<NonInferiority> {
  requireEstimate(arm);
  requireEstimate(control);
  requireDegreesOfFreedom(degreesOfFreedom);
  requireAlpha(alpha);
  if (arm.estimate < 0 || control.estimate < 0) {
    throw new RangeError(`rates must be 0 or more, got ${arm.estimate} and ${control.estimate}`);
  }
  if (better === 'higher' ? !(margin > 0 && margin < 1) : !(margin > 1 && margin < Infinity)) {
    throw new RangeError(
      `margin is a ratio and must be ${better === 'higher' ? 'between 0 and 1' : 'above 1'} where ${better} is better, got ${margin}`,
    );
  }
  if (arm.standardError === 0 && control.standardError === 0) return notEstimable(noError);
  const direction = better === 'higher' ? 1 : -1;
  const statisticAt = (ratio: number): number =>
    (direction * (arm.estimate - ratio * control.estimate)) /
    Math.hypot(arm.standardError, ratio * control.standardError);
  const statistic = statisticAt(margin);
  const pValue = studentT.cdf(statistic, degreesOfFreedom).upper;
  const t = studentT.quantile(alpha, degreesOfFreedom, 'upper');
  const ends = fiellerEnds(arm, control, t);
  const lower = ends.square > 0 || arm.estimate > t * arm.standardError ? ends.near : 0;
  const upper = ends.square > 0 ? ends.far / ends.square : Infinity;
  return {
    estimable: true,
    statistic,
    pValue,
    bound: better === 'higher' ? lower : upper,
    pSuperiority: studentT.cdf(statisticAt(1), degreesOfFreedom).upper,
    passed: pValue <= alpha,
  };
}
