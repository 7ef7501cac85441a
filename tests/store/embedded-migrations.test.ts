import { describe, expect, jest, test } from '@jest/globals';
import SQLite from 'better-sqlite3';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { openStore } from '../../src/store/index.ts';
import { migrations, schemaVersion } from '../../src/store/embedded/migrations.ts';
import { eventColumns, toRow } from '../../src/store/row.ts';
import { applicationId } from '../../src/store/embedded/schema.ts';
import { listedTrial, listOf } from '../allocation/list/fixtures.ts';
import { impression, patientDay, trial } from './fixtures.ts';
import { inFolder } from './place.ts';

// Every store starts a thread, which takes seconds where the machine is busy.
jest.setTimeout(60_000);

const key = '7'.repeat(64);

/** A ledger as an earlier version of the package left it, with two events of which one is folded. */
function makeOld(file: string, version: number): void {
  const old = new SQLite(file);
  old.pragma('journal_mode = WAL');
  for (const sql of migrations.slice(0, version)) old.exec(sql);
  old
    .prepare('INSERT INTO trial VALUES (1, ?, ?, ?, ?, ?, 5)')
    .run(trial.fingerprint, trial.id, trial.round, JSON.stringify(trial.protocol), 86_400_000);
  const insert = old.prepare(
    `INSERT INTO event (${eventColumns.join(', ')}) VALUES (${eventColumns.map(() => '?').join(', ')})`,
  );
  insert.run(toRow(impression(1)).with(1, 1));
  insert.run(toRow(patientDay(2)).with(1, 1));
  old.exec(`INSERT INTO cell VALUES (1, 1, 'u1', 'usual', '');
    INSERT INTO unit_day (cell, day, alerts) VALUES (1, '2026-10-06', 1);
    INSERT INTO at_risk (cell, patient) VALUES (1, 'u1');
    INSERT INTO flow VALUES (1, 'impression', 'displayed', 'usual', 'hashed', 1);
    UPDATE watermark SET seq = 1`);
  old.pragma(`application_id = ${applicationId}`);
  old.pragma(`user_version = ${version}`);
  old.close();
}

const checksums = migrations.map((sql) => createHash('sha256').update(sql, 'utf8').digest('hex'));

/** The versions and checksums that a ledger has recorded, and whether it knows when they were made. */
function recorded(file: string): readonly unknown[] {
  const present = new SQLite(file);
  const rows = present
    .prepare(
      'SELECT version, checksum, applied_ms IS NOT NULL AS known FROM migration ORDER BY version',
    )
    .raw()
    .all();
  present.close();
  return rows;
}

describe.each([1, 2])('A ledger of version %i of the schema', (version) => {
  test('is brought up to date with what it holds, by one of two that open it at once', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      makeOld(file, version);
      const stores = await Promise.all([openStore(file, { key }), openStore(file, { key })]);
      expect(recorded(file)).toEqual(
        checksums.map((checksum, index) => [index + 1, checksum, index < version ? 0 : 1]),
      );
      const [one, other] = stores;
      // The sums are made again from the events.
      expect(await one.summaries(trial.fingerprint)).toMatchObject([
        { alerts: 1, calendarDays: 1, patients: 1 },
      ]);
      expect(await other.append([impression(1)])).toMatchObject({ duplicate: 1 });
      const listed = listedTrial({ method: 'complete' }, { id: 'listed' });
      await one.register(listed);
      await one.keepAllocation(listOf(listed));
      expect(await other.allocation(listed.fingerprint)).toEqual(listOf(listed));
      expect(await other.seal(trial.fingerprint)).toMatchObject({ number: 1, events: 2 });
      await Promise.all(stores.map((store) => store.close()));

      const present = new SQLite(file);
      expect(present.pragma('user_version', { simple: true })).toBe(schemaVersion);
      for (const table of ['allocation', 'event', 'segment', 'migration']) {
        expect(() => present.exec(`DELETE FROM ${table}`)).toThrow(/append-only/);
      }
      present.close();
    });
  });

  test('stays as it is when a step fails', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      makeOld(file, version);
      const old = new SQLite(file);
      // The last step makes a table of this name.
      old.exec('CREATE TABLE unit_total (a)');
      old.close();
      await expect(openStore(file, { key })).rejects.toMatchObject({ code: 'ERR_STORE_UNUSABLE' });
      const present = new SQLite(file);
      expect(present.pragma('user_version', { simple: true })).toBe(version);
      expect(present.prepare('SELECT COUNT(*) FROM at_risk').pluck().get()).toBe(1);
      present.close();
    });
  });
});

describe('The steps of the schema', () => {
  // A ledger of any version that was ever released must be known: a text that changed would be refused.
  test('have the texts that they had when they were released', () => {
    expect(checksums).toMatchSnapshot();
  });

  test('are all recorded in a new ledger, however many begin it at once', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const stores = await Promise.all([1, 2, 3].map(() => openStore(file, { key })));
      await Promise.all(stores.map((store) => store.close()));
      expect(recorded(file)).toEqual(checksums.map((checksum, index) => [index + 1, checksum, 1]));
    });
  });

  test('of another text are refused', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      await (await openStore(file, { key })).close();
      const changed = new SQLite(file);
      changed.exec(`DROP TRIGGER migration_no_update;
        UPDATE migration SET checksum = '00' WHERE version = 2`);
      changed.close();
      await expect(openStore(file, { key })).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringMatching(/version 2 .* another text/),
      });
    });
  });
});
