import { sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import type { UnitTotals } from '../ratio-of-totals.ts';
import type { ClusterSummary, IntraclassCorrelation } from './variance-components.ts';
import { varianceComponents } from './variance-components.ts';

/** How sure the interval of an intraclass correlation is. */
export interface IccOptions {
  /** Confidence level; default 0.95. */
  readonly level?: number | undefined;
}

/** An intraclass correlation of a yes-or-no outcome. */
export interface ProportionIcc extends IntraclassCorrelation {
  /** The estimator of Fleiss and Cuzick, 1 - Σ n p(1 - p) / Σ_arms (N - k) P(1 - P). */
  readonly fleissCuzick: number;
}

/**
 * The intraclass correlation of a yes-or-no outcome, within arms, by analysis of variance:
 * ρ = (MSB - MSW) / (MSB + (m₀ - 1) MSW), where over the clusters (n, p) of the arms (N, P)
 * MSB = Σ n(p - P)² / (k - arms), MSW = Σ n p(1 - p) / (ΣN - k) and
 * m₀ = (ΣN - Σ_arms Σn²/N) / (k - arms).
 *
 * Sources: Ridout, Demetrio & Firth 1999, Biometrics 55:137 (the estimators); Donner & Klar 2000,
 * chapter 6 (within arms); Smith 1957 and Searle 1971 (standard error and interval); Fleiss &
 * Cuzick 1979. In R: the mean squares of `anova(lm(y ~ arm + factor(cluster)))` on the single
 * observations.
 *
 * @param arms the clusters of each arm: numerator successes of denominator observations, both whole
 *   numbers. One list of clusters alone, `[clusters]`, gives the plain form with k - 1 degrees of
 *   freedom. Clusters without observations are left out.
 * @throws RangeError when a count is not whole, or successes outnumber observations
 */
export function iccOfProportions(
  arms: readonly (readonly UnitTotals[])[],
  { level = 0.95 }: IccOptions = {},
): Estimable<ProportionIcc> {
  const used = arms.map((arm) => {
    arm.forEach(checkCounts);
    return arm.filter(({ denominator }) => denominator > 0);
  });
  const components = varianceComponents(
    used.map((arm) =>
      arm.map(({ numerator, denominator }) => ({
        n: denominator,
        mean: numerator / denominator,
        squares: (numerator * (denominator - numerator)) / denominator,
      })),
    ),
    level,
  );
  if (!components.estimable) return components;
  const expected = sum(
    used
      .filter((arm) => arm.length > 0)
      .map((arm) => {
        const size = sum(arm.map(({ denominator }) => denominator));
        const p = sum(arm.map(({ numerator }) => numerator)) / size;
        return (size - arm.length) * p * (1 - p);
      }),
  );
  const { meanSquareWithin, observations, clusters } = components;
  return {
    ...components,
    fleissCuzick: 1 - (meanSquareWithin * (observations - clusters)) / expected,
  };
}

/** Refuses what is no number of successes among a number of observations. */
function checkCounts({ numerator, denominator }: UnitTotals): void {
  const whole = Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator);
  if (!(whole && numerator >= 0 && numerator <= denominator)) {
    throw new RangeError(
      `successes must be a whole number from 0 to the number of observations, not ${numerator} of ${denominator}`,
    );
  }
}

/**
 * The intraclass correlation of a measured outcome, within arms, by analysis of variance, from each
 * cluster's number, mean and variance: ρ = (MSB - MSW) / (MSB + (m₀ - 1) MSW) with
 * MSB = Σ n(x̄ - x̄_arm)² / (k - arms), MSW = Σ (n - 1)s² / (ΣN - k).
 *
 * Sources: Donner & Klar 2000, chapter 1; Smith 1957, Ann Hum Genet 21:363; Searle 1971, chapter
 * 9. In R: the mean squares of `anova(lm(y ~ arm + factor(cluster)))`; for equal sizes and one arm
 * the variance components of `lme4::lmer(y ~ 1 + (1 | cluster))` give the same ρ where it is above 0.
 *
 * @param arms the clusters of each arm; one list alone, `[clusters]`, gives the plain form
 * @throws RangeError when n is no whole number above 0, or a mean or variance is not possible
 */
export function iccOfMeans(
  arms: readonly (readonly ClusterSummary[])[],
  { level = 0.95 }: IccOptions = {},
): Estimable<IntraclassCorrelation> {
  return varianceComponents(
    arms.map((arm) =>
      arm.map(({ n, mean, variance }) => {
        if (!(Number.isSafeInteger(n) && n >= 1 && Number.isFinite(mean))) {
          throw new RangeError(
            `a cluster needs a whole number of observations above 0 and a finite mean, not ${n} and ${mean}`,
          );
        }
        if (n > 1 && !(variance >= 0 && variance < Infinity)) {
          throw new RangeError(`a variance must be finite and at least 0, not ${variance}`);
        }
        return { n, mean, squares: n > 1 ? (n - 1) * variance : 0 };
      }),
    ),
    level,
  );
}
