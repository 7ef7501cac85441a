import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Effect } from '../effect.ts';
import { contrast } from '../gee/contrast.ts';
import type { Cell } from './cells.ts';
import { armName } from './cells.ts';
import type { Comparison, ComparisonOptions } from './comparison.ts';
import { comparisonOf } from './comparison.ts';
import { fitCells } from './fit.ts';
import type { JointTest } from './joint-test.ts';
import { testEqual } from './joint-test.ts';
import type { PeriodUnit } from './period-unit.ts';

/** The effect in a period by itself. */
export interface PeriodEffect {
  /** From 0. */
  readonly period: number;
  /** Clusters with a denominator. */
  readonly clusters: { readonly arm: number; readonly control: number };
  readonly effect: Estimable<Effect>;
}

/** Whether an effect changes with the calendar. */
export interface EffectByPeriod {
  /** Every period. */
  readonly periods: readonly PeriodEffect[];
  /** Of the effect being the same in all periods that have one: no interaction of arm and period. */
  readonly test: Estimable<JointTest>;
}

/**
 * The effect of an arm against control in each period by itself, and a joint F test that it is the same
 * in all of them (no interaction of period and arm). Each is the comparison of two arms of a parallel
 * trial, with t on the clusters of the period less 2; the test minds that periods share clusters.
 *
 * Source: Thompson et al. 2018, Stat Med 37:2487 (effects within periods). In R: `geepack::geeglm(y ~ 0 +
 * factor(period) + factor(period):x + offset(log(e)), family = poisson, id = cluster)`.
 *
 * @throws RangeError as `estimateOverTime` does
 */
export function effectByPeriod(
  units: readonly PeriodUnit[],
  options: ComparisonOptions,
): Estimable<EffectByPeriod> {
  const arm = options.arm ?? 1;
  const comparison = comparisonOf(units, options, (cell) => cell.arm === 0 || cell.arm === arm);
  if (!comparison.estimable) return comparison;
  const { judging, periodCount } = comparison;
  const groups = Array.from({ length: periodCount }, (_, period) => groupsOf(comparison, period));
  const periods = groups.flatMap(({ reason }, period) => (reason === undefined ? [period] : []));
  if (periods.length === 0) {
    return notEstimable(
      'in no period did each arm have two clusters, so no period has an effect by itself',
      'the effect over all periods (estimateOverTime)',
    );
  }
  const nameOf = (period: number): string => `effect in period ${period}`;
  const fit = fitCells(
    comparison.judged.cells.filter((cell) => periods.includes(cell.period)),
    {
      ...comparison,
      periods,
      terms: periods.map((period) => ({
        name: nameOf(period),
        valueOf: (cell: Cell) => +(cell.period === period && cell.arm === arm),
      })),
    },
  );
  if (!fit.estimable) return fit;
  const degreesOfFreedom = fit.clusters - 2;
  return {
    estimable: true,
    periods: groups.map(({ clusters, reason }, period) => ({
      period,
      clusters,
      effect:
        reason === undefined
          ? contrast(fit, nameOf(period), {
              ...judging,
              degreesOfFreedom: clusters.arm + clusters.control - 2,
            })
          : notEstimable(reason),
    })),
    test: testEqual(fit, periods.map(nameOf), { ...judging, degreesOfFreedom }),
  };
}

/** The clusters of a period, and why it has no effect by itself. */
function groupsOf(
  { seen, arm, statistic }: Comparison,
  period: number,
): Pick<PeriodEffect, 'clusters'> & { readonly reason: string | undefined } {
  const own = [arm, 0].map((index) =>
    seen.filter((cell) => cell.period === period && cell.arm === index),
  );
  const [treated = [], control = []] = own;
  const eventless = own.findIndex((cells) => !cells.some(({ numerator }) => numerator > 0));
  const reason = own.some((cells) => cells.length < 2)
    ? 'each arm needs two clusters in the period'
    : statistic === 'logRatio' && eventless >= 0
      ? `${armName(eventless === 0 ? arm : 0)} has no events in the period, so the ratio has no logarithm`
      : undefined;
  return { clusters: { arm: treated.length, control: control.length }, reason };
}
