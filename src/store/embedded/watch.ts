import { statSync } from 'node:fs';
import { FailureError } from './failure.ts';

const betweenLooks = 500;

/** Whether a path still leads to the file that it leads to now. */
function identityOf(path: string): () => boolean {
  const opened = statSync(path, { bigint: true, throwIfNoEntry: false });
  return () => {
    const present = statSync(path, { bigint: true, throwIfNoEntry: false });
    return present?.ino === opened?.ino && present?.dev === opened?.dev;
  };
}

/**
 * Watches that an open ledger and its write-ahead log are still the files that were opened. Without it,
 * what is committed to a file that was deleted or replaced would be acknowledged and gone.
 *
 * @param save brings what is in the write-ahead log into the ledger, for when only that was deleted
 * @returns a check that looks at most once in 500 ms and throws a FailureError when they are not
 */
export function watchFile(file: string, save: () => void): () => void {
  const isLedger = identityOf(file);
  const isLog = identityOf(`${file}-wal`);
  let lookedAt = Date.now();
  return () => {
    if (Math.abs(Date.now() - lookedAt) < betweenLooks) return;
    if (!isLedger()) {
      throw new FailureError(
        'unusable',
        'the ledger was deleted or replaced while it was open: put it back and open it again',
      );
    }
    if (!isLog()) {
      // The deleted file is still open here, and nowhere else.
      save();
      throw new FailureError(
        'unusable',
        'the write-ahead log of the ledger (-wal) was deleted while it was open: open the ledger again',
      );
    }
    lookedAt = Date.now();
  };
}
