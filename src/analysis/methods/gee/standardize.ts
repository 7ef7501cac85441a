import { studentT, sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Effect } from '../effect.ts';
import { bounded, effectOf } from '../effect.ts';
import { covarianceOf, degreesOf, exponentiated, noVariance } from './contrast.ts';
import { requireLevel } from '../check.ts';
import type { SandwichCorrection } from './corrections.ts';
import { correctVectors } from './corrections.ts';
import type { GeeFit } from './fit.ts';
import { workingOf } from './fit.ts';
import type { Scenario } from './scenario.ts';
import { scenarioOf } from './scenario.ts';

/** Which covariate is set to what, and how the result is judged. */
export interface StandardizeOptions {
  /** The covariate that is set for everybody, mostly the arm. */
  readonly term: string;
  /** Its value in the comparison. Default 0. */
  readonly from?: number | undefined;
  /** Its value in the intervention. Default 1. */
  readonly to?: number | undefined;
  /** Columns that are the product of the term and another covariate: name of column to covariate. */
  readonly interactions?: Readonly<Record<string, string>> | undefined;
  /** Default `MD`. */
  readonly correction?: SandwichCorrection | undefined;
  /** Default `residual`: clusters less coefficients. */
  readonly degreesOfFreedom?: 'residual' | 'normal' | number | undefined;
  /** Confidence level. Default 0.95. */
  readonly level?: number | undefined;
}

/** The mean outcome if everybody had one value of the term. */
export interface MarginalMean {
  readonly estimate: number;
  readonly standardError: number;
  readonly lower: number;
  readonly upper: number;
}

/** Marginal means under two values of a term, and how they compare. */
export interface Standardized {
  readonly from: MarginalMean;
  readonly to: MarginalMean;
  /** Of risks, rates or means: to minus from. */
  readonly difference: Estimable<Effect>;
  /** To over from. */
  readonly ratio: Estimable<Effect>;
  /** Of risks only. */
  readonly oddsRatio: Estimable<Effect>;
}

/**
 * Marginal standardisation (g-computation): the mean outcome m̄(v) = Σ E m(v) / Σ E over all rows if
 * everybody had the value v of a term and their own covariates. E is the weight of a row, and with the
 * logarithm as link and an offset its exposure, so that m is a rate. Without covariates the means are
 * the ratios of totals of the arms, with the same variances.
 *
 * The variance is that of the influence values of the clusters, which count both the coefficients and
 * the covariates as drawn with the clusters: ψ = ġ'M u* + Σ E (m - m̄) / ΣE, ġ = ∂m̄/∂β. Ratios are
 * judged on the logarithm, by the delta method.
 *
 * @returns no means where the correction has no value (a cluster of leverage 1)
 * @throws RangeError for a term or interaction that the fit has not, an interaction that is not the
 *   product it is said to be or that is named as one (`term:other`) but not given, a value that is not
 *   finite, or a fit read from JSON
 * @see A. Sjölander, Eur. J. Epidemiol. 31 (2016) 563; A. A. Tsiatis et al., Statist. Med. 27 (2008)
 *   4658. In R: `stdReg::stdGlm(fit, data, X = "term", x = 0:1, clusterid = "id")` is CR0.
 */
export function standardize(fit: GeeFit, options: StandardizeOptions): Estimable<Standardized> {
  const { term, from = 0, to = 1, correction = 'MD', level = 0.95, interactions = {} } = options;
  requireLevel(level);
  const df = degreesOf(fit, options.degreesOfFreedom ?? 'residual');
  const [reference, intervention] = [
    scenarioOf(fit, { term, value: from, interactions }),
    scenarioOf(fit, { term, value: to, interactions }),
  ];
  const covariance = covarianceOf(fit, correction);
  if (!covariance.estimable) return covariance;
  const [before, after] = [
    influencesOf(fit, reference, correction),
    influencesOf(fit, intervention, correction),
  ];
  const [p0, p1] = [reference.mean, intervention.mean];
  /** An estimate whose influence values are those of the means, weighted. */
  const effect = (estimate: number, toWeight: number, fromWeight: number): Estimable<Effect> => {
    const standardError = sizeOf(
      after.map((value, g) => toWeight * value + fromWeight * (before[g] ?? 0)),
    );
    // Beside the means that it is made of, what is left is rounding.
    const least = 1e-12 * (Math.abs(toWeight * p1) + Math.abs(fromWeight * p0));
    if (!(standardError > least)) return notEstimable(noVariance);
    return bounded(effectOf(estimate, standardError, df, level));
  };
  return {
    estimable: true,
    from: marginalMean(p0, sizeOf(before), { df, level }),
    to: marginalMean(p1, sizeOf(after), { df, level }),
    difference: effect(p1 - p0, 1, -1),
    ratio:
      p0 > 0 && p1 > 0
        ? asRatio(effect(Math.log(p1 / p0), 1 / p1, -1 / p0))
        : notEstimable(
            'a mean is not above 0, so the ratio has no logarithm',
            'read the difference',
          ),
    oddsRatio:
      fit.family === 'binomial'
        ? asRatio(effect(logit(p1) - logit(p0), 1 / (p1 * (1 - p1)), -1 / (p0 * (1 - p0))))
        : notEstimable('only risks have odds'),
  };
}

const logit = (p: number): number => Math.log(p / (1 - p));

/** ψ of each cluster. */
function influencesOf(
  fit: GeeFit,
  { gradient, deviations }: Scenario,
  correction: SandwichCorrection,
): Float64Array {
  const working = workingOf(fit);
  const { terms: p, bread, scores } = working;
  const corrected = correctVectors(working, scores, correction) ?? scores;
  const direction = Float64Array.from(gradient, (_, k) =>
    gradient.reduce((total, slope, j) => total + slope * (bread[j * p + k] ?? 0), 0),
  );
  return deviations.map((deviation, g) =>
    direction.reduce((total, value, k) => total + value * (corrected[g * p + k] ?? 0), deviation),
  );
}

/** The standard error that influence values make: the root of the sum of their squares. */
function sizeOf(influences: Float64Array): number {
  return Math.sqrt(sum(influences.map((value) => value * value)));
}

function marginalMean(
  estimate: number,
  standardError: number,
  { df, level }: { readonly df: number; readonly level: number },
): MarginalMean {
  const reach = studentT.quantile((1 - level) / 2, df, 'upper') * standardError;
  return { estimate, standardError, lower: estimate - reach, upper: estimate + reach };
}

function asRatio(effect: Estimable<Effect>): Estimable<Effect> {
  return effect.estimable ? bounded(exponentiated(effect)) : effect;
}
