import type pg from 'pg';
import type { ClientConfig, Pool, PoolClient } from 'pg';
import { StoreUnusableError } from '../../errors.ts';

/** A pool of connections and the place that it connects to. */
export interface Connections {
  readonly pool: Pool;
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** One connection of a pool. */
export type Connection = PoolClient;

// The type of BIGINT, whose values here are counts, places and milliseconds: all of them exact numbers.
const bigint = 20;

/**
 * Loads the driver and makes a pool; nothing is connected yet.
 *
 * @throws StoreUnusableError when the driver is not installed or the connection string is malformed
 */
export async function connectionsTo(
  config: ClientConfig,
  options: { readonly max: number },
): Promise<Connections> {
  let driver: typeof pg;
  try {
    driver = (await import('pg')).default;
  } catch (cause) {
    throw new StoreUnusableError(
      'pg cannot be loaded, which connects to PostgreSQL: run npm install pg@^8',
      { cause },
    );
  }
  const types = new driver.TypeOverrides();
  types.setTypeParser(bigint, Number);
  const settings: ClientConfig = {
    ...config,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
    fallback_application_name: 'rapidcycle',
    types,
  };
  try {
    const { host, port, database } = new driver.Client(settings);
    const pool = new driver.Pool({ ...settings, max: options.max, allowExitOnIdle: true });
    return { pool, host, port, database: database ?? '' };
  } catch {
    // The driver's error holds the whole string, with the password.
    throw new StoreUnusableError(
      'the connection string is malformed, or names a file that cannot be read: it should read postgresql://user:password@host:port/database',
    );
  }
}
