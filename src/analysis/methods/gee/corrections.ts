import type { Matrix } from '../../../stats/index.ts';
import { multiply, symmetricEigen, transpose } from '../../../stats/index.ts';
import { squareOf } from './solve-equations.ts';

/**
 * How the variance between clusters is corrected for few of them: not at all (`CR0`, Liang-Zeger), by
 * the square root of what the fit leaves of a cluster (`KC`, Kauermann-Carroll), by all of it (`MD`,
 * Mancl-DeRouen), or by the diagonal of it, bounded (`FG`, Fay-Graubard).
 */
export type SandwichCorrection = 'CR0' | 'KC' | 'MD' | 'FG';

/** What the clusters add to the estimating equations at the solution; p terms, K clusters. */
export interface ClusterWorking {
  readonly terms: number;
  readonly clusters: number;
  /** M = (Σ A)⁻¹, p × p. */
  readonly bread: Float64Array;
  /** L with M = LLᵀ. */
  readonly root: Matrix;
  /** A = Dᵀ V⁻¹ D of each cluster, p × p numbers each (V without the dispersion). */
  readonly informations: Float64Array;
  /** u = Dᵀ V⁻¹ (y - μ) of each cluster, p numbers each. */
  readonly scores: Float64Array;
  /** The id of a cluster. */
  readonly idOf: (cluster: number) => string | number;
}

/** The bound of Fay and Graubard, beyond which a diagonal element no longer inflates. */
const boundFG = 0.75;
/** Clusters that hold less than this of all information are corrected by a power series. */
const smallShare = 1 / 16;
/** A leverage that is 1 but for rounding. */
export const wholeLeverage: number = 1 - 1e-9;

/**
 * The corrected vectors v* = B v of each cluster, with AM its share of the information and B
 * I (CR0), (I - AM)^(-1/2) (KC, the principal root), (I - AM)⁻¹ (MD), or
 * diag{1 - min(¾, (AM)ⱼⱼ)}^(-1/2) (FG).
 *
 * @param vectors p numbers a cluster
 * @returns `undefined` for KC and MD where a cluster has leverage 1
 * @see K.-Y. Liang and S. L. Zeger, Biometrika 73 (1986) 13; G. Kauermann and R. J. Carroll, J. Am.
 *   Statist. Assoc. 96 (2001) 1387; L. A. Mancl and T. A. DeRouen, Biometrics 57 (2001) 126; M. P. Fay
 *   and B. I. Graubard, Biometrics 57 (2001) 1198.
 */
export function correctVectors(
  working: ClusterWorking,
  vectors: Float64Array,
  correction: SandwichCorrection,
): Float64Array | undefined {
  switch (correction) {
    case 'CR0':
      return vectors;
    case 'FG':
      return correctDiagonal(working, vectors);
    case 'KC':
    case 'MD':
      return correctLeverage(working, vectors, correction);
  }
}

/** The correction of Fay and Graubard, which always has a value. */
export function correctDiagonal(working: ClusterWorking, vectors: Float64Array): Float64Array {
  const { terms: p, clusters } = working;
  const corrected = vectors.slice();
  const share = new Float64Array(p * p);
  for (let g = 0; g < clusters; g += 1) {
    shareOf(working, g, share);
    for (let j = 0; j < p; j += 1) {
      const at = g * p + j;
      corrected[at] =
        (corrected[at] ?? 0) / Math.sqrt(1 - Math.min(boundFG, share[j * p + j] ?? 0));
    }
  }
  return corrected;
}

/**
 * Nothing larger than p × p is made: with M = LLᵀ and LᵀAL = U diag(l) Uᵀ,
 * f(AM) v = f(0) v + A L U diag{(f(l) - f(0)) / l} Uᵀ Lᵀ v.
 */
function correctLeverage(
  working: ClusterWorking,
  vectors: Float64Array,
  correction: 'KC' | 'MD',
): Float64Array | undefined {
  const { terms: p, clusters } = working;
  const corrected = vectors.slice();
  const share = new Float64Array(p * p);
  for (let g = 0; g < clusters; g += 1) {
    const trace = shareOf(working, g, share);
    const vector = corrected.subarray(g * p, (g + 1) * p);
    if (trace <= smallShare) addPowers(share, trace, vector, correction);
    else if (!addSpectrum(working, g, vector, correction)) return undefined;
  }
  return corrected;
}

