import { isTimeZone } from '../trial/calendar.ts';
import { timeFormat } from './time-format.ts';
import { wallClock } from './wall-clock.ts';

/** When something happened, as far as a text says so. Milliseconds since 1970-01-01T00:00Z. */
interface TimeSpan {
  /** The earliest instant that it can have been. */
  readonly from: number;
  /** The latest: the same where the text tells an instant. */
  readonly to: number;
  /** What the text says, whatever the zone: milliseconds as if it were in UTC. */
  readonly written: number;
}

/** How to read times. */
export interface TimeReaderOptions {
  /** IANA name of the zone whose clocks the times were read from; `null` where each has its offset. */
  readonly zone: string | null;
  /**
   * `iso` (the default), or patterns such as `MM/DD/YYYY HH:mm:ss`, `M/D/YYYY h:mm:ss A` or
   * `DD-MON-YYYY[ HH:mm]`: the first that fits is used. See `timeFormat`.
   */
  readonly format?: string | readonly string[] | undefined;
}

/** Reads a time: when it was, or why that cannot be told, in words that hold nothing of the text. */
export type TimeReader = (text: string) => TimeSpan | string;

const day = 86_400_000;
const first = 0;
const last = 253_402_300_799_999;

/**
 * A reader of times that were written down from clocks of a zone. An offset or `Z` in the text wins over
 * the zone. A day without a time is the whole day; a time that clocks showed twice, when they were set
 * back, is the span of both; one that they skipped is refused. A column of days and one of times are
 * read together, with a blank between them.
 *
 * @throws RangeError when the zone or a format is none
 */
export function timeReader({ zone, format = 'iso' }: TimeReaderOptions): TimeReader {
  if (zone !== null && !isTimeZone(zone)) {
    throw new RangeError(`"${zone}" is no IANA time zone, such as America/New_York`);
  }
  const formats = (typeof format === 'string' ? [format] : format).map(timeFormat);
  if (formats.length === 0) throw new RangeError('a reader of times needs a format');
  const clock = wallClock(zone ?? 'UTC');
  const shape = typeof format === 'string' ? format : format.join(' or ');

  // Clocks may skip a midnight, but hardly a morning.
  const startOf = (midnight: number): number | undefined => {
    for (let late = 0; late <= 4; late += 1) {
      const found = clock(midnight + late * 1_800_000);
      if (found !== undefined) return found[0];
    }
    return undefined;
  };
  const spanOf = (wall: number, isDayOnly: boolean): TimeSpan | string => {
    if (zone === null) return 'has no offset from UTC: name the zone in the mapping';
    if (isDayOnly) {
      const from = startOf(wall);
      const next = startOf(wall + day);
      if (from === undefined || next === undefined)
        return `is a day that did not take place in ${zone}`;
      return { from, to: next - 1, written: wall };
    }
    const found = clock(wall);
    if (found === undefined) return `is a time that clocks in ${zone} skipped`;
    return { from: found[0], to: found[1], written: wall };
  };

  return (text) => {
    if (text.trim() === '') return 'is empty';
    for (const read of formats) {
      const written = read(text);
      if (typeof written === 'string') return written;
      if (written === undefined) continue;
      const { wall, offset, isDayOnly } = written;
      const span =
        offset === undefined
          ? spanOf(wall, isDayOnly)
          : { from: wall - offset * 60_000, to: wall - offset * 60_000, written: wall };
      if (typeof span === 'string') return span;
      return span.from >= first && span.to <= last ? span : 'is before 1970 or after 9999';
    }
    return `is not written as ${shape === 'iso' ? 'ISO 8601, such as 2026-10-05 09:03:00' : shape}`;
  };
}
