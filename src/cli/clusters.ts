import { readFile } from 'node:fs/promises';
import type { ClusterList } from '../allocation/index.ts';
import { parseClusters } from '../allocation/index.ts';
import { messageOf, UsageError } from '../errors.ts';
import type { Trial } from '../trial/trial.ts';
import { openWithKey } from './ledger.ts';

/** Where clusters are read from. */
export interface ClusterFile {
  readonly file: string;
  /** Whose key makes pseudonyms of persons. */
  readonly ledger?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly late?: boolean | undefined;
  /** Whether persons keep their ids, because nothing of them is kept; default false. */
  readonly asTheyAre?: boolean | undefined;
}

/**
 * Reads a file of clusters, JSON where its name ends so and CSV otherwise. Persons get the pseudonyms
 * under which the ledger will know them.
 *
 * @throws UsageError when the file cannot be read, or persons are listed without a ledger
 * @throws AllocationError with every fault of the file
 */
export async function readClusters(
  trial: Trial,
  { file, ledger, keyFile, late, asTheyAre = false }: ClusterFile,
): Promise<ClusterList> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
  const format = file.toLowerCase().endsWith('.json') ? 'json' : 'csv';
  const list = parseClusters(trial, text, { format, late });
  const { unit } = trial;
  if (unit === 'practice' || asTheyAre) return list;
  if (ledger === undefined) {
    throw new UsageError(
      `A list of ${unit}s holds pseudonyms, which the key of a ledger makes: give --ledger <file>.`,
    );
  }
  await using store = await openWithKey(ledger, { keyFile });
  const waves = list.waves.map((wave) =>
    wave.map((cluster) => ({ ...cluster, id: store.pseudonym(unit, cluster.id) })),
  );
  return { ...list, waves };
}
