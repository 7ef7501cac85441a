import type { Estimable, NotEstimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { PeriodUnit, StatisticOverTime } from './period-unit.ts';

/** A cluster in a period. */
export interface Cell {
  readonly cluster: number;
  readonly period: number;
  readonly arm: number;
  readonly numerator: number;
  /** Above 0. */
  readonly denominator: number;
}

/** The cells that a comparison rests on. */
export interface ComparableCells {
  readonly cells: readonly Cell[];
  /** Periods that they are in, ascending. */
  readonly periods: readonly number[];
  /** Arms that they are in, ascending, 0 first. */
  readonly arms: readonly number[];
  /** Clusters that they are of. */
  readonly clusters: number;
}

/** Every cell with a denominator. */
export function cellsOf(units: readonly PeriodUnit[]): readonly Cell[] {
  return units.flatMap(({ cells, arms }, cluster) =>
    cells.flatMap(({ numerator, denominator }, period) =>
      denominator > 0 ? [{ cluster, period, arm: arms[period] ?? 0, numerator, denominator }] : [],
    ),
  );
}

/**
 * The cells that tell something of an arm against control when every period has an effect of its own.
 * Left out are periods that tell nothing: those in which one cluster alone was seen, those without an
 * event where logarithms are compared, and those whose arms no chain of periods links to control.
 *
 * @returns no cells, with the reason, where arm and control cannot be compared or have too few clusters
 */
export function comparableCells(
  all: readonly Cell[],
  { statistic, arm }: { readonly statistic: StatisticOverTime; readonly arm: number },
): Estimable<ComparableCells> {
  const isLog = statistic === 'logRatio';
  const without = [arm, 0].filter((index) => !all.some((cell) => cell.arm === index));
  if (without.length > 0) {
    return notEstimable(
      `no cluster was seen with ${armName(without[0] ?? 0)}`,
      'bring what is counted below the line (patient-days, say) up to date',
    );
  }
  const eventless = new Set(
    isLog ? distinct(all, 'arm').filter((index) => !hasEvents(all, 'arm', index)) : [],
  );
  if (eventless.has(arm) || eventless.has(0)) {
    return notEstimable(
      `${armName(eventless.has(arm) ? arm : 0)} has no events, so the ratio has no logarithm`,
      'read the difference, or test by re-randomisation',
    );
  }
  // Of an arm without events the ratio is 0 whatever the period effects are: its cells tell nothing.
  const seen = all.filter((cell) => !eventless.has(cell.arm));
  const telling = new Set(
    distinct(seen, 'period').filter(
      (period) =>
        seen.filter((cell) => cell.period === period).length > 1 &&
        (!isLog || hasEvents(seen, 'period', period)),
    ),
  );
  const judged = seen.filter((cell) => telling.has(cell.period));
  const arms = linkedArms(judged);
  if (!arms.has(arm)) {
    return noOverlap(arm);
  }
  const cells = judged.filter((cell) => arms.has(cell.arm));
  const clusters = distinct(cells, 'cluster').length;
  if (clusters <= arms.size) {
    return notEstimable(
      `clusters: ${clusters}, arms: ${arms.size}; there must be more clusters than arms for a variance between them`,
      'two clusters or more on each order of the arms; four on each are the fewest that can show an effect at 5 %',
    );
  }
  return {
    estimable: true,
    cells,
    periods: distinct(cells, 'period'),
    arms: distinct(cells, 'arm'),
    clusters,
  };
}

/** Why an arm cannot be compared with control, for want of periods that have both. */
export function noOverlap(arm: number): NotEstimable {
  return notEstimable(
    `in no period were ${armName(arm)} and ${armName(0)} both seen, so its effect cannot be told from those of the periods`,
    'an order of the arms in which they overlap',
  );
}

/** An arm in words. */
export function armName(arm: number): string {
  return arm === 0 ? 'the control arm' : `arm ${arm}`;
}

/** The different values that cells have, ascending. */
function distinct(cells: readonly Cell[], key: 'arm' | 'period' | 'cluster'): readonly number[] {
  return [...new Set(cells.map((cell) => cell[key]))].sort((a, b) => a - b);
}

function hasEvents(cells: readonly Cell[], key: 'arm' | 'period', value: number): boolean {
  return cells.some((cell) => cell[key] === value && cell.numerator > 0);
}

/** The arms that share a period with control, or with an arm that is linked to it so. */
function linkedArms(cells: readonly Cell[]): ReadonlySet<number> {
  const linked = new Set([0]);
  for (let before = 0; before < linked.size;) {
    before = linked.size;
    const periods = new Set(cells.filter(({ arm }) => linked.has(arm)).map(({ period }) => period));
    for (const { arm, period } of cells) if (periods.has(period)) linked.add(arm);
  }
  return linked;
}
