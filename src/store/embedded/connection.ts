import { realpathSync, statfsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { FailureError } from './failure.ts';
import { checkHealth } from './health.ts';
import { checkOwner, migrate } from './migrate.ts';
import { scratchSchema } from './schema.ts';
import { codeOf } from '../../errors.ts';

/** An open ledger. */
export type Connection = Database;

/** How a ledger is opened. */
export interface ConnectionOptions {
  readonly file: string;
  /** How long to wait for another process that holds the ledger locked, milliseconds. */
  readonly busyTimeout: number;
}

// Before 3.51.3 a reset of the write-ahead log could lose committed rows (sqlite.org/wal.html).
const oldestSafe = [3, 51, 3] as const;

function isSafe(version: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, least] of oldestSafe.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

type Driver = new (
  file: string,
  options?: {
    readonly timeout?: number;
    readonly fileMustExist?: boolean;
  },
) => Connection;

const install = 'npm install better-sqlite3@~12.11.1';

async function loadDriver(): Promise<Driver> {
  try {
    const driver: Driver = (await import('better-sqlite3')).default;
    // The compiled half of the driver is only loaded by the first connection.
    new driver(':memory:').close();
    return driver;
  } catch (cause) {
    throw new FailureError(
      'unusable',
      `better-sqlite3 cannot be loaded, which keeps the ledger: run ${install}, or npm rebuild better-sqlite3 after a change of Node`,
      { cause },
    );
  }
}

async function connect({ file, busyTimeout }: ConnectionOptions): Promise<Connection> {
  return new (await loadDriver())(file, { timeout: busyTimeout });
}

// NFS, SMB, CIFS and SMB2, as Linux numbers them (statfs(2)).
const networkFileSystems: ReadonlySet<number> = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42]);

function checkPlace(file: string): void {
  const folder = statSync(dirname(file), { throwIfNoEntry: false });
  if (folder?.isDirectory() !== true) {
    throw new FailureError('unusable', `the folder of the ledger does not exist: make it first`);
  }
  if (networkFileSystems.has(statfsSync(dirname(file)).type)) {
    throw new FailureError(
      'unusable',
      'the ledger would be on a network file system, whose locks cannot be trusted: use a local disk',
    );
  }
  const present = statSync(file, { throwIfNoEntry: false });
  if (present !== undefined && !present.isFile()) {
    throw new FailureError('unusable', 'there is something there that is no file');
  }
}

function useWriteAheadLog(connection: Connection): void {
  const patience = Date.now() + 10_000;
  for (;;) {
    try {
      const mode = connection.pragma('journal_mode = WAL', { simple: true });
      if (mode === 'wal') return;
      throw new FailureError(
        'unusable',
        `the file system does not allow a write-ahead log (journal mode ${String(mode)}): use a local disk`,
      );
    } catch (error) {
      // Two processes that begin one ledger at once: SQLite does not wait for this lock by itself.
      if (codeOf(error) !== 'SQLITE_BUSY' || Date.now() > patience) throw error;
    }
  }
}

function prepare(connection: Connection): void {
  const version = String(connection.prepare('SELECT sqlite_version()').pluck().get());
  if (!isSafe(version)) {
    throw new FailureError(
      'unusable',
      `SQLite ${version} may lose committed rows; ${oldestSafe.join('.')} or newer is needed: run ${install}`,
    );
  }
  checkOwner(connection);
  useWriteAheadLog(connection);
  connection.pragma('synchronous = FULL');
  connection.pragma('trusted_schema = OFF');
  connection.pragma('temp_store = MEMORY');
  connection.pragma('cache_size = -32000');
  migrate(connection);
  checkHealth(connection);
  connection.exec(scratchSchema);
}

/**
 * Opens a ledger, or begins one, and checks that it can be trusted: a safe SQLite, a file of this
 * package and of a known version, undamaged, with every commit forced to the disk.
 *
 * @throws FailureError, or an error of the driver, when it cannot
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  checkPlace(options.file);
  const connection = await connect(options);
  try {
    prepare(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Opens a file that is there to read it as it is, without a check. It is not opened as read-only, because then
 * SQLite would leave an empty write-ahead log behind.
 *
 * @throws FailureError, or an error of the driver, when it cannot
 */
export async function connectToRead(file: string): Promise<Connection> {
  checkPlace(file);
  const driver = await loadDriver();
  return new driver(file, { timeout: handOver, fileMustExist: true });
}

/** A ledger that is there or not yet, past all links: by whatever path, it is one ledger. */
function placeOf(file: string): string {
  const isThere = statSync(file, { throwIfNoEntry: false }) !== undefined;
  return isThere ? realpathSync(file) : join(realpathSync(dirname(file)), basename(file));
}

/** How long a service waits for the one before it to end, milliseconds. */
const handOver = 10_000;

/**
 * Takes the ledger for a service: a second one is refused, because each would follow the openings of
 * charts by itself. The lock is one of the kernel's and goes with the process, however it ends.
 *
 * @returns gives it back
 * @throws FailureError when another process has it
 */
export async function takeService(file: string): Promise<() => void> {
  checkPlace(file);
  const lock = await connect({ file: `${placeOf(file)}.service`, busyTimeout: handOver });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (codeOf(error) !== 'SQLITE_BUSY') throw error;
    throw new FailureError('unusable', 'another service is running on this ledger: end it first');
  }
  return () => lock.close();
}
