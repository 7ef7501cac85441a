import type { Interval } from '../intake/intervals.ts';
import { addDays, isCalendarDay, startOfDay } from '../trial/calendar.ts';

/** Why a date says no time that can be used. */
export type TimeFault = 'no date' | 'a date that cannot be read';

/** From the earliest to the latest instant that a text can mean, both in milliseconds and counted. */
export type PossibleTime = Pick<Interval, 'from' | 'to'>;

const date = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;
const instant =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(?<seconds>:[0-5]\d(?<fraction>\.\d+)?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** The first day of a year, a month or a day, and the first day after it. */
function daysOf([, year = '', month, day]: RegExpExecArray): readonly [string, string] | undefined {
  const first = `${year}-${month ?? '01'}-${day ?? '01'}`;
  if (!isCalendarDay(first)) return undefined;
  if (day !== undefined) return [first, addDays(first, 1)];
  // 31 days from the first of a month lie in the next one.
  const later = addDays(first, month === undefined ? 366 : 31);
  return [first, month === undefined ? `${later.slice(0, 4)}-01-01` : `${later.slice(0, 7)}-01`];
}

/**
 * The instants that a FHIR dateTime can mean. One without a time is any instant of its days in a time
 * zone, one without seconds any of its minute, one without a fraction any of its second. One with a
 * time and no offset is no FHIR dateTime, and is not guessed.
 *
 * @param text of anything, because servers differ
 * @param timeZone IANA name of the zone that days are of
 * @see https://hl7.org/fhir/R4/datatypes.html#dateTime
 */
export function possibleTime(text: unknown, timeZone: string): PossibleTime | TimeFault {
  if (text === undefined || text === null || text === '') return 'no date';
  if (typeof text !== 'string') return 'a date that cannot be read';
  const dated = date.exec(text);
  if (dated !== null) {
    const days = daysOf(dated);
    if (days === undefined) return 'a date that cannot be read';
    return { from: startOfDay(days[0], timeZone), to: startOfDay(days[1], timeZone) - 1 };
  }
  const from = instantOf(text);
  if (from === undefined) return 'a date that cannot be read';
  const { seconds, fraction } = instant.exec(text)?.groups ?? {};
  const lasts = seconds === undefined ? 60_000 : fraction === undefined ? 1_000 : 1;
  return { from, to: from + lasts - 1 };
}

/**
 * The instant of a FHIR dateTime with a time of day, milliseconds since 1970-01-01T00:00Z; `undefined`
 * for anything else, such as the 30th of February, which a platform may take for the 2nd of March.
 */
export function instantOf(text: string): number | undefined {
  const parts = instant.exec(text);
  if (parts === null || !isCalendarDay(parts[1] ?? '')) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** Whether a text is a FHIR date without a time of day. */
export const isDateOnly = (text: string): boolean => date.test(text);
