import { chiSquared, sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { iccOfProportions } from '../icc/index.ts';
import type { UnitTotals } from '../ratio-of-totals.ts';

/** An arm in a chi-squared test adjusted for clusters. */
export interface AdjustedProportion {
  /** Successes over observations. */
  readonly proportion: number;
  readonly observations: number;
  readonly clusters: number;
  /** C, by which clustering multiplies the variance of the proportion. */
  readonly inflation: number;
}

/** A chi-squared test of proportions adjusted for clusters. */
export interface DonnerKlarTest {
  readonly chiSquared: number;
  /** Arms - 1. */
  readonly degreesOfFreedom: number;
  readonly pValue: number;
  /** Intraclass correlation within arms, as estimated. */
  readonly icc: number;
  readonly arms: readonly AdjustedProportion[];
}

/** How a correlation below 0 is taken. */
export interface DonnerKlarOptions {
  /**
   * Whether an intraclass correlation below 0 counts as 0, so that clusters never make the test less
   * strict than Pearson's; default false: it counts as estimated.
   */
  readonly floorAtZero?: boolean | undefined;
}

/**
 * Donner and Klar's chi-squared test that proportions are the same in all arms, adjusted for clusters:
 * χ² = Σ_arms M(P̂ - P)² / (C P(1 - P)), with C = Σm(1 + (m - 1)ρ) / M for clusters of m observations
 * and ρ the analysis-of-variance correlation within arms. It is a large-sample test: with fewer than
 * about 20 clusters an arm take `clusterMeans`.
 *
 * Source: Donner & Klar 2000, chapter 6. In R: this closed form, with the mean squares
 * of `anova(lm(y ~ arm + factor(cluster)))` on the single observations.
 *
 * @param arms the clusters of each arm: numerator successes of denominator observations
 * @throws RangeError when there are fewer than two arms, a count is not whole, or successes outnumber
 *   observations
 */
export function donnerKlar(
  arms: readonly (readonly UnitTotals[])[],
  { floorAtZero = false }: DonnerKlarOptions = {},
): Estimable<DonnerKlarTest> {
  if (arms.length < 2) throw new RangeError(`a comparison needs two arms, not ${arms.length}`);
  const variation = iccOfProportions(arms);
  if (!variation.estimable) return variation;
  const { icc } = variation;
  const rho = floorAtZero ? Math.max(0, icc) : icc;
  const sums = arms.map((arm) => {
    const used = arm.filter(({ denominator }) => denominator > 0);
    const observations = sum(used.map(({ denominator: m }) => m));
    return {
      successes: sum(used.map(({ numerator }) => numerator)),
      observations,
      clusters: used.length,
      inflation: sum(used.map(({ denominator: m }) => m * (1 + (m - 1) * rho))) / observations,
    };
  });
  if (sums.some(({ clusters }) => clusters === 0)) {
    return notEstimable('an arm has no cluster with observations');
  }
  if (sums.some(({ inflation }) => !(inflation > 0))) {
    return notEstimable(
      'the intraclass correlation is so far below 0 that it leaves no variance',
      'take it for 0 with `floorAtZero`',
    );
  }
  const overall =
    sum(sums.map(({ successes }) => successes)) / sum(sums.map(({ observations: m }) => m));
  const statistic = sum(
    sums.map(
      ({ successes, observations, inflation }) =>
        (observations * (successes / observations - overall) ** 2) /
        (inflation * overall * (1 - overall)),
    ),
  );
  const degreesOfFreedom = arms.length - 1;
  return {
    estimable: true,
    chiSquared: statistic,
    degreesOfFreedom,
    pValue: chiSquared.cdf(statistic, degreesOfFreedom).upper,
    icc,
    arms: sums.map(({ successes, observations, clusters, inflation }) => ({
      proportion: successes / observations,
      observations,
      clusters,
      inflation,
    })),
  };
}
