import { requireFraction, requireSpread, requireUnits } from '../../analysis/methods/check.ts';
import type { Estimable } from '../../analysis/estimable.ts';
import { requirePositive } from '../../stats/check.ts';
import { tooFew } from './cluster-power.ts';
import type { PlannedPower } from './cluster-power.ts';
import type { Outcome } from './outcome.ts';
import { controlOf, effectBetween, requireOutcome, requireValue, spreadAt } from './outcome.ts';
import type { PlannedTest } from './planned-test.ts';
import { powerAt } from './planned-test.ts';

/** A trial that randomises providers to control or intervention, and patients within the latter. */
export interface TwoStepDesign extends PlannedTest {
  /** The proportion, rate or mean with the standard intervention… */
  readonly standard: number;
  /** …and with the enhanced one. */
  readonly enhanced: number;
  /** Providers with control, and with the intervention. */
  readonly providers: { readonly control: number; readonly intervention: number };
  /** Patients of a provider (of a rate: exposure). */
  readonly size: number;
  /** Share of the intervention providers' patients with the enhanced one; default ½. */
  readonly share?: number | undefined;
  /**
   * Standard deviation of the effect of enhancement between providers, on its scale; default 0. It adds
   * its square over the providers, and leaves one degree of freedom less than there are of these.
   */
  readonly effectDeviation?: number | undefined;
  /** The level of each of the two comparisons: α/2, the default, or α. */
  readonly adjustment?: 'bonferroni' | 'none' | undefined;
}

/** The power of both comparisons of a two-step trial. */
export interface TwoStepPower {
  /** Standard intervention against control, between providers. */
  readonly standard: PlannedPower;
  /** Enhanced against standard intervention, within providers. */
  readonly enhanced: PlannedPower;
}

/**
 * The power of a two-step trial: k₀ providers are randomised to control and k₁ to the intervention, and
 * of the m patients of each of the latter the share q to an enhanced form of it. With variances as in
 * `clusterPower`
 *
 *     Var(standard − control) = B_s/k₁ + W_s/(k₁ m (1 − q)) + B₀/k₀ + W₀/(k₀ m),     k₀ + k₁ − 2 df,
 *     Var(enhanced − standard) = [W_s/(1 − q) + W_e/q] / (k₁ m),                     k₁(m − 1) − 1 df,
 *
 * the provider's own level dropping out of the second (whose law is normal for rates, as counts have
 * the variance of their mean). It holds only if patients of one provider can
 * be treated differently: where a provider carries the enhancement over to the others it is diluted.
 *
 * In R: `pt(qt(1 - level / 2, df), df, effect / sqrt(variance), lower.tail = FALSE)`; the same as
 * `lme4::lmer(y ~ A + X + (1 | provider))` with known variances.
 *
 * @returns not estimable where too few providers leave no degree of freedom
 * @throws RangeError when a number is not possible, or two of the values are the same
 * @see K. Goldfeld, A three-arm trial using two-step randomization (ouR data generation, 2023).
 */
export function twoStepPower(outcome: Outcome, design: TwoStepDesign): Estimable<TwoStepPower> {
  requireOutcome(outcome);
  const { standard, enhanced, providers, size, share = 0.5, effectDeviation = 0 } = design;
  requireValue(outcome, standard);
  requireValue(outcome, enhanced);
  requireUnits('providers.control', providers.control);
  requireUnits('providers.intervention', providers.intervention);
  requirePositive('size', size);
  requireFraction('share', share);
  requireSpread('effectDeviation', effectDeviation);
  const { alpha = 0.05, adjustment = 'bonferroni' } = design;
  requireFraction('alpha', alpha);
  const level = adjustment === 'none' ? alpha : alpha / 2;
  const control = controlOf(outcome);
  const { control: k0, intervention: k1 } = providers;
  const ofControl = spreadAt(outcome, control);
  const ofStandard = spreadAt(outcome, standard);
  const ofEnhanced = spreadAt(outcome, enhanced);
  const between =
    ofStandard.between / k1 +
    ofStandard.within / (k1 * size * (1 - share)) +
    ofControl.between / k0 +
    ofControl.within / (k0 * size);
  const within = (ofStandard.within / (1 - share) + ofEnhanced.within / share) / (k1 * size);
  const dfWithin = degreesWithin(outcome, design);
  const least = Math.min(k0 + k1 - 2, dfWithin);
  if (design.test !== 'z' && !(least >= 1)) return tooFew(least);
  const powerOf = (effect: number, variance: number, df: number): PlannedPower => {
    if (effect === 0) throw new RangeError('two arms of one value have no difference to be found');
    const standardError = Math.sqrt(variance);
    const degreesOfFreedom = design.test === 'z' ? Infinity : df;
    const planned = { ...design, alpha: level };
    const power = powerAt(Math.abs(effect) / standardError, degreesOfFreedom, planned);
    return { power, effect, standardError, degreesOfFreedom };
  };
  return {
    estimable: true,
    standard: powerOf(effectBetween(outcome, standard, control), between, k0 + k1 - 2),
    enhanced: powerOf(
      effectBetween(outcome, enhanced, standard),
      within + effectDeviation ** 2 / k1,
      dfWithin,
    ),
  };
}

/** Patients less providers and the effect; providers less the mean where their effects differ. */
function degreesWithin(
  outcome: Outcome,
  { providers, size, effectDeviation = 0 }: TwoStepDesign,
): number {
  if (effectDeviation > 0) return providers.intervention - 1;
  return outcome.kind === 'rate' ? Infinity : providers.intervention * (size - 1) - 1;
}
