import type { Allocation } from '../../allocation/list/allocation.ts';
import { hasNewAmendments } from '../../allocation/list/extends.ts';
import { AllocationError } from '../../errors.ts';
import type { Connection } from './connection.ts';
import { FailureError } from './failure.ts';
import type { Ledger } from './ledger.ts';

/** Keeps the lists of trials in an open ledger. */
export function allocationKeeper(
  connection: Connection,
  numberOf: (fingerprint: string) => number,
): Pick<Ledger, 'keepAllocation' | 'allocation'> {
  const select = connection
    .prepare<[number], string>(
      'SELECT document FROM allocation WHERE trial = ? ORDER BY amendments DESC LIMIT 1',
    )
    .pluck();
  const insert = connection.prepare<[number, number, string, string, number]>(
    `INSERT INTO allocation (trial, amendments, checksum, document, kept_ms)
     VALUES (?, ?, ?, ?, ?)`,
  );
  const read = (trial: number): Allocation | undefined => {
    const document = select.get(trial);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was an allocation when it was kept
    return document === undefined ? undefined : (JSON.parse(document) as Allocation);
  };
  const commit = connection.transaction((allocation: Allocation) => {
    const trial = numberOf(allocation.trial);
    const kept = read(trial);
    if (kept !== undefined && !isNew(kept, allocation)) return;
    const { amendments, checksum } = allocation;
    insert.run(trial, amendments.length, checksum, JSON.stringify(allocation), Date.now());
  });
  return {
    keepAllocation: (allocation) => commit.immediate(allocation),
    allocation: (fingerprint) => read(numberOf(fingerprint)),
  };
}

function isNew(kept: Allocation, allocation: Allocation): boolean {
  try {
    return hasNewAmendments(kept, allocation);
  } catch (cause) {
    if (!(cause instanceof AllocationError)) throw cause;
    const message = cause.problems.map((problem) => problem.message).join('; ');
    throw new FailureError('allocation', message, { cause });
  }
}
