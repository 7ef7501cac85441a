import type { PatientDayDetails } from '../store/log/port.ts';
import { addDays, calendarDay, startOfDay } from '../trial/calendar.ts';
import type { Interval } from './intervals.ts';
import { merge } from './intervals.ts';

/** Which time counts, and where its days begin. */
export interface DayOptions {
  /** IANA name of the trial's time zone. */
  readonly timeZone: string;
  /** First instant that counts, milliseconds since 1970-01-01T00:00Z. */
  readonly from: number;
  /** First instant that does not: the end of the trial or the cut-off of the data. */
  readonly to: number;
}

const day24 = 86_400_000;

/** A day in whole milliseconds, so that the order of the stays changes no digit of it. */
interface Present {
  readonly midnight: 0 | 1;
  readonly milliseconds: number;
}

/**
 * The patient-days of one patient's stays, in three ways: calendar days touched, midnights present
 * (the midnight that ends the day), and time present / 24 hours. A day of 25 hours is one calendar
 * day and up to 25/24 elapsed days. Overlapping and nested stays are merged first; one that lasts
 * ends at `to`.
 *
 * @returns in order of days
 */
export function stayDays(
  stays: readonly Interval[],
  options: DayOptions,
): readonly PatientDayDetails[] {
  const days = new Map<string, Present>();
  for (const stay of merge(stays)) addStay(days, stay, options);
  return [...days].map(([day, { midnight, milliseconds }]) => ({
    day,
    calendar: 1,
    midnight,
    elapsed: milliseconds / day24,
  }));
}

function addStay(
  days: Map<string, Present>,
  stay: Interval,
  { timeZone, from, to }: DayOptions,
): void {
  const first = Math.max(stay.from, from);
  const last = Math.min(stay.to, to);
  if (first >= last) return;
  for (let day = calendarDay(first, timeZone), begins = first; begins < last;) {
    const tomorrow = addDays(day, 1);
    const midnight = startOfDay(tomorrow, timeZone);
    const ends = Math.min(midnight, last);
    const before = days.get(day);
    // Whoever leaves at the stroke of midnight is not there at midnight; who is there at the cut-off is.
    const present = midnight <= to && stay.to > midnight;
    // A day that a zone left out when it moved across the date line is nobody's.
    if (begins < ends) {
      days.set(day, {
        midnight: present || before?.midnight === 1 ? 1 : 0,
        milliseconds: (before?.milliseconds ?? 0) + ends - begins,
      });
    }
    day = tomorrow;
    begins = ends;
  }
}
