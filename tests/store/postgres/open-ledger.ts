import type { Store } from '../../../src/store/index.ts';
import type { OpenPostgresOptions } from '../../../src/store/postgres/index.ts';
import { distribute, openPostgres } from '../../../src/store/postgres/index.ts';
import type { Server } from './server.ts';
import { isSpread } from './server.ts';

// Enough for every server to have some; each shard of each table takes its time to be made.
const shards = 4;

/** Opens a ledger, spread over the servers of a cluster where the tests are asked to. */
export async function openLedger(
  { url }: Server,
  options: OpenPostgresOptions & { readonly schema: string },
): Promise<Store> {
  if (isSpread) {
    const at = new URL(url);
    at.searchParams.set('options', `-c citus.shard_count=${shards}`);
    await distribute(at.href, { schema: options.schema });
  }
  return openPostgres(url, options);
}
