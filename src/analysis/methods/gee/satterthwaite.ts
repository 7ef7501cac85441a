import { correctDiagonal, correctVectors, informationOf } from './corrections.ts';
import type { ClusterWorking, SandwichCorrection } from './corrections.ts';
import type { GeeFit, VarianceSource } from './fit.ts';
import { workingOf } from './fit.ts';

/**
 * Degrees of freedom of Bell and McCaffrey for the variance of c'β: those of the chi-squared whose
 * mean and variance are those of the sandwich where the working model is true,
 * ν = (Σ P_gg)² / ΣΣ P_gh² with P the covariance matrix of the clusters' influences
 * z_g = b_g'(u_g - A_g M Σu), b_g = B_g'Mc. With t_g = A_g b_g,
 * P_gg = b_g't_g - t_g'M t_g and P_gh = -t_g'M t_h, so ΣΣ P_gh² takes only p × p sums:
 * Σ P_gg² - Σ (t_g'M t_g)² + tr(MTMT), T = Σ t_g t_g'.
 *
 * @throws RangeError for the model's variance, which is not made of clusters
 * @see R. M. Bell and D. F. McCaffrey, Survey Methodology 28 (2002) 169; J. E. Pustejovsky and E.
 *   Tipton, J. Bus. Econ. Statist. 36 (2018) 672. In R: `clubSandwich::coef_test(fit,
 *   clubSandwich::vcovCR(fit, id, "CR2"), test = "Satterthwaite")$df_Satt` for least squares, where
 *   CR2 is KC and CR3 is MD.
 */
export function satterthwaite(
  fit: GeeFit,
  weights: readonly number[],
  correction: VarianceSource,
): number {
  if (correction === 'model') {
    throw new RangeError('Satterthwaite degrees of freedom are of a sandwich, not of the model');
  }
  const working = workingOf(fit);
  const { terms: p, clusters, bread } = working;
  const b = directionsOf(working, weights, correction);
  const squares = new Float64Array(p * p);
  const t = new Float64Array(p);
  let trace = 0;
  let own = 0;
  for (let g = 0; g < clusters; g += 1) {
    const a = informationOf(working, g);
    let whole = 0;
    for (let j = 0; j < p; j += 1) {
      let value = 0;
      for (let k = 0; k < p; k += 1) value += (a[j * p + k] ?? 0) * (b[g * p + k] ?? 0);
      t[j] = value;
      whole += value * (b[g * p + j] ?? 0);
    }
    let lost = 0;
    for (let j = 0; j < p; j += 1) {
      for (let k = 0; k < p; k += 1) {
        const product = (t[j] ?? 0) * (t[k] ?? 0);
        lost += (bread[j * p + k] ?? 0) * product;
        squares[j * p + k] = (squares[j * p + k] ?? 0) + product;
      }
    }
    trace += whole - lost;
    own += (whole - lost) ** 2 - lost ** 2;
  }
  return trace ** 2 / (own + traceOfSquare(bread, squares, p));
}

/** b = B'Mc of each cluster. Where B is a function of AM, B'M = MB. */
function directionsOf(
  working: ClusterWorking,
  weights: readonly number[],
  correction: SandwichCorrection,
): Float64Array {
  const { clusters, bread, terms: p } = working;
  const repeated = (vector: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: clusters * p }, (_, at) => vector[at % p] ?? 0);
  const through = (vectors: Float64Array, g: number): Float64Array =>
    Float64Array.from({ length: p }, (_, j) => {
      let value = 0;
      for (let k = 0; k < p; k += 1) value += (bread[j * p + k] ?? 0) * (vectors[g * p + k] ?? 0);
      return value;
    });
  if (correction === 'FG') {
    return correctDiagonal(working, repeated(through(Float64Array.from(weights), 0)));
  }
  const given = repeated(weights);
  const directions = correctVectors(working, given, correction) ?? given;
  const b = new Float64Array(clusters * p);
  for (let g = 0; g < clusters; g += 1) b.set(through(directions, g), g * p);
  return b;
}

/** tr(MTMT). */
function traceOfSquare(bread: Float64Array, squares: Float64Array, p: number): number {
  const product = new Float64Array(p * p);
  for (let i = 0; i < p; i += 1) {
    for (let j = 0; j < p; j += 1) {
      for (let k = 0; k < p; k += 1) {
        product[i * p + j] =
          (product[i * p + j] ?? 0) + (bread[i * p + k] ?? 0) * (squares[k * p + j] ?? 0);
      }
    }
  }
  let trace = 0;
  for (let i = 0; i < p; i += 1) {
    for (let j = 0; j < p; j += 1) trace += (product[i * p + j] ?? 0) * (product[j * p + i] ?? 0);
  }
  return trace;
}
