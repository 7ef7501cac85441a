import type { Problem } from '../../errors.ts';
import { AllocationError } from '../../errors.ts';
import { shown } from './shown.ts';

/** Clusters as they were written down, before anything is known of what the columns mean. */
export interface Table {
  readonly columns: readonly string[];
  /** Each with a cell for each column; undefined where nothing stands there. */
  readonly rows: readonly (readonly unknown[])[];
  /** Rows that could not be read, and why. */
  readonly problems: readonly Problem[];
  /** How many rows there are, with those that could not be read. */
  readonly count: number;
  /** Where a person finds the names of the columns. */
  readonly headerPlace: string;
  /** Where a person finds a row, counted from 0 in `rows`. */
  readonly rowPlace: (row: number) => string;
  /** Where a person finds a cell, or the name of a column. */
  readonly cellPlace: (row: number | 'header', column: string) => string;
}

const identifier = /^[\p{L}_$][\p{L}\p{N}_$]*$/u;

function indexed(index: number, column: string): string {
  const key = identifier.test(column) ? `.${column}` : `[${JSON.stringify(column)}]`;
  return `[${index}]${key}`;
}

/**
 * The table of a list of flat objects: a column for each key that any of them has.
 *
 * @throws AllocationError when the value is no list
 */
export function tableOfObjects(value: unknown): Table {
  if (!Array.isArray(value)) {
    const message = `must be a list of clusters such as [{ "id": "…", "size": 120 }], got ${shown(value)}`;
    throw new AllocationError([{ path: '', message }]);
  }
  const list: readonly unknown[] = value;
  const columns = new Map<string, { readonly number: number; readonly first: number }>();
  const rows: unknown[][] = [];
  const indices: number[] = [];
  const problems: Problem[] = [];
  // By index, so that the holes of a list are seen.
  for (let index = 0; index < list.length; index += 1) {
    const item = list[index];
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      const message = `must be an object such as { "id": "…", "size": 120 }, got ${shown(item)}`;
      problems.push({ path: `[${index}]`, message });
      continue;
    }
    const row: unknown[] = [];
    for (const [key, cell] of Object.entries(item)) {
      const known = columns.get(key) ?? { number: columns.size, first: index };
      columns.set(key, known);
      row[known.number] = cell;
    }
    rows.push(row);
    indices.push(index);
  }
  return {
    columns: [...columns.keys()],
    rows,
    problems,
    count: list.length,
    headerPlace: '',
    rowPlace: (row) => `[${indices[row] ?? 0}]`,
    cellPlace: (row, column) =>
      indexed(row === 'header' ? (columns.get(column)?.first ?? 0) : (indices[row] ?? 0), column),
  };
}
