import type { ConnectionOptions } from 'node:tls';
import { StoreUnusableError } from '../../errors.ts';
import type { PostgresConnection } from './connection.ts';
import { configFor } from './connection.ts';
import type { Database } from './database.ts';
import { openDatabase } from './database.ts';
import { distributionOf } from './distribution-sql.ts';
import { beginMigration } from './locks.ts';
import { migrate } from './migrate.ts';
import { distributedBy } from './migrations.ts';
import { checkSchemaName } from './names.ts';

/** Which ledger to spread over servers. */
export interface DistributeOptions {
  /** The schema that holds the ledger, made when it is not there; default `rapidcycle`. */
  readonly schema?: string | undefined;
  /** TLS as Node takes it, or `true` for its defaults; `sslmode` in a connection string does too. */
  readonly tls?: boolean | ConnectionOptions | undefined;
}

/** Whether the tables of events are spread over servers. */
export function isDistributed(database: Database): Promise<boolean> {
  return database.transaction(async (session) => {
    const rows = await session.rows({
      text: 'SELECT FROM meta WHERE name = $1',
      values: [distributedBy],
    });
    return rows.length > 0;
  });
}

async function checkCitus(database: Database): Promise<void> {
  const [found] = await database.transaction((session) =>
    session.rows({ text: `SELECT FROM pg_extension WHERE extname = 'citus'` }),
  );
  if (found !== undefined) return;
  throw new StoreUnusableError(
    'the database has no citus extension, which spreads tables over servers: run CREATE EXTENSION citus on each of its servers, or keep the ledger on one',
  );
}

/**
 * Spreads what grows with the events of a ledger over the servers of a Citus cluster, by unit of
 * randomisation, whether it holds events or not. A second time, or after having been cut off, it does
 * what is left to do. Stop the services before, and open the ledger again afterwards.
 *
 * From then on no trigger keeps an event from being changed: that rests on the privileges of the roles,
 * so let no service run as the owner; the chain of segments shows a change by the owner. That an id has
 * one unit is no longer held by an index but looked up at each append.
 *
 * @param connection to the coordinator, as the owner of the ledger
 * @throws StoreUnusableError when the database has no citus extension, or cannot be used: with the reason
 */
export async function distribute(
  connection: string | PostgresConnection,
  { schema = 'rapidcycle', tls }: DistributeOptions = {},
): Promise<void> {
  checkSchemaName(schema);
  const database = await openDatabase(configFor(connection, tls), {
    schema,
    connections: 1,
    statementTimeout: 30_000,
    patience: 30_000,
  });
  try {
    await migrate(database, { begin: true });
    await checkCitus(database);
    const { prepare, spread, tidy } = distributionOf(schema);
    const run = (text: string): Promise<unknown> =>
      database.transaction((session) => session.rows({ text }), {
        begin: beginMigration(schema),
        long: true,
      });
    await run(prepare);
    const done = await spreadTables(database);
    // Each on its own: what was done stands when the next fails.
    for (const [table, statement] of spread) if (!done.has(table)) await run(statement);
    await run(tidy);
  } finally {
    await database.close();
  }
}

async function spreadTables(database: Database): Promise<ReadonlySet<string>> {
  const rows = await database.transaction((session) =>
    session.rows<{ readonly name: string }>({
      text: `SELECT c.relname AS name FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid
WHERE c.relnamespace = current_schema()::regnamespace`,
    }),
  );
  return new Set(rows.map(({ name }) => name));
}
