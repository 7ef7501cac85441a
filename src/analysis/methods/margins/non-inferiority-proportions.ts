import { normal } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { ProportionCounts } from '../independent/counts.ts';
import { noUnits, requireProportion } from '../independent/counts.ts';
import { differenceLimit, differenceScore } from '../independent/proportion-difference.ts';
import type { Better } from './check.ts';
import { requireAlpha } from './check.ts';
import type { NonInferiority } from './non-inferiority.ts';

/** How `nonInferiorityProportions` is asked. */
export interface NonInferiorityProportionsOptions {
  /** The loss that would be accepted, a difference between 0 and 1. */
  readonly margin: number;
  /** Which way of the outcome is wanted. */
  readonly better: Better;
  /** Default `miettinen-nurminen`. */
  readonly method?: 'miettinen-nurminen' | 'farrington-manning' | undefined;
  /** One-sided. Default 0.025. */
  readonly alpha?: number | undefined;
}

/**
 * Non-inferiority of a proportion by a margin m: the score statistic z(δ) of `proportionDifference` at
 * δ = -m where higher is better and -z(m) where lower is, against the upper tail of the normal. The bound
 * is the limit of the score interval, which crosses the margin exactly where p crosses alpha.
 * `miettinen-nurminen` has the factor N/(N - 1) in the variance and `farrington-manning` has not.
 *
 * The units must be independent. Rows of one cluster, as the alerts of one practice or patient, are
 * not: for those take `nonInferiority` of the difference that `differenceOf` gives.
 *
 * Sources: Miettinen & Nurminen 1985; Farrington & Manning 1990. Base R has none.
 *
 * @returns not estimable when an arm has no units
 * @throws RangeError when a count is not one, `successes` exceeds `n`, the margin is not between 0 and 1,
 *   or `alpha` is not between 0 and 0.5
 */
export function nonInferiorityProportions(
  arm: ProportionCounts,
  control: ProportionCounts,
  {
    margin,
    better,
    method = 'miettinen-nurminen',
    alpha = 0.025,
  }: NonInferiorityProportionsOptions,
): Estimable<NonInferiority> {
  requireProportion(arm);
  requireProportion(control);
  requireAlpha(alpha);
  if (!(margin > 0 && margin < 1)) {
    throw new RangeError(
      `margin must lie between 0 and 1, the loss that would be accepted, got ${margin}`,
    );
  }
  if (arm.n === 0 || control.n === 0) return notEstimable(noUnits);
  const direction = better === 'higher' ? 1 : -1;
  const corrected = method === 'miettinen-nurminen';
  const scoreAt = (difference: number): number =>
    direction * differenceScore(arm, control, { difference, corrected });
  const statistic = scoreAt(-direction * margin);
  const pValue = normal.cdf(statistic).upper;
  const target = direction * normal.quantile(alpha, 'upper');
  return {
    estimable: true,
    statistic,
    pValue,
    bound: differenceLimit(arm, control, { target, corrected }),
    pSuperiority: normal.cdf(scoreAt(0)).upper,
    passed: pValue <= alpha,
  };
}
