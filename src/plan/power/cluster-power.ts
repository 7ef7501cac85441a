import type { Estimable } from '../../analysis/estimable.ts';
import { notEstimable } from '../../analysis/estimable.ts';
import { requireUnits } from '../../analysis/methods/check.ts';
import type { ByArm, ClusterDesign } from './cluster-trial.ts';
import { clusterVariance, degreesOfFreedomOf, requireDesign } from './cluster-trial.ts';
import type { Outcome } from './outcome.ts';
import { controlOf, effectBetween, requireValue } from './outcome.ts';
import { powerAt } from './planned-test.ts';

/** A trial of two arms as it is planned. */
export interface PlannedClusterTrial extends ClusterDesign {
  /** The proportion, rate or mean in the other arm. */
  readonly arm: number;
  readonly clusters: ByArm;
}

/** The power of a trial, and what it follows from. */
export interface PlannedPower {
  /** Chance that the test finds the effect, in its direction. */
  readonly power: number;
  /** A difference, or the logarithm of a ratio. */
  readonly effect: number;
  readonly standardError: number;
  /** `Infinity` for a test by the normal law. */
  readonly degreesOfFreedom: number;
}

/** Why a design with so few clusters has no power to speak of. */
export function tooFew(degreesOfFreedom: number): Estimable<never> {
  return notEstimable(
    `${degreesOfFreedom} degrees of freedom are left between clusters, so that their variance cannot be judged`,
    'randomise more clusters, or patients within them',
  );
}

/**
 * The power of a trial that randomises clusters (or, with clusters of size 1, patients) to two arms:
 * a t test of the effect over its standard error, SE² = v₁/k₁ + v₀/k₀, with `clusters` − 2 degrees of
 * freedom and vₐ = [(1 + CV²) between + within/m] (1 − r²), where between and within are
 *
 * - of a proportion π: ρπ(1 − π) and (1 − ρ)π(1 − π), which makes up the design effect
 *   1 + ((CV² + 1)m − 1)ρ (Eldridge, Ashby & Kerry 2006, Int J Epidemiol 35:1292);
 * - of a rate λ: κ² and φ/λ for the logarithm of a ratio, κ²λ² and φλ for a difference (Hayes &
 *   Bennett 1999, Int J Epidemiol 28:319). With patients for clusters, their exposure for m and the
 *   square root of the negative binomial dispersion for κ it is Zhu & Lakkis 2014 (Stat Med 33:376)
 *   with the variance under the effect.
 *
 * In R: `ncp <- abs(effect) / se; pt(qt(0.975, df), df, ncp, lower.tail = FALSE)`.
 *
 * @returns not estimable where the clusters leave no degree of freedom
 * @throws RangeError when a number is not possible, or the arm has the value of control
 */
export function clusterPower(
  outcome: Outcome,
  trial: PlannedClusterTrial,
): Estimable<PlannedPower> {
  requireDesign(outcome, trial);
  const { arm, clusters } = trial;
  requireValue(outcome, arm);
  requireUnits('clusters.arm', clusters.arm);
  requireUnits('clusters.control', clusters.control);
  const control = controlOf(outcome);
  const effect = effectBetween(outcome, arm, control);
  if (effect === 0) throw new RangeError(`the arm must differ from control, but both are ${arm}`);
  const between = degreesOfFreedomOf(clusters, trial);
  if (trial.test !== 'z' && between < 1) return tooFew(between);
  const standardError = Math.sqrt(
    clusterVariance(outcome, arm, trial) / clusters.arm +
      clusterVariance(outcome, control, trial) / clusters.control,
  );
  const degreesOfFreedom = trial.test === 'z' ? Infinity : between;
  const power = powerAt(Math.abs(effect) / standardError, degreesOfFreedom, trial);
  return { estimable: true, power, effect, standardError, degreesOfFreedom };
}
