import type { KeyObject } from 'node:crypto';
import { createSecretKey } from 'node:crypto';
import { KeyError, StoreUnusableError } from '../../errors.ts';
import type { TrialEvent } from '../../events/event.ts';
import type { Trial } from '../../trial/trial.ts';
import { trialFrom } from '../../trial/trial.ts';
import type { CopyOptions, CopyReport, EventMap } from '../copy.ts';
import { copyTrials } from '../copy.ts';
import type { Renaming } from './key-ring.ts';
import { renewal } from './key-ring.ts';
import type { KeyMaterial } from './key.ts';
import { keyBytes, keyCheckOf, keysBehind, parseKey } from './key.ts';
import { amendmentId, patientDayId } from '../log/patient-day-id.ts';
import type { Store } from '../port.ts';

/** How to re-key a ledger. */
export interface RekeyOptions extends CopyOptions {
  /** The ring of the target: the keys of the source, and those that are new behind them. */
  readonly ring: KeyMaterial;
}

/** The first keys of a ring. */
function beginningOf(ring: KeyObject, keys: number): KeyObject {
  return createSecretKey(ring.export().subarray(0, keys * keyBytes));
}

/**
 * How many keys of a ring the source has.
 *
 * @throws KeyError when the ring is not that of the target, or does not begin with that of the source
 */
async function keysKnown(source: Store, target: Store, ring: KeyObject): Promise<number> {
  const [from, to] = await Promise.all([source.keyCheck(), target.keyCheck()]);
  if (to !== keyCheckOf(ring)) {
    throw new KeyError(`${target.location} has another ring of keys: open it with the ring given`);
  }
  const known = from === undefined ? 0 : keysBehind(from);
  const beginning = beginningOf(ring, known);
  if (known === 0 || keyCheckOf(beginning) !== from) {
    throw new KeyError(
      `the ring does not begin with the key of ${source.location}: give its keys first, in their order, and behind them the new one`,
    );
  }
  if (from === to) {
    throw new KeyError(`the ring holds no new key: ${source.location} has all of it already`);
  }
  return known;
}

/** Refuses trials that cannot be re-keyed: a list of persons is sealed with the pseudonyms in it. */
async function checkLists(source: Store, wanted: readonly string[] | undefined): Promise<void> {
  for (const { id, round, fingerprint, protocol } of await source.trials()) {
    if (wanted?.includes(fingerprint) === false) continue;
    const { unit, allocation } = trialFrom(protocol);
    if (unit === 'practice' || allocation.kind === 'hashed') continue;
    throw new StoreUnusableError(
      `trial ${id}, round ${round}, allocates ${unit}s from a list, whose checksum covers their pseudonyms: it keeps its key, so leave it out`,
    );
  }
}

/** More corrections of one day than this have ids that a log did not make. */
const mostAmendments = 1_000;

/** The id of a correction when the id of what it corrects changes. */
function amendmentUnder(id: string, before: string, after: string): string {
  for (let number = 1; number <= mostAmendments; number += 1) {
    if (amendmentId(before, number) === id) return amendmentId(after, number);
  }
  return id;
}

/**
 * What becomes of an event under further keys. The id of a patient-day comes from the pseudonym and has to
 * change with it, so that the same day is still one event, and the old key does not find it.
 */
function eventMap(trial: Trial, rename: Renaming): EventMap {
  const renamed = (id: string | undefined): string | undefined =>
    id === undefined ? undefined : rename(id);
  return (event) => {
    const { unitId, patient, clinician, encounter } = event;
    const changed = {
      ...event,
      unitId: unitId === null || trial.unit === 'practice' ? unitId : rename(unitId),
      ...(patient !== undefined && { patient: rename(patient) }),
      clinician: renamed(clinician),
      encounter: renamed(encounter),
    } satisfies TrialEvent;
    if (event.type !== 'patient-days' || changed.type !== 'patient-days') return changed;
    const before = patientDayId(trial, event);
    const after = patientDayId(trial, changed);
    if (event.amends === before) {
      return { ...changed, id: amendmentUnder(event.id, before, after), amends: after };
    }
    return event.id === before ? { ...changed, id: after } : changed;
  };
}

/**
 * Copies a ledger into one under a new key: every pseudonym of a person becomes another, and the key that
 * was used so far no longer tells who somebody is. Arms and sums stay: with the whole ring, a log gives
 * everybody the same arm, and `verify` computes it again. Do it again for what has come since, or where it
 * was interrupted.
 *
 * Whoever holds the old key and the old ledger still can link that, so remove it, its backups and its
 * exports; the target seals its events into a chain of its own.
 *
 * @param source a ledger; it may be opened without its key
 * @param target a new ledger that was opened with the ring once; see `addKey`
 * @throws KeyError when the ring is malformed, is not that of the target, or does not begin with that of the
 *   source
 * @throws StoreUnusableError when a trial is not there, its events were retired, it allocates persons from
 *   a list, or an id in the ledger is no pseudonym
 * @throws EventConflictError when the target holds another event under the same id
 * @throws ProtocolMismatchError when the target holds another protocol for a trial and round
 */
export async function rekeyLedger(
  source: Store,
  target: Store,
  { ring: material, ...options }: RekeyOptions,
): Promise<CopyReport> {
  const ring = parseKey(material, 'the ring');
  const known = await keysKnown(source, target, ring);
  await checkLists(source, options.trials);
  const renew = renewal(ring, known);
  const rename: Renaming = (pseudonym) => {
    try {
      return renew(pseudonym);
    } catch (cause) {
      throw new StoreUnusableError(
        `${source.location} holds an id of a person that is no pseudonym, so it was not written through a log: it cannot be re-keyed`,
        { cause },
      );
    }
  };
  return copyTrials(source, target, { ...options, mapOf: (trial) => eventMap(trial, rename) });
}
