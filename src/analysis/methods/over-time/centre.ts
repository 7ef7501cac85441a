import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { armName, noOverlap } from './cells.ts';
import type { OrderedCells } from './score.ts';
import { scoring, sumsPerOrder } from './score.ts';
import type { TrialOrders } from './trial-orders.ts';
import { cellsUnder, leastSquares, noDifference } from './trial-orders.ts';

/** The effect in the data, and the cells with it taken out. */
export interface Centre {
  /** Of a ratio the logarithm. */
  readonly estimate: number;
  readonly standardError: number;
  /** A step takes out a difference of 1 more, or of a ratio as much again as is left. */
  readonly cells: OrderedCells;
}

/**
 * The effect that leaves no score: where the numerators of the arm are Y - δE or cY, U is linear in δ
 * and in c, so that it is found at once.
 */
export function centreOf(
  ready: TrialOrders,
  { isRatio, arm }: { readonly isRatio: boolean; readonly arm: number },
): Estimable<Centre> {
  const sums = new Float64Array(sumsPerOrder);
  const score = (cells: OrderedCells): boolean =>
    scoring(cells, ready.roles)(ready.groups, sums, 0);
  const whole = isRatio
    ? { numerator: () => 0, step: (y: number) => y }
    : { numerator: (y: number) => y, step: (_: number, e: number) => -e };
  if (!score(cellsUnder(ready, whole))) return noOverlap(arm);
  const [rest = 0, , slope = 0] = sums;
  if (isRatio && !(slope > 0 && rest < 0)) {
    return notEstimable(
      `${armName(slope > 0 ? 0 : arm)} has no events in the periods with both arms, so the ratio has no logarithm`,
      'the difference of the ratios (statistic: difference)',
    );
  }
  const effect = -rest / slope;
  const cells = cellsUnder(
    ready,
    isRatio
      ? { numerator: (y) => effect * y, step: (y) => effect * y }
      : { numerator: (y, e) => y - effect * e, step: (_, e) => -e },
  );
  score(cells);
  const [, squares = 0, unit = 0] = sums;
  if (squares <= leastSquares(cells)) return noDifference;
  return {
    estimable: true,
    estimate: isRatio ? -Math.log(effect) : effect,
    standardError: Math.sqrt(squares) / Math.abs(unit),
    cells,
  };
}
