import type { Store } from '../../../src/store/index.ts';
import { distributionSql, openPostgres } from '../../../src/store/postgres/index.ts';
import { amendmentContract } from '../contract-amendments.ts';
import { upkeepContract } from '../contract-upkeep.ts';
import { storeContract } from '../contract.ts';
import { onServer } from './on-server.ts';
import { openLedger } from './open-ledger.ts';
import type { Server } from './server.ts';
import { newSchema } from './server.ts';
import { clear, run } from './sql.ts';

const key = '7'.repeat(64);

function contracts(server: () => Server, open: (schema: string) => Promise<Store>): void {
  for (const contract of [storeContract, upkeepContract, amendmentContract]) {
    contract('The store on PostgreSQL', async () => {
      const schema = newSchema();
      const store = await open(schema);
      return { store, dispose: () => clear(server(), schema) };
    });
  }
}

onServer('A ledger', (server) => {
  contracts(server, (schema) => openLedger(server(), { key, schema }));
});

// What a spread ledger must do without, and how it takes events, needs no cluster.
onServer(
  'A ledger that is ready to be spread over servers',
  (server) => {
    contracts(server, async (schema) => {
      const { url } = server();
      await (await openPostgres(url, { key, schema })).close();
      await run(url, distributionSql(schema)[0] ?? '');
      return openPostgres(url, { key, schema });
    });
  },
  { once: true, own: true },
);