/** A cluster and the largest share that it holds of the information in any direction. */
export interface ClusterLeverage {
  readonly cluster: string | number;
  /** The largest eigenvalue of AM, from 0 to 1. */
  readonly leverage: number;
}

/** The clusters with a leverage above a half: the variance hangs on them. */
export function highLeverage(working: ClusterWorking): readonly ClusterLeverage[] {
  const share = new Float64Array(working.terms ** 2);
  return Array.from({ length: working.clusters }, (_, g) => g)
    .filter((g) => shareOf(working, g, share) > 0.5)
    .map((g) => ({
      cluster: working.idOf(g),
      leverage: Math.min(1, spectrumOf(working, g).values[0] ?? 0),
    }))
    .filter(({ leverage }) => leverage > 0.5);
}

/** The information of a cluster. */
export function informationOf({ informations, terms: p }: ClusterWorking, g: number): Float64Array {
  return informations.subarray(g * p * p, (g + 1) * p * p);
}

/** AM of a cluster into `share`, and its trace. The traces of all clusters add up to p. */
function shareOf(working: ClusterWorking, g: number, share: Float64Array): number {
  const { terms: p, bread } = working;
  const a = informationOf(working, g);
  let trace = 0;
  for (let j = 0; j < p; j += 1) {
    for (let k = 0; k < p; k += 1) {
      let product = 0;
      for (let m = 0; m < p; m += 1) product += (a[j * p + m] ?? 0) * (bread[m * p + k] ?? 0);
      share[j * p + k] = product;
      if (j === k) trace += product;
    }
  }
  return trace;
}

/**
 * v + Σ c_k (AM)ᵏ v in place, with the coefficients of (1 - x)^(-1/2) or of (1 - x)⁻¹. No eigenvalue
 * exceeds the trace, so a dozen terms reach the last digit; at most 16 p clusters are too large for it.
 */
function addPowers(
  share: Float64Array,
  trace: number,
  vector: Float64Array,
  correction: 'KC' | 'MD',
): void {
  const p = vector.length;
  const power = vector.slice();
  const next = new Float64Array(p);
  let coefficient = 1;
  for (let k = 1, rest = trace; rest > 1e-18; k += 1, rest *= trace) {
    if (correction === 'KC') coefficient *= (2 * k - 1) / (2 * k);
    for (let i = 0; i < p; i += 1) {
      let product = 0;
      for (let j = 0; j < p; j += 1) product += (share[i * p + j] ?? 0) * (power[j] ?? 0);
      next[i] = product;
    }
    power.set(next);
    for (let i = 0; i < p; i += 1) vector[i] = (vector[i] ?? 0) + coefficient * (next[i] ?? 0);
  }
}

/** The eigenvalues l of LᵀAL, which are those of AM, and L U. */
function spectrumOf(
  working: ClusterWorking,
  g: number,
): { readonly values: Float64Array; readonly directions: Matrix } {
  const { terms: p, root } = working;
  const a = squareOf(informationOf(working, g), p);
  const { values, vectors } = symmetricEigen(multiply(transpose(root), multiply(a, root)));
  return { values, directions: multiply(root, vectors) };
}

/** f(AM) v in place, or `false` where an eigenvalue is 1. */
function addSpectrum(
  working: ClusterWorking,
  g: number,
  vector: Float64Array,
  correction: 'KC' | 'MD',
): boolean {
  const { terms: p } = working;
  const { values, directions } = spectrumOf(working, g);
  if ((values[0] ?? 0) > wholeLeverage) return false;
  const column = { rows: p, columns: 1, values: vector };
  const along = multiply(transpose(directions), column).values.map((value, j) => {
    const l = values[j] ?? 0;
    // (f(l) - 1) / l, in a form that keeps its digits as l goes to 0.
    const root = Math.sqrt(1 - l);
    return value * (correction === 'MD' ? 1 / (1 - l) : 1 / (root * (1 + root)));
  });
  const moved = multiply(directions, { rows: p, columns: 1, values: along });
  const a = squareOf(informationOf(working, g), p);
  multiply(a, moved).values.forEach((value, j) => {
    vector[j] = (vector[j] ?? 0) + value;
  });
  return true;
}
