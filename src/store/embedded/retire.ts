import type { Connection } from './connection.ts';
import { FailureError } from './failure.ts';
import type { Fold } from './fold.ts';
import type { Chains } from './seal.ts';
import { removeFirstStretch } from './stretch.ts';

/** Removes the events of trials that are over; each trial is named by its number. */
export interface Retirement {
  readonly isRetired: (trial: number) => boolean;
  /** @throws FailureError when events of the trial were removed */
  readonly requireEvents: (trial: number) => void;
  /** @throws FailureError when events of the trial were removed that its sums and its chain lack */
  readonly requireSums: (trial: number) => void;
  /** Does the next of what a retirement takes; true when there is more. */
  readonly some: (trial: number, at: number) => boolean;
  /** Removes the next events of retired trials; true when there may be more. */
  readonly removeSome: () => boolean;
}

const nextLeftover = `SELECT r.trial FROM released r WHERE r.reason = 'retired'
  AND EXISTS (SELECT 1 FROM stretch s WHERE s.trial = r.trial) LIMIT 1`;

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
  const remove = removeFirstStretch.map((statement) =>
    connection.prepare<[{ readonly trial: number }]>(statement),
  );
  const reasonOf = connection
    .prepare<[number], 'retired' | 'forwarded'>(
      'SELECT reason FROM released WHERE trial = ? ORDER BY reason DESC LIMIT 1',
    )
    .pluck();
  const forwarded = connection
    .prepare<[number], number>(
      `SELECT 1 FROM released WHERE trial = ? AND reason = 'forwarded' LIMIT 1`,
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
  // Appends wait while a stretch is removed, about a twentieth of a second.
  const removeStretch = connection.transaction((): boolean => {
    const trial = leftover.get();
    if (trial === undefined) return false;
    for (const statement of remove) statement.run({ trial });
    return true;
  });
  const removeSome = (): boolean => leftover.get() !== undefined && removeStretch.immediate();
  return {
    isRetired,
    requireEvents: (trial) => {
      const reason = reasonOf.get(trial);
      if (reason !== undefined) throw new FailureError('unusable', removed[reason]);
    },
    requireSums: (trial) => {
      if (forwarded.get(trial) !== undefined) {
        throw new FailureError('unusable', removed.forwarded);
      }
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
