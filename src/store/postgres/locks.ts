import { createHash } from 'node:crypto';
import type { Database, Session } from './database.ts';
import { distributedBy } from './migrations.ts';
import { quoted } from './names.ts';

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

/**
 * Keeps the plans of named statements, which look for ids: with many trials it takes far longer to plan
 * for all their partitions than to look into them. A plan that is kept was made for fewer rows than there
 * are now, so it must use the index even where it need not. Citus plans anew for each value.
 */
export const keepPlans = `SET LOCAL plan_cache_mode TO force_generic_plan;
SET LOCAL enable_seqscan TO off;
SET LOCAL enable_bitmapscan TO off`;

/** Waits until no other process changes the schema. */
export function beginMigration(schema: string): string {
  return `SELECT pg_advisory_xact_lock(${lockOf(migrating, schema)})`;
}

/** Waits until every append that has begun has ended, and keeps others from beginning. */
export function beginQuiet(schema: string, patience: `${number}s`): string {
  return `SET LOCAL lock_timeout TO '${patience}'; SELECT pg_advisory_xact_lock(${lockOf(appending, schema)})`;
}

/** The last place of a trial's events that can be seen; 0 when it has none. */
export async function lastPlace(session: Session, trial: number): Promise<number> {
  const [row] = await session.rows<{ readonly seq: number | null }>({
    text: 'SELECT MAX(seq) AS seq FROM event WHERE trial = $1',
    values: [trial],
  });
  return row?.seq ?? 0;
}

// Citus tells that a commit is done when it is decided. A server that was away then makes its part
// visible later, up to where it takes the rows up again; until then they are locked there, as are
// those of an append whose service is gone.
const countWriters = (schema: string): string => `SELECT COUNT(*) FROM pg_locks l
JOIN pg_class c ON c.oid = l.relation
WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.mode = 'RowExclusiveLock' AND c.relname ~ '^event_[0-9]'
  AND c.relnamespace = to_regnamespace('${quoted(schema)}')`;

/** Fails, as what may be tried again, when a server may still show an event of an append that has ended. */
async function checkServers(session: Session, schema: string): Promise<void> {
  const [spread] = await session.rows({
    text: `SELECT FROM meta WHERE name = $1 AND to_regproc('run_command_on_workers') IS NOT NULL`,
    values: [distributedBy],
  });
  if (spread === undefined) return;
  const [unsettled] = await session.rows({
    text: `SELECT FROM run_command_on_workers($1) WHERE NOT success OR result <> '0'`,
    values: [countWriters(schema)],
  });
  if (unsettled === undefined) return;
  // That the completion of a statement is not known.
  throw Object.assign(new Error('unsettled'), { code: '40003' });
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
      await checkServers(session, database.schema);
      return lastPlace(session, trial);
    },
    { begin: beginQuiet(database.schema, '10s') },
  );
}

/**
 * Locks the upkeep of a trial until the end of the transaction, and returns the place up to which it is
 * folded: one process at a time folds, seals or keeps a list.
 */
export async function lockTrial(session: Session, trial: number): Promise<number> {
  const [row] = await session.rows<{ readonly seq: number }>({
    text: 'SELECT seq FROM folded WHERE trial = $1 FOR UPDATE',
    values: [trial],
  });
  return row?.seq ?? 0;
}
