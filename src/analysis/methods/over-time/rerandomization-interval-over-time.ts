import type { Estimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import { floorOf } from '../rerandomization/floor.ts';
import type { RerandomizationInterval, Sides } from '../rerandomization/interval.ts';
import { mostErrors, mostLog, outOfReach, withEnds } from '../rerandomization/interval.ts';
import { outermost } from '../rerandomization/outermost.ts';
import { shortageOf } from '../rerandomization/set-up.ts';
import { keeperBy } from '../rerandomization/shifted.ts';
import { centreOf } from './centre.ts';
import { visitOrders } from './orders.ts';
import type { PeriodUnit } from './period-unit.ts';
import type { OrderedCells } from './score.ts';
import { scoring, studentizedScore, sumsPerOrder } from './score.ts';
import type { OrdersOptions, TrialOrders } from './trial-orders.ts';
import { leastSquares, trialOrders } from './trial-orders.ts';
import { countTwins } from './twins.ts';

/** What interval is wanted, and by how many draws. */
export interface RerandomizationIntervalOverTimeOptions extends OrdersOptions {
  /** Confidence level; default 0.95. */
  readonly level?: number | undefined;
  /** Default `two-sided`. */
  readonly sides?: Sides | undefined;
}

/**
 * The confidence interval that belongs to `rerandomizeOverTime`: the effects δ that the test does not
 * reject. δ is taken out of the cells that really had the arm (Y e^-δ for a ratio, Y - δE for a
 * difference), and the same orders are used for every δ. Exact when the effect is the same in all cells
 * on that scale; should p cross α more than once, the outermost crossing counts.
 *
 * The estimate is the effect that leaves no score, U = 0: with Y₁, E₁ of the arm and Y₀, E₀ of control
 * in a period and E = E₁ + E₀, the ratio Σ (Y₁E₀/E) / Σ (Y₀E₁/E) or the difference
 * Σ (Y₁E₀ - Y₀E₁)/E / Σ (E₁E₀/E) of Mantel & Haenszel with the periods as strata, which for the
 * difference is that of `estimateOverTime` under independence.
 *
 * Sources: as of `rerandomizeOverTime` and `rerandomizationInterval`; Greenland & Robins 1985, Biometrics
 * 41:55 (the estimates). In R: none; by `uniroot()` over the p value of all `combn()` orders.
 *
 * @param units as for `rerandomizeOverTime`
 * @throws RangeError as `rerandomizeOverTime` does, and when `level` is not between 0 and 1 (one-sided:
 *   0.5 and 1)
 */
export function rerandomizationIntervalOverTime(
  units: readonly PeriodUnit[],
  options: RerandomizationIntervalOverTimeOptions,
): Estimable<RerandomizationInterval> {
  const { statistic, arm = 1, level = 0.95, sides = 'two-sided' } = options;
  requireLevel(level);
  if ((sides === 'lower' || sides === 'upper') && level < 0.5) {
    throw new RangeError(`the level of a one-sided bound must be at least 0.5, not ${level}`);
  }
  const ready = trialOrders(units, options);
  const { replay, plan } = ready;
  const isRatio = statistic === 'logRatio';
  const centre = centreOf(ready, { isRatio, arm });
  if (!centre.estimable) return centre;
  const { cells } = centre;
  const least = leastSquares(cells);
  const { kept, weights, all, chances } = keepOrders(ready, cells, options);
  const draws = weights.length;
  const defined = weights.reduce((total, weight) => total + weight, 0);
  const share = defined / all;
  const judged = { ...replay, ...chances };
  const shortage = shortageOf({ plan, replay: judged }, { draws, share });
  if (shortage !== undefined) return shortage;
  const { method, assignments } = plan;
  const floor = floorOf(judged, { method, draws, share });
  const alpha = sides === 'equal-tailed' ? (1 - level) / 2 : 1 - level;
  // A p value that is alpha but for rounding rejects.
  const critical = alpha * (1 + 1e-9);
  const smallest = sides === 'two-sided' ? floor.smallestTwoSidedPValue : floor.smallestPValue;
  if (smallest > critical) return outOfReach(floor, { alpha, level, method });

  const end = (side: -1 | 1): number | undefined => {
    const keeps = keeperBy(
      (draw, steps: number) => studentizedScore(kept, { at: draw * sumsPerOrder, steps, least }),
      {
        weights,
        most: method === 'enumeration' ? critical * defined : critical * (defined + 1) - 1,
        tail: sides === 'two-sided' ? 'two' : side < 0 ? 'greater' : 'less',
        slack: 1e-12,
      },
    );
    const distance = outermost((away) => keeps(isRatio ? Math.expm1(-side * away) : side * away), {
      first: centre.standardError,
      most: isRatio ? mostLog : mostErrors * centre.standardError,
    });
    return distance === undefined ? undefined : centre.estimate + side * distance;
  };
  return withEnds(end, {
    statistic,
    studentized: true,
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

/** The sums of every order that can be compared, and behind them those of the actual one. */
function keepOrders(
  ready: TrialOrders,
  cells: OrderedCells,
  options: OrdersOptions,
): {
  readonly kept: Float64Array;
  readonly weights: readonly number[];
  readonly all: number;
  readonly chances: { readonly chance: number; readonly mirrored: number } | undefined;
} {
  const { clusters, groups, replay, plan, roles } = ready;
  const sumOf = scoring(cells, roles);
  const kept = new Float64Array((plan.planned + 1) * sumsPerOrder);
  const weights: number[] = [];
  const twins = plan.method === 'enumeration' ? countTwins(ready) : undefined;
  let all = 0;
  visitOrders(
    replay,
    (drawn, weight) => {
      all += weight;
      twins?.add(drawn, weight);
      if (sumOf(drawn, kept, weights.length * sumsPerOrder)) weights.push(weight);
    },
    { ...options, clusters },
  );
  sumOf(groups, kept, weights.length * sumsPerOrder);
  return { kept, weights, all, chances: twins?.chances(all) };
}
