import { openPostgres } from '../../../src/store/postgres/index.ts';
import { storeContract } from '../contract.ts';
import { onServer } from './on-server.ts';
import { newSchema } from './server.ts';
import { clear } from './sql.ts';

onServer('On PostgreSQL', (server) => {
  storeContract('The store on PostgreSQL', async () => {
    const schema = newSchema();
    const store = await openPostgres(server().url, { key: '7'.repeat(64), schema });
    return {
      store,
      dispose: () => clear(server(), schema),
    };
  });
});
