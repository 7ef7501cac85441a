import { afterEach, describe, expect, jest, test } from '@jest/globals';
import SQLite from 'better-sqlite3';
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrialEvent } from '../../src/events/event.ts';
import { backupLedger, checkLedger } from '../../src/store/embedded/backup.ts';
import { startWriter } from '../../src/store/embedded/client.ts';
import { openConnection } from '../../src/store/embedded/connection.ts';
import type { Store, TrialLog } from '../../src/store/index.ts';
import { openLog, openStore, verifyChain } from '../../src/store/index.ts';
import { ledgerOf } from '../../src/store/embedded/ledger.ts';
import { toRow } from '../../src/store/row.ts';
import { hour, impression, nine, trial, uuid } from './fixtures.ts';
import { inFolder } from './place.ts';
import { canMount, onSmallDisk } from './small-disk.ts';

// Every store starts a thread, which takes seconds where the machine is busy.
jest.setTimeout(60_000);
afterEach(() => {
  jest.restoreAllMocks();
});

const key = '7'.repeat(64);
const { fingerprint } = trial;
const round = { fingerprint, retiredAt: null } as const;

const many = (from: number, to: number): readonly TrialEvent[] =>
  Array.from({ length: to - from }, (_, index) => impression(from + index));

async function eventsIn(store: Store): Promise<readonly TrialEvent[]> {
  const events: TrialEvent[] = [];
  for await (const { event } of store.read({ trial: fingerprint })) events.push(event);
  return events;
}

/** Logs an impression and tells what became of it. */
async function settle(log: TrialLog, patient: string): Promise<string> {
  const details = { stage: 'displayed', alert: 'influenza' } as const;
  return (await log.impression(log.assign({ patient }), details).settled).status;
}

describe('A lock that another process holds for longer than the store waits', () => {
  test('is waited for once, however many appends wait behind it', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      await using store = await openStore(file, { key, busyTimeout: 1_000 });
      await store.register(trial);
      const other = new SQLite(file);
      other.exec('BEGIN IMMEDIATE');
      const before = performance.now();
      const waiting = many(0, 30).map((event) => store.append([event]).catch(String));
      for (const refused of await Promise.all(waiting)) expect(refused).toMatch(/locked/);
      // One by one it would be thirty seconds.
      expect(performance.now() - before).toBeLessThan(15_000);
      other.close();
    });
  });

  test('is named, costs nothing that was acknowledged, and shows as a gap once it is gone', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      await using store = await openStore(file, { key, busyTimeout: 50 });
      await using log = await openLog(trial, store, { now: () => nine, refreshEvery: 60_000 });
      expect(await settle(log, 'before')).toBe('durable');
      const other = new SQLite(file);
      other.exec('BEGIN IMMEDIATE');
      await expect(store.append([impression(1)])).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringContaining('another process holds the ledger locked'),
      });
      await expect(store.seal(fingerprint)).rejects.toThrow(/locked/);
      expect(await settle(log, 'during')).toBe('lost');
      expect(await store.find(uuid(1))).toBeUndefined();
      other.exec('ROLLBACK');
      other.close();
      expect(await settle(log, 'after')).toBe('durable');
      await log.flush();
      expect((await eventsIn(store)).filter(({ type }) => type === 'impression')).toHaveLength(2);
      const gaps = (await eventsIn(store)).filter(({ type }) => type === 'gap');
      expect(gaps).toMatchObject([{ count: 1 }]);
    });
  });
});

describe('A ledger that cannot be written', () => {
  (canMount ? test : test.skip)('is refused with what to check', () =>
    onSmallDisk(async (place) => {
      const file = join(place, 'ledger.db');
      const store = await openStore(file, { key });
      await store.register(trial);
      await store.append([impression(1)]);
      await store.close();
      execFileSync('mount', ['-o', 'remount,ro', place]);
      await expect(openStore(file, { key })).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringMatching(/check the permissions of the file and its folder/),
      });
      execFileSync('mount', ['-o', 'remount,rw', place]);
      await using again = await openStore(file, { key });
      expect(await again.find(uuid(1))).toEqual(impression(1));
    }),
  );
});

