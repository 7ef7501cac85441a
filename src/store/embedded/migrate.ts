import { createHash } from 'node:crypto';
import type { Connection } from './connection.ts';
import { FailureError } from './failure.ts';
import { migrations, schemaVersion } from './migrations.ts';
import { applicationId } from './schema.ts';

const checksums: readonly string[] = migrations.map((sql) =>
  createHash('sha256').update(sql, 'utf8').digest('hex'),
);

function number(connection: Connection, pragma: string): number {
  return Number(connection.pragma(pragma, { simple: true }));
}

/**
 * Checks that a file is a ledger of a known version, or empty.
 *
 * @throws FailureError when it is not
 */
export function checkOwner(connection: Connection): void {
  const owner = number(connection, 'application_id');
  const tables = connection.prepare('SELECT COUNT(*) FROM sqlite_schema').pluck();
  if (owner !== applicationId && (owner !== 0 || Number(tables.get()) > 0)) {
    throw new FailureError('unusable', 'the file is the database of another application');
  }
  const version = number(connection, 'user_version');
  if (owner === applicationId && version > schemaVersion) {
    throw new FailureError(
      'unusable',
      `the ledger has version ${version} of the schema and this package knows ${schemaVersion}: use a newer rapidcycle`,
    );
  }
}

/**
 * Checks that the schema of a ledger was made by the steps that this package knows.
 *
 * @throws FailureError when it was not
 */
export function checkSteps(connection: Connection): void {
  const made = connection
    .prepare<[], string>('SELECT checksum FROM migration ORDER BY version')
    .pluck()
    .all();
  const unlike = checksums.findIndex((checksum, index) => checksum !== made[index]);
  if (unlike === -1) return;
  throw new FailureError(
    'unusable',
    `version ${unlike + 1} of the ledger's schema was made from another text than this package's: use the package that made it`,
  );
}

function record(connection: Connection, before: number): void {
  const insert = connection.prepare<[number, string, number | null]>(
    'INSERT INTO migration (version, checksum, applied_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  checksums.forEach((checksum, index) => {
    // When the first two were made was not recorded then.
    insert.run(index + 1, checksum, index < before ? null : Date.now());
  });
}

/**
 * Begins a ledger in an empty file, or brings one up to date, in one transaction. Of several processes that
 * do so at once, one does it and the others find it done.
 *
 * @throws FailureError when the file is no ledger, or its schema is not one that this package knows
 */
export function migrate(connection: Connection): void {
  const upgrade = connection.transaction(() => {
    checkOwner(connection);
    const before = number(connection, 'user_version');
    if (before >= schemaVersion) return;
    for (const sql of migrations.slice(before)) connection.exec(sql);
    record(connection, before);
    connection.pragma(`application_id = ${applicationId}`);
    connection.pragma(`user_version = ${schemaVersion}`);
  });
  checkOwner(connection);
  // A ledger that is up to date is not locked, so that it can be opened while another process writes.
  if (number(connection, 'user_version') < schemaVersion) upgrade.immediate();
  checkSteps(connection);
}
