import { requireSpread } from '../../analysis/methods/check.ts';
import { controlOf, requireOutcome, spreadAt } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import type { PlannedTest } from './planned-test.ts';

/** Something of each of two arms. */
export interface ByArm {
  readonly arm: number;
  readonly control: number;
}

/** The clusters of a trial of two arms, and how they will be compared. */
export interface ClusterDesign extends PlannedTest {
  /**
   * Mean number of observations (of a rate: exposure) in a cluster, above 0. `Infinity` for as many as
   * one likes: what then remains is the variation between clusters. Patients who are randomised
   * themselves are clusters of size 1; of a rate, with their exposure.
   */
  readonly size: number;
  /** Coefficient of variation of the sizes; default 0. */
  readonly cv?: number | undefined;
  /**
   * Correlation r of a cluster's values before and during the trial, as `baselineCorrelation` gives
   * it, where the analysis adjusts for the baseline: variances are multiplied by 1 − r², and a degree
   * of freedom is spent.
   */
  readonly baselineCorrelation?: number | undefined;
  /**
   * Whether each arm has the variance that goes with its own value (`each-arm`, the default), or both
   * have that of the control arm, as under no effect.
   */
  readonly variance?: 'each-arm' | 'control' | undefined;
}

/** @throws RangeError when a number of the outcome or of the design is not possible */
export function requireDesign(
  outcome: Outcome,
  { size, cv = 0, baselineCorrelation = 0 }: ClusterDesign,
): void {
  requireOutcome(outcome);
  if (!(size > 0)) {
    throw new RangeError(`size must be above 0 (Infinity where there is no limit), got ${size}`);
  }
  requireSpread('cv', cv);
  if (!(Math.abs(baselineCorrelation) < 1)) {
    throw new RangeError(
      `baselineCorrelation must be between -1 and 1, both excluded, got ${baselineCorrelation}`,
    );
  }
}

/**
 * The variance of what one cluster contributes to an arm with this value,
 *
 *     [(1 + CV²) between + within / m] (1 − r²),
 *
 * so that an arm of k clusters has this over k. For a proportion it is Eldridge's design effect times
 * π(1 − π) / m. Weighting by size, as a ratio of totals does, is what lets unequal sizes count.
 */
export function clusterVariance(outcome: Outcome, value: number, design: ClusterDesign): number {
  const { size, cv = 0, baselineCorrelation: r = 0 } = design;
  const { between, within } = spreadAt(
    outcome,
    design.variance === 'control' ? controlOf(outcome) : value,
  );
  return ((1 + cv * cv) * between + within / size) * (1 - r * r);
}

/** Clusters less the two means and the baseline, where that is adjusted for. */
export function degreesOfFreedomOf(
  { arm, control }: ByArm,
  { baselineCorrelation }: ClusterDesign,
): number {
  return arm + control - (baselineCorrelation === undefined ? 2 : 3);
}
