import { studentT } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Better, TEstimate } from './check.ts';
import { noError, requireAlpha, requireDegreesOfFreedom, requireEstimate } from './check.ts';

/** A one-sided test against a margin. */
export interface NonInferiority {
  /** Large when the arm is far on the good side of the margin. */
  readonly statistic: number;
  /** One-sided, of an effect at the margin or worse. */
  readonly pValue: number;
  /** The one-sided confidence limit on the bad side, at 1 - alpha. */
  readonly bound: number;
  /** One-sided, of no effect or a worse one. */
  readonly pSuperiority: number;
  /** Whether `pValue` is at most alpha: the bound lies on the good side of the margin. */
  readonly passed: boolean;
}

/** How `nonInferiority` is asked. */
export interface NonInferiorityOptions {
  /** The loss that would be accepted, above 0, on the scale of the estimate. */
  readonly margin: number;
  /** Which way of the outcome is wanted. */
  readonly better: Better;
  /** One-sided. Default 0.025. */
  readonly alpha?: number | undefined;
}

/**
 * Non-inferiority of a difference, arm minus control, by a margin m: t = (d + m)/SE where higher is better
 * and t = (m - d)/SE where lower is, p = P(T ≥ t) on the estimate's degrees of freedom, with the bound
 * d - t₍₁₋α₎ SE or d + t₍₁₋α₎ SE. Superiority may be read after non-inferiority at the same alpha, as the
 * two hypotheses are nested (closed test).
 *
 * It takes the effect of any method, so for clusters give it one whose standard error is that between
 * clusters, as `differenceOf` gives. For a ratio give the logarithm, with m = -log of the ratio at the
 * margin where higher is better and its log where lower is; or take `nonInferiorityRatio`.
 *
 * Sources: closed form; ICH E9 1998, 3.3.2; Schuirmann 1987. In R:
 * `pt((estimate + margin) / se, df, lower.tail = FALSE)`.
 *
 * @returns not estimable when the standard error is 0
 * @throws RangeError when the estimate or its standard error is not finite, the degrees of freedom are
 *   not above 0, the margin is not finite and above 0, or `alpha` is not between 0 and 0.5
 */
export function nonInferiority(
  effect: TEstimate,
  { margin, better, alpha = 0.025 }: NonInferiorityOptions,
): Estimable<NonInferiority> {
  const { estimate, standardError, degreesOfFreedom } = effect;
  requireEstimate(effect);
  requireDegreesOfFreedom(degreesOfFreedom);
  requireAlpha(alpha);
  if (!(margin > 0 && margin < Infinity)) {
    throw new RangeError(
      `margin must be finite and above 0, the loss that would be accepted, got ${margin}`,
    );
  }
  if (standardError === 0) return notEstimable(noError);
  const direction = better === 'higher' ? 1 : -1;
  const statistic = (direction * estimate + margin) / standardError;
  const pValue = studentT.cdf(statistic, degreesOfFreedom).upper;
  const reach = studentT.quantile(alpha, degreesOfFreedom, 'upper') * standardError;
  return {
    estimable: true,
    statistic,
    pValue,
    bound: estimate - direction * reach,
    pSuperiority: studentT.cdf((direction * estimate) / standardError, degreesOfFreedom).upper,
    passed: pValue <= alpha,
  };
}
