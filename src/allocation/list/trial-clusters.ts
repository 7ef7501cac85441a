import { groupsOf } from '../../trial/groups.ts';
import type { Trial } from '../../trial/trial.ts';
import type { ClusterList, ClusterListOptions } from '../clusters/index.ts';
import {
  clustersFrom as checkedFrom,
  columnsNeeded,
  parseClusters as parsed,
} from '../clusters/index.ts';
import { listedPlanOf } from './plan.ts';

/** How clusters are read for a trial. */
export type ClusterOptions = Pick<ClusterListOptions, 'late'>;

function optionsOf(trial: Trial, options: ClusterOptions): ClusterListOptions {
  const plan = listedPlanOf(trial);
  return {
    unit: trial.unit,
    plan,
    groups: groupsOf(trial.protocol),
    levels: plan.levels,
    ...options,
  };
}

/**
 * A list of persons with the columns that the method needs and no other: a name or an address beside
 * the id would undo the pseudonym, in a ledger that never forgets.
 */
function neededOnly({ unit, allocation, id }: Trial, list: ClusterList): ClusterList {
  if (unit === 'practice') return list;
  const { method } = listedPlanOf({ id, allocation });
  const needed = new Set(columnsNeeded(method).map(({ name }) => name));
  const leftOut = new Set<string>();
  const isNeeded = ([column]: readonly [string, unknown]): boolean => {
    if (needed.has(column)) return true;
    leftOut.add(column);
    return false;
  };
  const waves = list.waves.map((wave) =>
    wave.map((cluster) => ({
      ...cluster,
      values: Object.fromEntries(Object.entries(cluster.values).filter(isNeeded)),
    })),
  );
  if (leftOut.size === 0) return list;
  const columns = [...leftOut].map((column) => JSON.stringify(column)).join(', ');
  const message = `a list of ${unit}s holds only what its method needs, so it is without ${columns}`;
  return { waves, warnings: [...list.warnings, { path: '', message }] };
}

/**
 * Reads the clusters of a trial from the text of a file: CSV with a header line (RFC 4180), or a JSON
 * list of objects. A cluster has an `id` (the column may also be named as the unit), if you like an
 * expected `size`, and the columns that the method of the protocol names. Persons have pseudonyms
 * for ids, as the store's `pseudonym` gives them, and keep no column but those that the method names.
 *
 * @example
 * const clusters = parseClusters(trial, 'practice,size,region\nA,120,north\n…', { format: 'csv' });
 *
 * @throws AllocationError with every fault, its row and its reason; nothing is repaired
 */
export function parseClusters(
  trial: Trial,
  text: string,
  { format, ...options }: ClusterOptions & { readonly format: 'csv' | 'json' },
): ClusterList {
  return neededOnly(trial, parsed(text, { ...optionsOf(trial, options), format }));
}

/**
 * The clusters of a trial from a list of objects, as `parseClusters` reads them.
 *
 * @throws AllocationError with every fault, the index and the reason; nothing is repaired
 */
export function clustersFrom(
  trial: Trial,
  value: unknown,
  options: ClusterOptions = {},
): ClusterList {
  return neededOnly(trial, checkedFrom(value, optionsOf(trial, options)));
}
