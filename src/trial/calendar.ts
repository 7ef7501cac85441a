import { Temporal } from 'temporal-polyfill';

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    // en-CA prints ISO dates; h23 and the Gregorian calendar are what Temporal would give too.
    formatter = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      calendar: 'iso8601',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}

/** Whether `timeZone` is an IANA time zone name that this platform knows. */
export function isTimeZone(timeZone: string): boolean {
  if (!/^[A-Za-z]/.test(timeZone)) return false;
  try {
    formatterOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

/** Whether `day` is a calendar day that exists, written `YYYY-MM-DD`. */
export function isCalendarDay(day: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return false;
  try {
    Temporal.PlainDate.from(day, { overflow: 'reject' });
    return true;
  } catch {
    return false;
  }
}

/**
 * The calendar day of an instant.
 *
 * @param instant milliseconds since 1970-01-01T00:00Z
 * @param timeZone IANA name
 * @returns `YYYY-MM-DD`
 */
export function calendarDay(instant: number, timeZone: string): string {
  return formatterOf(timeZone).format(instant);
}

/** The instant at which a calendar day begins: midnight, or the first instant after a skipped midnight. */
export function startOfDay(day: string, timeZone: string): number {
  return Temporal.PlainDate.from(day).toZonedDateTime(timeZone).epochMilliseconds;
}

/** The calendar day `days` later (or earlier, when negative). */
export function addDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/** Calendar days from `from` to `to`: 0 when they are the same. */
export function daysBetween(from: string, to: string): number {
  return Temporal.PlainDate.from(from).until(to).days;
}

/**
 * Milliseconds of an ISO 8601 duration of days, hours, minutes and seconds (a day is 24 hours).
 *
 * @throws RangeError when it is no such duration or not positive
 */
export function durationMilliseconds(duration: string): number {
  const parsed = Temporal.Duration.from(duration);
  if (parsed.years !== 0 || parsed.months !== 0 || parsed.weeks !== 0) {
    throw new RangeError('write weeks as days; months and years have no fixed length');
  }
  const milliseconds = parsed.total('milliseconds');
  if (!(milliseconds > 0)) throw new RangeError('a window must be longer than nothing');
  return milliseconds;
}
