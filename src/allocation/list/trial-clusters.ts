import { groupsOf } from '../../trial/groups.ts';
import type { Trial } from '../../trial/trial.ts';
import type { ClusterList, ClusterListOptions } from '../clusters/index.ts';
import { clustersFrom as checkedFrom, parseClusters as parsed } from '../clusters/index.ts';
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
 * Reads the clusters of a trial from the text of a file: CSV with a header line (RFC 4180), or a JSON
 * list of objects. A cluster has an `id` (the column may also be named as the unit), if you like an
 * expected `size`, and the columns that the method of the protocol names. Persons have pseudonyms
 * for ids, as the store's `pseudonym` gives them.
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
  return parsed(text, { ...optionsOf(trial, options), format });
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
  return checkedFrom(value, optionsOf(trial, options));
}
