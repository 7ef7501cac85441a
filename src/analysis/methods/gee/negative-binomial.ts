import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Design, RegressionData } from './design.ts';
import { designOf, predictorOf } from './design.ts';
import { momentTheta, poissonLimit, tallyCounts, thetaAt } from './dispersion-theta.ts';
import { families, negativeBinomialOf } from './family.ts';
import type { GeeFit } from './fit.ts';
import { withWorking } from './fit.ts';
import { independenceFit, refusalOf, stoppingOf } from './gee.ts';
import { solveIndependence } from './solve-equations.ts';

/** A negative binomial fit; its dispersion φ is 1, since θ takes up the spread. */
export interface NegativeBinomialFit extends GeeFit {
  /** The variance of a count is μ + μ²/θ. */
  readonly theta: number;
  readonly thetaStandardError: number;
}

/**
 * Negative binomial regression (NB2) by maximum likelihood, with the logarithm as link. β and θ are
 * found in turn, each at the other's value. `standardErrors.model` are those of the likelihood, the
 * others sandwiches over clusters that treat θ as known; they stay right where the counts are not
 * negative binomial. Without `cluster` each row is its own. Contrasts, Wald tests and standardisation
 * take the fit as they take one of `gee`.
 *
 * @returns no fit for the reasons of `gee`, or where counts vary no more than Poisson
 * @throws RangeError as `gee`
 * @see J. F. Lawless, Can. J. Statist. 15 (1987) 209. In R: `fit <- MASS::glm.nb(y ~ x + offset(o));
 *   sqrt(diag(sandwich::vcovCL(fit, id, type = "HC0", cadjust = FALSE)))`.
 */
export function negativeBinomialRegression(
  data: RegressionData & { readonly cluster?: ArrayLike<string | number> | undefined },
  limits: {
    readonly maximumIterations?: number | undefined;
    readonly tolerance?: number | undefined;
  } = {},
): Estimable<NegativeBinomialFit> {
  const stopping = stoppingOf(limits);
  const design = designOf(data, 'poisson');
  const refused = refusalOf(design, families.poisson);
  if (refused) return refused;
  const tally = tallyCounts(design);
  if (!tally.estimable) return tally;
  let solved = solveIndependence(design, families.poisson, { stopping });
  if (!solved.estimable) return solved;
  let theta = momentTheta(design, meansOf(design, solved.beta));
  if (theta === Infinity) return poissonLimit;
  for (let turn = 0; turn < stopping.maximumIterations; turn += 1) {
    const { beta, iterations }: { beta: Float64Array; iterations: number } = solved;
    const found = thetaAt(design, { means: meansOf(design, beta), tally, from: theta });
    if (!found.estimable) return found;
    const moved = Math.abs(found.theta - theta) / Math.max(found.theta, found.standardError);
    theta = found.theta;
    const family = negativeBinomialOf(theta);
    solved = solveIndependence(design, family, { stopping, beta });
    if (!solved.estimable) return solved;
    solved = { ...solved, iterations: solved.iterations + iterations };
    if (moved <= 1e-9) {
      const fit = independenceFit(design, family, { solved, moments: 'geepack', dispersion: 1 });
      if (!fit.estimable) return fit;
      return withWorking({ ...fit, theta, thetaStandardError: found.standardError }, fit.working);
    }
  }
  return notEstimable('θ and the coefficients did not settle', 'use gee with the poisson family');
}

function meansOf(design: Design, beta: Float64Array): Float64Array {
  return predictorOf(design, beta).map(Math.exp);
}
