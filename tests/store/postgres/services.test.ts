import { afterAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../../src/store/index.ts';
import { openPostgres } from '../../../src/store/postgres/index.ts';
import { beginAppend } from '../../../src/store/postgres/locks.ts';
import type { TrialEvent } from '../../../src/events/event.ts';
import { answer, changed, impression, patientDay, trial } from '../fixtures.ts';
import { onServer } from './on-server.ts';
import { newSchema } from './server.ts';
import { clear, run } from './sql.ts';

const { fingerprint } = trial;
const key = '7'.repeat(64);

async function idsIn(store: Store, after = 0): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { event } of store.read({ trial: fingerprint, after })) ids.push(event.id);
  return ids;
}

async function sums(store: Store): Promise<unknown> {
  return [await store.unitDays(fingerprint), await store.flow(fingerprint)];
}

/** The events that one service writes; of every three, one is also written by the others. */
function eventsOf(service: number): readonly TrialEvent[] {
  return Array.from({ length: 240 }, (_, index) => {
    const shared = index % 3 === 0;
    const id = shared ? index : (service + 1) * 10_000 + index;
    const unitId = `u${index % 7}`;
    if (index % 5 === 1) return patientDay(id, { unitId, elapsed: 0.1 });
    if (index % 5 === 2) return answer('acceptance', id, index, { unitId });
    return impression(id, { unitId, patient: unitId });
  });
}

onServer('Several services on one database', (server) => {
  const schemas: string[] = [];
  const schema = (): string => {
    const name = newSchema();
    schemas.push(name);
    return name;
  };
  afterAll(async () => {
    for (const name of schemas) await clear(server(), name);
  });

  test('that begin at once make one ledger', async () => {
    const name = schema();
    const stores = await Promise.all(
      Array.from({ length: 4 }, () => openPostgres(server().url, { key, schema: name })),
    );
    await Promise.all(stores.map((store) => store.register(trial)));
    const trials = await Promise.all(stores.map((store) => store.trials()));
    expect(trials.map((list) => list.map((each) => each.fingerprint))).toEqual(
      stores.map(() => [fingerprint]),
    );
    const { rows } = await run(server().url, `SELECT version FROM ${name}.migration`);
    expect(rows).toEqual([{ version: 1 }]);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('write and fold beside each other: every event is there once, and counted once', async () => {
    const name = schema();
    const stores = await Promise.all(
      Array.from({ length: 3 }, () => openPostgres(server().url, { key, schema: name })),
    );
    const [first, second, third] = stores;
    if (first === undefined || second === undefined || third === undefined) throw new Error();
    await first.register(trial);
    const done = new AbortController();
    const write = async (store: Store, service: number): Promise<number> => {
      let accepted = 0;
      const events = eventsOf(service);
      for (let start = 0; start < events.length; start += 7) {
        accepted += (await store.append(events.slice(start, start + 7))).accepted;
      }
      return accepted;
    };
    const seen: string[] = [];
    const follow = async (): Promise<void> => {
      // One that goes on from the last place it saw misses nothing.
      let place = 0;
      for (let last = false; !last;) {
        last = done.signal.aborted;
        for await (const { sequence, event } of third.read({ trial: fingerprint, after: place })) {
          seen.push(event.id);
          place = sequence;
        }
        await sleep(3);
      }
    };
    const fold = async (store: Store): Promise<void> => {
      while (!done.signal.aborted) {
        await store.summaries(fingerprint);
        await sleep(2);
      }
    };
    const others = [follow(), fold(second), fold(third)];
    const accepted = await Promise.all([write(first, 0), write(second, 1), write(first, 2)]);
    done.abort();
    await Promise.all(others);

    const expected = new Set([0, 1, 2].flatMap((service) => eventsOf(service)).map(({ id }) => id));
    const stored = await idsIn(third);
    expect(stored).toHaveLength(expected.size);
    expect(new Set(stored)).toEqual(expected);
    expect(seen).toEqual(stored);
    expect(accepted.reduce((sum, count) => sum + count, 0)).toBe(expected.size);
    const folded = await sums(first);
    await second.rebuild(fingerprint);
    expect(await sums(third)).toEqual(folded);
    await Promise.all(stores.map((store) => store.close()));
  }, 30_000);

  test('an event is not passed over because a later place was committed first', async () => {
    const name = schema();
    await using store = await openPostgres(server().url, { key, schema: name });
    await store.register(trial);
    await store.append([impression(1)]);
    // A service whose append is under way has a place that is not to be seen yet.
    const slow = run(
      server().url,
      `SET search_path TO ${name}`,
      'BEGIN',
      beginAppend(name),
      `INSERT INTO event (seq, event_id, trial, received_ms, type, stage, arm, randomized, reason,
         unit_id, stratum, at_ms, event_day, patient, opening_id, detail)
       SELECT nextval('place'), '018f0000-0000-7000-8000-0000000000ff', trial, received_ms, type, stage, arm, randomized,
         reason, unit_id, stratum, at_ms, event_day, patient, opening_id, detail FROM event`,
      'SELECT pg_sleep(0.5)',
      'COMMIT',
    );
    await sleep(200);
    await store.append([impression(2)]);
    const [summary] = await store.summaries(fingerprint);
    await slow;
    const [later] = await store.summaries(fingerprint);
    expect([summary?.alerts, later?.alerts]).toEqual([3, 3]);
    expect(await idsIn(store)).toHaveLength(3);
  });

  test('look for ids by an index, whatever the server supposed when there were few', async () => {
    const name = schema();
    const store = await openPostgres(server().url, { key, schema: name });
    for (const round of [1, 2, 3]) await store.register(changed({ round }));
    const { fingerprint: own } = changed({ round: 3 });
    for (let id = 0; id < 2_000; id += 100) {
      const events = Array.from({ length: 100 }, (_, index) =>
        impression(id + index, { trial: own }),
      );
      await store.append(events);
      expect(await store.append(events.slice(0, 2))).toMatchObject({ duplicate: 2 });
      expect(await store.find(events[0]?.id ?? '')).toEqual(events[0]);
    }
    await store.close();
    // What a session has counted is told when it has ended.
    const { rows } = await run(
      server().url,
      `DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_stat_get_activity(NULL) WHERE application_name = 'rapidcycle')
         LOOP PERFORM pg_sleep(0.01); END LOOP; END $$`,
      `SELECT SUM(seq_scan)::int < 20 AS "whenMade", SUM(idx_scan)::int >= 40 AS "byIndex"
       FROM pg_stat_user_tables WHERE schemaname = '${name}' AND relname ~ '^event_'`,
    );
    expect(rows).toEqual([{ whenMade: true, byIndex: true }]);
  });

  test('two ledgers in one database do not touch each other', async () => {
    await using one = await openPostgres(server().url, { key, schema: schema() });
    await using other = await openPostgres(server().url, { key, schema: schema() });
    await one.register(trial);
    await one.append([impression(1)]);
    expect(await other.trials()).toEqual([]);
    await other.register(changed({ round: 2 }));
    expect(await other.find(impression(1).id)).toBeUndefined();
  });
});
