import type { ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';

/** Where a PostgreSQL server is. What is left out is taken from `PGHOST` and its like. */
export interface PostgresConnection {
  /** A host, or the folder of a Unix socket. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  /** A function is asked at every new connection, for passwords that expire. */
  readonly password?: string | (() => string | Promise<string>) | undefined;
}

/** A connection string or its parts, and how to speak TLS, as the driver takes them. */
export function configFor(
  connection: string | PostgresConnection,
  tls: boolean | ConnectionOptions | undefined,
): ClientConfig {
  const parts = typeof connection === 'string' ? { connectionString: connection } : connection;
  return tls === undefined ? parts : { ...parts, ssl: tls };
}
