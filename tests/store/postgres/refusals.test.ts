import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Store } from '../../../src/store/index.ts';
import { openLog } from '../../../src/store/index.ts';
import { openDatabase } from '../../../src/store/postgres/database.ts';
import { openPostgres } from '../../../src/store/postgres/index.ts';
import { impression, nine, trial, uuid } from '../fixtures.ts';
import { inFolder } from '../place.ts';
import { onServer } from './on-server.ts';
import { newSchema } from './server.ts';
import { clear, run } from './sql.ts';

const { fingerprint } = trial;
const key = '7'.repeat(64);

/** The tables of what happened, each with a column that one might wish to change. */
const happened = {
  meta: 'value',
  trial: 'protocol',
  stop: 'stopped_ms',
  allocation: 'document',
  segment: 'head',
  event: 'arm',
  event_1: 'arm',
} as const;
/** The tables without an event or a sum. */
const unitless = [
  ...(['allocation', 'folded', 'meta', 'migration', 'released', 'segment'] as const),
  ...(['stop', 'trial'] as const),
];
const tables = [
  ...(['meta', 'trial', 'stop', 'allocation', 'segment', 'event', 'event_1'] as const),
];

const unusable = (...words: readonly (string | RegExp)[]): object => ({
  code: 'ERR_STORE_UNUSABLE',
  message: expect.stringMatching(new RegExp(words.map(String).join('.*'))),
});

