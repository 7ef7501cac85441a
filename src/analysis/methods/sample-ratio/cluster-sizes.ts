import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import { weightedMean } from '../clusters/units.ts';
import type { Effect } from '../effect.ts';
import { effectOf } from '../effect.ts';

/** Patients in each cluster of two arms. */
export interface SizesByArm {
  readonly arm: readonly number[];
  readonly control: readonly number[];
}

/**
 * The difference in mean cluster size, arm minus control, by Welch's t test over clusters: a check
 * of differential recruitment. The patients of a cluster-randomised trial must not be tested against
 * the weights of the arms, for clusters differ in size by nature; what can be asked is whether the
 * clusters of one arm brought more patients than those of the other. Sizes known before the
 * randomisation differ by chance alone; a difference in patients who were counted afterwards says
 * that the arm changed who was counted.
 *
 * @param sizes patients by cluster
 * @throws RangeError for a size that is no number of at least 0, or a level that is not between 0 and 1
 * @see Welch 1947. In R: `t.test(size ~ arm)`.
 */
export function clusterSizes(
  { arm, control }: SizesByArm,
  { level = 0.95 }: { readonly level?: number | undefined } = {},
): Estimable<Effect> {
  if (![...arm, ...control].every((size) => Number.isFinite(size) && size >= 0)) {
    throw new RangeError('every size must be a number of at least 0');
  }
  requireLevel(level);
  if (arm.length < 2 || control.length < 2) {
    return notEstimable('an arm with one cluster or none has no variance between clusters');
  }
  const [one, other] = [meanOf(arm), meanOf(control)];
  const variance = one.variance + other.variance;
  if (variance === 0) return notEstimable('every cluster of an arm has the same size');
  const degreesOfFreedom =
    variance ** 2 /
    (one.variance ** 2 / (arm.length - 1) + other.variance ** 2 / (control.length - 1));
  return {
    estimable: true,
    ...effectOf(one.mean - other.mean, Math.sqrt(variance), degreesOfFreedom, level),
  };
}

/** A mean with the variance of it. */
function meanOf(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const { mean, squares } = weightedMean(values);
  return { mean, variance: squares / (values.length - 1) / values.length };
}
