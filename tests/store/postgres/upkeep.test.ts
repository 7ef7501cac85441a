import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { segmentSize } from '../../../src/store/chain/chain.ts';
import type { Segment, Store } from '../../../src/store/index.ts';
import { memoryStore } from '../../../src/store/index.ts';
import { openPostgres } from '../../../src/store/postgres/index.ts';
import { beginAppend } from '../../../src/store/postgres/locks.ts';
import { changed, hour, impression, nine, patientDay, trial, uuid } from '../fixtures.ts';
import { onServer } from './on-server.ts';
import { openLedger } from './open-ledger.ts';
import { newSchema } from './server.ts';
import { clear, run } from './sql.ts';

const { fingerprint } = trial;
const key = '7'.repeat(64);
const over = nine + 2_000 * hour;

/** Until another connection waits for a row that this one has locked. */
async function untilOneWaits(client: pg.Client): Promise<void> {
  const waiting = `SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'`;
  while ((await client.query(waiting)).rows.length === 0) await sleep(5);
}

onServer('The upkeep of a ledger', (server) => {
  let schema: string;
  let store: Store;
  const sql = (...statements: readonly string[]): ReturnType<typeof run> =>
    run(server().url, `SET search_path TO ${schema}`, ...statements);

  beforeEach(async () => {
    schema = newSchema();
    store = await openLedger(server(), { key, schema });
    await store.register(trial);
  });
  afterEach(async () => {
    await store.close();
    await clear(server(), schema);
  });

  test('seals in segments that no two sealers make twice', async () => {
    await store.append(Array.from({ length: 2 * segmentSize + 5 }, (_, id) => impression(id)));
    await using other = await openPostgres(server().url, { key, schema });
    const heads = await Promise.all(
      [store, other, store, other].map((each) => each.seal(fingerprint)),
    );
    const segments = await store.segments(fingerprint);
    expect(segments.map(({ number, events }) => [number, events])).toEqual([
      [1, segmentSize],
      [2, segmentSize],
      [3, 5],
    ]);
    expect(new Set(heads.map((segment) => segment?.head))).toEqual(new Set([segments[2]?.head]));
  });

  test('seals nothing behind which an event can still turn up', async () => {
    await store.append([impression(1)]);
    // Drawn apart, as the servers of a cluster have no sequence.
    const { rows } = await sql(`SELECT nextval('place') AS place`);
    const slow = sql(
      'BEGIN',
      beginAppend(schema),
      `INSERT INTO event (seq, event_id, trial, received_ms, type, stage, arm, randomized, reason,
         unit_id, stratum, at_ms, event_day, patient, opening_id, detail)
       SELECT ${rows[0].place}, '${uuid(255)}', trial, received_ms, type, stage, arm, randomized,
         reason, unit_id, stratum, at_ms, event_day, patient, opening_id, detail FROM event`,
      'SELECT pg_sleep(0.5)',
      'COMMIT',
    );
    await sql('SELECT pg_sleep(0.2)');
    await store.append([impression(2)]);
    const segment = await store.seal(fingerprint);
    await slow;
    expect(segment).toMatchObject({ number: 1, events: 3 });
    expect(await store.seal(fingerprint)).toEqual(segment);
  });

  test('removes the table of a trial, and only of that one', async () => {
    const second = changed({ round: 2 });
    await store.register(second);
    await store.append([impression(1), impression(2, { trial: second.fingerprint })]);
    await store.stop(fingerprint, nine);
    await store.retire(fingerprint, over);
    const { rows } = await sql('SELECT event_id FROM event');
    expect(rows).toEqual([{ event_id: uuid(2) }]);
    const left = await sql(
      `SELECT COUNT(*)::int AS n FROM pg_inherits WHERE inhparent = 'event'::regclass`,
    );
    expect(left.rows).toEqual([{ n: 1 }]);
    // Registering it again does not open it again.
    await store.register(trial);
    await expect(store.append([impression(3)])).rejects.toMatchObject({
      code: 'ERR_STORE_UNUSABLE',
      message: expect.stringMatching(/retired/),
    });
  });

  test('of a trial that another service retires refuses its events and takes those of others', async () => {
    const second = changed({ round: 2 });
    await store.register(second);
    await store.append([impression(1), impression(2, { trial: second.fingerprint })]);
    await using owner = await openPostgres(server().url, { key, schema });
    await owner.stop(fingerprint, nine);
    await owner.retire(fingerprint, over);
    const [refused, taken] = await Promise.allSettled([
      store.append([impression(3)]),
      store.append([impression(4, { trial: second.fingerprint })]),
    ]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'ERR_STORE_UNUSABLE' } });
    expect(taken).toMatchObject({ status: 'fulfilled', value: { accepted: 1 } });
    expect(await store.find(uuid(3))).toBeUndefined();
  });

  test('does not lose what is appended while a trial is retired', async () => {
    await store.stop(fingerprint, nine);
    await using owner = await openPostgres(server().url, { key, schema });
    let accepted = 0;
    const write = async (): Promise<void> => {
      for (let id = 0; id < 400; id += 4) {
        const events = [0, 1, 2, 3].map((index) => impression(id + index));
        const receipt = await store.append(events).catch(() => undefined);
        if (receipt === undefined) return;
        accepted += receipt.accepted;
      }
    };
    const writing = write();
    await owner.seal(fingerprint);
    await owner.retire(fingerprint, over);
    await writing;
    const sealed = (await store.segments(fingerprint)).reduce((sum, { events }) => sum + events, 0);
    const [summary] = await store.summaries(fingerprint);
    expect([sealed, summary?.alerts ?? 0]).toEqual([accepted, accepted]);
    const { trials } = await store.statistics();
    expect(trials).toMatchObject([{ events: accepted, unfolded: 0, unsealed: 0 }]);
  });

  test('removes a trial once, however many ask for it', async () => {
    await store.append([impression(1)]);
    await store.stop(fingerprint, nine);
    await using other = await openPostgres(server().url, { key, schema });
    await Promise.all([store, other, store].map((each) => each.retire(fingerprint, over)));
    expect((await store.trials())[0]?.retiredAt).toBe(over);
    expect(await store.summaries(fingerprint)).toMatchObject([{ alerts: 1 }]);
  });

  test('keeps no append waiting for a rebuild that a retirement must wait for', async () => {
    const second = changed({ round: 2 });
    await store.register(second);
    await store.append([impression(1)]);
    await store.stop(fingerprint, nine);
    await store.seal(fingerprint);
    await store.summaries(fingerprint);
    const client = new pg.Client({ connectionString: server().url });
    await client.connect();
    try {
      await client.query(`SET search_path TO ${schema}; BEGIN; SELECT FROM folded FOR UPDATE`);
      const retiring = store.retire(fingerprint, over);
      await untilOneWaits(client);
      const receipt = await store.append([impression(2, { trial: second.fingerprint })]);
      const { rows } = await client.query('SELECT FROM released');
      expect([receipt.accepted, rows.length]).toEqual([1, 0]);
      await client.query('COMMIT');
      await retiring;
      expect((await store.trials()).map(({ retiredAt }) => retiredAt)).toEqual([over, null]);
    } finally {
      await client.end();
    }
  });

  test('does not make sums again without the events, where a retirement comes before', async () => {
    const gone = { code: 'ERR_STORE_UNUSABLE', message: expect.stringMatching(/retired/) };
    await store.append([impression(1)]);
    const before = await store.summaries(fingerprint);
    const client = new pg.Client({ connectionString: server().url });
    await client.connect();
    try {
      await client.query(`SET search_path TO ${schema}; BEGIN; SELECT FROM folded FOR UPDATE`);
      const rebuilding = Promise.allSettled([store.rebuild(fingerprint)]);
      await untilOneWaits(client);
      await client.query('INSERT INTO released VALUES (1, 5)');
      await client.query('DROP TABLE event_1');
      await client.query('COMMIT');
      expect(await rebuilding).toMatchObject([{ status: 'rejected', reason: gone }]);
    } finally {
      await client.end();
    }
    expect(await store.summaries(fingerprint)).toEqual(before);
    await expect(store.delays(fingerprint)).rejects.toMatchObject(gone);
    const counts = store.counts(fingerprint, { counts: [{ of: 'alerts' }], asOf: over });
    await expect(counts).rejects.toMatchObject(gone);
  });

  test('keeps nothing of what was only needed to fold, and no patient but those at risk', async () => {
    await store.append([impression(1, { patient: 'p' }), patientDay(2, { patient: 'p' })]);
    await store.stop(fingerprint, nine);
    await store.retire(fingerprint, over);
    for (const [table, rows] of [
      ['exposed', 0] as const,
      ['opened', 0] as const,
      ['at_risk', 1] as const,
    ]) {
      const left = await sql(`SELECT COUNT(*)::int AS rows FROM ${table}`);
      expect({ table, left: left.rows }).toEqual({ table, left: [{ rows }] });
    }
    expect(await store.summaries(fingerprint)).toMatchObject([{ alerts: 1, patients: 1 }]);
  });

  test('tells how much there is, folded or not, sealed or not', async () => {
    const second = changed({ round: 2 });
    await store.register(second);
    await store.append([impression(1), impression(2, { at: nine + 5 })]);
    await store.summaries(fingerprint);
    await store.seal(fingerprint);
    await store.append([impression(3, { at: nine - 5 })]);
    const { engine, schema: version, bytes, trials } = await store.statistics();
    expect(engine).toMatch(/^PostgreSQL \d+\.\d+/);
    expect(version).toBe(1);
    if (!engine.includes('distributed')) expect(bytes).toBeGreaterThan(100_000);
    const none = { events: 0, unfolded: 0, unsealed: 0, segments: 0, firstAt: null, lastAt: null };
    const span = { firstAt: nine - 5, lastAt: nine + 5 };
    expect(trials).toEqual([
      { fingerprint, events: 3, unfolded: 1, unsealed: 1, segments: 1, ...span },
      { ...none, fingerprint: second.fingerprint },
    ]);
  });

  test('knows an id in every trial: one of another is in conflict, and changes nothing', async () => {
    const second = changed({ round: 2 });
    await store.register(second);
    await store.append([impression(1), impression(2)]);
    const other = { trial: second.fingerprint };
    const memory = memoryStore();
    for (const each of [store, memory]) {
      if (each === memory) {
        await each.register(trial);
        await each.register(second);
        await each.append([impression(1), impression(2)]);
      }
      expect(
        await each.append([
          impression(1, other),
          impression(3, other),
          impression(3),
          impression(4),
        ]),
      ).toEqual({ accepted: 2, duplicate: 0, conflicting: [uuid(1), uuid(3)] });
      expect(await each.append([impression(2, other)])).toMatchObject({ conflicting: [uuid(2)] });
      expect((await each.find(uuid(3)))?.trial).toBe(second.fingerprint);
      expect((await each.find(uuid(2)))?.trial).toBe(fingerprint);
    }
  });

  test('is told what it holds of its key', async () => {
    expect(await store.keyCheck()).toMatch(/^[0-9a-f]{16}$/);
  });

  test('is not begun by who only wants to look, under a name that was misspelt', async () => {
    const other = newSchema();
    await expect(openPostgres(server().url, { key: null, schema: other })).rejects.toThrow(
      /there is no ledger in the schema/,
    );
    const { rows } = await sql(`SELECT to_regnamespace('${other}') AS made`);
    expect(rows).toEqual([{ made: null }]);
  });

  test('shows a segment that was sealed again as another head', async () => {
    await store.append([impression(1)]);
    const before: Segment | undefined = await store.seal(fingerprint);
    const written = await sql('SELECT content, head FROM segment');
    expect(written.rows).toEqual([{ content: before?.content, head: before?.head }]);
    await expect(sql(`UPDATE segment SET head = ''`)).rejects.toMatchObject({
      message: 'the ledger is append-only',
    });
  });
});
