import type { Connection } from './connection.ts';
import { FailureError } from './failure.ts';
import type { Fold } from './fold.ts';
import type { Chains } from './seal.ts';

/** Removes the events of trials that are over; each trial is named by its number. */
export interface Retirement {
  readonly isRetired: (trial: number) => boolean;
  /** @throws FailureError when events of the trial were removed */
  readonly requireEvents: (trial: number) => void;
  /** Does the next of what a retirement takes; true when there is more. */
  readonly some: (trial: number, at: number) => boolean;
  /** Removes the next events of retired trials; true when there may be more. */
  readonly removeSome: () => boolean;
}

// Appends wait while this many are removed, about a twentieth of a second.
const removedAtOnce = 5_000;

const nextLeftover = `SELECT r.trial FROM released r WHERE r.reason = 'retired'
  AND EXISTS (SELECT 1 FROM event e INDEXED BY event_time WHERE e.trial = r.trial) LIMIT 1`;

const removeEvents = `DELETE FROM event WHERE seq IN (
  SELECT seq FROM event INDEXED BY event_time WHERE trial = ? LIMIT ${removedAtOnce})`;

const removed = {
  retired: 'the events of the trial have been retired: only its sums are there',
  forwarded:
    'events of the trial were forwarded and removed here: ask the ledger that they were forwarded to',
} as const;

/**
 * The retirement of trials of an open ledger. One transaction decides it; the events then go in steps,
 * and where that is cut off it goes on at the next opening.
 */
export function retirementOf(
  connection: Connection,
  { chains, fold }: { readonly chains: Chains; readonly fold: Fold },
): Retirement {
  const retired = connection
    .prepare<[number], number>(`SELECT 1 FROM released WHERE trial = ? AND reason = 'retired'`)
    .pluck();
  const insert = connection.prepare<[{ readonly trial: number; readonly at: number }]>(
    `INSERT INTO released (trial, up_to, events, reason, released_ms)
     SELECT :trial, COALESCE(MAX(last_seq), 0), COALESCE(SUM(events), 0), 'retired', :at
     FROM segment WHERE trial = :trial`,
  );
  const leftover = connection.prepare<[], number>(nextLeftover).pluck();
  const remove = connection.prepare<[number]>(removeEvents);
  const reasonOf = connection
    .prepare<[number], 'retired' | 'forwarded'>(
      'SELECT reason FROM released WHERE trial = ? ORDER BY reason DESC LIMIT 1',
    )
    .pluck();
  const isRetired = (trial: number): boolean => retired.get(trial) !== undefined;

  const release = connection.transaction((trial: number, at: number): void => {
    // Another process may have done it, or have appended since the last step.
    if (isRetired(trial)) return;
    while (chains.some(trial));
    while (fold.some());
    insert.run({ trial, at });
  });
  const removeSome = (): boolean => {
    const trial = leftover.get();
    if (trial === undefined) return false;
    remove.run(trial);
    return true;
  };
  return {
    isRetired,
    requireEvents: (trial) => {
      const reason = reasonOf.get(trial);
      if (reason !== undefined) throw new FailureError('unusable', removed[reason]);
    },
    some: (trial, at) => {
      if (isRetired(trial)) return removeSome();
      if (chains.some(trial) || fold.some()) return true;
      release.immediate(trial, at);
      return true;
    },
    removeSome,
  };
}
