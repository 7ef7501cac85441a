import { addDays, daysBetween } from '../trial/calendar.ts';
import { periodsOf } from '../trial/groups.ts';
import type { Trial } from '../trial/trial.ts';

/** A period of a trial as far as its patient-days go. */
export interface PlannedPeriod {
  /** Its length over that of the mean period. */
  readonly length: number;
  /** The share of it that is left out where the arm has just changed. */
  readonly washout: number;
}

/** The periods of a trial; one where arms never change. */
export function plannedPeriods({ protocol }: Pick<Trial, 'protocol'>): readonly PlannedPeriod[] {
  const { starts = [protocol.start], washout = 0 } = periodsOf(protocol) ?? {};
  const ends = [...starts.slice(1), addDays(protocol.end, 1)];
  const days = starts.map((start, i) => daysBetween(start, ends[i] ?? start));
  const mean = days.reduce((sum, own) => sum + own, 0) / days.length;
  return days.map((own) => ({ length: own / mean, washout: washout / own }));
}

/** The share of a period in which a unit with these arms is analysed. */
export function analysedShare(
  { washout }: Pick<PlannedPeriod, 'washout'>,
  { arms, period }: { readonly arms: readonly unknown[]; readonly period: number },
): number {
  return period > 0 && arms[period] !== arms[period - 1] ? 1 - washout : 1;
}
