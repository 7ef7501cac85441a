import type { Store } from '../../../src/store/index.ts';
import type { OpenPostgresOptions } from '../../../src/store/postgres/index.ts';
import { distribute, openPostgres } from '../../../src/store/postgres/index.ts';
import type { Server } from './server.ts';
import { isSpread } from './server.ts';

/** Opens a ledger, spread over the servers of a cluster where the tests are asked to. */
export async function openLedger(
  { url }: Server,
  options: OpenPostgresOptions & { readonly schema: string },
): Promise<Store> {
  if (isSpread) await distribute(url, { schema: options.schema });
  return openPostgres(url, options);
}
