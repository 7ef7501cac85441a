import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import type { Store } from '../../../src/store/index.ts';
import { distribute, distributionSql, openPostgres } from '../../../src/store/postgres/index.ts';
import { distributedTables } from '../../../src/store/postgres/distribution-sql.ts';
import { answer, changed, hour, impression, nine, patientDay, trial, uuid } from '../fixtures.ts';
import { listedTrial, listOf } from '../../allocation/list/fixtures.ts';
import { everyCount } from './every-count.ts';
import { onServer } from './on-server.ts';
import { newSchema } from './server.ts';
import { clear, run } from './sql.ts';
import { sentTo, tablesOf, travelIn } from './statements.ts';

const { fingerprint } = trial;
const key = '7'.repeat(64);

/** The tables that stay where the services connect. */
const localTables = [
  ...(['meta', 'migration', 'trial', 'stop', 'allocation', 'segment'] as const),
  ...(['released', 'folded'] as const),
];

const named = new RegExp(`\\b(${distributedTables.join('|')})\\b`);

/** Everything that can be asked of a store, and done to it. */
async function doEverything(store: Store): Promise<void> {
  const second = changed({ round: 2 });
  const listed = listedTrial({ method: 'complete' }, { id: 'listed' });
  for (const each of [trial, second, listed]) await store.register(each);
  await store.keepAllocation(listOf(listed));
  await store.allocation(listed.fingerprint);
  await store.append([impression(1), answer('acceptance', 2, 1), patientDay(3)]);
  await store.append([
    impression(1),
    impression(1, { unitId: 'u2' }),
    impression(4, { at: nine + 9 }),
  ]);
  await store.append([impression(1, { trial: second.fingerprint }), impression(5)]);
  await store.find(uuid(1));
  for (const query of [{}, { after: 1 }, { since: nine + 1 }, { types: ['impression'] as const }]) {
    for await (const event of store.read({ trial: fingerprint, ...query }))
      expect(event).toBeDefined();
  }
  await store.counts(fingerprint, { counts: everyCount, asOf: nine + 25 * hour });
  await store.delays(fingerprint);
  await store.summaries(fingerprint);
  await store.unitDays(fingerprint);
  await store.days(fingerprint);
  await store.flow(fingerprint);
  await store.rebuild(fingerprint);
  await store.seal(fingerprint);
  await store.segments(fingerprint);
  await store.statistics();
  await store.keyCheck();
  await store.stop(fingerprint, nine);
  await store.retire(fingerprint, nine + 2_000 * hour);
  await store.trials();
}

/** A ledger that is ready to be spread. */
async function prepared(url: string, schema: string): Promise<Store> {
  await (await openPostgres(url, { key, schema })).close();
  await run(url, distributionSql(schema)[0] ?? '');
  return openPostgres(url, { key, schema });
}