describe('A write-ahead log that is deleted while its ledger is open', () => {
  test('is noticed, and takes nothing with it that was acknowledged', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const store = await openStore(file, { key });
      await store.register(trial);
      await store.append([impression(1)]);
      await unlink(`${file}-wal`);
      await sleep(600);
      for (const id of [2, 3]) {
        await expect(store.append([impression(id)])).rejects.toMatchObject({
          code: 'ERR_STORE_UNUSABLE',
          message: expect.stringContaining('write-ahead log of the ledger (-wal) was deleted'),
        });
      }
      // What was acknowledged is in the ledger already, whatever happens to this process.
      const present = new SQLite(file, { readonly: true });
      expect(present.prepare('SELECT event_id FROM event').pluck().all()).toEqual([uuid(1)]);
      present.close();
      await store.close();
      await using again = await openStore(file, { key });
      expect(await again.append([impression(2)])).toMatchObject({ accepted: 1 });
      expect(await eventsIn(again)).toHaveLength(2);
      expect(await checkLedger(file)).toEqual({ problems: [] });
    });
  });
});

describe('A writer whose thread is killed', () => {
  test('has what it acknowledged, and the next one goes on', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const before = await openStore(file, { key });
      await before.register(trial);
      await before.close();
      const writer = await startWriter({ file, busyTimeout: 1_000, service: false });
      const rows = many(0, 200).map(toRow);
      const appends = rows.map((row) => writer.append([row]).then(() => String(row[0])));
      await appends[0];
      await writer.terminate();
      const settled = await Promise.allSettled(appends);
      const acknowledged = settled.flatMap((result) =>
        result.status === 'fulfilled' ? [result.value] : [],
      );
      expect(acknowledged.length).toBeGreaterThan(0);
      await using after = await openStore(file, { key });
      const ids = (await eventsIn(after)).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([]);
      expect(await after.append(many(0, 200))).toMatchObject({ duplicate: ids.length });
      expect(await after.summaries(fingerprint)).toMatchObject([{ alerts: 200 }]);
    });
  });
});

describe('A clock that is moved back an hour', () => {
  test('while a log is open leaves the order, the sums and the chain as they are', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      let at = nine;
      const now = (): number => at;
      for (const session of ['one', 'two']) {
        await using store = await openStore(file, { key });
        await using log = await openLog(trial, store, { now, refreshEvery: 60_000 });
        for (const move of [0, 1_000, -hour, 1_000]) {
          at += move;
          expect(await settle(log, `${session} ${move} ${at}`)).toBe('durable');
        }
        await store.seal(fingerprint);
      }
      await using store = await openStore(file, { key });
      const events = await eventsIn(store);
      expect(events.map((event) => event.at - nine)).toEqual([
        0,
        1_000,
        1_000 - hour,
        2_000 - hour,
        2_000 - hour,
        3_000 - hour,
        3_000 - 2 * hour,
        4_000 - 2 * hour,
      ]);
      const alerts = (await store.summaries(fingerprint)).map((summary) => summary.alerts);
      expect(alerts.reduce((sum, count) => sum + count)).toBe(8);
      const kept = await store.summaries(fingerprint);
      await store.rebuild(fingerprint);
      expect(await store.summaries(fingerprint)).toEqual(kept);
      expect(await verifyChain(store, round)).toMatchObject({
        events: 8,
        unsealed: 0,
        problems: [],
      });
    });
  });

  test('between two seals shows in their instants and not in the chain', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      await (await openStore(file, { key })).close();
      const clock = jest.spyOn(Date, 'now').mockReturnValue(nine);
      const ledger = ledgerOf(await openConnection({ file, busyTimeout: 1_000 }));
      const seal = (): void => {
        while (ledger.before.seal?.(fingerprint) === true);
      };
      ledger.register({
        id: trial.id,
        round: trial.round,
        fingerprint,
        protocol: JSON.stringify(trial.protocol),
        responseWindow: trial.responseWindow,
        registeredAt: nine,
      });
      ledger.appendAll([[toRow(impression(1))]]);
      seal();
      clock.mockReturnValue(nine - hour);
      ledger.appendAll([[toRow(impression(2))]]);
      seal();
      expect(ledger.segments(fingerprint).map(({ sealedAt }) => sealedAt - nine)).toEqual([
        0,
        -hour,
      ]);
      ledger.close();
      clock.mockRestore();
      await using store = await openStore(file, { key });
      expect(await verifyChain(store, round)).toMatchObject({ segments: 2, problems: [] });
    });
  });
});

