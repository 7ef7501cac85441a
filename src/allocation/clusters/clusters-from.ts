import type { Problem } from '../../errors.ts';
import { AllocationError } from '../../errors.ts';
import { valueOf } from '../randomizers/column.ts';
import type { ClusterList, ClusterListOptions } from './cluster-list.ts';
import type { Cluster } from './cluster.ts';
import { columnsNeeded } from './columns-needed.ts';
import { designProblems } from './design-problems.ts';
import { designWarnings } from './design-warnings.ts';
import { headerOf } from './header.ts';
import { readRows } from './read-rows.ts';
import type { Table } from './table.ts';
import { tableOfObjects } from './table.ts';
import { twinIds, twinLevels } from './twins.ts';

/** An error that says more is not read by anybody. */
const mostProblems = 1000;

/**
 * Checks clusters that are objects already: a list such as `[{ id: 'north-1', size: 120, region: 'north' }]`,
 * with an `id` (or a key named as the unit), the expected `size` where it is known, and texts and
 * numbers under any other names, of which the method may need some.
 *
 * @param value anything; problems are told by index
 * @throws AllocationError with every problem found (at most 1,000), as `parseClusters` does
 */
export function clustersFrom(value: unknown, options: ClusterListOptions): ClusterList {
  return clustersOf(tableOfObjects(value), options);
}

/** Checks the clusters of a table. */
export function clustersOf(table: Table, options: ClusterListOptions): ClusterList {
  const { unit, plan, late = false, levels } = options;
  // Late clusters are one wave, whatever the column says.
  const needed = columnsNeeded(plan.method).filter(({ kind }) => !(late && kind === 'wave'));
  const { id, problems: headerProblems } = headerOf(table, { unit, needed });
  const problems: Problem[] = [...headerProblems, ...table.problems];
  if (table.count === 0) problems.push({ path: '', message: 'holds no cluster' });
  if (id === undefined) throw refusal(problems);
  const { clusters, broken, warnings, ...read } = readRows(table, { id, needed, levels });
  const isWhole = (column: string): boolean =>
    table.problems.length === 0 && table.columns.includes(column) && !broken.has(column);
  const checked = { clusters, table, isWhole };
  problems.push(...read.problems, ...twinIds(clusters, { table, id }));
  const compared = new Set(needed.filter(({ kind }) => kind === 'level').map(({ name }) => name));
  for (const column of compared) problems.push(...twinLevels(clusters, { table, column }));
  problems.push(...designProblems(checked, options));
  if (problems.length > 0) throw refusal(problems);
  return {
    waves: wavesOf(clusters, needed.find(({ kind }) => kind === 'wave')?.name),
    warnings: [...warnings, ...designWarnings(checked, options)],
  };
}

function refusal(problems: readonly Problem[]): AllocationError {
  if (problems.length <= mostProblems) return new AllocationError(problems);
  const more = { path: '', message: `and ${problems.length - mostProblems} more` };
  return new AllocationError([...problems.slice(0, mostProblems), more]);
}

function wavesOf(
  clusters: readonly Cluster[],
  column: string | undefined,
): readonly (readonly Cluster[])[] {
  if (column === undefined) return [clusters];
  const waves = new Map<number, Cluster[]>();
  for (const cluster of clusters) {
    const wave = Number(valueOf(cluster, column));
    const own = waves.get(wave);
    if (own === undefined) waves.set(wave, [cluster]);
    else own.push(cluster);
  }
  return [...waves].sort(([first], [second]) => first - second).map(([, own]) => own);
}
