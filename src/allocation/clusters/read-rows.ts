import type { Problem } from '../../errors.ts';
import type { Cluster } from './cluster.ts';
import { readerOf } from './cell.ts';
import type { NeededColumn } from './columns-needed.ts';
import { holdsInvisible, seenOf } from './alike.ts';
import { shown } from './shown.ts';
import type { Table } from './table.ts';

/** The clusters of a table as far as they could be read. */
export interface RowsRead {
  /** One for each row, with an empty id and without the values that could not be read. */
  readonly clusters: readonly Cluster[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Columns in which a value is wrong or missing, so that nothing more can be said of them. */
  readonly broken: ReadonlySet<string>;
}

const longestId = 512;

/** Reads each row by itself. */
export function readRows(
  { columns, rows, cellPlace }: Table,
  {
    id,
    needed,
    levels = {},
  }: {
    readonly id: string;
    readonly needed: readonly NeededColumn[];
    readonly levels?: Readonly<Record<string, readonly string[]>> | undefined;
  },
): RowsRead {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const broken = new Set<string>();
  const readers = columns.map((column) =>
    readerOf(column, {
      needed,
      levels: Object.hasOwn(levels, column) ? levels[column] : undefined,
    }),
  );
  const clusters = rows.map((row, number): Cluster => {
    const values: [string, string | number][] = [];
    let name = '';
    let size: number | undefined;
    columns.forEach((column, i) => {
      const cell = row[i];
      if (column === id) {
        const fault = idFault(cell);
        if (fault !== undefined) problems.push({ path: cellPlace(number, column), message: fault });
        else if (typeof cell === 'string') name = cell;
        if (holdsInvisible(name)) {
          const message = 'holds an invisible character: is it the id that the alerts carry?';
          warnings.push({ path: cellPlace(number, column), message });
        }
        return;
      }
      const reading = readers[i]?.(cell) ?? { value: undefined };
      if ('fault' in reading) {
        broken.add(column);
        problems.push({ path: cellPlace(number, column), message: reading.fault });
      } else if (column === 'size') {
        if (typeof reading.value === 'number') size = reading.value;
      } else if (reading.value !== undefined) {
        values.push([column, reading.value]);
      }
    });
    return {
      id: name,
      ...(size === undefined ? {} : { size }),
      // Own properties, whatever the columns are called.
      values: Object.fromEntries(values),
    };
  });
  return { clusters, problems, warnings, broken };
}

function idFault(cell: unknown): string | undefined {
  if (cell === undefined || cell === null || cell === '')
    return 'is empty: each cluster needs its id';
  if (typeof cell === 'number') return `must be a text: write "${cell}", in quotes`;
  if (typeof cell !== 'string') return `must be a text, got ${shown(cell)}`;
  if (!cell.isWellFormed()) return 'is not well-formed Unicode';
  if (cell.includes('\uFFFD')) return 'holds "\uFFFD": the file must be read and saved as UTF-8';
  if (seenOf(cell) === '') return 'holds nothing that can be seen: each cluster needs its id';
  if (cell !== cell.trim()) return 'has white space at an end: remove it';
  if (cell.length > longestId) {
    return `must have at most ${longestId} characters, has ${cell.length}`;
  }
  return undefined;
}
