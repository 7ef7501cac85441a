import { sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Effect } from '../effect.ts';
import { bounded, effectOf } from '../effect.ts';
import type { Correction, UnitTotals } from '../ratio-of-totals.ts';
import { influenceOf, noSpread, ratioOfTotals, ratioScale } from '../ratio-of-totals.ts';
import { usableUnits, weightedMean } from './units.ts';
import { requireLevel } from '../check.ts';

/** The mean of units' ratios. */
export interface ClusterAverage {
  /** Σ(Y/E) / k: each unit counts the same. */
  readonly mean: number;
  readonly standardError: number;
  /** Units with a denominator above 0. */
  readonly units: number;
}

/** How two estimands are compared. */
export interface EstimandsOptions {
  /** Default `logRatio`: arm over control. `difference`: arm minus control. */
  readonly scale?: 'difference' | 'logRatio' | undefined;
  /** For few units, in both estimators; default `MD`, the delete-one jackknife. */
  readonly correction?: Correction | undefined;
  /** Confidence level; default 0.95. */
  readonly level?: number | undefined;
}

/** The effect on the average event beside that on the average unit. */
export interface EstimandsComparison {
  /** From ratios of totals: patient-days, or alerts, count the same. */
  readonly eventAverage: Estimable<Effect>;
  /** From means of units' ratios: units count the same. */
  readonly clusterAverage: Estimable<Effect>;
  /** Event average minus cluster average; on `logRatio` their ratio. */
  readonly difference: Estimable<Effect>;
  /** Whether the difference, on the scale of its standard error, is more than that. */
  readonly differs: boolean;
  /** What that means, where they differ. */
  readonly warning?: string | undefined;
}

/**
 * The cluster average Σ(Y/E) / k with its standard error s/√k: the rate of the average unit, where
 * `ratioOfTotals` gives that of the average patient-day. The two part when a unit's rate goes with
 * its size.
 *
 * Source: Kahan, Li, Copas & Harhay 2023, Int J Epidemiol 52:107. In R: `mean(y / e)`,
 * `sd(y / e) / sqrt(length(y))`.
 *
 * @param units one entry a unit; those without a denominator are left out
 * @throws RangeError when a number is not finite or below 0
 */
export function clusterAverage(units: readonly UnitTotals[]): Estimable<ClusterAverage> {
  const rates = usableUnits(units).used.map(
    ({ numerator, denominator }) => numerator / denominator,
  );
  const k = rates.length;
  if (k === 0) return notEstimable('no unit has a denominator above 0');
  if (k === 1) return notEstimable('one unit alone has no variance between units');
  const { mean, squares } = weightedMean(rates);
  return { estimable: true, mean, standardError: Math.sqrt(squares / (k - 1) / k), units: k };
}

/**
 * The effect on the average event and on the average unit, side by side, to see whether cluster size
 * is informative. Their difference has the variance Σ(ψᵢ - φᵢ)² of the joint influence values
 * (`influenceOf`) of each unit on the ratio of totals and on the mean of ratios; t on K - 2 degrees of
 * freedom. With `MD` the values are the changes that leaving the unit out makes; with `delta` the
 * cluster average has the standard error of Welch's t test.
 *
 * `differs` sets a low bar on purpose, one standard error: a test of informative size has little power,
 * and `difference.pValue` stands beside it.
 *
 * Sources: Kahan, Li, Copas & Harhay 2023, Int J Epidemiol 52:107; Efron & Tibshirani 1993, chapter
 * 11 (jackknife). R has no function for it.
 *
 * @throws RangeError when a number is not finite or below 0, or the level is not between 0 and 1
 */
export function compareEstimands(
  arm: readonly UnitTotals[],
  control: readonly UnitTotals[],
  { scale = 'logRatio', correction = 'MD', level = 0.95 }: EstimandsOptions = {},
): Estimable<EstimandsComparison> {
  requireLevel(level);
  const a = averagesOf(arm, { scale, correction });
  const b = averagesOf(control, { scale, correction });
  if (!a.estimable) return a;
  if (!b.estimable) return b;
  const effectBy = (of: Estimand): Estimable<Effect> => {
    const standardError = Math.hypot(a[of].standardError, b[of].standardError);
    if (standardError === 0) return notEstimable(of === 'difference' ? sameSizes : noSpread);
    const df = a.units + b.units - 2;
    const found = effectOf(a[of].value - b[of].value, standardError, df, level);
    return scale === 'difference' ? bounded(found) : ratioScale(found);
  };
  const difference = effectBy('difference');
  const differs = difference.estimable && Math.abs(difference.statistic) > 1;
  return {
    estimable: true,
    eventAverage: effectBy('event'),
    clusterAverage: effectBy('cluster'),
    difference,
    differs,
    ...(differs ? { warning } : {}),
  };
}

const sameSizes = 'units of the same size, or alike, have the same average either way';

const warning =
  'The effect on the average event and on the average unit differ by more than the standard error of their difference: the size of a unit seems to go with its rate, so name the estimand.';

type Estimand = 'event' | 'cluster' | 'difference';

/** The averages of an arm on a scale, and the standard error of each and of their difference. */
type Averages = Readonly<
  Record<Estimand, { readonly value: number; readonly standardError: number }>
> & { readonly units: number };

function averagesOf(
  units: readonly UnitTotals[],
  {
    scale,
    correction,
  }: { readonly scale: 'difference' | 'logRatio'; readonly correction: Correction },
): Estimable<Averages> {
  const { used } = usableUnits(units);
  // A mean of ratios is a ratio of totals of units of size 1.
  const alike = used.map((unit) => ({
    numerator: unit.numerator / unit.denominator,
    denominator: 1,
  }));
  const [event, cluster] = [ratioOfTotals(used, correction), ratioOfTotals(alike, correction)];
  const [psi, phi] = [influenceOf(used, correction), influenceOf(alike, correction)];
  if (!event.estimable) return event;
  if (!cluster.estimable) return cluster;
  if (!psi.estimable) return psi;
  if (!phi.estimable) return phi;
  if (scale === 'logRatio' && event.numerator === 0) {
    return notEstimable(
      'an arm has no events, so its ratios have no logarithm',
      'compare on the scale `difference`',
    );
  }
  const [slopeOfEvent, slopeOfCluster] =
    scale === 'difference' ? [1, 1] : [event.ratio, cluster.ratio];
  const apart = used.map(
    (_, i) => (psi.values[i] ?? 0) / slopeOfEvent - (phi.values[i] ?? 0) / slopeOfCluster,
  );
  const error = Math.sqrt(sum(apart.map((value) => value * value)));
  const own = event.standardError / slopeOfEvent;
  const [valueOfEvent, valueOfCluster] =
    scale === 'difference'
      ? [event.ratio, cluster.ratio]
      : [Math.log(event.ratio), Math.log(cluster.ratio)];
  return {
    estimable: true,
    units: used.length,
    event: { value: valueOfEvent, standardError: own },
    cluster: { value: valueOfCluster, standardError: cluster.standardError / slopeOfCluster },
    difference: {
      value: valueOfEvent - valueOfCluster,
      // Units of one size leave rounding alone, which would pass for a tiny variance.
      standardError: error < 1e-10 * own ? 0 : error,
    },
  };
}