onServer('A ledger on PostgreSQL', (server) => {
  let schema: string;
  let store: Store;
  const open = async (options: Parameters<typeof openPostgres>[1] = {}): Promise<Store> =>
    openPostgres(server().url, { key, schema, ...options });
  const sql = (...statements: readonly string[]): ReturnType<typeof run> =>
    run(server().url, `SET search_path TO ${schema}`, ...statements);

  beforeEach(async () => {
    schema = newSchema();
    store = await open();
    await store.register(trial);
    await store.stop(fingerprint, 5);
    await store.append([impression(1)]);
  });
  afterEach(async () => {
    await store.close();
    await clear(server(), schema);
  });

  test.each(tables)('refuses to change or remove a row of %s, even to its owner', async (table) => {
    const column = happened[table];
    const refusal = { message: 'the ledger is append-only' };
    await expect(sql(`UPDATE ${table} SET ${column} = ${column}`)).rejects.toMatchObject(refusal);
    await expect(sql(`DELETE FROM ${table}`)).rejects.toMatchObject(refusal);
    await expect(sql(`TRUNCATE ${table} CASCADE`)).rejects.toMatchObject(refusal);
  });

  test('has one event of an id, whatever its unit', async () => {
    expect(await store.append([impression(1, { unitId: 'u2' })])).toEqual({
      accepted: 0,
      duplicate: 0,
      conflicting: [uuid(1)],
    });
    const { rows } = await sql('SELECT unit_id FROM event');
    expect(rows).toEqual([{ unit_id: 'u1' }]);
    // The database holds it too, against who writes past the store.
    const columns = 'seq, event_id, trial, received_ms, type, arm, randomized, reason, unit_id';
    await expect(
      sql(`INSERT INTO event (${columns}, stratum, at_ms, event_day)
SELECT nextval('place'), event_id, trial, received_ms, type, arm, randomized, reason, 'u2', stratum,
  at_ms, event_day FROM event`),
    ).rejects.toMatchObject({ code: '23505' });
  });

  test('carries the unit in the key of its events and of all its sums', async () => {
    const { rows } = await sql(`SELECT c.conrelid::regclass::text AS name
FROM pg_constraint c
WHERE c.contype = 'p' AND c.connamespace = '${schema}'::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_attribute a
    WHERE a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey) AND a.attname = 'unit_id')
ORDER BY 1`);
    expect(rows.map((row: { readonly name: string }) => row.name)).toEqual(unitless);
  });

  test('does not take the character that PostgreSQL cannot keep, wherever it stands', async () => {
    const refusal = (path: string): object => ({
      code: 'ERR_EVENT_INVALID',
      problems: [{ path, message: expect.stringContaining('U+0000') }],
    });
    await expect(
      store.append([impression(2), impression(3, { unitId: 'a\0b' })]),
    ).rejects.toMatchObject(refusal('unitId'));
    await expect(store.append([impression(3, { alert: '\0' })])).rejects.toMatchObject(
      refusal('alert'),
    );
    expect(await store.find(uuid(2))).toBeUndefined();
    expect(await store.find('\0')).toBeUndefined();
  });

  test('is opened with its own key only, of which it holds no trace but a check', async () => {
    await expect(open({ key: '8'.repeat(64) })).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' });
    await expect(open({ key: undefined })).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' });
    await expect(open({ key: 'short' })).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' });
    const { rows } = await sql('SELECT name, value FROM meta');
    expect(rows).toEqual([{ name: 'key check', value: expect.stringMatching(/^[0-9a-f]{16}$/) }]);
    await using analysis = await open({ key: null });
    expect(await analysis.summaries(fingerprint)).toHaveLength(1);
    expect(() => analysis.pseudonym('patient', 'MRN 1')).toThrow(/without its key/);
  });

  test('holds no id of a person in the clear, in any table, of what a log writes', async () => {
    await using log = await openLog(trial, store, { now: () => nine });
    const planted = { patient: 'MRN-4711', clinician: 'DR-4712', encounter: 'CSN-4713' };
    const { settled } = log.impression(log.assign({ ...planted, practice: 'Nord' }), {
      stage: 'displayed',
      alert: 'influenza',
    });
    expect((await settled).status).toBe('durable');
    await store.summaries(fingerprint);
    const { rows } =
      await sql(`SELECT query_to_xml('SELECT * FROM ' || oid::regclass, true, true, '')
      ::text AS content FROM pg_class WHERE relnamespace = '${schema}'::regnamespace AND relkind = 'r'`);
    const content = rows.map((row: { readonly content: string }) => row.content).join('');
    expect(content).toContain('Nord');
    expect(content).toContain(store.pseudonym('patient', planted.patient));
    expect(content).not.toMatch(/471\d/);
    expect(content).not.toContain(key);
  });

  test('takes its key from a file, which is made for a new ledger and missed for an old one', async () => {
    await inFolder(async (folder) => {
      const keyFile = join(folder, 'key');
      await expect(open({ key: undefined, keyFile })).rejects.toMatchObject({
        code: 'ERR_KEY_INVALID',
        message: expect.stringContaining('put it there'),
      });
      const other = newSchema();
      const options = { schema: other, key: undefined, keyFile };
      const first = await open(options);
      const second = await open(options);
      expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
      expect(second.pseudonym('patient', 'MRN 1')).toBe(first.pseudonym('patient', 'MRN 1'));
      await Promise.all([first.close(), second.close()]);
      await clear(server(), other);
    });
  });

  test('of a newer schema, or of another text, is refused', async () => {
    await sql(`UPDATE migration SET checksum = 'other'`);
    await expect(open()).rejects.toMatchObject(unusable('schema 1', 'another text'));
    await sql(`INSERT INTO migration VALUES (2, 'newer', 0)`, `UPDATE migration SET checksum = ''`);
    await sql('DELETE FROM migration WHERE version = 1');
    await expect(open()).rejects.toMatchObject(unusable('newer schema 2', 'update'));
  });

  test('is not made in a schema that holds something else, nor in one of an odd name', async () => {
    const other = newSchema();
    await run(server().url, `CREATE SCHEMA ${other}`, `CREATE TABLE ${other}.event (id int)`);
    await expect(open({ schema: other })).rejects.toMatchObject(unusable('something else'));
    const { rows } = await run(
      server().url,
      `SELECT tablename FROM pg_tables WHERE schemaname = '${other}'`,
    );
    expect(rows).toEqual([{ tablename: 'event' }]);
    await clear(server(), other);
    for (const name of ['', 'a b', 'Upper', 'pg_temp', '1a', 'x'.repeat(64), 'a"; DROP']) {
      await expect(open({ schema: name })).rejects.toMatchObject(unusable('name of the schema'));
    }
  });

  test('is opened with numbers that make sense only', async () => {
    for (const name of ['connections', 'capacity', 'statementTimeout', 'patience'] as const) {
      for (const value of [-1, 0.5, Number.NaN, Infinity]) {
        const error: unknown = await open({ [name]: value }).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(RangeError);
        expect(error).toMatchObject({ message: expect.stringContaining(name) });
      }
    }
  });

  test('keeps commits on the disk, whatever a role, a database or a string asks for', async () => {
    for (const [asked, kept] of [
      ['off', 'on'],
      ['local', 'on'],
      ['on', 'on'],
      ['remote_write', 'remote_write'],
      ['remote_apply', 'remote_apply'],
    ] as const) {
      const database = await openDatabase(
        { connectionString: server().url, options: `-c synchronous_commit=${asked}` },
        { schema, connections: 1, statementTimeout: 1_000, patience: 0 },
      );
      const rows = await database.transaction((session) =>
        session.rows({
          text: `SELECT setting, source FROM pg_settings WHERE name = 'synchronous_commit'`,
        }),
      );
      // Of the session, so that nothing changes it later on.
      expect(rows).toEqual([{ setting: kept, source: 'session' }]);
      await database.close();
    }
  });

  test('takes no more than may wait, and says so', async () => {
    await using small = await open({ capacity: 3 });
    const taken = small.append([impression(11), impression(12)]);
    await expect(small.append([impression(13), impression(14)])).rejects.toMatchObject({
      code: 'ERR_STORE_FULL',
      message: expect.stringMatching(/^2 events .* at most 3 .* these 2 /),
    });
    expect(await taken).toMatchObject({ accepted: 2 });
    expect(await small.append([impression(13), impression(14)])).toMatchObject({ accepted: 2 });
  });

  test('whose disk is full says so, keeps nothing of the call, and goes on when there is space', async () => {
    await sql(
      `CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$`,
      `CREATE TRIGGER full_disk BEFORE INSERT ON event FOR EACH ROW
       WHEN (NEW.unit_id = 'full') EXECUTE FUNCTION fill()`,
    );
    const events = [impression(2), impression(3, { unitId: 'full' })];
    await expect(store.append(events)).rejects.toMatchObject(unusable('disk', 'full', '53100'));
    expect(await store.find(uuid(2))).toBeUndefined();
    await sql('DROP TRIGGER full_disk ON event');
    expect(await store.append(events)).toMatchObject({ accepted: 2 });
  });
});

