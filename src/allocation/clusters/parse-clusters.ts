import { AllocationError, notJson } from '../../errors.ts';
import type { ClusterList, ClusterListOptions } from './cluster-list.ts';
import { clustersFrom, clustersOf } from './clusters-from.ts';
import { tableOfCsv } from './csv.ts';

/** What clusters are checked against, and how they are written. */
export interface ParseClustersOptions extends ClusterListOptions {
  readonly format: 'csv' | 'json';
}

/**
 * Reads the clusters of a trial from the text of a file and checks that they can be allocated as the
 * protocol says.
 *
 * A CSV file has a line with the names of the columns and a line for each cluster (RFC 4180, UTF-8,
 * separated by commas); a JSON file is a list of flat objects. The column `id`, or else one named as
 * the unit, holds the ids as alerts carry them; `size`, which may be left out, the expected size;
 * any others what the method balances or stratifies by (`columnsNeeded`).
 *
 * Nothing is repaired: what is missing, doubtful or cannot be used is refused, with its row and what
 * would be right. Ids that differ only in white space, letter case, Unicode normalisation form or
 * invisible characters are doubtful, and so are such values of a stratum.
 *
 * @throws AllocationError with every problem found (at most 1,000); their paths are rows of the file as
 *   an editor counts them, or indices into the list, and no message repeats an id
 */
export function parseClusters(text: string, options: ParseClustersOptions): ClusterList {
  return options.format === 'csv'
    ? clustersOf(tableOfCsv(text), options)
    : clustersFrom(jsonOf(text), options);
}

function jsonOf(text: string): unknown {
  const bare = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(bare);
  } catch (cause) {
    throw new AllocationError([{ path: '', message: notJson(bare, cause) }]);
  }
}
