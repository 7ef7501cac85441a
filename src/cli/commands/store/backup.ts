import { UsageError } from '../../../errors.ts';
import { backupLedger } from '../../../store/index.ts';
import { isOnServer, needLedger } from '../../ledger.ts';
import { progressOn } from '../../progress.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';

export interface BackupArguments {
  readonly ledger: string;
  readonly to: string;
}

/** `rapidcycle store backup`. */
export async function backupCommand(
  { ledger, to }: BackupArguments,
  streams: Streams,
): Promise<number> {
  if (isOnServer(ledger)) {
    throw new UsageError(
      'A ledger on a server is backed up by the means of the server: pg_dump or pg_basebackup.',
    );
  }
  needLedger(ledger);
  const progress = progressOn(streams, 'Backup');
  try {
    await backupLedger(ledger, to, {
      onProgress: (fraction) => progress.show(Math.round(fraction * 1_000), 1_000, ''),
    });
  } finally {
    progress.end();
  }
  say(
    streams,
    `${to}: a checked copy of ${ledger}. Its key is not in it: keep ${ledger}.key elsewhere.`,
  );
  return 0;
}
