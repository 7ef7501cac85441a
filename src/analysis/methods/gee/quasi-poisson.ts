import { fisherF, sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { RegressionData } from './design.ts';
import { designOf, interceptName, predictorOf } from './design.ts';
import { families } from './family.ts';
import type { GeeFit } from './fit.ts';
import { withWorking } from './fit.ts';
import { independenceFit, refusalOf, stoppingOf } from './gee.ts';
import { solveIndependence } from './solve-equations.ts';

/** A quasi-Poisson fit, in which every row is a cluster of its own. */
export interface QuasiPoissonFit extends GeeFit {
  /** That the tested terms add nothing, by the fall in deviance. */
  readonly test: Estimable<DevianceTest>;
}

/** An F test of a set of terms. */
export interface DevianceTest {
  /** (deviance without the terms - deviance with them) / (q φ). */
  readonly statistic: number;
  /** q terms, and rows less coefficients. */
  readonly degreesOfFreedom: readonly [number, number];
  readonly pValue: number;
}

/**
 * A log-linear model of counts that vary more (or less) than Poisson by a factor: the coefficients of
 * Poisson regression with the variance φ(X'WX)⁻¹, φ = Σ (y - μ)²/μ / (N - p), and the F test of a set
 * of terms. For rows that are independent: with one row a unit of randomisation. The fit reads as one
 * of `gee`: `contrast(fit, term, { correction: 'model' })` gives t on N - p.
 *
 * @param options.test terms to test together; default all but the intercept
 * @returns no fit for the reasons of `gee`; no test where nothing is left to compare with
 * @throws RangeError as `gee`, for weights, or for a term to test that the fit has not
 * @see P. McCullagh and J. A. Nelder, Generalized Linear Models (1989), section 6.2. In R:
 *   `m <- glm(y ~ x, quasipoisson); anova(glm(y ~ 1, quasipoisson), m, test = "F")`.
 */
export function quasiPoisson(
  data: RegressionData & { readonly weights?: undefined },
  {
    test,
    ...limits
  }: {
    readonly test?: readonly string[] | undefined;
    readonly maximumIterations?: number | undefined;
    readonly tolerance?: number | undefined;
  } = {},
): Estimable<QuasiPoissonFit> {
  if (data.weights !== undefined) {
    throw new RangeError(
      'rows of a quasi-Poisson model are independent: give each, without weights',
    );
  }
  const stopping = stoppingOf(limits);
  const family = families.poisson;
  const design = designOf(data, 'poisson');
  const tested = new Set(test ?? design.terms.filter((term) => term !== interceptName));
  for (const term of tested) {
    if (!design.terms.includes(term)) {
      throw new RangeError(`"${term}" is not a term of the fit: ${design.terms.join(', ')}`);
    }
  }
  const refused = refusalOf(design, family);
  if (refused) return refused;
  const solved = solveIndependence(design, family, { stopping });
  if (!solved.estimable) return solved;
  const fit = independenceFit(design, family, { solved, moments: 'gee' });
  if (!fit.estimable) return fit;
  const devianceTest = (): Estimable<DevianceTest> => {
    const kept = design.terms.flatMap((term, j) => (tested.has(term) ? [] : [j]));
    if (kept.length === 0 || tested.size === 0) {
      return notEstimable('a test compares the fit with one that keeps some of its terms, not all');
    }
    const smaller = {
      ...design,
      terms: kept.map((j) => design.terms[j] ?? ''),
      columns: kept.map((j) => design.columns[j]),
    };
    const reduced = solveIndependence(smaller, family, { stopping });
    if (!reduced.estimable) return reduced;
    const predictor = predictorOf(smaller, reduced.beta);
    // Row by row: of large counts two whole likelihoods would leave nothing but rounding.
    const gains = predictorOf(design, solved.beta).map((eta, i) => {
      const before = predictor[i] ?? 0;
      const rise = eta - before;
      return (design.outcome[i] ?? 0) * rise - Math.exp(before) * Math.expm1(rise);
    });
    const gain = Math.max(0, sum(gains));
    const degreesOfFreedom = [tested.size, fit.rows - fit.terms.length] as const;
    const statistic = (2 * gain) / (tested.size * fit.dispersion);
    return {
      estimable: true,
      statistic,
      degreesOfFreedom,
      pValue: fisherF.cdf(statistic, ...degreesOfFreedom).upper,
    };
  };
  return withWorking({ ...fit, test: devianceTest() }, fit.working);
}
