import type { UnitDaySums } from '../store/port.ts';
import { addDays } from '../trial/calendar.ts';
import { periodsOf } from '../trial/groups.ts';
import type { Trial } from '../trial/trial.ts';
import type { UnitRow } from './rows.ts';

/** The sums of a unit that can be added up over days. */
const summed = [
  'alerts',
  'alertsByOpening',
  'silent',
  'accepted',
  'acceptedByOpening',
  'dismissed',
  'acceptedAndDismissed',
  'ordered',
  'calendarDays',
  'midnightDays',
  'elapsedDays',
  'exposedDays',
] as const satisfies readonly (keyof UnitDaySums)[];

type Sums = { -readonly [K in (typeof summed)[number]]: number };
type PeriodRow = { -readonly [K in keyof UnitRow]: UnitRow[K] } & Sums;

/**
 * The sums of units by day as those by period of a design over time, with what falls into the washout
 * at the beginning of a period by itself. What happened before the first period is in none.
 */
export function periodRows(trial: Trial, days: readonly UnitDaySums[]): readonly UnitRow[] {
  const { starts = [], washout = 0 } = periodsOf(trial.protocol) ?? {};
  const ends = starts.map((day) => (washout === 0 ? day : addDays(day, washout)));
  const rows = new Map<string, PeriodRow>();
  for (const { day, ...sums } of days) {
    const period = starts.findLastIndex((start) => start <= day) + 1;
    if (period === 0) continue;
    const isWashout = day < (ends[period - 1] ?? '');
    const { unitId, arm, stratum } = sums;
    const key = JSON.stringify([unitId, arm, stratum, period, isWashout]);
    const row = rows.get(key);
    if (row === undefined) rows.set(key, { ...sums, period, washout: isWashout });
    else for (const column of summed) row[column] += sums[column];
  }
  return [...rows.values()];
}
