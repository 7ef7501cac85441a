import { requireFraction, requireSpread } from '../../analysis/methods/check.ts';

/**
 * The coefficient of variation κ of true proportions between clusters from the intraclass correlation,
 * κ² = ρ(1 − π)/π, as both say that the variance between clusters is ρπ(1 − π) = κ²π².
 *
 * In R: `sqrt(icc * (1 - p) / p)`.
 *
 * @param proportion π, between 0 and 1
 * @throws RangeError when a number is not possible
 * @see R. J. Hayes and S. Bennett, Int. J. Epidemiol. 28 (1999) 319.
 */
export function kappaOfIcc(icc: number, proportion: number): number {
  if (!(icc >= 0 && icc <= 1)) throw new RangeError(`icc must be from 0 to 1, got ${icc}`);
  requireFraction('proportion', proportion);
  return Math.sqrt((icc * (1 - proportion)) / proportion);
}

/**
 * The intraclass correlation from the coefficient of variation κ of true proportions between clusters,
 * ρ = κ²π/(1 − π). The inverse of `kappaOfIcc`.
 *
 * In R: `kappa^2 * p / (1 - p)`.
 *
 * @param proportion π, between 0 and 1
 * @throws RangeError when a number is not possible, or proportions from 0 to 1 cannot vary so much
 * @see R. J. Hayes and S. Bennett, Int. J. Epidemiol. 28 (1999) 319.
 */
export function iccOfKappa(kappa: number, proportion: number): number {
  requireSpread('kappa', kappa);
  requireFraction('proportion', proportion);
  const icc = (kappa * kappa * proportion) / (1 - proportion);
  if (icc > 1) {
    throw new RangeError(
      `proportions about ${proportion} cannot vary by a kappa of ${kappa}: at most ${Math.sqrt((1 - proportion) / proportion)}`,
    );
  }
  return icc;
}
