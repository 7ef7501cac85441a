import { requireLevel } from '../check.ts';
import { normal } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { effectOf } from '../effect.ts';
import type { Correction, UnitTotals } from '../ratio-of-totals.ts';
import { noSpread, ratioOfTotals } from '../ratio-of-totals.ts';
import type { Share } from './standardized-difference.ts';

/** How many of those eligible were reached. */
export interface Reach {
  readonly share: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * The share of independent eligible persons who were reached, with Wilson's score interval. Patients
 * of the same practice are not independent: see `clusteredReach`.
 *
 * @throws RangeError for counts that are no whole numbers or exceed the persons, or a level that is
 *   not between 0 and 1
 * @see Wilson 1927, J Am Stat Assoc 22:209; Glasgow 1999 (RE-AIM). In R:
 *   `prop.test(count, of, correct = FALSE)$conf.int`.
 */
export function reach(
  { count, of }: Share,
  { level = 0.95 }: { readonly level?: number | undefined } = {},
): Estimable<Reach> {
  requireLevel(level);
  if (!(Number.isSafeInteger(count) && Number.isSafeInteger(of) && count >= 0 && count <= of)) {
    throw new RangeError(`reach must be a whole number of persons, not ${count} of ${of}`);
  }
  if (of === 0) return notEstimable('no one was eligible');
  const z = normal.quantile((1 - level) / 2, 'upper');
  const share = count / of;
  const centre = (share + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half =
    (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return {
    estimable: true,
    share,
    lower: count === 0 ? 0 : centre - half,
    upper: count === of ? 1 : centre + half,
  };
}

/** How the interval of a clustered reach is made. */
export interface ClusteredReachOptions {
  /** Confidence level; default 0.95. */
  readonly level?: number | undefined;
  /** Default `MD`. */
  readonly correction?: Correction | undefined;
}

/**
 * The share of eligible persons who were reached, where they come in clusters: the ratio of totals,
 * with a t interval on the logit with k - 1 degrees of freedom.
 *
 * @param clusters reached (numerator) and eligible (denominator) of each cluster
 * @throws RangeError where more were reached than eligible, or the level is not between 0 and 1
 * @see Mancl & DeRouen 2001. In R: `geeglm(cbind(reached, eligible - reached) ~ 1, binomial, id = cluster)`
 *   gives the CR0 standard error of the logit.
 */
export function clusteredReach(
  clusters: readonly UnitTotals[],
  { level = 0.95, correction = 'MD' }: ClusteredReachOptions = {},
): Estimable<Reach> {
  requireLevel(level);
  for (const { numerator, denominator } of clusters) {
    if (!(numerator >= 0 && numerator <= denominator && Number.isFinite(denominator))) {
      throw new RangeError(`a cluster cannot reach ${numerator} of ${denominator} persons`);
    }
  }
  const total = ratioOfTotals(clusters, correction);
  if (!total.estimable) return total;
  const { ratio, standardError, units } = total;
  if (ratio === 0 || ratio === 1) {
    return notEstimable('none or all were reached, so the interval has no end to build on');
  }
  if (standardError === 0) return notEstimable(noSpread);
  const logit = effectOf(
    Math.log(ratio / (1 - ratio)),
    standardError / (ratio * (1 - ratio)),
    units - 1,
    level,
  );
  if (!Number.isFinite(logit.upper)) {
    return notEstimable('one cluster holds nearly all persons, so the variance cannot be judged');
  }
  const inverse = (x: number): number => 1 / (1 + Math.exp(-x));
  return {
    estimable: true,
    share: ratio,
    lower: inverse(logit.lower),
    upper: inverse(logit.upper),
  };
}
