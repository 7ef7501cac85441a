import { sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { compareMeans } from '../clusters/compare-means.ts';
import { weightedMean } from '../clusters/units.ts';
import { requireLevel } from '../check.ts';
import type { Effect } from '../effect.ts';
import type { AdjustedEffect } from './adjusted.ts';
import { besideUnadjusted, requireFinite } from './adjusted.ts';

/** One unit's outcome, and what was known of it before randomisation. */
export interface CupedUnit {
  readonly outcome: number;
  readonly covariate: number;
}

/** How the slope is found. */
export interface CupedOptions {
  /**
   * Over both arms together as one sample, as Deng et al. have it (default), or within arms pooled,
   * which an effect on the outcome cannot touch.
   */
  readonly slope?: 'overall' | 'within' | undefined;
  /** Confidence level; default 0.95. */
  readonly level?: number | undefined;
}

/** A difference of means adjusted by one covariate. */
export interface Cuped extends AdjustedEffect {
  /** θ, the slope of the outcome on the covariate. */
  readonly theta: number;
  /**
   * ρ² of outcome and covariate, over the units that θ was found on: the share by which the variance
   * of the outcome falls, which the literature calls CUPED's variance reduction.
   */
  readonly squaredCorrelation: number;
}

/**
 * CUPED: the difference of means of y - θx, arm minus control, with θ = cov(y, x) / var(x) and Welch's
 * standard error and degrees of freedom, beside the difference of means of y. θ counts as known, which
 * is right for many units; with few units take `ancova`.
 *
 * The covariate must have been fixed before randomisation. The alerts of the trial itself are not: the
 * arm changes them, and adjusting by them takes out part of the effect.
 *
 * Source: Deng, Xu, Kohavi & Walker 2013, WSDM 123. In R: `t.test(I(y - theta * x) ~ arm)` with
 * `theta <- cov(y, x) / var(x)`.
 *
 * @param arm one entry a unit
 * @throws RangeError when a number is not finite or the level is not between 0 and 1
 */
export function cuped(
  arm: readonly CupedUnit[],
  control: readonly CupedUnit[],
  { slope = 'overall', level = 0.95 }: CupedOptions = {},
): Estimable<Cuped> {
  requireLevel(level);
  const units = [...arm, ...control];
  requireFinite(
    'outcome',
    units.map(({ outcome }) => outcome),
  );
  requireFinite(
    'covariate',
    units.map(({ covariate }) => covariate),
  );
  if (units.length === 0) return notEstimable('there are no units');
  const products = (slope === 'overall' ? [units] : [arm, control]).map(productsOf);
  const xx = sum(products.map((each) => each.xx));
  const xy = sum(products.map((each) => each.xy));
  const yy = sum(products.map((each) => each.yy));
  if (xx === 0)
    return notEstimable('the covariate does not vary, so there is nothing to adjust by');
  const theta = xy / xx;
  const squaredCorrelation = yy === 0 ? 0 : (xy * theta) / yy;
  if (squaredCorrelation > 1 - 1e-13) {
    return notEstimable('the outcome follows from the covariate, so no variance is left');
  }
  const compare = (value: (unit: CupedUnit) => number): Estimable<Effect> =>
    compareMeans(weightedMean(arm.map(value)), weightedMean(control.map(value)), {
      variance: 'welch',
      level,
    });
  const both = besideUnadjusted(
    compare(({ outcome, covariate }) => outcome - theta * covariate),
    compare(({ outcome }) => outcome),
  );
  if (!both.estimable) return both;
  return { ...both, theta, squaredCorrelation };
}

/** Sums of squares and products about the means. */
function productsOf(units: readonly CupedUnit[]): {
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
} {
  const x = weightedMean(units.map(({ covariate }) => covariate));
  const y = weightedMean(units.map(({ outcome }) => outcome));
  return {
    xx: x.squares,
    xy: sum(units.map((unit) => (unit.covariate - x.mean) * (unit.outcome - y.mean))),
    yy: y.squares,
  };
}