onServer(
  'A server that wants a password',
  (server) => {
    const secret = 'correct-horse';
    const who = { user: 'postgres', database: 'postgres' };
    const at = (changes: Readonly<Record<string, string>>): string => {
      const url = new URL(server().url);
      for (const [name, value] of Object.entries(changes)) Object.assign(url, { [name]: value });
      return url.href;
    };
    const refused = async (
      connection: Parameters<typeof openPostgres>[0],
      options: Parameters<typeof openPostgres>[1] = {},
    ): Promise<string> => {
      const error: unknown = await openPostgres(connection, { key, ...options }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: 'ERR_STORE_UNUSABLE' });
      const text = error instanceof Error ? `${error.message} ${error.stack ?? ''}` : '';
      expect(text).not.toMatch(/correct-horse|battery-staple/);
      expect(error).not.toHaveProperty('cause');
      return text;
    };

    test('is told from one that is not there, a database that is not, and a bad string', async () => {
      const { port } = new URL(server().url);
      expect(await refused(at({ password: 'battery-staple' }))).toMatch(
        new RegExp(`127\\.0\\.0\\.1:${port}/postgres, schema rapidcycle .*password is wrong`),
      );
      expect(await refused(at({ password: '' }))).toMatch(/wants a password/);
      expect(await refused(at({ pathname: '/nowhere' }))).toMatch(/no such database/);
      expect(await refused(at({ port: '1' }))).toMatch(/127\.0\.0\.1:1\/.*nothing listens/);
      expect(await refused({ host: '/nowhere', user: 'u', database: 'd' })).toMatch(
        /no such socket/,
      );
      expect(await refused(`postgresql://u:${secret}@host:port/x`)).toMatch(/malformed/);
      expect(await refused(server().url, { tls: true })).toMatch(/TLS failed/);
    });

    test('lets a service in with a password that is asked for at every connection', async () => {
      const { hostname, port } = new URL(server().url);
      let asked = 0;
      const store = await openPostgres(
        {
          host: hostname,
          port: Number(port),
          ...who,
          password: async () => {
            asked += 1;
            return secret;
          },
        },
        { key },
      );
      await store.register(trial);
      await store.append([impression(1)]);
      expect(asked).toBe(2);
      expect(store.location).toBe(`PostgreSQL ${hostname}:${port}/postgres, schema rapidcycle`);
      await store.close();
    });

    describe('and knows a role for services', () => {
      const service = (): string => at({ username: 'service', password: 'own' });

      test('lets it read, add and keep the sums, and nothing else', async () => {
        const schema = newSchema();
        await run(server().url, `CREATE ROLE service LOGIN PASSWORD 'own'`);
        await expect(openPostgres(service(), { key, schema })).rejects.toMatchObject(
          unusable('lacks a permission', 'serviceRole'),
        );
        await expect(
          openPostgres(server().url, { key, schema, serviceRole: 'nobody here' }),
        ).rejects.toMatchObject(unusable('no such role'));
        await (await openPostgres(server().url, { key, schema, serviceRole: 'service' })).close();

        const store = await openPostgres(service(), { key, schema });
        await store.register(trial);
        await store.append([impression(1)]);
        await store.rebuild(fingerprint);
        expect(await store.summaries(fingerprint)).toHaveLength(1);
        await store.stop(fingerprint, 5);
        await store.seal(fingerprint);
        await store.statistics();
        await expect(store.retire(fingerprint, Date.UTC(2030, 0))).rejects.toMatchObject(
          unusable('only the owner', 'retire'),
        );
        expect((await store.trials())[0]?.retiredAt).toBeNull();
        await store.close();

        const denied = { code: '42501' };
        for (const table of tables) {
          const name = `${schema}.${table}`;
          await expect(run(service(), `DELETE FROM ${name}`)).rejects.toMatchObject(denied);
          await expect(run(service(), `TRUNCATE ${name}`)).rejects.toMatchObject(denied);
          await expect(
            run(service(), `ALTER TABLE ${name} DISABLE TRIGGER append_only`),
          ).rejects.toMatchObject(denied);
        }
        await expect(run(service(), `UPDATE ${schema}.event SET arm = ''`)).rejects.toMatchObject(
          denied,
        );
        await expect(run(service(), `DELETE FROM ${schema}.migration`)).rejects.toMatchObject(
          denied,
        );
        await expect(
          run(service(), `INSERT INTO ${schema}.released VALUES (1, 0)`),
        ).rejects.toMatchObject(denied);
        await expect(run(service(), `DROP TABLE ${schema}.event_1`)).rejects.toMatchObject(denied);
        for (const statement of [
          `CREATE TABLE ${schema}.event_9 (x int)`,
          `ALTER TABLE ${schema}.event DETACH PARTITION ${schema}.event_1`,
          `DROP INDEX ${schema}.event_1_once`,
          `DROP TRIGGER append_only ON ${schema}.event`,
          `CREATE OR REPLACE FUNCTION ${schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql
           AS 'BEGIN RETURN NULL; END'`,
          `INSERT INTO ${schema}.event_1 SELECT * FROM ${schema}.event`,
          `UPDATE ${schema}.trial SET protocol = ''`,
          `SELECT setval('${schema}.place', 1)`,
        ]) {
          await expect(run(service(), statement)).rejects.toMatchObject(denied);
        }
        // Neither an odd number nor a table of its own misleads what runs as the owner.
        await run(
          service(),
          `INSERT INTO ${schema}.trial (fingerprint, id, round, protocol, response_window_ms,
             registered_ms) VALUES ('f', 'other', 1, '{}', 1, 1)`,
          ...['NULL', '0', '-1', '2147483647'].map(
            (number) => `SELECT ${schema}.open_trial(${number})`,
          ),
          'CREATE TEMP TABLE event_2 (x int)',
          'CREATE TEMP TABLE trial (trial int)',
          'CREATE TEMP TABLE event (LIKE event_2)',
          'SET search_path TO pg_temp',
          `SELECT ${schema}.open_trial(2)`,
          `SELECT ${schema}.open_trial(2)`,
        );
        const { rows } = await run(
          server().url,
          `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
           WHERE i.inhparent = '${schema}.event'::regclass ORDER BY 1`,
        );
        expect(rows).toEqual([{ name: 'event_1' }, { name: 'event_2' }]);
        await run(
          server().url,
          'CREATE ROLE stranger LOGIN',
          `GRANT USAGE ON SCHEMA ${schema} TO stranger`,
        );
        await expect(
          run(server().url, 'SET ROLE stranger', `SELECT ${schema}.open_trial(1)`),
        ).rejects.toMatchObject(denied);
      });
    });

    test('is spoken to in TLS, and only with a certificate that is trusted', async () => {
      const { port } = new URL(server().url);
      const { data = '' } = server();
      const connection = { host: 'localhost', port: Number(port), ...who, password: secret };
      expect(await refused(connection, { tls: true })).toMatch(/TLS failed: .*certificate/);
      const ca = readFileSync(join(data, 'server.crt'), 'utf8');
      const store = await openPostgres(connection, { key, tls: { ca } });
      const { rows } = await run(
        server().url,
        `SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a ON a.pid = s.pid
         WHERE a.application_name = 'rapidcycle'`,
      );
      expect(rows).toEqual([{ ssl: true }]);
      await store.close();
    });

    test('is refused while it is a standby, which takes no events', async () => {
      const { kill, start, data = '' } = server();
      const signal = join(data, 'standby.signal');
      kill?.();
      writeFileSync(signal, '');
      start();
      try {
        expect(await refused(server().url)).toMatch(/read-only standby: connect to the primary/);
      } finally {
        kill?.();
        rmSync(signal);
        start();
      }
    });
  },
  { own: true, password: 'correct-horse', tls: true },
);
