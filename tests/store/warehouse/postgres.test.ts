import pg from 'pg';
import type { ResultRow } from '../../../src/store/warehouse/index.ts';
import { dialects } from '../../../src/store/warehouse/index.ts';
import { onServer } from '../postgres/on-server.ts';
import { newSchema } from '../postgres/server.ts';
import { agreesWithMemory } from './agreement.ts';
import { tableColumns, valuesOf } from './engine.ts';

onServer('A warehouse on PostgreSQL', (server) => {
  agreesWithMemory(
    'PostgreSQL',
    async () => {
      const schema = newSchema();
      const client = new pg.Client({ connectionString: server().url });
      await client.connect();
      const text = 'TEXT COLLATE "C"';
      const columns = tableColumns({ text, whole: 'BIGINT', fraction: 'DOUBLE PRECISION' });
      await client.query(`CREATE SCHEMA ${schema}`);
      await client.query(`CREATE TABLE ${schema}.event (${columns})`);
      return {
        dialect: dialects.postgres,
        table: `${schema}.event`,
        load: async (events) => {
          if (events.length > 0) {
            const values = valuesOf(events, dialects.postgres);
            await client.query(`INSERT INTO ${schema}.event VALUES ${values}`);
          }
        },
        query: async (sql) => (await client.query<ResultRow>(sql)).rows,
        close: async () => {
          await client.query(`DROP SCHEMA ${schema} CASCADE`);
          await client.end();
        },
      };
    },
    { numRuns: 15 },
  );
});
