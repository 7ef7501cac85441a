import type { Estimable, NotEstimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireChoice } from './choice.ts';
import type { ClusteredData, Design } from './design.ts';
import { designOf } from './design.ts';
import type { Family, FamilyName } from './family.ts';
import { families } from './family.ts';
import type { GeeFit } from './fit.ts';
import { fitOf } from './fit.ts';
import type { Coefficients, Stopping } from './solve-equations.ts';
import { solveExchangeable, solveIndependence } from './solve-equations.ts';
import type { ClusterSums } from './sums.ts';
import { residualSumsOf, sumsOver } from './sums.ts';
import type { ClusterSizes, MomentChoice, Moments } from './working-correlation.ts';
import { clusterSizes, correlate, dispersionAt, momentsAt } from './working-correlation.ts';

/** How the equations are set up and solved. */
export interface GeeOptions {
  /** With its canonical link: log (`poisson`), logit (`binomial`), identity (`gaussian`). */
  readonly family: FamilyName;
  /** Working correlation of the rows of a cluster. Default `independence`. */
  readonly correlation?: 'independence' | 'exchangeable' | undefined;
  /** Whether φ and α divide by counts (`geepack`, the default) or by counts less p (`gee`, SAS). */
  readonly moments?: Moments | undefined;
  /**
   * φ: `estimated` with the correlation (the default); `fixed` at its estimate under independence, in
   * α too, which is what `scale.fix = TRUE` does in geepack; or a number, which scales the variance of
   * the model and leaves α as it is, as `scale.fix = TRUE` does in gee.
   */
  readonly scale?: 'estimated' | 'fixed' | number | undefined;
  /** Default 200. */
  readonly maximumIterations?: number | undefined;
  /** The largest move of any row's linear predictor at which the iteration ends. Default 1e-8. */
  readonly tolerance?: number | undefined;
}

/**
 * Generalised estimating equations Σ D'V⁻¹(y - μ) = 0 over clusters, with D = ∂μ/∂β and
 * V = φ A^½ R(α) A^½, A the variances of the family and R independence or one common correlation.
 * The variances are sandwiches M (Σ u* u*ᵀ) M with M = (Σ D'V⁻¹D)⁻¹ and u* = D'V⁻¹(y - μ), corrected
 * for few clusters as `SandwichCorrection` says; read them through `contrast`, `waldTest` or
 * `standardize`.
 *
 * With independence the estimand is the average over rows (events, patient-days); with an
 * exchangeable correlation, where effect and cluster size go together, it is neither that nor the
 * average over clusters.
 *
 * Cost: a pass over the rows an iteration and O(p³) a cluster; memory O(p²) a cluster.
 *
 * @returns no fit, with the reason, for as many terms as clusters or more, collinear terms,
 *   separation, an arm without events, outcomes that are fitted exactly, or a correlation that no
 *   common correlation can be
 * @throws RangeError for lengths that differ, numbers that are not finite, outcomes that the family
 *   cannot have, words that are not on offer, or a scale or iteration limits out of range
 * @see K.-Y. Liang and S. L. Zeger, Biometrika 73 (1986) 13. In R: `geepack::geeglm(y ~ x + offset(o),
 *   family, id = id, corstr = "exchangeable")` on rows sorted by `id`; with `moments: 'gee'`,
 *   `gee::gee(...)`; KC, MD and FG have no R call for every family (`clubSandwich::vcovCR(fit, id,
 *   "CR3")` is MD under independence).
 */
export function gee(data: ClusteredData, options: GeeOptions): Estimable<GeeFit> {
  const {
    family: name,
    correlation = 'independence',
    moments = 'geepack',
    scale = 'estimated',
    ...limits
  } = options;
  requireChoice('family', name, Object.keys(families));
  requireChoice('correlation', correlation, ['independence', 'exchangeable']);
  requireChoice('moments', moments, ['geepack', 'gee']);
  if (typeof scale === 'string') requireChoice('scale', scale, ['estimated', 'fixed']);
  const family = families[name];
  const stopping = stoppingOf(limits);
  if (typeof scale === 'number' && !(scale > 0 && scale < Infinity)) {
    throw new RangeError(`a scale must be finite and above 0, got ${scale}`);
  }
  const design = designOf(data, name);
  const refused = refusalOf(design, family);
  if (refused) return refused;
  const solved = solveIndependence(design, family, { stopping });
  if (!solved.estimable) return solved;
  const dispersion = typeof scale === 'number' ? scale : undefined;
  if (correlation === 'independence') {
    return independenceFit(design, family, { moments, solved, dispersion });
  }
  const held = scale === 'fixed' ? heldDispersion(design, family, { moments, solved }) : undefined;
  const using = { moments, held, sizes: clusterSizes(design) };
  const settled = solveExchangeable(design, family, { ...using, stopping, from: solved });
  if (!settled.estimable) return settled;
  return exchangeableFit(design, family, { ...using, solved: settled, dispersion });
}

