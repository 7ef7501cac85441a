import type { NeededColumn } from './columns-needed.ts';
import type { Reading } from './number-in.ts';
import { numberIn } from './number-in.ts';
import { shown } from './shown.ts';

/** A cell as it was read; undefined where there is nothing, or nothing that counts, in it. */
type CellReading = Reading<string | number | undefined>;

/** Reads the cells of a column. */
export type ReadCell = (cell: unknown) => CellReading;

const nothing: CellReading = { value: undefined };

/** A text or a number, as any column may hold. */
function plainCell(cell: unknown): CellReading {
  if (cell === undefined || cell === null || cell === '') return nothing;
  if (typeof cell === 'string') {
    return cell.isWellFormed() ? { value: cell } : { fault: 'is not well-formed Unicode' };
  }
  if (typeof cell !== 'number') {
    return { fault: `must be a text or a number, got ${shown(cell)}` };
  }
  return Number.isFinite(cell) ? { value: cell } : { fault: `must be finite, got ${cell}` };
}

/** A text without white space at its ends, or a number. */
function tidyCell(cell: unknown): CellReading {
  const reading = plainCell(cell);
  if ('fault' in reading || typeof reading.value !== 'string') return reading;
  const trimmed = reading.value.trim();
  if (trimmed === '') return nothing;
  return trimmed === reading.value
    ? reading
    : { fault: `has white space at an end: write ${shown(trimmed)}` };
}

function sizeIn(value: string | number): CellReading {
  const reading = numberIn(value);
  return 'fault' in reading || reading.value > 0
    ? reading
    : { fault: `must be above 0, got ${shown(value)}` };
}

function waveIn(value: string | number): CellReading {
  const reading = numberIn(value);
  return !('fault' in reading) && Number.isSafeInteger(reading.value)
    ? reading
    : { fault: `must be a whole number, such as 1 for the first wave, got ${shown(value)}` };
}

function levelIn(value: string | number, allowed: ReadonlySet<string> | undefined): CellReading {
  const level = String(value);
  if (allowed === undefined || allowed.has(level)) return { value: level };
  const levels = [...allowed].map((each) => JSON.stringify(each)).join(', ');
  return { fault: `${shown(level)} is not one of ${levels}` };
}

/**
 * How a column is read, by what needs it: a number, a whole number of a wave, or a level, which is a text
 * even where it was written as a number. A column that nothing needs is left as it is.
 */
export function readerOf(
  column: string,
  {
    needed,
    levels,
  }: {
    readonly needed: readonly NeededColumn[];
    readonly levels: readonly string[] | undefined;
  },
): ReadCell {
  const own = needed.filter(({ name }) => name === column);
  const allowed = levels && new Set(levels);
  const kinds = new Set<string>(own.map(({ kind }) => kind));
  const [first] = own;
  const missing: CellReading =
    first === undefined
      ? nothing
      : { fault: `is missing: \`${first.by}\` of the method needs it of every cluster` };
  if (first === undefined && allowed === undefined && column !== 'size') return plainCell;
  return (cell) => {
    const reading = tidyCell(cell);
    if ('fault' in reading) return reading;
    const { value } = reading;
    if (value === undefined) return missing;
    if (column === 'size') return sizeIn(value);
    const level = levelIn(value, allowed);
    if ('fault' in level) return level;
    if (kinds.has('wave')) return waveIn(value);
    return kinds.has('number') ? numberIn(value) : level;
  };
}