onServer(
  'What is sent to a server that spreads the tables',
  (server) => {
    test('asks nothing for which rows would have to travel, whatever a store is asked', async () => {
      const schema = newSchema();
      const log = join(server().data ?? '', '..', 'log');
      const store = await prepared(`${server().url}?options=-c%20log_statement%3Dall`, schema);
      await doEverything(store);
      await store.close();
      const asked = sentTo(log)
        .filter((text) => /^(SELECT|INSERT|UPDATE|DELETE)\b/.test(text) && named.test(text))
        .map((text) => ({ text, tables: tablesOf(text) }));
      // So that an empty log does not pass.
      const met = asked.flatMap(({ tables }) => tables).filter((table) => table !== 'pg_class');
      expect(new Set(met)).toEqual(new Set(distributedTables));
      expect(asked.length).toBeGreaterThan(30);
      for (const { text, tables } of asked) {
        expect({
          text,
          local: tables.filter((table) => localTables.some((each) => each === table)),
        }).toEqual({ text, local: [] });
        expect({ text, problems: travelIn(text) }).toEqual({ text, problems: [] });
      }
    });

    test('meets tables whose keys hold the unit, and which nothing binds to others', async () => {
      const schema = newSchema();
      const store = await prepared(server().url, schema);
      await store.register(trial);
      await store.close();
      const list = distributedTables.map((name) => `'${schema}.${name}'::regclass`).join(', ');
      const of = `(relid IN (${list}) OR relid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent IN (${list})))`;
      const keys = await run(
        server().url,
        `SELECT COUNT(*)::int AS keys, COUNT(*) FILTER (WHERE NOT EXISTS (
           SELECT FROM pg_attribute a WHERE a.attrelid = relid AND a.attname = 'unit_id'
             AND a.attnum = ANY (i.indkey)))::int AS without
         FROM (SELECT indrelid AS relid, indkey, indisunique FROM pg_index) i
         WHERE i.indisunique AND ${of}`,
      );
      expect(keys.rows).toEqual([{ keys: distributedTables.length + 1, without: 0 }]);
      const bound = await run(
        server().url,
        `SELECT tgname AS name FROM (SELECT tgrelid AS relid, tgname FROM pg_trigger) t WHERE ${of}
         UNION ALL
         SELECT conname FROM (SELECT conrelid AS relid, conname FROM pg_constraint WHERE contype = 'f'
           UNION ALL SELECT confrelid, conname FROM pg_constraint WHERE contype = 'f') c WHERE ${of}
         UNION ALL
         SELECT attname FROM (SELECT attrelid AS relid, attname, attidentity, atthasdef, atttypid
           FROM pg_attribute) a WHERE ${of} AND (attidentity <> '' OR (atthasdef AND atttypid <> 20))`,
      );
      expect(bound.rows).toEqual([]);
      const unit = await run(
        server().url,
        `SELECT DISTINCT atttypid::regtype::text AS type, collname AS collation, attnotnull AS given
         FROM (SELECT attrelid AS relid, * FROM pg_attribute) a
         JOIN pg_collation c ON c.oid = attcollation
         WHERE attname = 'unit_id' AND relid IN (${list})`,
      );
      expect(unit.rows).toEqual([{ type: 'text', collation: 'C', given: true }]);
    });

    test('is issued by distribute on a cluster: once for each table, however often it is run', async () => {
      const database = `cluster_${process.pid}`;
      await run(server().url, `CREATE DATABASE ${database}`);
      const at = new URL(server().url);
      at.pathname = database;
      const url = at.href;
      await expect(distribute(url)).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringMatching(/no citus extension/),
      });
      // What a cluster would have: functions that note their calls, and refuse the second.
      await run(
        url,
        'SET allow_system_table_mods TO on',
        `INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
         SELECT 99999, 'citus', 10, 11, false, '13.0'`,
        'CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass PRIMARY KEY, colocated text)',
        'CREATE TABLE public.tidied (name text)',
        `CREATE FUNCTION pg_catalog.create_distributed_table(name regclass, by text, colocate_with text)
         RETURNS void LANGUAGE plpgsql AS $$ BEGIN
           IF by <> 'unit_id' OR name::text LIKE '%opened'
             AND current_setting('application_name') = 'cut off' THEN
             RAISE EXCEPTION 'refused' USING ERRCODE = '58000'; END IF;
           IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = name AND NOT tgisinternal) THEN
             RAISE EXCEPTION 'has a trigger' USING ERRCODE = '0A000'; END IF;
           INSERT INTO pg_catalog.pg_dist_partition VALUES (name, colocate_with); END $$`,
        // It refuses even to drop what is not there.
        `CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
           IF EXISTS (SELECT FROM pg_catalog.pg_dist_partition) THEN
             RAISE EXCEPTION 'triggers are not supported'; END IF; END $$`,
        `CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('DROP TRIGGER')
         EXECUTE FUNCTION public.refuse()`,
        `CREATE FUNCTION pg_catalog.truncate_local_data_after_distributing_table(name regclass)
         RETURNS void LANGUAGE sql AS $$
           INSERT INTO public.tidied VALUES (name::text) $$`,
      );
      const first = await openPostgres(url, { key });
      await first.register(trial);
      await first.append([impression(1)]);
      await first.close();
      await expect(distribute(`${url}?application_name=cut%20off`)).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
      });
      await distribute(url);
      await distribute(url);
      const spread = await run(
        url,
        `SELECT logicalrelid::text AS name, colocated FROM pg_dist_partition ORDER BY ctid`,
      );
      expect(spread.rows).toEqual(
        distributedTables.map((name) => ({
          name: `rapidcycle.${name}`,
          colocated: name === 'event' ? 'none' : '"rapidcycle".event',
        })),
      );
      const tidied = await run(url, 'SELECT DISTINCT name FROM tidied ORDER BY name');
      expect(tidied.rows.map(({ name }: { readonly name: string }) => name)).toEqual(
        [...distributedTables.slice(1), 'event_1'].toSorted(),
      );
      const store = await openPostgres(url, { key });
      const { engine, bytes } = await store.statistics();
      expect([engine, bytes]).toEqual([expect.stringMatching(/, distributed$/), null]);
      expect(await store.append([impression(1), impression(2)])).toMatchObject({
        accepted: 1,
        duplicate: 1,
      });
      await store.close();
    });

    test('counts and seals nothing as long as a server has a part of an append to take up', async () => {
      const schema = newSchema();
      await (await prepared(server().url, schema)).close();
      await using store = await openPostgres(server().url, { key, schema, patience: 500 });
      await store.register(trial);
      await store.append([impression(1)]);
      const sql = (...statements: readonly string[]): ReturnType<typeof run> =>
        run(server().url, `SET search_path TO ${schema}`, ...statements);
      await sql(
        `CREATE FUNCTION run_command_on_workers(command text)
         RETURNS TABLE (success boolean, result text) LANGUAGE plpgsql AS $$ BEGIN
           EXECUTE command INTO result; success := true; RETURN NEXT; END $$`,
        // Decided elsewhere, and locked here: its place lies before one that is seen.
        'BEGIN',
        `INSERT INTO event (seq, event_id, trial, received_ms, type, stage, arm, randomized, reason,
           unit_id, stratum, at_ms, event_day, patient, opening_id, detail)
         SELECT nextval('place'), '${uuid(255)}', trial, received_ms, type, stage, arm, randomized,
           reason, unit_id, stratum, at_ms, event_day, patient, opening_id, detail FROM event`,
        `PREPARE TRANSACTION 'rapidcycle'`,
      );
      await store.append([impression(2)]);
      const unfinished = {
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringMatching(/not finished on every server/),
      };
      await expect(store.summaries(fingerprint)).rejects.toMatchObject(unfinished);
      await expect(store.seal(fingerprint)).rejects.toMatchObject(unfinished);
      await sql(`COMMIT PREPARED 'rapidcycle'`);
      expect(await store.seal(fingerprint)).toMatchObject({ number: 1, events: 3 });
      expect(await store.summaries(fingerprint)).toMatchObject([{ alerts: 3 }]);
    });

    test('is no answer of a server that does not answer', async () => {
      const schema = newSchema();
      await (await prepared(server().url, schema)).close();
      await using store = await openPostgres(server().url, { key, schema, patience: 200 });
      await store.register(trial);
      await store.append([impression(1)]);
      await run(
        server().url,
        `CREATE FUNCTION ${schema}.run_command_on_workers(command text)
         RETURNS TABLE (success boolean, result text) LANGUAGE sql
         AS $$ SELECT false, 'failed to connect' $$`,
      );
      await expect(store.summaries(fingerprint)).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
      });
    });
  },
  { own: true },
);

