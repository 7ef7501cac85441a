import type { Estimable } from '../../estimable.ts';
import type { Effect } from '../effect.ts';
import { contrast } from '../gee/contrast.ts';
import { armEffect, armTerm, armTerms } from './arm-effect.ts';
import type { Cell } from './cells.ts';
import type { ComparisonOptions } from './comparison.ts';
import { comparisonOf } from './comparison.ts';
import { fitCells } from './fit.ts';
import type { PeriodUnit } from './period-unit.ts';

/** Whether the arm of the period before still works. */
export interface CarryOver {
  /** Of the arm in the period before against control in the period before, whatever the present arm. */
  readonly carryOver: Estimable<Effect>;
  /** Of the arm in its own period, adjusted for what is carried over. */
  readonly adjusted: Estimable<Effect>;
  /** From the first period alone, into which nothing is carried over. */
  readonly first: Estimable<Effect>;
  /** From the later periods. */
  readonly later: Estimable<Effect>;
  /** What the check is not for. */
  readonly caution: string;
}

const caution =
  'A test of carry-over has little power and must not choose the analysis: taking the first period alone after a significant one, and all periods otherwise, rejects a true null hypothesis too often. Keep to the analysis that was planned, and prevent carry-over by a washout.';

/**
 * Checks a crossover for carry-over: the model of `estimateOverTime` with a column more for each arm, 1
 * where the cluster had it in the period before (also in a period left out as a washout), 0 in the first
 * period. Beside it stand the effects from the first period alone and from the later ones.
 *
 * With two periods and orders AB and BA the carry-over is what the first period's effect exceeds the
 * second's by, and cannot be told from an effect that changes with time. In a stepped wedge it is an
 * effect that needs more than a period: see `exposureTimeCheck`.
 *
 * Sources: Freeman 1989, Stat Med 8:1421 (the caution); Senn 2002, Cross-over Trials in Clinical
 * Research, chapter 3. In R: `geepack::geeglm(y ~ factor(period) + x + before + offset(log(e)), family =
 * poisson, id = cluster)` with `before` the `x` of the period before.
 *
 * @returns no check where the arm of the period before cannot be told from the other effects
 * @throws RangeError as `estimateOverTime` does
 */
export function carryOverCheck(
  units: readonly PeriodUnit[],
  options: ComparisonOptions,
): Estimable<CarryOver> {
  const comparison = comparisonOf(units, options);
  if (!comparison.estimable) return comparison;
  const { arm, judged, judging } = comparison;
  const beforeOf = ({ cluster, period }: Cell): number => units[cluster]?.arms[period - 1] ?? 0;
  const nameOf = (index: number): string => `arm ${index} in the period before`;
  const before = judged.arms
    .filter((index) => index > 0)
    .map((index) => ({
      name: nameOf(index),
      valueOf: (cell: Cell) => +(beforeOf(cell) === index),
    }));
  const fit = fitCells(judged.cells, {
    ...comparison,
    periods: judged.periods,
    terms: [...armTerms(judged.arms), ...before],
  });
  if (!fit.estimable) return fit;
  const effectIn = (keep: (cell: Cell) => boolean): Estimable<Effect> => {
    const part = comparisonOf(units, options, keep);
    return part.estimable ? armEffect(part) : part;
  };
  return {
    estimable: true,
    carryOver: contrast(fit, nameOf(arm), judging),
    adjusted: contrast(fit, armTerm(arm), judging),
    first: effectIn((cell) => cell.period === 0),
    later: effectIn((cell) => cell.period > 0),
    caution,
  };
}
