import { rm } from 'node:fs/promises';
import type { Allocation } from '../../allocation/index.ts';
import { allocate, allocationText } from '../../allocation/index.ts';
import type { Problem } from '../../errors.ts';
import type { Trial } from '../../trial/trial.ts';
import { loadTrial } from '../../trial/load.ts';
import { readClusters } from '../clusters.ts';
import { keepInLedger } from '../keep-allocation.ts';
import { writeNew } from '../new-file.ts';
import { randomSeed } from '../random-seed.ts';
import type { Streams } from '../streams.ts';
import { say, tell } from '../streams.ts';

export interface AllocateArguments {
  readonly protocol: string;
  readonly clusters: string;
  readonly out: string;
  readonly seed?: string | undefined;
  readonly ledger?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly json: boolean;
}

/** `rapidcycle allocate`: makes the list of a trial, once. */
export async function allocateCommand(
  options: AllocateArguments,
  streams: Streams,
): Promise<number> {
  const trial = loadTrial(options.protocol);
  const { ledger, keyFile, seed = randomSeed() } = options;
  const clusters = await readClusters(trial, { file: options.clusters, ledger, keyFile });
  warn(clusters.warnings, streams);
  const allocation = allocate(trial, clusters, { seed });
  await settle(trial, allocation, { ...options, streams });
  return 0;
}

/** Says what is not wrong but should be known. */
export function warn(warnings: readonly Problem[], streams: Streams): void {
  for (const { path, message } of warnings) {
    tell(streams, `WARNING: ${path === '' ? '' : `${path}: `}${message}`);
  }
}

/** Writes an allocation down where it is wanted, and shows it. */
export async function settle(
  trial: Trial,
  allocation: Allocation,
  {
    out,
    ledger,
    keyFile,
    json,
    streams,
  }: Pick<AllocateArguments, 'out' | 'ledger' | 'keyFile' | 'json'> & { readonly streams: Streams },
): Promise<void> {
  const document = JSON.stringify(allocation, null, 2);
  await writeNew(out, `${document}\n`);
  if (ledger !== undefined) {
    try {
      await keepInLedger(trial, allocation, { ledger, keyFile });
    } catch (cause) {
      // A list that the ledger did not take is nobody's, and would be taken for the trial's.
      await rm(out, { force: true });
      throw cause;
    }
  }
  say(streams, json ? document : allocationText(allocation));
  tell(streams, `List: ${out}${ledger === undefined ? '' : `, kept in ${ledger}`}`);
}
