import type { Estimable } from '../../analysis/estimable.ts';
import { notEstimable } from '../../analysis/estimable.ts';
import { requireUnits } from '../../analysis/methods/check.ts';
import { tooFew } from './cluster-power.ts';
import type { ByArm, ClusterDesign } from './cluster-trial.ts';
import { clusterVariance, degreesOfFreedomOf, requireDesign } from './cluster-trial.ts';
import type { Outcome } from './outcome.ts';
import { controlOf, effectBetween, requireValue } from './outcome.ts';
import { shiftFor } from './planned-test.ts';

/** What a trial of so many clusters is to find, and how surely. */
export interface WantedOfClusters extends Omit<ClusterDesign, 'size'> {
  /** The proportion, rate or mean in the other arm. */
  readonly arm: number;
  readonly clusters: ByArm;
  /** Default 0.8. */
  readonly power?: number | undefined;
}

/**
 * How large the clusters must be, on average, for the effect to be found with the wanted power:
 *
 *     m = Σ within/k / [effect²/c² − (1 + CV²) Σ between/k]   (with 1 − r², where there is a baseline),
 *
 * with c as in `clustersNeeded`. Where the variation between clusters alone is too much, no size is
 * enough: clusters are feasible only if there are more than n_I ρ of them in an arm.
 *
 * Source: Hemming et al. 2011, BMC Med Res Methodol 11:102, whose m is nᵢ(1 − ρ)/(k − nᵢρ). In R: this closed form.
 *
 * @returns not estimable where no size is enough, or no degree of freedom is left
 * @throws RangeError when a number is not possible, or the arm has the value of control
 */
export function sizeNeeded(
  outcome: Outcome,
  wanted: WantedOfClusters,
): Estimable<{ readonly size: number }> {
  const { arm, clusters, power = 0.8 } = wanted;
  const unlimited: ClusterDesign = { ...wanted, size: Infinity };
  requireDesign(outcome, unlimited);
  requireValue(outcome, arm);
  requireUnits('clusters.arm', clusters.arm);
  requireUnits('clusters.control', clusters.control);
  const control = controlOf(outcome);
  const effect = effectBetween(outcome, arm, control);
  if (effect === 0) throw new RangeError(`the arm must differ from control, but both are ${arm}`);
  const degreesOfFreedom = degreesOfFreedomOf(clusters, unlimited);
  if (wanted.test !== 'z' && degreesOfFreedom < 1) return tooFew(degreesOfFreedom);
  const varianceOf = (design: ClusterDesign): number =>
    clusterVariance(outcome, arm, design) / clusters.arm +
    clusterVariance(outcome, control, design) / clusters.control;
  const between = varianceOf(unlimited);
  const within = varianceOf({ ...unlimited, size: 1 }) - between;
  const room = (effect / shiftFor(power, degreesOfFreedom, wanted)) ** 2 - between;
  return room > 0
    ? { estimable: true, size: within / room }
    : notEstimable(
        'clusters vary too much for so few of them, however many observations each has',
        'randomise more clusters, look for a larger effect, or adjust for a baseline period',
      );
}
