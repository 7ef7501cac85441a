import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Effect } from '../effect.ts';
import type { UnitTotals } from '../ratio-of-totals.ts';
import { ratioScale } from '../ratio-of-totals.ts';
import { compareMeans } from './compare-means.ts';
import type { UsableUnits, WeightedMean } from './units.ts';
import { usableUnits, weightedMean } from './units.ts';
import { requireLevel } from '../check.ts';

/** What stands for a unit: its ratio Y/E, log((Y + c)/E), or log((Y + c)/(E - Y + c)). */
export type ClusterSummaryStatistic = 'ratio' | 'logRatio' | 'empiricalLogit';

/** How unit summaries are compared. */
export interface ClusterMeansOptions {
  /** Default `ratio`. */
  readonly summary?: ClusterSummaryStatistic | undefined;
  /** One variance for both arms (default), or one for each with Satterthwaite's degrees of freedom. */
  readonly variance?: 'pooled' | 'welch' | undefined;
  /**
   * Weighs a unit of n observations by n / (1 + (n - 1)ρ) with this intraclass correlation ρ, from 0
   * (by size) to 1 (alike). Without it every unit weighs the same. For proportions.
   */
  readonly icc?: number | undefined;
  /**
   * c, added to the events of every unit: default 0 for `logRatio`, where a unit without events is
   * then not estimable, and ½ for `empiricalLogit`.
   */
  readonly continuity?: number | undefined;
  /** Confidence level; default 0.95. */
  readonly level?: number | undefined;
}

/** The mean unit of an arm. */
export interface ArmMean {
  /** Mean of the summaries, turned back: a mean ratio, a geometric mean, or a proportion. */
  readonly mean: number;
  /** Standard deviation of the summaries, on their own scale. */
  readonly standardDeviation: number;
  readonly units: number;
  /** Units without a denominator, which have no summary. */
  readonly unitsLeftOut: number;
  /** Events of those units. */
  readonly numeratorLeftOut: number;
}

/** A comparison of mean units. */
export interface ClusterMeans {
  /** What the effect is: mean minus mean, ratio of geometric means, or odds ratio. */
  readonly scale: 'difference' | 'ratio' | 'oddsRatio';
  readonly effect: Effect;
  readonly arm: ArmMean;
  readonly control: ArmMean;
}

/**
 * The t test of unit summaries, arm against control: each unit is one observation, whatever its size,
 * so the estimand is the cluster average. Pooled: t on K - 2 degrees of freedom with
 * s² (1/Σw₁ + 1/Σw₀), s² = Σ w(x - x̄)² / (K - 2). Welch: Σ s²/Σw with s² by arm.
 *
 * A unit's log ratio does not exist without events, and an ½ added changes the estimate, most where
 * units are small: so it is added only when `continuity` says so.
 *
 * Sources: Donner & Klar 2000, chapters 6 and 7; Hayes & Moulton 2017, chapter 10. In R:
 * `t.test(x ~ arm, var.equal = TRUE)`, `t.test(x ~ arm)`, and with weights `lm(x ~ arm, weights = w)`.
 *
 * @param arm one entry a unit; those without a denominator are left out and counted
 * @throws RangeError when a number is not finite or below 0, an option is out of range, or a
 *   numerator is above its denominator with `empiricalLogit`
 */
export function clusterMeans(
  arm: readonly UnitTotals[],
  control: readonly UnitTotals[],
  options: ClusterMeansOptions = {},
): Estimable<ClusterMeans> {
  const { summary = 'ratio', variance = 'pooled', level = 0.95 } = options;
  requireLevel(level);
  checkOptions(options);
  const one = summarize(arm, options);
  const other = summarize(control, options);
  if (!one.estimable) return one;
  if (!other.estimable) return other;

  const found = compareMeans(one.moments, other.moments, { variance, level });
  if (!found.estimable) return found;
  const effect = summary === 'ratio' ? found : ratioScale(found);
  if (!effect.estimable) return effect;
  return {
    estimable: true,
    scale: scales[summary],
    effect,
    arm: armMean(one, summary),
    control: armMean(other, summary),
  };
}

const scales = { ratio: 'difference', logRatio: 'ratio', empiricalLogit: 'oddsRatio' } as const;

function checkOptions({ icc, continuity }: ClusterMeansOptions): void {
  if (icc !== undefined && !(icc >= 0 && icc <= 1)) {
    throw new RangeError(`icc must be from 0 to 1, not ${icc}`);
  }
  if (continuity !== undefined && !(continuity >= 0 && continuity < Infinity)) {
    throw new RangeError(`continuity must be finite and at least 0, not ${continuity}`);
  }
}

/** The summaries of an arm, told as moments. */
interface Summarized extends Omit<UsableUnits, 'used'> {
  readonly moments: WeightedMean;
  readonly standardDeviation: number;
}

function summarize(
  units: readonly UnitTotals[],
  { summary = 'ratio', icc, continuity }: ClusterMeansOptions,
): Estimable<Summarized> {
  const { used, ...leftOut } = usableUnits(units);
  if (used.length === 0) return notEstimable('no unit has a denominator above 0');
  const values = used.map((unit) => valueOf(unit, summary, continuity));
  if (!values.every(Number.isFinite)) {
    return notEstimable(
      'a unit has no events, or nothing but events, so its logarithm does not exist',
      'compare the ratios themselves, compare ratios of totals, or name a `continuity` to add',
    );
  }
  const weights = used.map(({ denominator: n }) =>
    icc === undefined ? 1 : n / (1 + (n - 1) * icc),
  );
  const plain = weightedMean(values);
  return {
    estimable: true,
    ...leftOut,
    moments: weightedMean(values, weights),
    standardDeviation: Math.sqrt(plain.squares / (used.length - 1)),
  };
}

function valueOf(
  { numerator, denominator }: UnitTotals,
  summary: ClusterSummaryStatistic,
  continuity: number | undefined,
): number {
  switch (summary) {
    case 'ratio':
      return numerator / denominator;
    case 'logRatio':
      return Math.log((numerator + (continuity ?? 0)) / denominator);
    case 'empiricalLogit': {
      if (numerator > denominator) {
        throw new RangeError(
          `a proportion cannot have ${numerator} of ${denominator}: the numerator is the larger`,
        );
      }
      const added = continuity ?? 0.5;
      return Math.log((numerator + added) / (denominator - numerator + added));
    }
  }
}

function armMean(
  { moments, standardDeviation, unitsLeftOut, numeratorLeftOut }: Summarized,
  summary: ClusterSummaryStatistic,
): ArmMean {
  return {
    mean: meanBack[summary](moments.mean),
    standardDeviation,
    units: moments.count,
    unitsLeftOut,
    numeratorLeftOut,
  };
}

const meanBack = {
  ratio: (mean: number) => mean,
  logRatio: Math.exp,
  empiricalLogit: (mean: number) => 1 / (1 + Math.exp(-mean)),
} as const;
