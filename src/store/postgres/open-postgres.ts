import type { KeyObject } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { KeyError, StoreClosedError } from '../../errors.ts';
import { createKeyFile, readKeyFile } from '../keys/key-file.ts';
import type { KeyMaterial } from '../keys/key.ts';
import { keyCheckOf, parseKey } from '../keys/key.ts';
import type { DaySums, FlowCount, Store, UnitDaySums, UnitSummary } from '../port.ts';
import type { Pseudonymizer } from '../keys/pseudonym.ts';
import { pseudonymsOf } from '../keys/pseudonym.ts';
import { appenderOf } from './append.ts';
import { bind } from './bind.ts';
import type { PostgresConnection } from './connection.ts';
import { configFor } from './connection.ts';
import { counterOf } from './counts.ts';
import type { Database } from './database.ts';
import { openDatabase } from './database.ts';
import { isDistributed } from './distribute.ts';
import { selectDays, selectFlow, selectSummaries, selectUnitDays } from './fold-sql.ts';
import { foldOf } from './fold.ts';
import { bindKey, keyCheck } from './key-check.ts';
import { grant, migrate } from './migrate.ts';
import { checkSchemaName } from './names.ts';
import { finderOf, readEvents } from './read.ts';
import { retirerOf } from './retire.ts';
import { sealerOf } from './seal.ts';
import { statisticsFrom } from './statistics.ts';
import { trialsOf } from './trials.ts';

/** How to open a store on PostgreSQL. */
export interface OpenPostgresOptions {
  /**
   * The pseudonym key, the same for every service on the ledger. `null` opens the ledger without a
   * key, to analyse it: then it gives no pseudonyms.
   */
  readonly key?: KeyMaterial | null | undefined;
  /** A file that holds the key, in its place; it is made for a ledger that has no key yet. */
  readonly keyFile?: string | undefined;
  /** The schema that holds the ledger, made when it is not there; default `rapidcycle`. */
  readonly schema?: string | undefined;
  /** TLS as Node takes it, or `true` for its defaults; `sslmode` in a connection string does too. */
  readonly tls?: boolean | ConnectionOptions | undefined;
  /** How many connections to hold at most besides the one that appends; default 4. */
  readonly connections?: number | undefined;
  /** How many events may wait for the database before more are refused; default 10,000. */
  readonly capacity?: number | undefined;
  /**
   * How long a statement may take, milliseconds; default 30,000. Folds, rebuilds and counts, which
   * grow with the ledger, may take as long as they need.
   */
  readonly statementTimeout?: number | undefined;
  /** How long to try again when the connection is lost, milliseconds; default 30,000. */
  readonly patience?: number | undefined;
  /**
   * A role that is to run the services: it is granted what they need, which is to read, to add and
   * to keep the sums. Give it when you open the ledger as its owner.
   */
  readonly serviceRole?: string | undefined;
}

async function keyFor(
  database: Database,
  { key, keyFile }: OpenPostgresOptions,
): Promise<KeyObject | undefined> {
  if (key === null) return undefined;
  if (key !== undefined) return parseKey(key);
  if (keyFile === undefined) {
    throw new KeyError(
      'a ledger on a server needs its key: give it or a file that holds it, or null to analyse the ledger without one',
    );
  }
  const kept = await readKeyFile(keyFile);
  if (kept !== undefined) return kept;
  if ((await keyCheck(database)) !== undefined) {
    throw new KeyError(
      `the ledger has a key, but ${keyFile} is not there: put it there, or open the ledger without one to analyse it`,
    );
  }
  return createKeyFile(keyFile);
}

/** As much as a timer holds. */
const longest = 2_147_483_647;

function checkWhole(
  name: string,
  { value, least }: { readonly value: number; readonly least: number },
): void {
  if (Number.isInteger(value) && value >= least && value <= longest) return;
  throw new RangeError(`${name} must be a whole number from ${least} to ${longest}, not ${value}`);
}

/**
 * Opens a store on PostgreSQL 13 or later, for several services at once. What is acknowledged has been
 * committed, with `synchronous_commit` on. A connection that is lost, even during a commit, is tried
 * again: an append is idempotent.
 *
 * It needs sessions of its own, so a pooler in front of it must pool sessions, not transactions.
 *
 * @param connection a string such as `postgresql://user@host:5432/database`, or its parts
 * @throws StoreUnusableError when the database cannot be used: with the reason, and never a password; with a
 *   `null` key also when it holds no ledger yet
 * @throws KeyError when the key is missing, malformed, or not the ledger's
 * @throws RangeError when a number among the options is none that makes sense
 */
