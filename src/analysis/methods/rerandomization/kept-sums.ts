import type { ReplayOptions } from './reference-set.ts';
import { actualSums, visitAssignments } from './reference-set.ts';
import type { SetUp } from './set-up.ts';
import { statisticUnder, sumsPerDraw } from './shifted.ts';
import { pooledRatio } from './statistic.ts';
import type { Rows } from './sums.ts';
import { rowsOf } from './sums.ts';

/** Numerators centred at the ratio of the arm that their unit had. */
function rowsBy({ values, replay }: SetUp, labels: readonly number[], arm: 0 | 1): Rows {
  const keep = (unit: number): boolean => labels[unit] === arm;
  const own = pooledRatio(values, keep);
  return rowsOf(values, { places: replay.places, centreOf: () => own, keep });
}

/** The sums of every assignment that has a statistic, and behind them those of the actual one. */
export function keepSums(
  ready: SetUp,
  labels: readonly number[],
  options: ReplayOptions,
): { readonly kept: Float64Array; readonly weights: readonly number[]; readonly all: number } {
  const { actual, replay, plan, estimates } = ready;
  const sets = [rowsBy(ready, labels, 1), rowsBy(ready, labels, 0)];
  const kept = new Float64Array((plan.planned + 1) * sumsPerDraw);
  const weights: number[] = [];
  let all = 0;
  const exists = statisticUnder(kept, { ...estimates, studentized: false, unit: 1 });
  visitAssignments(
    replay,
    (sums, weight) => {
      all += weight;
      kept.set(sums, weights.length * sumsPerDraw);
      // Whether the statistic exists depends on which units have events, not on the effect assumed.
      if (!Number.isNaN(exists(weights.length, { scale: 1, lift: 0 }))) weights.push(weight);
    },
    { ...options, sets, arms: 2 },
  );
  kept.set(actualSums(replay, sets, actual), weights.length * sumsPerDraw);
  return { kept, weights, all };
}
