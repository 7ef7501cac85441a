import { studentT } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { TEstimate } from './check.ts';
import { noError, requireAlpha, requireDegreesOfFreedom, requireEstimate } from './check.ts';

/** Two one-sided tests of an effect between two bounds. */
export interface Equivalence {
  /** One-sided, of an effect at the lower bound or below. */
  readonly pLower: number;
  /** One-sided, of an effect at the upper bound or above. */
  readonly pUpper: number;
  /** The larger of the two. */
  readonly pValue: number;
  /** The interval at 1 - 2 alpha. */
  readonly interval: { readonly lower: number; readonly upper: number };
  /** Whether `pValue` is at most alpha: the interval lies between the bounds. */
  readonly passed: boolean;
}

/** How `equivalence` is asked. */
export interface EquivalenceOptions {
  /** The lower equivalence bound L, on the scale of the estimate. */
  readonly lower: number;
  /** The upper equivalence bound U. */
  readonly upper: number;
  /** Of each one-sided test. Default 0.05. */
  readonly alpha?: number | undefined;
}

/**
 * Equivalence by two one-sided tests (TOST): (d - L)/SE against the upper tail of t and (d - U)/SE against
 * the lower, p = the larger, with the interval d ± t₍₁₋α₎ SE, which lies between L and U exactly when p is
 * below α. For a ratio give logarithms: of the estimate and of both bounds.
 *
 * It takes the effect of any method, so for clusters give it one whose standard error is that between
 * clusters, as `differenceOf` gives.
 *
 * Source: Schuirmann 1987. In R: `max(pt((d - L) / se, df, lower.tail = FALSE), pt((d - U) / se, df))`.
 *
 * @returns not estimable when the standard error is 0
 * @throws RangeError when the estimate or its standard error is not finite, the degrees of freedom are
 *   not above 0, `lower` is not below `upper`, or `alpha` is not between 0 and 0.5
 */
export function equivalence(
  effect: TEstimate,
  { lower, upper, alpha = 0.05 }: EquivalenceOptions,
): Estimable<Equivalence> {
  const { estimate, standardError, degreesOfFreedom } = effect;
  requireEstimate(effect);
  requireDegreesOfFreedom(degreesOfFreedom);
  requireAlpha(alpha);
  if (!(lower < upper && Number.isFinite(upper - lower))) {
    throw new RangeError(`the bounds must be finite, lower below upper, got ${lower} and ${upper}`);
  }
  if (standardError === 0) return notEstimable(noError);
  const pLower = studentT.cdf((estimate - lower) / standardError, degreesOfFreedom).upper;
  const pUpper = studentT.cdf((estimate - upper) / standardError, degreesOfFreedom).lower;
  const pValue = Math.max(pLower, pUpper);
  const reach = studentT.quantile(alpha, degreesOfFreedom, 'upper') * standardError;
  return {
    estimable: true,
    pLower,
    pUpper,
    pValue,
    interval: { lower: estimate - reach, upper: estimate + reach },
    passed: pValue <= alpha,
  };
}
