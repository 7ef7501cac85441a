import { requireLevel } from '../check.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Effect } from '../effect.ts';
import { bounded, effectOf } from '../effect.ts';
import { requireChoice } from './choice.ts';
import { wholeLeverage } from './corrections.ts';
import type { GeeFit, VarianceSource } from './fit.ts';
import { satterthwaite } from './satterthwaite.ts';

/** A combination of coefficients: the name of a term, or a weight for each term. */
export type Combination = string | readonly number[];

/** How a contrast is judged. */
export interface ContrastOptions {
  /** Default `MD`. */
  readonly correction?: VarianceSource | undefined;
  /**
   * Of the t distribution: clusters less coefficients (`residual`, the default), those that match the
   * variance of the variance (`satterthwaite`), none (`normal`), or a number.
   */
  readonly degreesOfFreedom?: 'residual' | 'satterthwaite' | 'normal' | number | undefined;
  /** Confidence level. Default 0.95. */
  readonly level?: number | undefined;
  /** Gives the ratio exp(c'β) with its limits; standard error and statistic stay the logarithm's. */
  readonly exponentiate?: boolean | undefined;
}

/**
 * A combination c'β of coefficients with its t interval and two-sided p value; of one term, the
 * coefficient itself.
 *
 * @returns no effect where the correction has no value (a cluster of leverage 1) or the clusters
 *   leave no variance
 * @throws RangeError for a term that the fit has not, weights that are not one a term or all 0, a
 *   level outside (0, 1), degrees of freedom that are not above 0, or Satterthwaite's for `model`
 * @see L. A. Mancl and T. A. DeRouen, Biometrics 57 (2001) 126; R. M. Bell and D. F. McCaffrey, Survey
 *   Methodology 28 (2002) 169. In R: `clubSandwich::linear_contrast(fit, clubSandwich::vcovCR(fit, id,
 *   "CR3"), contrasts = t(c), test = "Satterthwaite")` for least squares.
 */
export function contrast(
  fit: GeeFit,
  of: Combination,
  {
    correction = 'MD',
    degreesOfFreedom = 'residual',
    level = 0.95,
    exponentiate = false,
  }: ContrastOptions = {},
): Estimable<Effect> {
  const weights = weightsOf(fit, of);
  requireLevel(level);
  const covariance = covarianceOf(fit, correction);
  if (!covariance.estimable) return covariance;
  const df =
    degreesOfFreedom === 'satterthwaite'
      ? satterthwaite(fit, weights, correction)
      : degreesOf(fit, degreesOfFreedom);
  const estimate = weights.reduce((total, c, j) => total + c * (fit.coefficients[j] ?? 0), 0);
  const variance = quadraticForm(covariance.rows, weights);
  if (isRounding(fit, weights, variance)) return notEstimable(noVariance);
  const effect = effectOf(estimate, Math.sqrt(variance), df, level);
  return bounded(exponentiate ? exponentiated(effect) : effect);
}

/** An effect on a logarithm as a ratio; standard error and statistic stay the logarithm's. */
export function exponentiated(effect: Effect): Effect {
  return {
    ...effect,
    estimate: Math.exp(effect.estimate),
    lower: Math.exp(effect.lower),
    upper: Math.exp(effect.upper),
  };
}

/** Weights of a combination, one a term. */
export function weightsOf({ terms }: GeeFit, of: Combination): readonly number[] {
  if (typeof of === 'string') {
    if (!terms.includes(of)) {
      throw new RangeError(`"${of}" is not a term of the fit: ${terms.join(', ')}`);
    }
    return terms.map((term) => (term === of ? 1 : 0));
  }
  if (of.length !== terms.length || !of.every(Number.isFinite)) {
    throw new RangeError(`weights must be ${terms.length} finite numbers, one for each term`);
  }
  if (of.every((weight) => weight === 0)) throw new RangeError('weights must not all be 0');
  return of;
}

/** The covariance matrix of the coefficients, or why it has no value. */
export function covarianceOf(
  { covariance, highLeverage }: GeeFit,
  correction: VarianceSource,
): Estimable<{ readonly rows: readonly (readonly number[])[] }> {
  requireChoice('correction', correction, ['model', 'CR0', 'KC', 'MD', 'FG']);
  const rows = covariance[correction];
  if (rows) return { estimable: true, rows };
  const whole = highLeverage.filter(({ leverage }) => leverage > wholeLeverage);
  const names = whole.map(({ cluster }) => JSON.stringify(cluster)).join(', ');
  return notEstimable(
    `cluster ${names} alone determines a coefficient (leverage 1), so ${correction} has no value`,
    'leave out the covariate that only this cluster has, or use the FG correction',
  );
}

/** Degrees of freedom that need only the fit. */
export function degreesOf(
  { clusters, terms }: GeeFit,
  degreesOfFreedom: 'residual' | 'normal' | number,
): number {
  if (degreesOfFreedom === 'residual') return clusters - terms.length;
  if (degreesOfFreedom === 'normal') return Infinity;
  if (!(degreesOfFreedom > 0)) {
    throw new RangeError(`degrees of freedom must be above 0, got ${degreesOfFreedom}`);
  }
  return degreesOfFreedom;
}

/** Why nothing can be said where all clusters of an arm are alike. */
export const noVariance = 'the clusters leave no variance to judge by';

/** Whether a variance is nothing but rounding, beside that of the model. */
export function isRounding(fit: GeeFit, weights: readonly number[], variance: number): boolean {
  return !(variance > 1e-20 * quadraticForm(fit.covariance.model, weights));
}

/** c'Vc. */
export function quadraticForm(rows: readonly (readonly number[])[], c: readonly number[]): number {
  return rows.reduce(
    (total, row, j) =>
      total + (c[j] ?? 0) * row.reduce((inner, value, k) => inner + value * (c[k] ?? 0), 0),
    0,
  );
}
