import pg from 'pg';
import type { Server } from './server.ts';

/** Runs statements as whoever the connection string names, past the store. */
export async function run(url: string, ...statements: readonly string[]): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let result = await client.query('SELECT 1');
    for (const statement of statements) result = await client.query(statement);
    return result;
  } finally {
    await client.end();
  }
}

/** Removes a schema from a server that stays; the test's own goes with all that it holds. */
export async function clear({ url, kill }: Server, schema: string): Promise<void> {
  if (kill === undefined) await run(url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`);
}
