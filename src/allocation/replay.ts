import type { Within } from '../trial/protocol.ts';
import type { Reason } from '../trial/reason.ts';
import { isRandom } from '../trial/reason.ts';
import type { Trial } from '../trial/trial.ts';
import type { Assignment } from './assign.ts';
import { assign } from './assign.ts';
import type { Allocation } from './list/allocation.ts';
import type { Subject } from './subject.ts';
import { checkWithin, reasonsFromOutside } from './within.ts';

/** What a replay needs of a row of the ledger. */
export interface AssignedRow {
  readonly id: string;
  /** Fingerprint of the protocol. */
  readonly trial: string;
  readonly unitId: string | null;
  /** The ids as they were recorded; of a trial within another, that of the other's unit is read. */
  readonly patient?: string | undefined;
  readonly practice?: string | undefined;
  readonly clinician?: string | undefined;
  readonly encounter?: string | undefined;
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
  /** Rows whose reason does not follow from the protocol alone, by reason; all where one is `missing`. */
  readonly notReplayable: Readonly<Partial<Record<Reason, number>>>;
  readonly disagreements: readonly Disagreement[];
  /** The trial that this one lies within, when it was not given: then no arm can be computed again. */
  readonly missing?: Within | undefined;
}

/** The first step of a trial in two steps, with what its own replay needs. */
export interface FirstStep extends ReplayOptions {
  readonly trial: Trial;
}

/** What a replay needs besides the protocol. */
export interface ReplayOptions {
  /** When the trial was stopped, if it was. */
  readonly stoppedAt?: number | undefined;
  /** The list of a trial that allocates from one. */
  readonly allocation?: Allocation | undefined;
  /** Of a trial within another, that one. */
  readonly within?: FirstStep | undefined;
  /**
   * Of a ledger whose key was changed: from the pseudonym of a person to the one under the first key, of
   * which arms are hashed. The trial that this one lies within needs it too.
   */
  readonly original?: ((pseudonym: string) => string) | undefined;
}

/**
 * Computes every arm again from the protocol, and its list where it has one, and reports each row that
 * disagrees.
 *
 * @param rows the rows of the trial, in any order
 * @throws ProtocolError when the trial does not lie within the one that is given
 */
export async function replay(
  trial: Trial,
  rows: AsyncIterable<AssignedRow> | Iterable<AssignedRow>,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  const missing = missingStep(trial, options);
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
    if (missing !== undefined || reasonsFromOutside.has(row.reason)) {
      notReplayable[row.reason] = (notReplayable[row.reason] ?? 0) + 1;
      if (row.reason !== 'forced' && !isRandom(row.reason)) compare('arm', row.arm, trial.control);
      continue;
    }
    replayed += 1;
    const expected = again(trial, row, options);
    compare('arm', row.arm, expected.arm);
    compare('reason', row.reason, expected.reason);
  }
  return { rows: total, replayed, notReplayable, disagreements, missing };
}

/**
 * The nearest of the trials that this one lies within that is not given.
 *
 * @throws ProtocolError when one that is given does not fit
 */
function missingStep(trial: Trial, { within: first }: ReplayOptions): Within | undefined {
  if (first === undefined) return trial.protocol.within;
  checkWithin(trial, first.trial);
  return missingStep(first.trial, first);
}

/** Services learn of a stop within seconds; what they served until then is honest. */
const graceAfterStop = 10_000;

function again(
  trial: Trial,
  row: AssignedRow,
  { stoppedAt: stop, allocation, within: first, original }: ReplayOptions,
): Assignment {
  const stoppedAt = stop === undefined || row.reason === 'stopped' ? stop : stop + graceAfterStop;
  const isRenamed = trial.unit !== 'practice' && trial.allocation.kind === 'hashed';
  const { unitId } = row;
  const id = unitId !== null && isRenamed ? (original?.(unitId) ?? unitId) : unitId;
  // The unit's own id is all that an assignment reads of a subject.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a missing id is what `unit-missing` is about
  const subject = { [trial.unit]: id ?? '' } as unknown as Subject;
  const within = first && again(first.trial, rowOfFirst(row, first.trial), first);
  return assign(trial, subject, { at: row.assignedAt, stoppedAt, allocation, within });
}

/** The row as one of the first step: the stop of that may be why a subject is not in the second. */
function rowOfFirst(row: AssignedRow, { unit }: Trial): AssignedRow {
  const reason = isRandom(row.reason) ? row.reason : 'stopped';
  return { ...row, unitId: row[unit] ?? null, reason };
}
