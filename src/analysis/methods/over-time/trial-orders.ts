import type { NotEstimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { UnitTotals } from '../ratio-of-totals.ts';
import { requireChoice } from '../gee/choice.ts';
import type { Replay } from '../rerandomization/draw.ts';
import type { ReplayOptions } from '../rerandomization/reference-set.ts';
import { planOf } from '../rerandomization/reference-set.ts';
import { replayOf } from '../rerandomization/replay.ts';
import type { PeriodUnit, StatisticOverTime } from './period-unit.ts';
import { requireArmIndices, requirePeriods } from './period-unit.ts';
import type { Roles } from './roles.ts';
import { rolesOf } from './roles.ts';
import type { OrderedCells } from './score.ts';

/** As many as a byte can tell apart. */
const mostSequences = 256;

/** How the clusters got their orders of the arms, and what is compared. */
export interface OrdersOptions extends ReplayOptions {
  /** The arm by period of each group of clusters. */
  readonly sequences: readonly (readonly number[])[];
  /** The group that each cluster really is in: an index of `sequences`. */
  readonly groups: readonly number[];
  readonly statistic: StatisticOverTime;
  /** The arm compared with control; default 1. */
  readonly arm?: number | undefined;
  /** How many arms the trial has; default as many as the sequences hold. */
  readonly arms?: number | undefined;
}

/** All that a re-randomisation over the orders needs. */
export interface TrialOrders {
  readonly clusters: number;
  readonly periods: number;
  /** The group of each cluster. */
  readonly groups: Uint8Array;
  /** 1 for clusters with data. */
  readonly used: Uint8Array;
  readonly roles: Roles;
  readonly replay: Replay;
  readonly plan: ReturnType<typeof planOf>;
  /** Denominators, numerators, and 1 in cells that really had the arm, laid out as `OrderedCells`. */
  readonly e: Float64Array;
  readonly y: Float64Array;
  readonly treated: Uint8Array;
}

/**
 * Checks clusters and orders and makes them ready.
 *
 * @throws RangeError when cells, orders and groups do not fit one another or the procedure could not
 *   have given the clusters their groups
 */
export function trialOrders(units: readonly PeriodUnit[], options: OrdersOptions): TrialOrders {
  const { sequences, statistic, arm = 1, arms } = options;
  requireChoice('statistic', statistic, ['logRatio', 'difference']);
  const periods = requirePeriods(units, statistic);
  requireArmIndices(sequences, { arm, arms });
  requireGroups(units, { ...options, periods });
  const { e, y } = planesOf(units, periods);
  const clusters = units.length;
  const treated = Uint8Array.from(e, (_, at) => {
    const cell = at % (clusters * periods);
    return units[Math.floor(cell / periods)]?.arms[cell % periods] === arm ? 1 : 0;
  });
  const groups = Uint8Array.from(options.groups);
  const used = Uint8Array.from(units, ({ cells, washout = [] }) =>
    [...cells, ...washout].some(({ denominator }) => denominator > 0) ? 1 : 0,
  );
  const replay = replayOf(options.procedure, { labels: groups, used, arms: sequences.length });
  return {
    clusters,
    periods,
    groups,
    used,
    roles: rolesOf(sequences, { arm, washout: e.length > clusters * periods }),
    replay,
    plan: planOf(replay, options),
    e,
    y,
    treated,
  };
}

/**
 * Cells under a hypothesis, in which those that really had the arm have other numerators; and, if it is
 * to move, what a step of it adds to them.
 */
export function cellsUnder(
  { clusters, periods, e, y, treated }: TrialOrders,
  hypothesis: {
    readonly numerator: (y: number, e: number) => number;
    readonly step?: ((y: number, e: number) => number) | undefined;
  },
): OrderedCells {
  const each = (otherwise: ArrayLike<number>, of: (y: number, e: number) => number): Float64Array =>
    y.map((numerator, at) =>
      treated[at] === 1 ? of(numerator, e[at] ?? 0) : (otherwise[at] ?? 0),
    );
  const { numerator, step } = hypothesis;
  return { clusters, periods, e, y: each(y, numerator), step: step && each([], step) };
}

/** Squares that are rounding beside numerators. */
export function leastSquares({ y }: Pick<OrderedCells, 'y'>): number {
  return (1e-12 * y.reduce((total, value) => total + Math.abs(value), 0)) ** 2;
}

/** Why there is nothing to test, for want of differences. */
export const noDifference: NotEstimable = notEstimable(
  'the clusters do not differ in their ratio within periods, so every order gives the same',
);

function requireGroups(
  units: readonly PeriodUnit[],
  { sequences, groups, periods }: OrdersOptions & { readonly periods: number },
): void {
  if (sequences.length > mostSequences) {
    throw new RangeError(
      `there may be up to ${mostSequences} sequences, not ${sequences.length}: leave out those that no order has`,
    );
  }
  sequences.forEach((sequence, g) => {
    if (sequence.length !== periods) {
      throw new RangeError(
        `sequence ${g} has ${sequence.length} periods where the clusters have ${periods}`,
      );
    }
  });
  if (groups.length !== units.length) {
    throw new RangeError(
      `groups must name one for each of the ${units.length} clusters, not ${groups.length}`,
    );
  }
  units.forEach(({ arms }, i) => {
    const group = groups[i] ?? Number.NaN;
    const sequence = sequences[group];
    if (sequence === undefined) {
      throw new RangeError(
        `cluster ${i} is in group ${group}, not one of 0 to ${sequences.length - 1}`,
      );
    }
    const other = sequence.findIndex((index, j) => arms[j] !== index);
    if (other >= 0) {
      throw new RangeError(
        `cluster ${i} had arm ${arms[other]} in period ${other} where its group ${group} has arm ${sequence[other]}: give the arms that were drawn`,
      );
    }
  });
}

/** What washouts leave of cells where the arm did not just change, and where it did. */
function planesOf(
  units: readonly PeriodUnit[],
  periods: number,
): { readonly e: Float64Array; readonly y: Float64Array } {
  const plane = units.length * periods;
  const hasWashout = units.some(({ washout }) => washout !== undefined);
  const e = new Float64Array(hasWashout ? 2 * plane : plane);
  const y = new Float64Array(e.length);
  units.forEach(({ cells, arms, washout }, i) => {
    if (washout !== undefined && washout.length !== periods) {
      throw new RangeError(
        `cluster ${i} has washouts of ${washout.length} periods, not of ${periods}: give one for every period, with a denominator of 0 where there is none`,
      );
    }
    cells.forEach((cell, j) => {
      const part = washout?.[j] ?? { numerator: 0, denominator: 0 };
      const isChanged = j > 0 && arms[j] !== arms[j - 1];
      requireWashout(part, isChanged ? undefined : cell, [i, j]);
      const at = i * periods + j;
      const put = (to: number, parts: number): void => {
        const denominator = cell.denominator + parts * part.denominator;
        const isNone = !(denominator > 1e-12 * part.denominator);
        e[to] = isNone ? 0 : denominator;
        y[to] = isNone ? 0 : cell.numerator + parts * part.numerator;
      };
      put(at, isChanged ? 1 : 0);
      if (hasWashout) put(plane + at, isChanged ? 0 : -1);
    });
  });
  return { e, y };
}

function requireWashout(
  { numerator, denominator }: UnitTotals,
  whole: UnitTotals | undefined,
  [i, j]: readonly [number, number],
): void {
  const most = whole?.denominator ?? Infinity;
  if (
    !Number.isFinite(numerator) ||
    !(denominator >= 0 && denominator < Infinity && denominator <= most * (1 + 1e-12))
  ) {
    throw new RangeError(
      `the washout of cluster ${i} in period ${j} must be a part of its cell, not ${numerator} over ${denominator}`,
    );
  }
}
