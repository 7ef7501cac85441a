import { requirePositive } from '../../stats/check.ts';
import { requireFinite, requireFraction, requireSpread } from '../../analysis/methods/check.ts';

/** A proportion, such as accepted alerts per alert; its effect is a difference. */
export interface ProportionOutcome {
  readonly kind: 'proportion';
  /** In the control arm, between 0 and 1. */
  readonly control: number;
  /** Intraclass correlation ρ, from 0 to 1. */
  readonly icc: number;
}

/** A rate, such as alerts per patient-day; its effect is a ratio (tested on its logarithm), or a difference. */
export interface RateOutcome {
  readonly kind: 'rate';
  /** Events per unit of exposure in the control arm, above 0. */
  readonly control: number;
  /** Coefficient of variation κ of the true rates between clusters, at least 0. */
  readonly kappa: number;
  /**
   * φ, by which the variance of a count within a cluster exceeds a Poisson one, as the same patients
   * have several alerts; above 0, default 1. Negative binomial patients with the dispersion d
   * (variance μ + dμ²) and the mean μ make it 1 + dμ.
   */
  readonly overdispersion?: number | undefined;
  /** Default `ratio`. */
  readonly scale?: 'ratio' | 'difference' | undefined;
}

/** A mean with known variances; its effect is a difference. */
export interface MeanOutcome {
  readonly kind: 'mean';
  /** Variance of the true means between clusters, at least 0. */
  readonly between: number;
  /** Variance of one observation within a cluster, above 0. */
  readonly within: number;
  /** In the control arm; default 0, so that the value of an arm is its effect. */
  readonly control?: number | undefined;
}

/** What is compared, and how it varies between and within clusters. */
export type Outcome = ProportionOutcome | RateOutcome | MeanOutcome;

/** Variances on the scale of the effect. */
export interface Spread {
  /** Of the true values of clusters. */
  readonly between: number;
  /** Of one observation, or of one unit of exposure, given the cluster. */
  readonly within: number;
}

/** @throws RangeError when a number of the outcome is not possible */
export function requireOutcome(outcome: Outcome): void {
  if (outcome.kind === 'proportion') {
    requireFraction('control', outcome.control);
    if (!(outcome.icc >= 0 && outcome.icc <= 1)) {
      throw new RangeError(`icc must be from 0 to 1, got ${outcome.icc}`);
    }
  } else if (outcome.kind === 'rate') {
    requirePositive('control', outcome.control);
    requireSpread('kappa', outcome.kappa);
    requirePositive('overdispersion', outcome.overdispersion ?? 1);
  } else {
    requireSpread('between', outcome.between);
    requirePositive('within', outcome.within);
    requireFinite('control', outcome.control ?? 0);
  }
}

/** @throws RangeError when an arm cannot have this value */
export function requireValue(outcome: Outcome, value: number): void {
  if (outcome.kind === 'proportion') requireFraction('the proportion in an arm', value);
  else if (outcome.kind === 'rate') requirePositive('the rate in an arm', value);
  else requireFinite('the mean in an arm', value);
}

/** The effect of a value against another, on the scale on which it is tested. */
export function effectBetween(outcome: Outcome, value: number, against: number): number {
  return outcome.kind === 'rate' && outcome.scale !== 'difference'
    ? Math.log(value / against)
    : value - against;
}

/** The value in the control arm. */
export function controlOf(outcome: Outcome): number {
  return outcome.control ?? 0;
}

/**
 * Variances where the outcome has this value: ρπ(1 − π) and (1 − ρ)π(1 − π) of a proportion, κ² and
 * φ/λ of the logarithm of a rate (by the delta method), κ²λ² and φλ of the rate itself.
 */
export function spreadAt(outcome: Outcome, value: number): Spread {
  if (outcome.kind === 'mean') return outcome;
  if (outcome.kind === 'proportion') {
    const total = value * (1 - value);
    return { between: outcome.icc * total, within: (1 - outcome.icc) * total };
  }
  const { kappa, overdispersion = 1, scale = 'ratio' } = outcome;
  return scale === 'ratio'
    ? { between: kappa * kappa, within: overdispersion / value }
    : { between: (kappa * value) ** 2, within: overdispersion * value };
}
