import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Design } from './design.ts';
import type { Family } from './family.ts';
import type { ClusterSums, ResidualSums } from './sums.ts';

/** What is subtracted in the moment estimators: nothing (`geepack`) or p (`gee`, as SAS does). */
export type Moments = 'geepack' | 'gee';

/** Sizes that the moment estimators divide by. */
export interface ClusterSizes {
  /** Rows of each cluster, counted with their weights. */
  readonly of: Float64Array;
  /** Pairs of rows within clusters, Σ n(n - 1)/2. */
  readonly pairs: number;
  readonly largest: number;
}

/** Counts the rows of each cluster. */
export function clusterSizes({ codes, weights, outcome, clusters }: Design): ClusterSizes {
  const of = new Float64Array(clusters);
  for (let i = 0; i < outcome.length; i += 1) {
    const g = codes?.[i] ?? i;
    of[g] = (of[g] ?? 0) + (weights?.[i] ?? 1);
  }
  let pairs = 0;
  let largest = 0;
  for (const n of of) {
    pairs += (n * (n - 1)) / 2;
    if (n > largest) largest = n;
  }
  return { of, pairs, largest };
}

const singular = 1e-9;
const independence = 'use correlation "independence", which is valid whatever the true correlation';

/** How φ and α are estimated. */
export interface MomentChoice {
  readonly moments: Moments;
  /** φ, where it is not to be estimated from the residuals at hand. */
  readonly held?: number | undefined;
}

/** The dispersion φ = Σ r² / (N - 0 or p), from Pearson residuals r. */
export function dispersionAt(
  { size, terms, outcome, weights }: Design,
  { name }: Family,
  { moments, held, squares }: MomentChoice & { readonly squares: number },
): Estimable<{ readonly phi: number }> {
  const scale =
    name === 'gaussian'
      ? outcome.reduce((total, y, i) => total + (weights?.[i] ?? 1) * y * y, 0)
      : size;
  if (!(squares > 1e-20 * scale)) {
    return notEstimable('every outcome is fitted exactly, so there is no variance to judge by');
  }
  const phi = held ?? squares / (size - (moments === 'gee' ? terms.length : 0));
  return { estimable: true, phi };
}

/**
 * φ and the common correlation α = Σ_g Σ_{j<k} r_j r_k / (φ (pairs - 0 or p)); the inner sum is
 * ((Σ r)² - Σ r²) / 2, so it needs no pair.
 *
 * @returns no correlation where clusters of the sizes at hand cannot have it in common
 * @see K.-Y. Liang and S. L. Zeger, Biometrika 73 (1986) 13.
 */
export function momentsAt(
  design: Design,
  family: Family,
  {
    sizes,
    residuals: { residuals },
    ...using
  }: MomentChoice & {
    readonly sizes: ClusterSizes;
    readonly residuals: ResidualSums;
    readonly squares: number;
  },
): Estimable<{ readonly phi: number; readonly alpha: number }> {
  const pairs = sizes.pairs - (using.moments === 'gee' ? design.terms.length : 0);
  if (!(pairs > 0)) {
    return notEstimable('the clusters hold too few pairs of rows for a correlation', independence);
  }
  const dispersion = dispersionAt(design, family, using);
  if (!dispersion.estimable) return dispersion;
  let products = -using.squares;
  for (const total of residuals) products += total * total;
  const alpha = products / (2 * dispersion.phi * pairs);
  const least = -1 / (sizes.largest - 1);
  // At either end the working correlation matrix is singular.
  return alpha > least + singular && alpha < 1 - singular
    ? { estimable: true, phi: dispersion.phi, alpha }
    : notEstimable(
        `the correlation within clusters comes out as ${alpha.toPrecision(3)}, but rows of clusters of up to ${sizes.largest} can only have one between ${least.toPrecision(3)} and 1 in common`,
        independence,
      );
}

/**
 * Turns sums under independence into those under a common correlation α, in place, by
 * R⁻¹ = (1 - α)⁻¹ [I - c 11ᵀ] with c = α / (1 + (n - 1) α): for each cluster
 * A = (1 - α)⁻¹ [Σ v x xᵀ - c s sᵀ] and u = (1 - α)⁻¹ [Σ x s - c s Σ r] with s = Σ √v x.
 * Where the sums are totals, those of all clusters are taken off them.
 */
export function correlate(
  { information, score }: ClusterSums,
  { roots, residuals }: ResidualSums,
  { alpha, sizes }: { readonly alpha: number; readonly sizes: ClusterSizes },
): void {
  const clusters = residuals.length;
  const p = roots.length / clusters;
  const total = score.length === p;
  for (let g = 0; g < clusters; g += 1) {
    const to = total ? 0 : g;
    const c = alpha / (1 + ((sizes.of[g] ?? 0) - 1) * alpha);
    for (let j = 0; j < p; j += 1) {
      const cs = c * (roots[g * p + j] ?? 0);
      score[to * p + j] = (score[to * p + j] ?? 0) - cs * (residuals[g] ?? 0);
      for (let k = 0; k < p; k += 1) {
        const at = (to * p + j) * p + k;
        information[at] = (information[at] ?? 0) - cs * (roots[g * p + k] ?? 0);
      }
    }
  }
  for (let at = 0; at < score.length; at += 1) score[at] = (score[at] ?? 0) / (1 - alpha);
  for (let at = 0; at < information.length; at += 1) {
    information[at] = (information[at] ?? 0) / (1 - alpha);
  }
}
