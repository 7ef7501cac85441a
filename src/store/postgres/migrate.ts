import { createHash } from 'node:crypto';
import { StoreUnusableError } from '../../errors.ts';
import type { Database, Session } from './database.ts';
import { beginMigration } from './locks.ts';
import { grantsTo, migrations } from './migrations.ts';
import { quoted } from './names.ts';

const checksumOf = (sql: string): string => createHash('sha256').update(sql, 'utf8').digest('hex');

interface Applied {
  readonly version: number;
  readonly checksum: string;
}

async function applied(session: Session, schema: string): Promise<readonly Applied[]> {
  const [table] = await session.rows<{ readonly present: boolean }>({
    text: 'SELECT to_regclass($1) IS NOT NULL AS present',
    values: [`${quoted(schema)}.migration`],
  });
  if (table?.present !== true) return [];
  return session.rows<Applied>({
    text: 'SELECT version, checksum FROM migration ORDER BY version',
  });
}

function check(steps: readonly Applied[]): void {
  for (const { version, checksum } of steps) {
    const known = migrations.find((migration) => migration.version === version);
    if (known === undefined) {
      throw new StoreUnusableError(
        `the ledger has the newer schema ${version}: this package knows ${migrations.length}, so update it`,
      );
    }
    if (checksum !== checksumOf(known.sql)) {
      throw new StoreUnusableError(
        `the ledger's schema ${version} was made from another text than this package's: use the package that made it`,
      );
    }
  }
}

interface Server {
  readonly version: number;
  readonly encoding: string;
  readonly standby: boolean;
}

async function checkServer(session: Session): Promise<void> {
  const [server] = await session.rows<Server>({
    text: `SELECT current_setting('server_version_num')::int AS version,
  current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby`,
  });
  if (server === undefined || server.version < 130_000) {
    throw new StoreUnusableError('the server is older than PostgreSQL 13: update it');
  }
  if (server.encoding !== 'UTF8') {
    throw new StoreUnusableError(
      `the database is encoded in ${server.encoding}: create one in UTF8`,
    );
  }
  if (server.standby) {
    throw new StoreUnusableError('the server is a read-only standby: connect to the primary');
  }
}

/**
 * Checks the server and brings the schema to this package's version: numbered steps, each with the
 * checksum of its text, all in one transaction. Several processes may do so at once.
 *
 * @param options.begin whether a ledger is begun where there is none
 * @throws StoreUnusableError when the server is too old, a standby, or the schema is newer; or where there is
 *   no ledger and none is to be begun
 */
export async function migrate(
  database: Database,
  { begin }: { readonly begin: boolean },
): Promise<void> {
  const { schema } = database;
  // What is wrong with the connection is said at once.
  await database.transaction(checkServer, { since: -Infinity });
  const isDone = await database.transaction(async (session) => {
    const steps = await applied(session, schema);
    check(steps);
    // A name that was misspelt must not make another ledger.
    if (steps.length === 0 && !begin) {
      throw new StoreUnusableError(
        `there is no ledger in the schema ${schema} of this database: check both names, or begin one with its key (rapidcycle store init)`,
      );
    }
    return steps.length === migrations.length;
  });
  if (isDone) return;
  await database.transaction(
    async (session) => {
      // Asked first, because CREATE SCHEMA needs its permission even where there is nothing to do.
      const [namespace] = await session.rows<{ readonly present: boolean }>({
        text: 'SELECT to_regnamespace($1) IS NOT NULL AS present',
        values: [quoted(schema)],
      });
      if (namespace?.present !== true) {
        await session.rows({ text: `CREATE SCHEMA ${quoted(schema)}` });
      }
      const steps = await applied(session, schema);
      check(steps);
      if (steps.length === 0) {
        await session.rows({
          text: `CREATE TABLE migration
  (version INTEGER PRIMARY KEY, checksum TEXT NOT NULL, applied_ms BIGINT NOT NULL)`,
        });
      }
      for (const { version, sql } of migrations.slice(steps.length)) {
        await session.rows({ text: sql });
        await session.rows({
          text: 'INSERT INTO migration (version, checksum, applied_ms) VALUES ($1, $2, $3)',
          values: [version, checksumOf(sql), Date.now()],
        });
      }
    },
    { begin: beginMigration(schema), long: true },
  );
}

/**
 * Lets a role do what a service needs and nothing else: it can neither change nor remove an event.
 *
 * @throws StoreUnusableError unless the user owns the schema
 */
export async function grant(database: Database, role: string): Promise<void> {
  await database.transaction(async (session) => {
    const [owner] = await session.rows<{ readonly own: boolean }>({
      text: `SELECT pg_has_role(current_user, nspowner, 'USAGE') AS own FROM pg_namespace WHERE nspname = $1`,
      values: [database.schema],
    });
    // PostgreSQL only warns of what it did not grant.
    if (owner?.own !== true) {
      throw new StoreUnusableError(
        `only the owner of the schema ${database.schema} can let a role run its services: connect as the owner`,
      );
    }
    await session.rows({
      text: `GRANT USAGE ON SCHEMA ${quoted(database.schema)} TO ${quoted(role)};
${grantsTo(quoted(role))}`,
    });
  });
}
