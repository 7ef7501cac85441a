import type { Problem } from '../../errors.ts';
import { differenceOf, seenOf } from './alike.ts';
import type { Cluster } from './cluster.ts';
import type { Table } from './table.ts';

/** Ids that stand there twice, or look the same as one before. Rows without an id are passed over. */
export function twinIds(
  clusters: readonly Cluster[],
  { table, id }: { readonly table: Table; readonly id: string },
): readonly Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, number>();
  clusters.forEach((cluster, row) => {
    if (cluster.id === '') return;
    const look = seenOf(cluster.id);
    const before = seen.get(look);
    if (before === undefined) {
      seen.set(look, row);
      return;
    }
    const first = clusters[before]?.id ?? '';
    const where = table.rowPlace(before);
    const message =
      first === cluster.id
        ? `is the id in ${where} again: each cluster stands there once`
        : `differs from the id in ${where} only in ${differenceOf(first, cluster.id)}: are they one cluster?`;
    problems.push({ path: table.cellPlace(row, id), message });
  });
  return problems;
}

/** Levels of a column that look the same as another that stands before them; each is told once. */
export function twinLevels(
  clusters: readonly Cluster[],
  { table, column }: { readonly table: Table; readonly column: string },
): readonly Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, { readonly level: string; readonly row: number }>();
  const told = new Set<string>();
  clusters.forEach(({ values }, row) => {
    const level = Object.hasOwn(values, column) ? values[column] : undefined;
    if (typeof level !== 'string' || told.has(level)) return;
    told.add(level);
    const look = seenOf(level);
    const first = seen.get(look);
    if (first === undefined) {
      seen.set(look, { level, row });
      return;
    }
    const where = table.rowPlace(first.row);
    const message = `differs from the value in ${where} only in ${differenceOf(first.level, level)}: write both alike`;
    problems.push({ path: table.cellPlace(row, column), message });
  });
  return problems;
}