/** φ under independence; a fit without residuals is refused later. */
function heldDispersion(
  design: Design,
  family: Family,
  { moments, solved: { beta } }: MomentChoice & Solution,
): number | undefined {
  const { squares } = sumsOver(design, family, { beta });
  const estimate = dispersionAt(design, family, { moments, squares });
  return estimate.estimable ? estimate.phi : undefined;
}

/** Where the equations are solved, and the dispersion to state where it is not the estimated one. */
interface Solution {
  readonly solved: Coefficients;
  readonly dispersion?: number | undefined;
}

/** The fit at coefficients that solve the equations under independence. */
export function independenceFit(
  design: Design,
  family: Family,
  { solved, dispersion, ...using }: MomentChoice & Solution,
): Estimable<GeeFit> {
  const { beta, iterations } = solved;
  const clusters = clusterSumsOf(design);
  const { squares, information } = sumsOver(design, family, { beta, clusters });
  const estimate = dispersionAt(design, family, { ...using, squares });
  if (!estimate.estimable) return estimate;
  return fitOf(design, {
    family,
    beta,
    clusters,
    information,
    dispersion: dispersion ?? estimate.phi,
    correlation: null,
    iterations,
  });
}

/** The fit at coefficients that solve the equations under a common correlation. */
export function exchangeableFit(
  design: Design,
  family: Family,
  {
    solved,
    dispersion,
    sizes,
    ...using
  }: MomentChoice & Solution & { readonly sizes: ClusterSizes },
): Estimable<GeeFit> {
  const { beta, iterations } = solved;
  const clusters = clusterSumsOf(design);
  const residuals = residualSumsOf(design);
  const sums = sumsOver(design, family, { beta, clusters, residuals });
  const moments = momentsAt(design, family, { ...using, sizes, residuals, squares: sums.squares });
  if (!moments.estimable) return moments;
  const working = { alpha: moments.alpha, sizes };
  correlate(clusters, residuals, working);
  correlate(sums, residuals, working);
  return fitOf(design, {
    family,
    beta,
    clusters,
    information: sums.information,
    dispersion: dispersion ?? moments.phi,
    correlation: moments.alpha,
    iterations,
  });
}

/** Iteration limits with their defaults. */
export function stoppingOf({
  maximumIterations = 200,
  tolerance = 1e-8,
}: Pick<GeeOptions, 'maximumIterations' | 'tolerance'>): Stopping {
  if (!(Number.isInteger(maximumIterations) && maximumIterations > 0)) {
    throw new RangeError(
      `maximumIterations must be a whole number from 1, got ${maximumIterations}`,
    );
  }
  if (!(tolerance > 0 && tolerance <= 0.001)) {
    throw new RangeError(`tolerance must be above 0 and at most 0.001, got ${tolerance}`);
  }
  return { maximumIterations, tolerance };
}

/** Why data have no fit whatever the correlation. */
export function refusalOf(
  { clusters, terms, outcome }: Design,
  { name }: Family,
): NotEstimable | undefined {
  if (clusters <= terms.length) {
    return notEstimable(
      `clusters: ${clusters}, coefficients: ${terms.length}; there must be more clusters than coefficients for a variance between them`,
      'leave covariates out, or compare totals by re-randomisation',
    );
  }
  if (name === 'gaussian') return undefined;
  if (outcome.every((y) => y === 0)) return notEstimable('every outcome is 0, so nothing varies');
  if (name === 'binomial' && outcome.every((y) => y === 1)) {
    return notEstimable('every outcome is 1, so nothing varies');
  }
  return undefined;
}

function clusterSumsOf({ clusters, terms }: Design): ClusterSums {
  const p = terms.length;
  return {
    information: new Float64Array(clusters * p * p),
    score: new Float64Array(clusters * p),
  };
}
