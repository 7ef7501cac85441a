import { findRoot } from '../../stats/index.ts';
import { requirePositive } from '../../stats/check.ts';
import type { ByArm, ClusterDesign } from './cluster-trial.ts';
import { clusterVariance, degreesOfFreedomOf, requireDesign } from './cluster-trial.ts';
import type { Outcome } from './outcome.ts';
import { controlOf, effectBetween, requireValue } from './outcome.ts';
import { shiftFor } from './planned-test.ts';

/** What a trial is to find, and how surely. */
export interface WantedEffect extends ClusterDesign {
  /** The proportion, rate or mean in the other arm. */
  readonly arm: number;
  /** Default 0.8. */
  readonly power?: number | undefined;
  /** Clusters of the arm for each of control; default 1. */
  readonly ratio?: number | undefined;
}

/** How many clusters a trial needs. */
export interface NeededClusters extends ByArm {
  /** Rounded up in each arm. */
  readonly whole: ByArm;
  /** Of the test with the numbers before they are rounded. */
  readonly degreesOfFreedom: number;
}

/**
 * The number of clusters with which the effect is found with the wanted power. With the ratio θ of
 * arm to control
 *
 *     k₀ = c² (v₁/θ + v₀) / effect²,   k₁ = θ k₀,
 *
 * with the variances v of `clusterPower` and c = z₁₋α/₂ + z_power. For a t test c depends on the
 * degrees of freedom, and so on k: k₀ is the solution, not less than leaves one degree of freedom.
 * With `test: 't'`, c is the sum of two t quantiles, as in published tables.
 *
 * Sources: Eldridge et al. 2006; Hayes & Bennett 1999 (who add 1 cluster to each arm in place of the
 * t law); Zhu & Lakkis 2014; Hemming et al. 2011, BMC Med Res Methodol 11:102 for `size: Infinity`.
 * In R: `(qnorm(0.975) + qnorm(power))^2 * (v1 / theta + v0) / effect^2`, and for t
 * `uniroot(\(k) k - (qt(0.975, df(k)) + qt(power, df(k)))^2 * (v1 / theta + v0) / effect^2, c(2, 1e6))`.
 *
 * @returns clusters in each arm, unrounded, and rounded up
 * @throws RangeError when a number is not possible, or the arm has the value of control
 */
export function clustersNeeded(outcome: Outcome, wanted: WantedEffect): NeededClusters {
  requireDesign(outcome, wanted);
  const { arm, power = 0.8, ratio = 1 } = wanted;
  requireValue(outcome, arm);
  requirePositive('ratio', ratio);
  const control = controlOf(outcome);
  const effect = effectBetween(outcome, arm, control);
  if (effect === 0) throw new RangeError(`the arm must differ from control, but both are ${arm}`);
  const variance =
    clusterVariance(outcome, arm, wanted) / ratio + clusterVariance(outcome, control, wanted);
  const enoughFor = (df: number): number =>
    (shiftFor(power, df, wanted) ** 2 * variance) / effect ** 2;
  const dfOf = (k: number): number => degreesOfFreedomOf({ arm: ratio * k, control: k }, wanted);
  const clusters = (k: number, degreesOfFreedom: number): NeededClusters => ({
    arm: ratio * k,
    control: k,
    // What is whole but for rounding stays.
    whole: { arm: Math.ceil(ratio * k - 1e-9), control: Math.ceil(k - 1e-9) },
    degreesOfFreedom,
  });
  if (wanted.test === 'z') return clusters(enoughFor(Infinity), Infinity);
  const least = (1 - dfOf(0)) / (1 + ratio);
  const lacking = (k: number): number => k - enoughFor(dfOf(k));
  if (lacking(least) >= 0) return clusters(least, 1);
  // More degrees of freedom need fewer clusters, so what one degree needs is enough.
  const k = findRoot(lacking, { lower: least, upper: enoughFor(1) });
  return clusters(k, dfOf(k));
}
