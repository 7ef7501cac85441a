import { chiSquared, sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import type { UnitTotals } from '../ratio-of-totals.ts';
import type { IccOptions } from './intraclass-correlation.ts';

/** How the true rates of clusters vary, beyond what chance gives. */
export interface RateVariation {
  /** κ², below 0 where the rates differ less than Poisson events would make them. */
  readonly kappaSquared: number;
  /** Coefficient of variation κ of the true rates between clusters; 0 where κ² is below 0. */
  readonly kappa: number;
  /** Ends of κ, from 0 on. */
  readonly lower: number;
  readonly upper: number;
  /** Mean of the clusters' rates. */
  readonly meanRate: number;
  /** Variance s² of the observed rates, chance included. */
  readonly observedVariance: number;
  /** Clusters with exposure. */
  readonly clusters: number;
}

/**
 * The coefficient of variation of true rates between clusters, what the intraclass correlation is to
 * proportions: κ² = (s² - r̄ · mean(1/E)) / r̄², with r̄ and s² the mean and the variance of the
 * clusters' rates Y/E. Take it from one arm, or from all clusters before the trial began: an effect
 * of the alert would pass for variation.
 *
 * The interval puts (k - 1)s²/χ² on k - 1 degrees of freedom in place of s²: for rates of one normal
 * distribution, and a mean that is known well.
 *
 * Sources: Hayes & Bennett 1999, Int J Epidemiol 28:319; Hayes & Moulton 2017, chapter 7. In R:
 * `(var(y / e) - mean(y / e) * mean(1 / e)) / mean(y / e)^2`, and for the ends
 * `(k - 1) * var(y / e) / qchisq(c(0.975, 0.025), k - 1)` in place of `var(y / e)`.
 *
 * @param units events and exposure of each cluster; those without exposure are left out
 * @throws RangeError when a number is not finite or below 0, or the level is not between 0 and 1
 */
export function rateVariation(
  units: readonly UnitTotals[],
  { level = 0.95 }: IccOptions = {},
): Estimable<RateVariation> {
  requireLevel(level);
  for (const { numerator, denominator } of units) {
    if (![numerator, denominator].every((x) => x >= 0 && x < Infinity)) {
      throw new RangeError(
        `events and exposure must be finite and at least 0, not ${numerator} and ${denominator}`,
      );
    }
  }
  const used = units.filter(({ denominator }) => denominator > 0);
  const k = used.length;
  if (k < 2) return notEstimable('it takes two clusters with exposure to see their rates differ');
  const rates = used.map(({ numerator, denominator }) => numerator / denominator);
  const meanRate = sum(rates) / k;
  if (meanRate === 0) return notEstimable('no cluster has events, so there is no rate to vary');
  const observedVariance = sum(rates.map((rate) => (rate - meanRate) ** 2)) / (k - 1);
  const byChance = (meanRate * sum(used.map(({ denominator }) => 1 / denominator))) / k;
  const squareOf = (variance: number): number => (variance - byChance) / meanRate ** 2;
  const endBy = (tail: 'lower' | 'upper'): number => {
    const point = chiSquared.quantile((1 - level) / 2, k - 1, tail);
    return Math.sqrt(Math.max(0, squareOf(((k - 1) * observedVariance) / point)));
  };
  const kappaSquared = squareOf(observedVariance);
  return {
    estimable: true,
    kappaSquared,
    kappa: Math.sqrt(Math.max(0, kappaSquared)),
    lower: endBy('upper'),
    upper: endBy('lower'),
    meanRate,
    observedVariance,
    clusters: k,
  };
}
