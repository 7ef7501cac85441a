import type { Estimable } from '../../analysis/estimable.ts';
import { requireUnits } from '../../analysis/methods/check.ts';
import { tooFew } from './cluster-power.ts';
import type { ByArm, ClusterDesign } from './cluster-trial.ts';
import { clusterVariance, degreesOfFreedomOf, requireDesign } from './cluster-trial.ts';
import type { DetectableEffect, Direction } from './detect.ts';
import { detectEffect } from './detect.ts';
import type { Outcome } from './outcome.ts';
import { controlOf } from './outcome.ts';
import { shiftFor } from './planned-test.ts';

/** A trial whose clusters are given. */
export interface GivenClusters extends ClusterDesign {
  readonly clusters: ByArm;
  /** Default 0.8. */
  readonly power?: number | undefined;
  /** Default `higher`. */
  readonly direction?: Direction | undefined;
}

/**
 * The minimum detectable effect: the value of the arm nearest to control that the trial tells from it
 * with the wanted power, where |effect| = c · SE with SE and the factor c as in `clusterPower` and
 * `clustersNeeded`. SE depends on the value itself unless `variance` is `control`. With
 * `size: Infinity` it is what no number of alerts can better.
 *
 * In R: `uniroot(\(p) abs(p - p0) - (qt(0.975, df) + qt(power, df)) * se(p), c(p0, 1))$root`.
 *
 * @returns not estimable where no value can be told from control, or no degree of freedom is left
 * @throws RangeError when a number is not possible
 * @see H. S. Bloom, Eval. Rev. 19 (1995) 547; K. Hemming et al., BMC Med. Res. Methodol. 11 (2011) 102.
 */
export function detectableEffect(
  outcome: Outcome,
  trial: GivenClusters,
): Estimable<DetectableEffect> {
  requireDesign(outcome, trial);
  const { clusters, power = 0.8, direction = 'higher' } = trial;
  requireUnits('clusters.arm', clusters.arm);
  requireUnits('clusters.control', clusters.control);
  const degreesOfFreedom = degreesOfFreedomOf(clusters, trial);
  if (trial.test !== 'z' && degreesOfFreedom < 1) return tooFew(degreesOfFreedom);
  const ofControl = clusterVariance(outcome, controlOf(outcome), trial) / clusters.control;
  return detectEffect(outcome, {
    direction,
    shift: shiftFor(power, degreesOfFreedom, trial),
    standardError: (value) =>
      Math.sqrt(clusterVariance(outcome, value, trial) / clusters.arm + ofControl),
  });
}
