import type { Interval } from '../../intake/intervals.ts';
import type { DayOptions } from '../../intake/stay-days.ts';
import { stayDays } from '../../intake/stay-days.ts';
import type { PatientDayDetails } from '../../store/log/port.ts';

/** A stay as a row tells of it. Milliseconds since 1970-01-01T00:00Z. */
export interface ToldStay {
  /** Of a date without a time, the beginning of the day. */
  readonly from: number;
  /** Of a date without a time, an instant within the day; null while the stay lasts. */
  readonly to: number | null;
  /** Of a date without a time, when the time that elapsed ends by the rule of the mapping. */
  readonly elapsedTo?: number | undefined;
}

/**
 * The patient-days of one subject's stays. A date without a time touches its day and is there at the
 * midnight before, like any instant of that day; the time that elapsed is counted by a rule.
 */
export function toldDays(
  stays: readonly ToldStay[],
  options: DayOptions,
): readonly PatientDayDetails[] {
  const present = stays.map(({ from, to }): Interval => ({ from, to: to ?? Infinity }));
  const days = stayDays(present, options);
  if (stays.every(({ elapsedTo }) => elapsedTo === undefined)) return days;
  const elapsed = stays.map(({ from, to, elapsedTo }): Interval => ({
    from,
    to: elapsedTo ?? to ?? Infinity,
  }));
  const shares = new Map(stayDays(elapsed, options).map((day) => [day.day, day.elapsed]));
  return days.map((day) => ({ ...day, elapsed: shares.get(day.day) ?? 0 }));
}
