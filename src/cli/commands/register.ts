import { loadAllocation } from '../../allocation/index.ts';
import { loadTrial } from '../../trial/load.ts';
import { openWithKey } from '../ledger.ts';
import type { Streams } from '../streams.ts';
import { say, tell } from '../streams.ts';
import { titleOf } from '../words.ts';

export interface RegisterArguments {
  readonly protocol: string;
  readonly ledger: string;
  readonly keyFile?: string | undefined;
  /** File of the list of a protocol that has one. */
  readonly allocation?: string | undefined;
  readonly json: boolean;
}

/** `rapidcycle register`: begins a trial in a ledger. */
export async function registerCommand(
  options: RegisterArguments,
  streams: Streams,
): Promise<number> {
  const { ledger, keyFile, json } = options;
  const trial = loadTrial(options.protocol);
  const allocation =
    options.allocation === undefined ? undefined : loadAllocation(trial, options.allocation);
  await using store = await openWithKey(ledger, { keyFile });
  const { fingerprint } = trial;
  const known = (await store.trials()).some((each) => each.fingerprint === fingerprint);
  await store.register(trial);
  if (allocation !== undefined) await store.keepAllocation(allocation);
  const needsList =
    trial.allocation.kind !== 'hashed' && (await store.allocation(fingerprint)) === undefined;
  const { location } = store;
  if (json) {
    const { id, round } = trial;
    say(streams, JSON.stringify({ id, round, fingerprint, ledger: location, known, needsList }));
  } else {
    say(
      streams,
      `${titleOf(trial)}: ${known ? 'is' : 'was'} registered ${known ? 'already ' : ''}in ${location}`,
    );
  }
  if (needsList) {
    tell(
      streams,
      'Its clusters have no arms yet: make their list with rapidcycle allocate --ledger, or give it with --allocation.',
    );
  }
  return 0;
}
