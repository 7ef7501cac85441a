import type { Problem } from '../../errors.ts';
import type { Unit } from '../../trial/protocol.ts';
import { differenceOf, seenOf } from './alike.ts';
import type { NeededColumn } from './columns-needed.ts';
import type { Table } from './table.ts';

/** What the names of the columns say. */
export interface Header {
  /** The column of the ids; undefined where there is none. */
  readonly id: string | undefined;
  readonly problems: readonly Problem[];
}

/** Finds the columns that are needed, and what is wrong with the names of the columns. */
export function headerOf(
  table: Table,
  { unit, needed }: { readonly unit: Unit; readonly needed: readonly NeededColumn[] },
): Header {
  const { columns } = table;
  const present = new Set(columns);
  const id = ['id', unit].find((name) => present.has(name));
  const ids = id === 'id' ? ['id'] : ['id', unit];
  const known = [...new Set([...ids, 'size', ...needed.map(({ name }) => name)])];
  const seen = new Map(known.map((name) => [seenOf(name), name]));
  const nearby = new Set<string>();
  const problems: Problem[] = [];
  const fault = (column: string, message: string): void => {
    problems.push({ path: table.cellPlace('header', column), message });
  };
  columns.forEach((column, i) => {
    if (columns.indexOf(column) < i) fault(column, 'is named twice: give each column its own name');
    if (column.trim() === '') fault(column, `column ${i + 1} has no name`);
    if (!column.isWellFormed()) fault(column, 'has a name that is not well-formed Unicode');
    const meant = seen.get(seenOf(column));
    if (meant === undefined || known.includes(column)) return;
    nearby.add(meant);
    const how = differenceOf(column, meant);
    fault(column, `differs from the column "${meant}" only in ${how}: write "${meant}"`);
  });
  if (columns.length > 0 || table.count > 0) {
    if (id === undefined && !ids.some((name) => nearby.has(name))) {
      problems.push({ path: table.headerPlace, message: noIds(columns, unit) });
    }
    for (const { name, by } of needed) {
      if (present.has(name) || nearby.has(name)) continue;
      nearby.add(name);
      const message = `has no column "${name}", which \`${by}\` of the method needs`;
      problems.push({ path: table.headerPlace, message });
    }
  }
  if (id !== undefined && needed.some(({ name }) => name === id)) {
    fault(id, 'holds the ids of the clusters, and cannot be what the method balances as well');
  }
  return { id, problems };
}

function noIds(columns: readonly string[], unit: Unit): string {
  const [only = ''] = columns;
  const missing = `has no column "id" (or "${unit}") with the ids of the clusters`;
  return columns.length === 1 && /[;\t|]/.test(only)
    ? `${missing}: separate the columns with commas`
    : missing;
}
