import { Temporal } from 'temporal-polyfill';
import { LRUCache } from 'lru-cache';

/** The instants at which clocks of a zone show a time: none, one, or the first and the last of two. */
export type WallClock = (wall: number) => readonly [number, number] | undefined;

const hour = 3_600_000;
// Of a year of alerts there are 8,784; what is looked up costs a thousandth of what is computed.
const rememberedHours = 20_000;

/**
 * A clock of a zone. A wall time is told in milliseconds as if it were in UTC.
 *
 * @param zone IANA name
 */
export function wallClock(zone: string): WallClock {
  const exact: WallClock = (wall) => {
    const time = Temporal.Instant.fromEpochMilliseconds(wall)
      .toZonedDateTimeISO('UTC')
      .toPlainDateTime();
    const earlier = time.toZonedDateTime(zone, { disambiguation: 'earlier' });
    // Of a time that clocks skip, the instant before them shows another time.
    if (!earlier.toPlainDateTime().equals(time)) return undefined;
    const later = time.toZonedDateTime(zone, { disambiguation: 'later' });
    return [earlier.epochMilliseconds, later.epochMilliseconds];
  };

  // What to take from a wall time throughout an hour; NaN where that differs within the hour.
  const offsets = new LRUCache<number, number>({ max: rememberedHours });
  const offsetIn = (begin: number): number => {
    const first = exact(begin);
    const last = exact(begin + hour - 1);
    if (first === undefined || last === undefined) return Number.NaN;
    const [from, to] = first;
    const isEven = from === to && last[0] === last[1] && last[0] - from === hour - 1;
    return isEven ? begin - from : Number.NaN;
  };

  const offsetAt = (begin: number): number => {
    let offset = offsets.get(begin);
    if (offset === undefined) {
      offset = offsetIn(begin);
      offsets.set(begin, offset);
    }
    return offset;
  };

  let last = Number.NaN;
  let offset = Number.NaN;
  return (wall) => {
    const begin = Math.floor(wall / hour) * hour;
    // An extract goes from hour to hour.
    if (begin !== last) offset = offsetAt(begin);
    last = begin;
    if (Number.isNaN(offset)) return exact(wall);
    const at = wall - offset;
    return [at, at];
  };
}
