import { createHash } from 'node:crypto';
import type { Database } from './database.ts';

/** What is locked, as the first of the two numbers of an advisory lock: `RCLE` and the next. */
const appending = 0x52_43_4c_45;
const migrating = appending + 1;

// One database may hold several ledgers, each in its schema.
function lockOf(kind: number, schema: string): string {
  return `${kind}, ${createHash('sha256').update(schema, 'utf8').digest().readInt32BE(0)}`;
}

/** Says that an append is under way, until the end of its transaction. */
export function beginAppend(schema: string): string {
  return `SELECT pg_advisory_xact_lock_shared(${lockOf(appending, schema)})`;
}

/** Waits until no other process changes the schema. */
export function beginMigration(schema: string): string {
  return `SELECT pg_advisory_xact_lock(${lockOf(migrating, schema)})`;
}

/**
 * The last place of a trial's events behind which no event can turn up any more; 0 when it has none.
 *
 * Places are given when a row is written, not when it is committed: of two appends at once the later
 * place may be seen first. So this waits until every append that has begun has ended, and looks before
 * another begins. What has a place up to the last one seen then is committed, or never will be.
 */
export async function settledPlace(database: Database, trial: number): Promise<number> {
  return database.transaction(
    async (session) => {
      const [row] = await session.rows<{ readonly seq: number }>({
        text: 'SELECT COALESCE(MAX(seq), 0) AS seq FROM event WHERE trial = $1',
        values: [trial],
      });
      return row?.seq ?? 0;
    },
    {
      begin: `SET LOCAL lock_timeout TO '10s'; SELECT pg_advisory_xact_lock(${lockOf(appending, database.schema)})`,
    },
  );
}