onServer('Two ledgers that share the units between them', (server) => {
  test('hold between them the sums of one with all units, so no server needs a row of another', async () => {
    const events = Array.from({ length: 60 }, (_, index) => {
      const unitId = `u${index % 5}`;
      const who = { unitId, patient: `p${index % 3}` };
      const days = ['2026-10-06', '2026-10-07', '2026-10-08'] as const;
      const day = days[index % 3] ?? '2026-10-06';
      // Openings whose first day turns up late, in several units.
      const opening = uuid(900 + (index % 4));
      if (index % 4 === 0) return patientDay(index, { ...who, day, elapsed: 0.1 });
      if (index % 4 === 1)
        return answer('acceptance', index, index + 1, { ...who, opening, alertDay: day });
      return impression(index, { ...who, day, opening });
    });
    const stores: Store[] = [];
    const schemas: string[] = [];
    for (const keep of [() => true, isEven, (unit: string) => !isEven(unit)]) {
      const schema = newSchema();
      schemas.push(schema);
      const store = await openPostgres(server().url, { key, schema });
      stores.push(store);
      await store.register(trial);
      const own = events.filter(({ unitId }) => keep(unitId ?? ''));
      for (const part of [own.slice(20), own.slice(0, 20)]) {
        await store.append(part);
        await store.summaries(fingerprint);
      }
    }
    const [whole, one, other] = stores;
    if (whole === undefined || one === undefined || other === undefined) throw new Error();
    const inOrder = <T extends { readonly unitId: string }>(rows: readonly T[]): readonly T[] =>
      rows.toSorted((left, right) =>
        left.unitId < right.unitId ? -1 : left.unitId > right.unitId ? 1 : 0,
      );
    expect(
      inOrder([...(await one.unitDays(fingerprint)), ...(await other.unitDays(fingerprint))]),
    ).toEqual(await whole.unitDays(fingerprint));
    const query = { counts: everyCount, asOf: nine + 25 * hour };
    expect(
      inOrder([
        ...(await one.counts(fingerprint, query)),
        ...(await other.counts(fingerprint, query)),
      ]),
    ).toEqual(await whole.counts(fingerprint, query));
    await Promise.all(stores.map((store) => store.close()));
    for (const schema of schemas) await clear(server(), schema);
  });
});

