import { StoreUnusableError } from '../../errors.ts';

/** A row as the client of an engine gives it. */
export type ResultRow = Readonly<Record<string, unknown>>;

/** Reads the columns of one row by their names, whatever their case and with or without `_`. */
export interface RowReader {
  /** A text that is not null. */
  readonly text: (column: string) => string;
  /** A text; undefined for null and for the empty text. */
  readonly optionalText: (column: string) => string | undefined;
  /** A calendar day, `YYYY-MM-DD`. */
  readonly day: (column: string) => string;
  readonly number: (column: string) => number;
  readonly whole: (column: string) => number;
  /** A whole number; null for null. */
  readonly optionalWhole: (column: string) => number | null;
}

const folded = (name: string): string => name.replaceAll('_', '').toLowerCase();

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Engines hand numbers over as numbers, big integers, texts, or objects that become such a text. */
function numberIn(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) return Number.NaN;
  // oxlint-disable-next-line typescript/no-base-to-string -- what is no number as a text is refused
  const text = String(value).trim();
  return decimal.test(text) ? Number(text) : Number.NaN;
}

/** @param where the row, in words */
export function readerOf(row: ResultRow, where: string): RowReader {
  const cells = new Map(Object.entries(row).map(([name, value]) => [folded(name), value]));
  const refuse = (what: string): never => {
    throw new StoreUnusableError(`${where}: ${what}`);
  };
  const cell = (column: string): unknown => {
    const key = folded(column);
    return cells.has(key)
      ? cells.get(key)
      : refuse(`there is no column \`${column}\`; give every column that the query returns`);
  };
  const text = (column: string): string => {
    const value = cell(column);
    return typeof value === 'string' ? value : refuse(`\`${column}\` must be a text`);
  };
  const number = (column: string): number => {
    const value = numberIn(cell(column));
    return Number.isFinite(value) ? value : refuse(`\`${column}\` must be a number`);
  };
  const whole = (column: string): number => {
    const value = number(column);
    return Number.isSafeInteger(value) ? value : refuse(`\`${column}\` must be a whole number`);
  };
  return {
    text,
    optionalText: (column) => (cell(column) === null ? undefined : text(column) || undefined),
    day: (column) => {
      const value = text(column);
      return /^\d{4}-\d\d-\d\d$/.test(value)
        ? value
        : refuse(`\`${column}\` must be a day such as 2026-01-31`);
    },
    number,
    whole,
    optionalWhole: (column) => (cell(column) === null ? null : whole(column)),
  };
}
