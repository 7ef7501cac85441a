import { sum } from '../../../stats/index.ts';

/** A clustered design by the sizes of its clusters. */
export interface SizedDesign {
  /** Intraclass correlation, from -1 to 1. */
  readonly icc: number;
  /** Observations in each cluster. */
  readonly sizes: readonly number[];
}

/** A clustered design by the mean and the spread of its cluster sizes. */
export interface PlannedDesign {
  /** Intraclass correlation, from -1 to 1. */
  readonly icc: number;
  /** Mean number of observations in a cluster. */
  readonly meanSize: number;
  /** Coefficient of variation of the cluster sizes: their standard deviation over their mean; default 0. */
  readonly cv?: number | undefined;
}

/**
 * How many times more observations a clustered design needs than an unclustered one:
 * 1 + (Σn²/Σn - 1) ρ from cluster sizes, or 1 + ((CV² + 1) m - 1) ρ from their mean m and
 * coefficient of variation. The two are the same where CV has the divisor k.
 *
 * Sources: Kish 1965; Eldridge, Ashby & Kerry 2006, Int J Epidemiol 35:1292. In R:
 * `1 + (sum(n^2) / sum(n) - 1) * icc`.
 *
 * @throws RangeError when the correlation is not from -1 to 1 or a size is not possible
 */
export function designEffect(design: SizedDesign | PlannedDesign): number {
  const { icc } = design;
  if (!(icc >= -1 && icc <= 1)) throw new RangeError(`icc must be from -1 to 1, not ${icc}`);
  if ('sizes' in design) {
    const { sizes } = design;
    if (!(sizes.length > 0 && sizes.every((n) => n >= 0 && n < Infinity) && sum(sizes) > 0)) {
      throw new RangeError('sizes must be finite, at least 0, and not all 0');
    }
    return 1 + (sum(sizes.map((n) => n * n)) / sum(sizes) - 1) * icc;
  }
  const { meanSize, cv = 0 } = design;
  if (!(meanSize > 0 && meanSize < Infinity)) {
    throw new RangeError(`meanSize must be finite and above 0, not ${meanSize}`);
  }
  if (!(cv >= 0 && cv < Infinity)) {
    throw new RangeError(`cv must be finite and at least 0, not ${cv}`);
  }
  return 1 + ((cv * cv + 1) * meanSize - 1) * icc;
}

/**
 * The number of independent observations that a clustered design is worth: all of its observations
 * over its design effect. A correlation below 0 can make them worth more than they are.
 *
 * Source: Killip, Mahfoud & Pearce 2004, Ann Fam Med 2:204. In R:
 * `sum(n) / (1 + (sum(n^2) / sum(n) - 1) * icc)`.
 *
 * @throws RangeError as `designEffect`; when `clusters` is not above 0; or when so negative a
 *   correlation is not possible with clusters of this size
 */
export function effectiveSampleSize(
  design: SizedDesign | (PlannedDesign & { readonly clusters: number }),
): number {
  const effect = designEffect(design);
  if (!(effect > 0)) {
    throw new RangeError(`no design with clusters of this size can have an icc of ${design.icc}`);
  }
  if ('sizes' in design) return sum(design.sizes) / effect;
  const { clusters, meanSize } = design;
  if (!(clusters > 0 && clusters < Infinity)) {
    throw new RangeError(`clusters must be finite and above 0, not ${clusters}`);
  }
  return (clusters * meanSize) / effect;
}
