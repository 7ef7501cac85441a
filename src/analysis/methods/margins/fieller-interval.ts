import { studentT } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import type { IntervalEstimate } from '../independent/counts.ts';
import type { EstimateWithError } from './check.ts';
import { noError, requireDegreesOfFreedom, requireEstimate } from './check.ts';

/** How `fiellerInterval` is asked. */
export interface FiellerOptions {
  /** Of both standard errors together, as K - 2; `Infinity` for the normal. */
  readonly degreesOfFreedom: number;
  /** Default 0.95. */
  readonly level?: number | undefined;
}

/**
 * Fieller's interval of the ratio R₁/R₀ of two independent estimates: all m with
 * (R₁ - m R₀)² ≤ t² (SE₁² + m² SE₀²), the quadratic (R₀² - t²SE₀²) m² - 2 R₁R₀ m + (R₁² - t²SE₁²) ≤ 0,
 * t = t₍₁₋α/₂₎. No logarithm is taken, so R₁ may be 0.
 *
 * Where R₀ differs from 0 by no more than t SE₀ the set has no two ends: it is every ratio, or every ratio
 * outside of an interval. No limits are given then, and the reason says which it is.
 *
 * Sources: Fieller 1954; Cox 1967. Base R has none: it is where `abs(R1 - m * R0) / sqrt(se1^2 + m^2 *
 * se0^2)` is `qt((1 + level) / 2, df)`.
 *
 * @param arm R₁ and its standard error, as of `ratioOfTotals`
 * @param control R₀ and its standard error
 * @returns not estimable when both standard errors are 0 or the set is unbounded
 * @throws RangeError when an estimate or standard error is not finite, a standard error is negative,
 *   the degrees of freedom are not above 0, or `level` is not between 0 and 1
 */
export function fiellerInterval(
  arm: EstimateWithError,
  control: EstimateWithError,
  { degreesOfFreedom, level = 0.95 }: FiellerOptions,
): Estimable<IntervalEstimate> {
  requireEstimate(arm);
  requireEstimate(control);
  requireDegreesOfFreedom(degreesOfFreedom);
  requireLevel(level);
  if (arm.standardError === 0 && control.standardError === 0) return notEstimable(noError);
  const t = studentT.quantile((1 - level) / 2, degreesOfFreedom, 'upper');
  const { square, discriminant, far, near } = fiellerEnds(arm, control, t);
  if (square <= 0) {
    return notEstimable(
      discriminant < 0
        ? 'the control does not differ from 0, nor does the arm enough: no ratio can be excluded'
        : 'the control does not differ from 0: the ratios that are not excluded are not an interval',
      'read the difference',
    );
  }
  return {
    estimable: true,
    estimate: arm.estimate / control.estimate,
    lower: Math.min(far / square, near),
    upper: Math.max(far / square, near),
  };
}

/** Fieller's quadratic: its leading coefficient, its discriminant, and its roots far / square and near. */
export interface FiellerEnds {
  readonly square: number;
  readonly discriminant: number;
  readonly far: number;
  readonly near: number;
}

/** The quadratic at a quantile t of t; its roots are NaN where the discriminant is negative. */
export function fiellerEnds(
  arm: EstimateWithError,
  control: EstimateWithError,
  t: number,
): FiellerEnds {
  const [reach1, reach0] = [t * arm.standardError, t * control.standardError];
  const square = (control.estimate - reach0) * (control.estimate + reach0);
  const constant = (arm.estimate - reach1) * (arm.estimate + reach1);
  const middle = arm.estimate * control.estimate;
  const discriminant = reach1 ** 2 * square + (arm.estimate * reach0) ** 2;
  // One root is a sum; the other follows from their product, where nothing cancels.
  const far = middle + (middle < 0 ? -1 : 1) * Math.sqrt(discriminant);
  return { square, discriminant, far, near: far === 0 ? 0 : constant / far };
}
