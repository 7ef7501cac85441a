import type { Problem } from '../../errors.ts';
import type { ListedPlan } from '../../trial/allocation-plan.ts';
import { valueOf } from '../randomizers/column.ts';
import { lowestTerms, total } from '../randomizers/setting.ts';
import type { ClusterListOptions } from './cluster-list.ts';
import type { Cluster } from './cluster.ts';
import { columnsNeeded } from './columns-needed.ts';
import { shown } from './shown.ts';
import type { Table } from './table.ts';

/** The clusters with what is known of how they were written. */
export interface Checked {
  readonly clusters: readonly Cluster[];
  readonly table: Table;
  /** Whether all is known of a column, so that it can be judged as a whole. */
  readonly isWhole: (column: string) => boolean;
}

/** Whether there are enough clusters, and in the right sets, and whether they differ in what is balanced. */
export function designProblems(checked: Checked, options: ClusterListOptions): readonly Problem[] {
  const { plan, late = false } = options;
  return [
    ...(late ? [] : countProblems(checked.table.count, options)),
    ...setProblems(checked, options),
    ...(late ? [] : constantProblems(checked, plan)),
  ];
}

function countProblems(
  count: number,
  { plan: { periods }, groups }: ClusterListOptions,
): readonly Problem[] {
  const problem = (message: string): readonly Problem[] => [{ path: '', message }];
  if (count === 0) return [];
  if (periods === undefined) {
    const weights = lowestTerms(groups.map(({ weight }) => weight));
    const needed = Math.ceil((2 * total(weights)) / Math.min(...weights));
    if (count >= needed) return [];
    const ratio = new Set(weights).size === 1 ? '' : ` in the ratio ${weights.join(':')}`;
    return problem(
      `${clustersOf(count)} for ${groups.length} arms${ratio} leave an arm with one cluster or none, and with one cluster per arm the arm and the cluster cannot be told apart: at least ${needed} are needed`,
    );
  }
  // In a switchback each cluster has every arm, and not every order needs a cluster.
  const needed = periods.design === 'switchback' ? 2 : Math.max(2, groups.length);
  if (count >= needed) return [];
  return problem(
    needed === groups.length
      ? `${clustersOf(count)} for ${groups.length} sequences leave a sequence without a cluster: at least ${needed} are needed`
      : `with one cluster its changes over time and those of the arms cannot be told apart: at least ${needed} are needed`,
  );
}

function clustersOf(count: number): string {
  return count === 1 ? '1 cluster' : `${count} clusters`;
}

function setProblems(
  { clusters, table, isWhole }: Checked,
  { plan: { method }, groups }: ClusterListOptions,
): readonly Problem[] {
  if (method.method !== 'matched') return [];
  const size = total(lowestTerms(groups.map(({ weight }) => weight)));
  const { set } = method;
  if (set === undefined) {
    if (table.count % size === 0) return [];
    const message = `${clustersOf(table.count)} cannot be put into sets of ${size}: leave out ${table.count % size}, or find ${size - (table.count % size)} more`;
    return [{ path: '', message }];
  }
  if (!isWhole(set)) return [];
  return [...rowsByLevel(clusters, set)]
    .filter(([, rows]) => rows.length !== size)
    .map(([level, rows]) => ({
      path: table.cellPlace(rows[0] ?? 0, set),
      message: `the matched set ${shown(level)} has ${clustersOf(rows.length)} (${placesOf(rows, table)}), and must have ${size}`,
    }));
}

const mostNamed = 10;

function placesOf(rows: readonly number[], { rowPlace }: Table): string {
  const named = rows.slice(0, mostNamed).map((row) => rowPlace(row));
  const more = rows.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

/** The rows of each level of a column, in the order in which the levels appear. */
export function rowsByLevel(
  clusters: readonly Cluster[],
  column: string,
): ReadonlyMap<string, readonly number[]> {
  const rows = new Map<string, number[]>();
  clusters.forEach((cluster, row) => {
    const level = String(valueOf(cluster, column));
    const own = rows.get(level);
    if (own === undefined) rows.set(level, [row]);
    else own.push(row);
  });
  return rows;
}

/** What is the same in all clusters that are allocated first cannot be balanced. */
function constantProblems(
  { clusters, table, isWhole }: Checked,
  { method }: ListedPlan,
): readonly Problem[] {
  const wave = method.method === 'constrained' ? method.wave : undefined;
  if (wave !== undefined && !isWhole(wave)) return [];
  const first = wave === undefined ? clusters : firstWave(clusters, wave);
  const balanced = columnsNeeded(method).filter(
    ({ by }) => by === 'covariates' || by === 'factors',
  );
  return [...new Set(balanced.map(({ name }) => name))]
    .filter((name) => first.length > 1 && isWhole(name))
    .filter((name) => {
      const value = first[0] && valueOf(first[0], name);
      return first.every((cluster) => valueOf(cluster, name) === value);
    })
    .map((name) => ({
      path: table.cellPlace('header', name),
      message: `is the same for all clusters${wave === undefined ? '' : ' of the first wave'}, so that there is nothing to balance: leave it out of the method`,
    }));
}

function firstWave(clusters: readonly Cluster[], wave: string): readonly Cluster[] {
  const waves = clusters.map((cluster) => Number(valueOf(cluster, wave)));
  const first = waves.reduce((least, each) => Math.min(least, each), Infinity);
  return clusters.filter((_, i) => waves[i] === first);
}