const isEven = (unit: string): boolean => Number(unit.slice(1)) % 2 === 0;

describe('The rules for spread tables', () => {
  test.each([
    ['SELECT a.x FROM event a JOIN answered b ON a.event_id = b.impression_id', 'without the unit'],
    [
      'SELECT a.x FROM event a JOIN answered b ON a.unit_id = b.unit_id OR a.x = b.x',
      'without the unit',
    ],
    ['SELECT a.x FROM event a, answered b', 'without the unit'],
    ['SELECT n.x FROM (SELECT DISTINCT e.x FROM event e) n', 'distinct without the unit'],
    ['SELECT n.x FROM (SELECT e.x FROM event e GROUP BY e.x) n', 'grouped without the unit'],
    ['SELECT n.x FROM (SELECT e.x FROM event e LIMIT 3) n', 'cut off'],
    ['SELECT ROW_NUMBER() OVER (PARTITION BY e.x ORDER BY e.y) AS r FROM event e', 'window'],
    ['SELECT e.x FROM event e WHERE EXISTS (SELECT 1 FROM answered a)', 'question of its own'],
    ['WITH n AS (SELECT x FROM event) SELECT x FROM n', 'has a name'],
    ['SELECT x FROM event UNION ALL SELECT x FROM answered', 'one after the other'],
    ['SELECT x FROM event FOR UPDATE', 'locked'],
    ['INSERT INTO flow (trial, unit_id) SELECT e.trial, e.arm FROM event e', 'another unit'],
    ['INSERT INTO flow (trial) SELECT e.trial FROM event e', 'without a unit'],
    [
      'INSERT INTO flow (unit_id, x) VALUES (1, 2) ON CONFLICT (x) DO NOTHING',
      'conflict is decided without',
    ],
    ['UPDATE event SET arm = 0', 'neither'],
  ])('find what is wrong with %s', (sql, problem) => {
    expect(travelIn(sql).join('; ')).toContain(problem);
  });

  test('are checked on nothing but a schema of a plain name', () => {
    expect(() => distributionSql('a b')).toThrow(/name of the schema/);
    expect(distributionSql()).toHaveLength(distributedTables.length + 2);
    expect(distributionSql('own').join('\n')).not.toMatch(/rapidcycle/);
  });
});
