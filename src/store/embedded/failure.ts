import type { RapidcycleError } from '../../errors.ts';
import {
  AllocationError,
  codeOf,
  KeyError,
  messageOf,
  ProtocolMismatchError,
  StoreUnusableError,
} from '../../errors.ts';

/** A refusal as it crosses from the writer's thread. */
export interface Failure {
  readonly kind: 'unusable' | 'mismatch' | 'allocation' | 'key';
  readonly message: string;
}

/** Carries a failure inside the writer's thread. */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(kind: Failure['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FailureError';
    this.failure = { kind, message };
  }
}

/** The refusal of a trial that the ledger does not hold. */
export function unregistered(): FailureError {
  return new FailureError(
    'mismatch',
    'no trial with this fingerprint is registered in the ledger: register the trial; a changed protocol is a new round',
  );
}

const reasons: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'there is no space left for the ledger',
  SQLITE_NOTADB: 'the file is not a ledger: it is no SQLite database',
  SQLITE_CORRUPT: 'the ledger is damaged: restore it from a backup',
  SQLITE_BUSY: 'another process holds the ledger locked',
  SQLITE_READONLY: 'the ledger cannot be written: check the permissions of the file and its folder',
  SQLITE_CANTOPEN: 'the ledger cannot be opened: check the permissions of the file and its folder',
};

/** What went wrong in the writer's thread, in words, without any content of the ledger. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  const code = codeOf(error) ?? '';
  const reason = Object.entries(reasons).find(([start]) => code.startsWith(start))?.[1];
  const message = reason ?? messageOf(error);
  return { kind: 'unusable', message: code === '' ? message : `${message} (${code})` };
}

/** A failure as the error that a caller gets. */
export function errorOf({ kind, message }: Failure): RapidcycleError {
  switch (kind) {
    case 'unusable':
      return new StoreUnusableError(message);
    case 'mismatch':
      return new ProtocolMismatchError(message);
    case 'allocation':
      return new AllocationError([{ path: '', message }]);
    case 'key':
      return new KeyError(message);
  }
}
