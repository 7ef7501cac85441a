import { logGamma, sum } from '../../../stats/index.ts';
import { sharesOf } from './counts.ts';
import { requireLevel } from '../check.ts';

export interface SequentialSampleRatioOptions {
  /**
   * How tightly the alternative holds to the weights: an arm of share π is imagined to get π ±
   * √(π(1 - π)/(c + 1)). Default 100, which looks for deviations of about 5 points in two equal arms and suits
   * trials of some thousand units; 10 for fewer than a few hundred, 10,000 (the default of Python's
   * `ssrm`) for hundreds of thousands.
   */
  readonly concentration?: number | undefined;
  /** The level of the alarm; default 0.01. */
  readonly level?: number | undefined;
}

/** The sample ratio as it stood after one look. */
export interface SampleRatioLook {
  /** All units so far, by arm. */
  readonly counts: readonly number[];
  /** Of a mismatch over the weights. */
  readonly logBayesFactor: number;
  /** Valid however often it is looked at: it never rises. */
  readonly pValue: number;
}

/** A sample ratio that is watched as units arrive. */
export interface SequentialSampleRatio {
  readonly looks: readonly SampleRatioLook[];
  /** After the last look; 1 before any. */
  readonly pValue: number;
  /** The first look, from 0, at which the p value was at most the level; `null` when none. */
  readonly alarm: number | null;
  readonly level: number;
}

/**
 * Watches the arms of hashed assignment for a sample-ratio mismatch, at any number of looks and
 * after any number of units. The Bayes factor of Dirichlet(cπ) shares over the weights π is
 *
 * log BF = log Γ(c) - Σ log Γ(cπᵢ) + Σ log Γ(cπᵢ + nᵢ) - log Γ(c + N) - Σ nᵢ log πᵢ,
 *
 * a martingale under the weights, so that pₜ = min(pₜ₋₁, 1/BFₜ) stays above α for ever with
 * probability 1 - α (Ville's inequality). Only for units that arrive and are assigned one by one: not
 * for lists made before the start.
 *
 * @param increments units by arm that each look added
 * @param weights weights of the arms
 * @throws RangeError when a look has another number of arms, a count is no whole number from 0 on, a
 *   weight is not positive, the concentration is not positive, or the level is not between 0 and 1
 * @see Lindon & Malek 2022, Anytime-valid inference for multinomial count data. In R by hand, with
 *   `lgamma`; in Python: `ssrm_test.sequential_p_values(increments, weights, dirichlet_concentration=c)`.
 */
export function sequentialSampleRatio(
  increments: readonly (readonly number[])[],
  weights: readonly number[],
  { concentration = 100, level = 0.01 }: SequentialSampleRatioOptions = {},
): SequentialSampleRatio {
  if (!(concentration > 0 && Number.isFinite(concentration))) {
    throw new RangeError(`the concentration must be positive, not ${concentration}`);
  }
  requireLevel(level);
  let counts: readonly number[] = weights.map(() => 0);
  const { shares } = sharesOf(counts, weights);
  let pValue = 1;
  const looks = increments.map((added): SampleRatioLook => {
    sharesOf(added, weights);
    counts = counts.map((count, arm) => count + (added[arm] ?? 0));
    const logBayesFactor = logBayesFactorOf(counts, shares, concentration);
    pValue = Math.min(pValue, Math.max(Math.exp(-logBayesFactor), Number.MIN_VALUE));
    return { counts, logBayesFactor, pValue };
  });
  const first = looks.findIndex((look) => look.pValue <= level);
  return { looks, pValue, alarm: first < 0 ? null : first, level };
}

function logBayesFactorOf(
  counts: readonly number[],
  shares: readonly number[],
  concentration: number,
): number {
  const n = sum(counts);
  const arms = counts.map((count, arm) => {
    const share = shares[arm] ?? 0;
    const prior = concentration * share;
    return logGamma(prior + count) - logGamma(prior) - count * Math.log(share);
  });
  return logGamma(concentration) - logGamma(concentration + n) + sum(arms);
}
