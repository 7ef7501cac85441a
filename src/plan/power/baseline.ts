import type { Outcome } from './outcome.ts';
import { controlOf, requireOutcome, spreadAt } from './outcome.ts';

/** A baseline period, and how alike it is to the trial. */
export interface BaselinePeriod {
  /** Mean number of observations (of a rate: exposure) of a cluster during the trial; may be `Infinity`. */
  readonly size: number;
  /** The same before the trial; default `size`. */
  readonly baselineSize?: number | undefined;
  /** Correlation of a cluster's true values before and during the trial, from 0 to 1. */
  readonly clusterAutocorrelation: number;
  /**
   * Where the same subjects are observed in both periods, the correlation of their own deviations from
   * the cluster, from 0 to 1; default 0: other subjects.
   */
  readonly subjectAutocorrelation?: number | undefined;
}

/**
 * The correlation r of a cluster's observed values before and during the trial, by which an analysis
 * of covariance of cluster values multiplies the variance by 1 − r²:
 *
 *     r = (between · π + within · σ/m) / √[(between + within/m)(between + within/m₀)],
 *
 * π being the cluster and σ the subject autocorrelation, m and m₀ the sizes in the trial and before.
 * With m = m₀ it is Teerenstra's r = [mρπ + (1 − ρ)σ] / [1 + (m − 1)ρ], and with σ = 0 that of
 * two cross-sections, mρπ/(1 + (m − 1)ρ). Variances are those of the control arm.
 *
 * A difference from baseline, with 2(1 − r), is never less variable. The covariate is taken for fixed:
 * with K clusters its chance imbalance costs a little more, a factor of 1 + 1/(K − 4).
 *
 * In R: this closed form.
 *
 * @throws RangeError when a number is not possible, a cohort differs in size between the periods, or
 *   nothing varies
 * @see S. Teerenstra et al., Stat. Med. 31 (2012) 2169; R. Hooper et al., BMJ 360 (2018) k1121.
 */
export function baselineCorrelation(outcome: Outcome, period: BaselinePeriod): number {
  requireOutcome(outcome);
  const { size, baselineSize = size } = period;
  const { clusterAutocorrelation, subjectAutocorrelation = 0 } = period;
  for (const [name, value] of Object.entries({ size, baselineSize })) {
    if (!(value > 0)) throw new RangeError(`${name} must be above 0, got ${value}`);
  }
  for (const [name, value] of Object.entries({ clusterAutocorrelation, subjectAutocorrelation })) {
    if (!(value >= 0 && value <= 1))
      throw new RangeError(`${name} must be from 0 to 1, got ${value}`);
  }
  if (subjectAutocorrelation > 0 && size !== baselineSize) {
    throw new RangeError('the same subjects make periods of one size, not of two');
  }
  const { between, within } = spreadAt(outcome, controlOf(outcome));
  const variance = between + within / size;
  const before = between + within / baselineSize;
  if (!(variance > 0 && before > 0)) {
    throw new RangeError('clusters that do not vary cannot correlate: give a finite size');
  }
  const shared = between * clusterAutocorrelation + (within * subjectAutocorrelation) / size;
  return shared / Math.sqrt(variance * before);
}