describe('A full disk', () => {
  (canMount ? test : test.skip)(
    'is named by sealing, folding and backing up, and each goes on once there is room',
    () =>
      onSmallDisk(async (place) => {
        const file = join(place, 'ledger.db');
        const refusal = {
          code: 'ERR_STORE_UNUSABLE',
          message: expect.stringContaining('no space left'),
        };
        await using store = await openStore(file, { key });
        await store.register(trial);
        for (let from = 0; from < 600; from += 20) {
          // One patient in one unit each: the sums need room.
          const events = many(from, from + 20).map((event) => ({
            ...event,
            unitId: event.id,
            patient: event.id,
          }));
          await store.append(events);
        }
        const ballast = join(place, 'ballast');
        expect(() => writeFileSync(ballast, Buffer.alloc(4_000_000))).toThrow(/ENOSPC/);
        await expect(store.summaries(fingerprint)).rejects.toMatchObject(refusal);
        await expect(backupLedger(file, join(place, 'copy.db'))).rejects.toMatchObject(refusal);
        // A segment needs little: single events until there is no room for one.
        let sealed: unknown;
        for (let id = 1_000; id < 3_000 && sealed === undefined; id += 1) {
          await store.append([impression(id)]).catch(() => undefined);
          sealed = await store.seal(fingerprint).then(
            () => undefined,
            (error: unknown) => error,
          );
        }
        expect(sealed).toMatchObject(refusal);
        const events = await eventsIn(store);
        expect(events.length).toBeGreaterThanOrEqual(600);

        rmSync(ballast);
        expect(await readdir(place)).not.toContain('copy.db');
        await store.seal(fingerprint);
        expect(await verifyChain(store, round)).toMatchObject({
          events: events.length,
          unsealed: 0,
          problems: [],
        });
        const alerts = (await store.summaries(fingerprint)).map((summary) => summary.alerts);
        expect(alerts.reduce((sum, count) => sum + count)).toBe(events.length);
        expect(await checkLedger(file)).toEqual({ problems: [] });
      }),
  );
});

describe('A long piece of upkeep', () => {
  test('does not hold up a short question behind it', async () => {
    await inFolder(async (folder) => {
      await using store = await openStore(join(folder, 'ledger.db'), { key, capacity: 40_000 });
      await store.register(trial);
      await store.append(many(0, 40_000));
      const order: string[] = [];
      const sealed = store.seal(fingerprint).then(() => order.push('sealed'));
      const found = store.find(uuid(1)).then(() => order.push('found'));
      await Promise.all([sealed, found]);
      expect(order).toEqual(['found', 'sealed']);
      // Closed in the middle it still comes to its end first.
      await store.append(many(40_000, 60_000));
      const again = store.seal(fingerprint);
      await store.close();
      expect((await again)?.last).toBe(60_000);
    });
  });
});

describe('A large ledger', () => {
  /** Damages the page of a file that begins at a byte. */
  const damage = async (file: string, at: number): Promise<void> => {
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(4_096, 0xa5), 0, 4_096, at);
    await handle.close();
  };

  test('is not read whole when it is opened, but damage to its newest events is found', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const store = await openStore(file, { key });
      await store.register(trial);
      await store.append(many(0, 500));
      await store.close();
      const large = new SQLite(file);
      large.pragma('synchronous = OFF');
      large.exec(
        'CREATE TABLE ballast (content BLOB); INSERT INTO ballast VALUES (zeroblob(270000000))',
      );
      large.close();
      await damage(file, 4_096 * 40_000);
      await (await openStore(file, { key })).close();
      expect((await checkLedger(file)).problems).not.toEqual([]);

      const pages = new SQLite(file, { readonly: true });
      const leaf = Number(
        pages.prepare(`SELECT MAX(pageno) FROM dbstat WHERE name = 'event'`).pluck().get(),
      );
      pages.close();
      await damage(file, 4_096 * (leaf - 1));
      await expect(openStore(file, { key })).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringContaining('damaged'),
      });
    });
  });
});
