import type { Connection } from './connection.ts';
import { FailureError, unregistered } from './failure.ts';
import type { Ledger } from './ledger.ts';
import type { AppendOutcome } from './messages.ts';
import type { Cell, Row } from '../row.ts';
import { receivedColumn, trialColumn } from '../row.ts';
import { insertEvent, selectEvent } from './schema.ts';
import { stretchesOf } from './stretch.ts';

// What a transaction knows before its first event.
interface Standing {
  /** The next place: behind every event, also those that have been removed. */
  readonly next: number;
  /** The numbers of the trials whose events were retired. */
  readonly retired: ReadonlySet<number>;
}

const selectNext = `SELECT 1 + MAX(
  (SELECT COALESCE(MAX(seq), 0) FROM event), (SELECT COALESCE(MAX(up_to), 0) FROM released))`;

function standingOf(connection: Connection): () => Standing {
  const next = connection.prepare<[], number>(selectNext).pluck();
  const retired = connection
    .prepare<[], number>(`SELECT trial FROM released WHERE reason = 'retired'`)
    .pluck();
  return () => ({ next: next.get() ?? 1, retired: new Set(retired.all()) });
}

/** Appends to an open ledger. */
export function appender(
  connection: Connection,
  numberOf: (fingerprint: string) => number | undefined,
): Ledger['appendAll'] {
  const insert = connection.prepare<Cell[]>(insertEvent);
  const select = connection.prepare<[string], Row>(selectEvent).raw();
  const stand = standingOf(connection);
  const stretches = stretchesOf(connection);

  const isSame = (row: Row, present: Row | undefined): boolean =>
    row.every((cell, index) => index === receivedColumn || cell === present?.[index]);

  const refusal = (trial: number | undefined, { retired }: Standing): FailureError | undefined => {
    if (trial === undefined) return unregistered();
    if (!retired.has(trial)) return undefined;
    return new FailureError(
      'unusable',
      'the trial has been retired: its events were removed and it takes no more',
    );
  };

  const commit = connection.transaction((calls: readonly (readonly Row[])[]) => {
    const standing = stand();
    let { next } = standing;
    return calls.map((rows): AppendOutcome => {
      const stored: Row[] = [];
      for (const row of rows) {
        const trial = numberOf(String(row[trialColumn]));
        const refused = refusal(trial, standing);
        if (refused !== undefined) return { failure: refused.failure };
        stored.push(row.with(trialColumn, trial ?? null));
      }
      const from = next;
      const added: Row[] = [];
      const conflicting: string[] = [];
      for (const row of stored) {
        if (insert.run(next, ...row).changes === 1) {
          next += 1;
          added.push(row);
          continue;
        }
        const id = String(row[0]);
        if (!isSame(row, select.get(id))) conflicting.push(id);
      }
      stretches.extend(added, from);
      const accepted = added.length;
      const duplicate = rows.length - accepted - conflicting.length;
      return { receipt: { accepted, duplicate, conflicting } };
    });
  });
  return (calls) => commit.immediate(calls);
}
