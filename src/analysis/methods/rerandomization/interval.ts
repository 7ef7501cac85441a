import type { Estimable, NotEstimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import { keepSums } from './kept-sums.ts';
import { floorOf } from './floor.ts';
import type { Floor } from './floor.ts';
import { outermost } from './outermost.ts';
import type { ReferenceSet, ReplayOptions } from './reference-set.ts';
import { actualSums } from './reference-set.ts';
import type { AssignedUnit, SetUp } from './set-up.ts';
import { obstacleIn, setUp, shortageOf } from './set-up.ts';
import type { AssumedEffect } from './shifted.ts';
import { keeper } from './shifted.ts';
import type { Statistic, StatisticOptions } from './statistic.ts';
import { estimateArms, pooledRatio } from './statistic.ts';
import { rowsOf } from './sums.ts';

/** Which hypotheses an interval keeps, with α = 1 - level. */
export type Sides =
  /** Those with a two-sided p value above α. */
  | 'two-sided'
  /** Those with both one-sided p values above α/2. */
  | 'equal-tailed'
  /** Those that are not too small: one-sided p value, of a greater effect, above α. No upper end. */
  | 'lower'
  /** Those that are not too large. No lower end. */
  | 'upper';

/** What interval is wanted, and by how many draws. */
export interface RerandomizationIntervalOptions extends ReplayOptions, StatisticOptions {
  /** Confidence level; default 0.95. */
  readonly level?: number | undefined;
  /** Default `two-sided`. */
  readonly sides?: Sides | undefined;
}

/** An interval of all the effects that a re-randomisation test does not reject. */
export interface RerandomizationInterval extends ReferenceSet, Floor {
  readonly statistic: Statistic;
  readonly studentized: boolean;
  /**
   * Treated against control, as the statistic compares them: for `logRatio` and `meanLogRatio` the
   * ratio itself (of totals; of geometric means), otherwise the difference. So are the ends.
   */
  readonly estimate: number;
  /** `null` where no effect is too small to be kept, or no lower end was asked for. */
  readonly lower: number | null;
  /** `null` where no effect is too large to be kept, or no upper end was asked for. */
  readonly upper: number | null;
  readonly level: number;
  readonly sides: Sides;
  /** Standard error that the draws leave in the p value at an end; 0 when all assignments were gone through. */
  readonly monteCarloError: number;
}

const defaultLevel = 0.95;

/**
 * The confidence interval that belongs to a re-randomisation test: the effects δ that the test does not
 * reject. δ is taken out of the units really treated (Y - δE for differences, Y e^-δ for the logarithm
 * of a ratio; the unit's value less δ for means), and the same assignments are used for every δ. Exact
 * when the effect is the same for all units on that scale; studentised, asymptotically right for the
 * effect on the arm's ratio otherwise. An end is where p crosses α (α/2 equal-tailed), found by
 * bisection to 11 digits; should p cross it more than once, the outermost crossing counts.
 *
 * With few units p never falls below its smallest possible value, and where that is above α no effect
 * can be excluded. Where an arm has no events there is no interval of the ratio, since taking a ratio
 * out of nothing leaves nothing: ask for the difference, or its bound (`sides: 'upper'`).
 *
 * Sources: Rosenbaum 2002, Observational Studies, section 2.6; Garthwaite 1996, Biometrics 52:1387;
 * Wu & Ding 2021, JASA 116:1898. In R: none for these statistics; by `uniroot()` over the p value of
 * all `combn()` assignments.
 *
 * @param units as for `rerandomize`
 * @throws RangeError as `rerandomize` does, and when `level` is not between 0 and 1 (one-sided: 0.5 and 1)
 */
export function rerandomizationInterval(
  units: readonly AssignedUnit[],
  options: RerandomizationIntervalOptions,
): Estimable<RerandomizationInterval> {
  const { statistic, studentized = true, level = defaultLevel, sides = 'two-sided' } = options;
  requireLevel(level);
  if ((sides === 'lower' || sides === 'upper') && level < 0.5) {
    throw new RangeError(`the level of a one-sided bound must be at least 0.5, not ${level}`);
  }
  const labels = units.map(({ treated }) => (treated ? 1 : 0));
  const ready = setUp(units, { ...options, labels, arms: 2 });
  if (!ready.estimable) return ready;
  const obstacle = obstacleIn(ready.values, ready.actual, ready.estimates);
  if (obstacle !== undefined) return obstacle;

  const centre = effectIn(ready, labels);
  if (!(centre.standardError > 0)) return noSpread;
  const { kept, weights, all } = keepSums(ready, labels, options);
  const { method, assignments } = ready.plan;
  const draws = weights.length;
  const defined = weights.reduce((total, weight) => total + weight, 0);
  const share = defined / all;
  const shortage = shortageOf(ready, { draws, share });
  if (shortage !== undefined) return shortage;
  const floor = floorOf(ready.replay, { method, draws, share });
  const alpha = sides === 'equal-tailed' ? (1 - level) / 2 : 1 - level;
  const least = sides === 'two-sided' ? floor.smallestTwoSidedPValue : floor.smallestPValue;
  // A p value that is alpha but for rounding rejects.
  const critical = alpha * (1 + 1e-9);
  if (least > critical) return outOfReach(floor, { alpha, level, method });

  const { isLog } = ready.estimates;
  const isRatio = isLog || statistic === 'meanLogRatio';
  const end = (side: -1 | 1): number | undefined => {
    const keeps = keeper(kept, {
      ...ready.estimates,
      studentized,
      weights,
      unit: isLog ? 1 : centre.standardError,
      most: method === 'enumeration' ? critical * defined : critical * (defined + 1) - 1,
      tail: sides === 'two-sided' ? 'two' : side < 0 ? 'greater' : 'less',
    });
    const distance = outermost((away) => keeps(centre.assume(side * away)), {
      first: centre.standardError,
      most: isRatio ? mostLog : mostErrors * centre.standardError,
    });
    return distance === undefined ? undefined : centre.estimate + side * distance;
  };
  return withEnds(end, {
    statistic,
    studentized,
    estimate: centre.estimate,
    isRatio,
    alpha,
    level,
    sides,
    method,
    assignments,
    draws,
    ...floor,
  });
}

/** What is known of an interval before its ends. */
type Unended = Omit<RerandomizationInterval, 'lower' | 'upper' | 'monteCarloError'> & {
  /** Whether estimate and ends are logarithms. */
  readonly isRatio: boolean;
  /** The level of the test at each end. */
  readonly alpha: number;
};

/**
 * An interval with the ends that its sides ask for.
 *
 * @param end the end on one side; undefined where there is none
 */
export function withEnds(
  end: (side: -1 | 1) => number | undefined,
  { isRatio, alpha, estimate, ...rest }: Unended,
): Estimable<RerandomizationInterval> {
  const { sides, method, draws } = rest;
  const lower = sides === 'upper' ? undefined : end(-1);
  const upper = sides === 'lower' ? undefined : end(1);
  if (lower === undefined && upper === undefined) return unbounded;
  const shown = (value: number): number => (isRatio ? Math.exp(value) : value);
  return {
    estimable: true,
    ...rest,
    estimate: shown(estimate),
    lower: lower === undefined ? null : shown(lower),
    upper: upper === undefined ? null : shown(upper),
    monteCarloError: method === 'enumeration' ? 0 : Math.sqrt((alpha * (1 - alpha)) / draws),
  };
}

/** Beyond so large a ratio, or so many standard errors, there is no end. */
export const mostLog = 50;
export const mostErrors: number = 2 ** 30;

const noSpread: NotEstimable = notEstimable(
  'the units of each arm do not differ among themselves, so there is nothing to judge an effect by',
);

/** Why an interval of a ratio has no end. */
const unbounded: NotEstimable = notEstimable(
  'so many units have no events that the test rejects no ratio, however large or small',
  'the difference of the ratios (statistic: difference)',
);

/** Why an interval would exclude nothing. */
export function outOfReach(
  { floor }: Floor,
  {
    alpha,
    level,
    method,
  }: {
    readonly alpha: number;
    readonly level: number;
    readonly method: ReferenceSet['method'];
  },
): NotEstimable {
  const more =
    method === 'enumeration'
      ? 'more units'
      : `more draws (at least ${Math.ceil(1 / alpha) - 1}) or units`;
  return notEstimable(
    `${floor} An interval at the level ${level} needs one of at most ${Number(alpha.toPrecision(6))}, so it would exclude nothing.`,
    `${more}, a lower level, or an interval by t`,
  );
}

/** The effect in the data, and what it takes to assume another. */
interface Centre {
  readonly estimate: number;
  readonly standardError: number;
  /** What assuming an effect so far from the estimate does to the treated units. */
  readonly assume: (away: number) => AssumedEffect;
}

function effectIn(ready: SetUp, labels: readonly number[]): Centre {
  const { values, actual, replay, estimates } = ready;
  const treated = pooledRatio(values, (unit) => labels[unit] === 1);
  const control = pooledRatio(values, (unit) => labels[unit] === 0);
  const found = new Float64Array(4);
  const pooled = pooledRatio(values);
  const rows = rowsOf(values, { places: replay.places, centreOf: () => pooled });
  estimateArms(actualSums(replay, [rows], actual), found, estimates);
  const standardError = Math.sqrt((found[1] ?? 0) + (found[3] ?? 0));
  if (!estimates.isLog) {
    const estimate = treated - control;
    return { estimate, standardError, assume: (away) => ({ scale: 1, lift: -away }) };
  }
  const estimate = Math.log(treated / control);
  return {
    estimate,
    standardError,
    assume: (away) => ({
      scale: Math.exp(-estimate - away),
      lift: control * Math.expm1(-away),
    }),
  };
}