export async function openPostgres(
  connection: string | PostgresConnection,
  options: OpenPostgresOptions = {},
): Promise<Store> {
  const { schema = 'rapidcycle', key, tls } = options;
  checkSchemaName(schema);
  // Before anything is made.
  if (key !== undefined && key !== null) parseKey(key);
  const config = configFor(connection, tls);
  const { connections = 4, statementTimeout = 30_000, patience = 30_000 } = options;
  const { capacity = 10_000 } = options;
  checkWhole('connections', { value: connections, least: 1 });
  checkWhole('statementTimeout', { value: statementTimeout, least: 1 });
  checkWhole('patience', { value: patience, least: 0 });
  checkWhole('capacity', { value: capacity, least: 1 });
  const settings = { schema, connections, statementTimeout, patience };
  const reading = await openDatabase(config, settings);
  // Questions, however many and long, never keep the appends waiting for a connection.
  const appending = await openDatabase(config, { ...settings, connections: 1 });
  const databases = { reading, appending };
  try {
    await migrate(reading, { begin: key !== null });
    if (options.serviceRole !== undefined) await grant(reading, options.serviceRole);
    const found = await keyFor(reading, options);
    if (found !== undefined) await bindKey(reading, keyCheckOf(found));
    return storeOf(databases, {
      pseudonym: pseudonymsOf(found),
      capacity,
      isDistributed: await isDistributed(reading),
    });
  } catch (error) {
    await Promise.all([reading.close(), appending.close()]);
    throw error;
  }
}

/** Two pools of connections to one ledger. */
interface Databases {
  readonly reading: Database;
  readonly appending: Database;
}

function storeOf(
  { reading: database, appending }: Databases,
  {
    pseudonym,
    capacity,
    isDistributed: isSpread,
  }: {
    readonly pseudonym: Pseudonymizer;
    readonly capacity: number;
    readonly isDistributed: boolean;
  },
): Store {
  const { location } = database;
  const trials = trialsOf(appending);
  const fold = foldOf(database);
  const { append, drain } = appenderOf(appending, { trials, capacity, isDistributed: isSpread });
  const { counts, delays } = counterOf(database, trials);
  const { seal, segments } = sealerOf(database, trials);
  const find = finderOf(database, { trials, isDistributed: isSpread });
  const busy = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  /** Refuses when the store is closed, which waits for what has begun. */
  const open = <A extends readonly unknown[], T>(
    operation: (...given: A) => Promise<T>,
  ): ((...given: A) => Promise<T>) => {
    return async (...given) => {
      if (closing !== undefined) throw new StoreClosedError(`${location} has been closed`);
      const answer = operation(...given);
      busy.add(answer);
      try {
        return await answer;
      } finally {
        busy.delete(answer);
      }
    };
  };
  const folded = <T extends object>(
    sql: string,
  ): ((fingerprint: string) => Promise<readonly T[]>) =>
    open(async (fingerprint) => {
      const trial = await trials.known(fingerprint);
      await fold.forward(trial);
      return database.transaction((session) => session.rows<T>(bind(sql, { trial: trial.number })));
    });
  async function* read(query: Parameters<Store['read']>[0]): ReturnType<Store['read']> {
    const events = readEvents({ database, trials }, query);
    const next = open(() => events.next());
    for (let step = await next(); step.done !== true; step = await next()) yield step.value;
  }
  const close = (): Promise<void> => {
    closing ??= drain()
      .then(() => Promise.allSettled(busy))
      .then(() => Promise.all([database.close(), appending.close()]))
      .then(() => undefined);
    return closing;
  };

  return {
    location,
    pseudonym,
    register: open(trials.register),
    trials: open(trials.trials),
    keepAllocation: open(trials.keepAllocation),
    allocation: open(trials.allocation),
    stop: open(trials.stop),
    append: open(append),
    find: open(find),
    read,
    summaries: folded<UnitSummary>(selectSummaries),
    unitDays: folded<UnitDaySums>(selectUnitDays),
    days: folded<DaySums>(selectDays),
    counts: open(counts),
    delays: open(delays),
    flow: folded<FlowCount>(selectFlow),
    rebuild: open(async (fingerprint) => fold.rebuild(await trials.known(fingerprint))),
    seal: open(seal),
    segments: open(segments),
    retire: open(retirerOf(database, { trials, fold, seal })),
    statistics: open(statisticsFrom(database, isSpread)),
    keyCheck: open(() => keyCheck(database)),
    close,
    [Symbol.asyncDispose]: close,
  };
}
