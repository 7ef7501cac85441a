import { openPostgres } from '../../../store/index.ts';
import { isOnServer, openLedger, serverPlace } from '../../ledger.ts';
import type { Streams } from '../../streams.ts';
import { say } from '../../streams.ts';

export interface MigrateArguments {
  readonly ledger: string;
  readonly serviceRole?: string | undefined;
}

/** `rapidcycle store migrate`: brings a ledger's schema to this package's version, which opening it does. */
export async function migrateCommand(options: MigrateArguments, streams: Streams): Promise<number> {
  const { ledger, serviceRole } = options;
  await using store =
    isOnServer(ledger) && serviceRole !== undefined
      ? await openAsOwner(ledger, serviceRole)
      : await openLedger(ledger);
  const { engine, schema } = await store.statistics();
  say(streams, `${store.location}: ${engine}, schema ${schema}, which is this package's`);
  return 0;
}

function openAsOwner(ledger: string, serviceRole: string): ReturnType<typeof openPostgres> {
  const { connection, schema } = serverPlace(ledger);
  return openPostgres(connection, { key: null, schema, serviceRole });
}
