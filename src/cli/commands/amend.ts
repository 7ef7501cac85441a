import type { Allocation, Change } from '../../allocation/index.ts';
import { amend, loadAllocation } from '../../allocation/index.ts';
import { everListed } from '../../allocation/list/history.ts';
import { UsageError } from '../../errors.ts';
import { addDays, calendarDay } from '../../trial/calendar.ts';
import { loadTrial } from '../../trial/load.ts';
import type { Trial } from '../../trial/trial.ts';
import { readClusters } from '../clusters.ts';
import { needLedger, openWithKey } from '../ledger.ts';
import { randomSeed } from '../random-seed.ts';
import type { Streams } from '../streams.ts';
import { settle, warn } from './allocate.ts';

export interface AmendArguments {
  readonly protocol: string;
  readonly allocation: string;
  readonly out: string;
  readonly reason: string;
  readonly add?: string | undefined;
  readonly withdraw?: string | undefined;
  readonly merge?: string | undefined;
  readonly into?: string | undefined;
  /** Default tomorrow. */
  readonly from?: string | undefined;
  readonly seed?: string | undefined;
  readonly ledger?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly json: boolean;
}

/** How the list names a cluster: a person by a pseudonym, which may be given as it stands there. */
async function listedAs(
  trial: Trial,
  allocation: Allocation,
  { id, ledger, keyFile }: Pick<AmendArguments, 'ledger' | 'keyFile'> & { readonly id: string },
): Promise<string> {
  const { unit } = trial;
  const listed = new Set(everListed(allocation).map((cluster) => cluster.id));
  if (unit === 'practice' || listed.has(id)) return id;
  if (ledger === undefined) {
    throw new UsageError(
      `The list holds pseudonyms of ${unit}s: give one as it stands there, or --ledger <file>, whose key makes it of an id.`,
    );
  }
  await using store = await openWithKey(ledger, { keyFile });
  const pseudonym = store.pseudonym(unit, id);
  // Without the id: it may be a person's own.
  if (!listed.has(pseudonym)) {
    throw new UsageError(`No ${unit} with the id that was given is on the list.`);
  }
  return pseudonym;
}

async function changeOf(
  trial: Trial,
  allocation: Allocation,
  { streams, ...options }: AmendArguments & { readonly streams: Streams },
): Promise<Change> {
  const { add, withdraw, merge, into, ledger, keyFile, seed = randomSeed() } = options;
  const asked = [add, withdraw, merge].filter((each) => each !== undefined).length;
  if (asked !== 1) {
    throw new UsageError('Give one of --add <file>, --withdraw <cluster> and --merge <cluster>.');
  }
  if (add !== undefined) {
    const clusters = await readClusters(trial, { file: add, ledger, keyFile, late: true });
    warn(clusters.warnings, streams);
    return { kind: 'add', clusters, seed };
  }
  const named = (id: string): Promise<string> =>
    listedAs(trial, allocation, { id, ledger, keyFile });
  if (withdraw !== undefined) return { kind: 'withdraw', cluster: await named(withdraw) };
  if (into === undefined) throw new UsageError('--merge needs --into <cluster>.');
  return { kind: 'merge', cluster: await named(merge ?? ''), into: await named(into) };
}

/** `rapidcycle amend`: puts an amendment behind a list, for days to come. */
export async function amendCommand(options: AmendArguments, streams: Streams): Promise<number> {
  const trial = loadTrial(options.protocol);
  if (options.ledger !== undefined) needLedger(options.ledger);
  const allocation = loadAllocation(trial, options.allocation);
  const today = calendarDay(Date.now(), trial.timeZone);
  const { from = later(addDays(today, 1), trial.protocol.start) } = options;
  // What was served until now stands in the ledger by the list as it was.
  if (from <= today) {
    throw new UsageError(
      `--from must be after today, ${today} in ${trial.timeZone}: services take an amendment up as they run, and what they served stands.`,
    );
  }
  const change = await changeOf(trial, allocation, { ...options, streams });
  const amended = amend(trial, allocation, { from, reason: options.reason, change });
  await settle(trial, amended, { ...options, streams });
  return 0;
}

function later(one: string, other: string): string {
  return one > other ? one : other;
}
