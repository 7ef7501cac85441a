/** A time as it is written: on a clock of the zone, or as an instant. */
interface WrittenTime {
  /** Milliseconds as if it were in UTC. */
  readonly wall: number;
  /** Minutes that clocks were ahead of UTC, where the text says so. */
  readonly offset: number | undefined;
  readonly isDayOnly: boolean;
}

/** Reads a text; undefined when it is not written so, a text when what is written does not exist. */
export type TimeFormat = (text: string) => WrittenTime | string | undefined;

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');

const parts: Readonly<Record<string, string>> = {
  YYYY: String.raw`(?<year>\d{4})`,
  MM: String.raw`(?<month>\d{2})`,
  M: String.raw`(?<month>\d{1,2})`,
  MON: '(?<name>[A-Za-z]{3})',
  DD: String.raw`(?<day>\d{2})`,
  D: String.raw`(?<day>\d{1,2})`,
  HH: String.raw`(?<hour>\d{2})`,
  H: String.raw`(?<hour>\d{1,2})`,
  hh: String.raw`(?<half>\d{2})`,
  h: String.raw`(?<half>\d{1,2})`,
  mm: String.raw`(?<minute>\d{2})`,
  ss: String.raw`(?<second>\d{2}(?:\.\d{1,9})?)`,
  A: '(?<noon>[AaPp])\\.?[Mm]\\.?',
};

const token = /MON|YYYY|MM|M|DD|D|HH|H|hh|h|mm|ss|A|\[|\]|[^]/g;

/** The formats by their own names. */
const named: Readonly<Record<string, string>> = {
  iso: 'YYYY-MM-DD[ HH:mm[:ss]]',
};

const zoneMark = String.raw`\s?(?<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)`;

function expressionOf(pattern: string): RegExp {
  let source = '';
  for (const [part] of pattern.matchAll(token)) {
    if (part === '[') source += '(?:';
    else if (part === ']') source += ')?';
    else if (part === ' ') source += '(?:[Tt]|\\s+)';
    else source += parts[part] ?? part.replace(/[$()*+.?\\^{|}/-]/g, '\\$&');
  }
  return new RegExp(`^${source}(?:${zoneMark})?$`);
}

function check(pattern: string): void {
  const found = new Set([...pattern.matchAll(token)].map(([part]) => part));
  const has = (...names: readonly string[]): boolean => names.some((name) => found.has(name));
  const depth = pattern.split('[').length - pattern.split(']').length;
  if (!has('YYYY') || !has('MM', 'M', 'MON') || !has('DD', 'D')) {
    throw new RangeError(
      `a format of time needs a year (YYYY), a month (MM, M or MON) and a day (DD or D): "${pattern}" does not`,
    );
  }
  if (has('hh', 'h') !== has('A')) {
    throw new RangeError(`in a format of time, hh and A go together: "${pattern}" has one of them`);
  }
  if (depth !== 0) throw new RangeError(`a bracket in "${pattern}" has no other`);
}

function minutesOf(zone: string): number | undefined {
  if (/^z$/i.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  if (hours > 18 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function hourOf({ hour, half, noon }: Readonly<Record<string, string | undefined>>): number {
  if (half === undefined) return Number(hour ?? '0');
  const isAfternoon = /^p$/i.test(noon ?? '');
  const number = Number(half);
  // There is no 0 and no 13 o'clock in halves of a day.
  return number < 1 || number > 12 ? Number.NaN : (number % 12) + (isAfternoon ? 12 : 0);
}

const plainTime = /^[12]\d{3}-\d\d-\d\d[ T]\d\d:\d\d:\d\d$/;
const twoDigits = (text: string, index: number): number =>
  10 * text.charCodeAt(index) + text.charCodeAt(index + 1) - 528;

/** What nearly every ISO time looks like, at a fraction of the cost; undefined where it is otherwise. */
function plainIso(text: string): WrittenTime | undefined {
  if (text.length !== 19 || !plainTime.test(text)) return undefined;
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  // Every month has 28 days; the others are looked at with care.
  if (month < 1 || month > 12 || day < 1 || day > 28) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  return { wall, offset: undefined, isDayOnly: false };
}

/**
 * A format of times. In a pattern, `YYYY`, `MM`, `M`, `MON` (JAN), `DD`, `D`, `HH`, `H`, `hh`, `h`, `mm`,
 * `ss` (with a fraction or not) and `A` (AM, PM) are what they say, a blank is blanks or a `T`, and what
 * stands in brackets may be missing. An offset or `Z` may always follow. `iso` is
 * `YYYY-MM-DD[ HH:mm[:ss]]`.
 *
 * @throws RangeError when the pattern has no day, or contradicts itself
 */
export function timeFormat(pattern: string): TimeFormat {
  const written = named[pattern] ?? pattern;
  check(written);
  const expression = expressionOf(written);
  const isIso = pattern === 'iso';
  return (text) => {
    const plain = isIso ? plainIso(text) : undefined;
    if (plain !== undefined) return plain;
    const groups = expression.exec(text.trim())?.groups;
    if (groups === undefined) return undefined;
    const { year, month, name, day, minute, second = '0', zone } = groups;
    const number = name === undefined ? Number(month) : months.indexOf(name.toUpperCase()) + 1;
    const midnight = Date.UTC(Number(year), number - 1, Number(day));
    // A day that does not exist would be another one, and a year below 100 another century.
    if (
      Number(year) < 1_000 ||
      new Date(midnight).getUTCDate() !== Number(day) ||
      !(number >= 1 && number <= 12)
    ) {
      return 'is a day that does not exist';
    }
    const isDayOnly =
      minute === undefined && groups['hour'] === undefined && groups['half'] === undefined;
    const hours = hourOf(groups);
    const seconds = Number(second);
    if (!(hours < 24) || Number(minute ?? '0') > 59 || seconds >= 60) {
      return 'is a time of day that does not exist';
    }
    const wall =
      midnight +
      hours * 3_600_000 +
      Number(minute ?? '0') * 60_000 +
      Math.floor(seconds * 1_000 + 1e-6);
    const offset = zone === undefined ? undefined : minutesOf(zone);
    if (zone !== undefined && (offset === undefined || isDayOnly)) {
      return 'has an offset from UTC that cannot be used';
    }
    return { wall, offset, isDayOnly };
  };
}
