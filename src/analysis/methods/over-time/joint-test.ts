import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { covarianceOf } from '../gee/contrast.ts';
import type { GeeFit, VarianceSource } from '../gee/fit.ts';
import { omnibusTest } from '../several/omnibus.ts';

/** A joint test of several contrasts of coefficients. */
export interface JointTest {
  /** F. */
  readonly statistic: number;
  /** q contrasts, and ν - q + 1. */
  readonly degreesOfFreedom: readonly [number, number];
  readonly pValue: number;
}

/**
 * The Wald test that coefficients are all equal: of the q = n - 1 differences from the first, with V
 * from ν degrees of freedom, W = (Lb)ᵀ(LVLᵀ)⁻¹(Lb) is taken for Hotelling's T², so that
 * (ν - q + 1) W / (ν q) has F(q, ν - q + 1). It does not depend on which differences are taken; for two
 * coefficients it is the square of the t test.
 *
 * Sources: Hotelling 1931, Ann Math Stat 2:360; Pan & Wall 2002, Stat Med 21:1429. In R:
 * `W <- t(L %*% b) %*% solve(L %*% V %*% t(L), L %*% b); pf((nu - q + 1) / (nu * q) * W, q, nu - q + 1,
 * lower.tail = FALSE)`.
 *
 * @returns no test where the clusters are too few for so many contrasts
 */
export function testEqual(
  fit: GeeFit,
  terms: readonly string[],
  {
    correction,
    degreesOfFreedom: nu,
  }: { readonly correction: VarianceSource; readonly degreesOfFreedom: number },
): Estimable<JointTest> {
  const q = terms.length - 1;
  if (q < 1) return notEstimable('there is one effect only, so there is none to be equal to');
  const left = nu - q + 1;
  if (left <= 0) {
    return notEstimable(
      `${terms.length} effects cannot be tested jointly with ${nu} degrees of freedom between clusters`,
      'more clusters, or fewer effects',
    );
  }
  const covariance = covarianceOf(fit, correction);
  if (!covariance.estimable) return covariance;
  const test = omnibusTest(
    fit.coefficients,
    covariance.rows.map((row) => row.map((value) => (value * nu) / left)),
    {
      contrasts: terms
        .slice(1)
        .map((own) => fit.terms.map((term) => +(term === own) - +(term === terms[0]))),
      degreesOfFreedom: left,
    },
  );
  if (!test.estimable) return test;
  const { statistic, degreesOfFreedom, pValue } = test;
  return { estimable: true, statistic, degreesOfFreedom, pValue };
}
