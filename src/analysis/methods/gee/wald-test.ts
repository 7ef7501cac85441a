import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Omnibus } from '../several/omnibus.ts';
import { omnibusTest } from '../several/omnibus.ts';
import type { Combination } from './contrast.ts';
import { covarianceOf, isRounding, noVariance, quadraticForm, weightsOf } from './contrast.ts';
import type { GeeFit, VarianceSource } from './fit.ts';

/**
 * The Wald test that every one of q combinations of coefficients is 0: W / q against
 * F(q, clusters - coefficients).
 *
 * @param hypotheses names of terms, or rows of L: a weight for each term
 * @returns no test where the correction has no value or the clusters are too few for q combinations
 * @throws RangeError for terms that the fit has not, or combinations of which one follows from the
 *   others (a term named twice)
 * @see A. Wald, Trans. Amer. Math. Soc. 54 (1943) 426; `omnibusTest`. In R: `lmtest::waldtest(fit,
 *   terms, vcov = V, test = "F")`, with other denominator degrees of freedom.
 */
export function waldTest(
  fit: GeeFit,
  hypotheses: readonly Combination[],
  { correction = 'MD' }: { readonly correction?: VarianceSource | undefined } = {},
): Estimable<Omnibus> {
  if (hypotheses.length === 0) throw new RangeError('a test needs at least one hypothesis');
  const weights = hypotheses.map((of) => weightsOf(fit, of));
  const covariance = covarianceOf(fit, correction);
  if (!covariance.estimable) return covariance;
  const judged = weights.filter(
    (each) => !isRounding(fit, each, quadraticForm(covariance.rows, each)),
  );
  if (judged.length < weights.length) return notEstimable(noVariance);
  return omnibusTest(fit.coefficients, covariance.rows, {
    contrasts: weights,
    degreesOfFreedom: fit.clusters - fit.terms.length,
  });
}
