import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientConfig } from 'pg';
import { StoreUnusableError } from '../../errors.ts';
import type { Connection } from './driver.ts';
import { connectionsTo } from './driver.ts';
import { isTransient, storeError } from './failure.ts';
import { quoted } from './names.ts';

/** A statement with its values; a name keeps its plan on the server. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
  readonly name?: string | undefined;
}

/** A transaction that is open. */
export interface Session {
  /** The rows, as objects by column. */
  rows<T extends object>(statement: Statement): Promise<readonly T[]>;
  /** The rows, as arrays. */
  arrays<T extends readonly unknown[]>(statement: Statement): Promise<readonly T[]>;
}

/** How to run a transaction. */
interface TransactionOptions {
  /** Statements to begin with, without values. */
  readonly begin?: string | undefined;
  /** Whether its statements may take as long as they need. Default false. */
  readonly long?: boolean | undefined;
  /** From when on its patience counts, as `performance.now` tells it; default now. With -Infinity it is tried once. */
  readonly since?: number | undefined;
}

/** A schema of a database, with its pool of connections. */
export interface Database {
  /** For messages: never with a password. */
  readonly location: string;
  readonly schema: string;
  /**
   * Runs a transaction, and runs it again where the connection was lost, even if during its commit. So
   * it must come to the same whether it is done once or twice.
   *
   * @throws StoreUnusableError when it fails, with the reason
   */
  transaction<T>(work: (session: Session) => Promise<T>, options?: TransactionOptions): Promise<T>;
  close(): Promise<void>;
}

/** How to connect. */
export interface DatabaseOptions {
  readonly schema: string;
  readonly connections: number;
  /** Milliseconds that a statement may take. */
  readonly statementTimeout: number;
  /** Milliseconds for which a lost connection is tried again. */
  readonly patience: number;
}

// A service that hangs inside an append holds up those who want to know what has been appended.
const idleInTransaction = 5_000;

// The driver waits a little longer than the server allows: it is for a server that has vanished.
const grace = 2_000;
const longest = 2_147_483_647;

const ignore = (): void => undefined;

function sessionOf(connection: Connection, long: boolean): Session {
  const query = async <T>(
    { text, values, name }: Statement,
    rowMode?: 'array',
  ): Promise<readonly T[]> => {
    const config = {
      text,
      ...(values && { values: [...values] }),
      ...(name !== undefined && { name }),
      ...(rowMode && { rowMode }),
      ...(long && { query_timeout: longest }),
    };
    const { rows } = await connection.query(config);
    return rows;
  };
  return {
    rows: (statement) => query(statement),
    arrays: (statement) => query(statement, 'array'),
  };
}

/** Makes a pool for a schema. Nothing is connected before the first transaction. */
export async function openDatabase(
  config: ClientConfig,
  { schema, connections, statementTimeout, patience }: DatabaseOptions,
): Promise<Database> {
  const { pool, host, port, database } = await connectionsTo(
    { ...config, query_timeout: Math.min(statementTimeout + grace, longest) },
    { max: connections },
  );
  const location = `PostgreSQL ${host}:${port}/${database}, schema ${schema}`;
  const prepared = new WeakSet<Connection>();
  // An idle connection that is lost is no news: the next transaction opens another. One that is lost
  // between two statements, or as soon as it is made, tells the next statement.
  pool.on('error', ignore);
  pool.on('connect', (connection) => connection.on('error', ignore));

  const checkOut = async (): Promise<Connection> => {
    const connection = await pool.connect();
    if (prepared.has(connection)) return connection;
    try {
      await connection.query(
        `SET search_path TO ${quoted(schema)}, pg_temp;
SET statement_timeout TO ${statementTimeout};
SET idle_in_transaction_session_timeout TO ${idleInTransaction};
SELECT set_config('synchronous_commit',
  CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN 'on'
    ELSE current_setting('synchronous_commit') END, false)`,
      );
    } catch (error) {
      connection.release(true);
      throw error;
    }
    prepared.add(connection);
    return connection;
  };

  const attempt: Database['transaction'] = async (work, { begin = '', long = false } = {}) => {
    const connection = await checkOut();
    let isSound = false;
    try {
      await connection.query(
        `BEGIN ISOLATION LEVEL READ COMMITTED;${long ? 'SET LOCAL statement_timeout TO 0;' : ''}${begin}`,
      );
      const value = await work(sessionOf(connection, long));
      const { command } = await connection.query('COMMIT');
      if (command !== 'COMMIT') throw new StoreUnusableError(`${location} did not commit`);
      isSound = true;
      return value;
    } catch (error) {
      if (!isTransient(error)) {
        isSound = await connection.query('ROLLBACK').then(
          () => true,
          () => false,
        );
      }
      throw error;
    } finally {
      connection.release(!isSound);
    }
  };

  return {
    location,
    schema,
    transaction: async (work, options = {}) => {
      // Not by the clock, which may be set while the server is away.
      const giveUp = (options.since ?? performance.now()) + patience;
      for (let pause = 50; ; pause = Math.min(2 * pause, 1_000)) {
        try {
          return await attempt(work, options);
        } catch (error) {
          if (!isTransient(error) || performance.now() + pause > giveUp)
            throw storeError(location, error);
        }
        await sleep(pause);
      }
    },
    close: () => pool.end(),
  };
}
