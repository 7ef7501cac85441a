import { addDays, calendarDay, startOfDay } from '../../trial/calendar.ts';
import { timeReader } from '../local-time.ts';
import type { Fields } from '../fields.ts';
import { fieldIn } from '../fields.ts';
import type { TableMapping, TimeColumns } from './mapping.ts';

/** When something was, as far as a row tells. Milliseconds since 1970-01-01T00:00Z. */
export interface RowTime {
  /** The earliest instant that it can have been. */
  readonly from: number;
  /** The latest. */
  readonly to: number;
  /** How well it is known. Clocks that are set back show some times twice. */
  readonly precision: 'instant' | 'twice' | 'day';
  /** Milliseconds of the minute or the second that an instant is told by; of others 1. */
  readonly lasts: number;
}

/** Why a time cannot be read. */
export interface TimeFault {
  readonly column: string;
  readonly reason: string;
}

/** Reads a time of a row; undefined where nothing stands there. */
export type RowTimeReader = (fields: Fields) => RowTime | TimeFault | undefined;

const longestTwice = 43_200_000;

// What a database or a spreadsheet writes behind a day that has no time.
const midnight = /[T\s]0?0:00(?::00(?:\.0+)?)?(?=\s*(?:Z|[+-]00:?00)?$)/i;
const midnightOfDay = /[T\s]0?0:00(?::00(?:\.0+)?)?\s*(?:Z|[+-]00:?00)?$/i;
const midnightOfTwelve = /([T\s]12:00(?::00)?\s*)A(\.?M\.?)$/i;

// Every day has a noon, wherever clocks are set forward at midnight.
function atNoon(text: string): string | undefined {
  if (midnight.test(text)) return text.replace(midnight, (at) => at.replace(/0?0:/, '12:'));
  return midnightOfTwelve.test(text) ? text.replace(midnightOfTwelve, '$1P$2') : undefined;
}

// What stands behind a second colon, or a fraction behind that.
const lastsOf = (text: string): number =>
  /:\d{2}:\d{2}\./.test(text) ? 1 : /:\d{2}:\d{2}/.test(text) ? 1_000 : 60_000;

/** The names of the columns of a time: those that must be there and those that may. */
export function timeColumns({ at, date, time }: TimeColumns): {
  readonly columns: readonly string[];
  readonly optional: readonly string[];
} {
  const present = (names: readonly (string | undefined)[]): readonly string[] =>
    names.filter((name) => name !== undefined);
  return date === undefined
    ? { columns: present([at]), optional: [] }
    : { columns: present([date, time]), optional: present([at]) };
}

/** Readers of the times of a table, which share what they have learned of its zone. */
export function rowTimes({
  zone,
  times,
  midnight: meaning = 'instant',
}: Pick<TableMapping, 'zone' | 'times' | 'midnight'>): (columns: TimeColumns) => RowTimeReader {
  const read = timeReader({ zone, format: times });
  const days = new Map<string, RowTime>();

  const dayOf = (noon: number): RowTime => {
    const day = calendarDay(noon, zone);
    const known = days.get(day);
    if (known !== undefined) return known;
    const to = startOfDay(addDays(day, 1), zone) - 1;
    const time: RowTime = { from: startOfDay(day, zone), to, precision: 'day', lasts: 1 };
    days.set(day, time);
    return time;
  };

  const timeOf = (text: string, column: string): RowTime | TimeFault => {
    const noon = meaning === 'day' ? atNoon(text) : undefined;
    const span = read(noon ?? text);
    if (typeof span === 'string') return { column, reason: span };
    const { from, to } = span;
    if (noon !== undefined) return dayOf(from);
    if (from === to) return { from, to, precision: 'instant', lasts: lastsOf(text) };
    return { from, to, precision: to - from > longestTwice ? 'day' : 'twice', lasts: 1 };
  };

  return ({ at, date, time }) =>
    (fields) => {
      const whole = at === undefined ? '' : fieldIn(fields, at);
      if (at !== undefined && whole !== '') return timeOf(whole, at);
      const day = date === undefined ? '' : fieldIn(fields, date).replace(midnightOfDay, '');
      if (date === undefined || day === '') return undefined;
      const clock = time === undefined ? '' : fieldIn(fields, time);
      return timeOf(clock === '' ? day : `${day} ${clock}`, date);
    };
}
