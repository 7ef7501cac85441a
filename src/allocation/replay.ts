import type { Reason } from '../trial/reason.ts';
import { isRandom } from '../trial/reason.ts';
import type { Trial } from '../trial/trial.ts';
import type { Assignment } from './assign.ts';
import { assign } from './assign.ts';
import type { Subject } from './subject.ts';

/** What a replay needs of a row of the ledger. */
export interface AssignedRow {
  readonly id: string;
  /** Fingerprint of the protocol. */
  readonly trial: string;
  readonly unitId: string | null;
  readonly arm: string;
  readonly reason: Reason;
  readonly randomized: boolean;
  /** The instant of the assignment, milliseconds; for an answer, that of its alert. */
  readonly assignedAt: number;
}

/** A row that says something else than the protocol. */
export interface Disagreement {
  readonly id: string;
  readonly unitId: string | null;
  readonly field: 'trial' | 'arm' | 'reason' | 'randomized';
  readonly recorded: string;
  readonly expected: string;
}

/** What a replay found. */
export interface ReplayReport {
  readonly rows: number;
  /** Rows whose arm was computed again. */
  readonly replayed: number;
  /** Rows whose reason does not follow from the protocol alone, by reason. */
  readonly notReplayable: Readonly<Partial<Record<Reason, number>>>;
  readonly disagreements: readonly Disagreement[];
}

/** Reasons that depend on more than the protocol, the unit and the instant. */
const outside: ReadonlySet<Reason> = new Set([
  'opted-out',
  'forced',
  'fault',
  'listed',
  'not-listed',
]);

/**
 * Computes every arm again from the protocol and reports each row that disagrees.
 *
 * @param rows the rows of the trial, in any order
 * @param stoppedAt when the trial was stopped, if it was
 */
export async function replay(
  trial: Trial,
  rows: AsyncIterable<AssignedRow> | Iterable<AssignedRow>,
  stoppedAt?: number,
): Promise<ReplayReport> {
  let total = 0;
  let replayed = 0;
  const notReplayable: Partial<Record<Reason, number>> = {};
  const disagreements: Disagreement[] = [];
  for await (const row of rows) {
    total += 1;
    const compare = (field: Disagreement['field'], recorded: string, expected: string): void => {
      if (recorded !== expected)
        disagreements.push({ id: row.id, unitId: row.unitId, field, recorded, expected });
    };
    compare('trial', row.trial, trial.fingerprint);
    compare('randomized', String(row.randomized), String(isRandom(row.reason)));
    if (outside.has(row.reason)) {
      notReplayable[row.reason] = (notReplayable[row.reason] ?? 0) + 1;
      if (row.reason !== 'forced' && row.reason !== 'listed')
        compare('arm', row.arm, trial.control);
      continue;
    }
    replayed += 1;
    const expected = again(trial, row, stoppedAt);
    compare('arm', row.arm, expected.arm);
    compare('reason', row.reason, expected.reason);
  }
  return { rows: total, replayed, notReplayable, disagreements };
}

/** Services learn of a stop within seconds; what they served until then was random and is honest. */
const graceAfterStop = 10_000;

function again(trial: Trial, row: AssignedRow, stop: number | undefined): Assignment {
  const wasServed =
    stop !== undefined && isRandom(row.reason) && row.assignedAt < stop + graceAfterStop;
  const stoppedAt = wasServed ? undefined : stop;
  // The unit's own id is all that an assignment reads of a subject.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a missing id is what `unit-missing` is about
  const subject = { [trial.unit]: row.unitId ?? '' } as unknown as Subject;
  return assign(trial, subject, { at: row.assignedAt, stoppedAt });
}
