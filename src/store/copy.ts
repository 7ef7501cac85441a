import { EventConflictError, KeyError, StoreUnusableError } from '../errors.ts';
import type { TrialEvent } from '../events/event.ts';
import type { Trial } from '../trial/trial.ts';
import { trialFrom } from '../trial/trial.ts';
import { checkLinkage } from './keys/linkage.ts';
import type { RegisteredTrial, Store } from './port.ts';

/** How far a copy has come. */
export interface CopyProgress {
  /** The trial that is being copied. */
  readonly trial: Pick<RegisteredTrial, 'id' | 'round' | 'fingerprint'>;
  /** Events of it gone through. */
  readonly done: number;
}

/** How to copy a ledger. */
export interface CopyOptions {
  /** Fingerprints of the trials to copy; default all. */
  readonly trials?: readonly string[] | undefined;
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined;
}

/** What a copy did. */
export interface CopyReport {
  readonly trials: number;
  /** Events gone through. */
  readonly events: number;
  /** Of them now in the target, which did not hold them. */
  readonly copied: number;
}

/** What is made of an event on its way. */
export type EventMap = (event: TrialEvent) => TrialEvent;

const batchSize = 500;

/**
 * Copies a ledger into another, of whatever kind: from a laptop to a server, say. Trials, stops, lists and
 * events come over as they are; the target seals them into a chain of its own, so verify the source
 * first. Do it again for what has come since, or where it was interrupted: it goes on behind what the
 * target holds.
 *
 * @throws KeyError when the two have different keys, or the target has none yet: open it with the key of the
 *   source first
 * @throws StoreUnusableError when a trial is not there, or its events were retired
 * @throws EventConflictError when the target holds another event under the same id
 * @throws ProtocolMismatchError when the target holds another protocol for a trial and round
 */
export async function copyLedger(
  source: Store,
  target: Store,
  options: CopyOptions = {},
): Promise<CopyReport> {
  await checkLinkage(source, target);
  const [from, to] = await Promise.all([source.keyCheck(), target.keyCheck()]);
  if (from !== to) {
    throw new KeyError(
      `${target.location} has no key yet: open it once with the key of ${source.location}, so that it never takes another`,
    );
  }
  return copyTrials(source, target, { ...options, mapOf: () => (event) => event });
}

/** The trials that are to be copied, which must be whole. */
async function trialsToCopy(
  source: Store,
  wanted: readonly string[] | undefined,
): Promise<readonly RegisteredTrial[]> {
  const held = await source.trials();
  const trials = held.filter(({ fingerprint }) => wanted?.includes(fingerprint) ?? true);
  if (wanted !== undefined && trials.length < new Set(wanted).size) {
    throw new StoreUnusableError(
      `${source.location} does not hold all of the trials that are to be copied: give fingerprints of its own`,
    );
  }
  for (const { id, round, retiredAt } of trials) {
    if (retiredAt !== null && retiredAt !== undefined) {
      throw new StoreUnusableError(
        `the events of trial ${id}, round ${round}, were removed, and sums cannot be copied without them: leave it out`,
      );
    }
  }
  return trials;
}

/** Copies trials with what is made of their events, and checks nothing of their keys. */
export async function copyTrials(
  source: Store,
  target: Store,
  {
    trials: wanted,
    onProgress,
    mapOf,
  }: CopyOptions & { readonly mapOf: (trial: Trial) => EventMap },
): Promise<CopyReport> {
  const chosen = await trialsToCopy(source, wanted);
  let events = 0;
  let copied = 0;
  for (const registered of chosen) {
    const { id, round, fingerprint, stoppedAt } = registered;
    const trial = trialFrom(registered.protocol);
    await target.register(trial);
    if (stoppedAt !== null) await target.stop(fingerprint, stoppedAt);
    const list = await source.allocation(fingerprint);
    if (list !== undefined) await target.keepAllocation(list);

    const map = mapOf(trial);
    let done = 0;
    let batch: TrialEvent[] = [];
    const pass = async (): Promise<void> => {
      copied += await appendBatch(target, batch);
      done += batch.length;
      batch = [];
      onProgress?.({ trial: { id, round, fingerprint }, done });
    };
    for await (const { event } of source.read({ trial: fingerprint })) {
      batch.push(map(event));
      if (batch.length === batchSize) await pass();
    }
    if (batch.length > 0) await pass();
    events += done;
  }
  return { trials: chosen.length, events, copied };
}

/** Appends what the target does not hold yet; how much that was. */
async function appendBatch(target: Store, batch: readonly TrialEvent[]): Promise<number> {
  const { accepted, conflicting } = await target.append(batch);
  if (conflicting.length > 0) {
    throw new EventConflictError(
      `${conflicting.length} of the events are in ${target.location} under the same id and say something else there: the target must be a new ledger, or an earlier copy of this one`,
    );
  }
  return accepted;
}
