import { describe, expect, jest, test } from '@jest/globals';
import SQLite from 'better-sqlite3';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrialEvent } from '../../src/events/event.ts';
import { checkLedger } from '../../src/store/embedded/backup.ts';
import { openStore } from '../../src/store/index.ts';
import { changed, hour, impression, nine, trial } from './fixtures.ts';
import { inFolder } from './place.ts';

// Every store starts a thread, which takes seconds where the machine is busy.
jest.setTimeout(60_000);

const { fingerprint } = trial;
const second = changed({ round: 2 });
const many = (from: number, to: number): readonly TrialEvent[] =>
  Array.from({ length: to - from }, (_, index) => impression(from + index));

describe('The events of a ledger file', () => {
  test('go only where a release covers them, and nothing comes to their places', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const store = await openStore(file);
      await store.register(trial);
      await store.register(second);
      await store.append(many(1, 4));
      await store.append([impression(4, { trial: second.fingerprint })]);
      await store.close();
      const database = new SQLite(file);
      const release = database.prepare(
        'INSERT INTO released (trial, up_to, events, reason, released_ms) VALUES (?, ?, ?, ?, ?)',
      );
      expect(() => release.run(1, 2, 2, 'unwanted', 1)).toThrow(/CHECK/);
      release.run(1, 2, 2, 'forwarded', 1);
      database.exec('DELETE FROM event WHERE seq <= 2');
      for (const statement of [
        'DELETE FROM event WHERE seq = 3',
        'DELETE FROM event WHERE seq = 4',
        'UPDATE released SET up_to = 9',
        'DELETE FROM released',
        'DELETE FROM event',
      ]) {
        expect(() => database.exec(statement)).toThrow('the ledger is append-only');
      }
      expect(database.prepare('SELECT COUNT(*) FROM event').pluck().get()).toBe(2);
      // As a process of an earlier version would that is still running.
      const copy = `INSERT INTO event
        SELECT 1, event_id || 'x', trial, received_ms, type, stage, arm, randomized, reason, unit_id,
          stratum, at_ms, event_day, alert_day, patient, practice, clinician, encounter,
          impression_id, opening_id, delay_ms, route, calendar, midnight, elapsed, detail
        FROM event WHERE seq = 3`;
      expect(() => database.exec(copy)).toThrow(/append-only/);
      database.close();
    });
  });

  test('of a retired trial that are left when the process ends go at the next opening', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const store = await openStore(file);
      await store.register(trial);
      await store.append(many(1, 8));
      await store.seal(fingerprint);
      await store.summaries(fingerprint);
      await store.close();
      const database = new SQLite(file);
      // As the retirement leaves it that is cut off before its first event is removed.
      database.exec(`INSERT INTO released SELECT 1, MAX(seq), COUNT(*), 'retired', 5 FROM event`);
      await using next = await openStore(file);
      for await (const { sequence } of next.read({ trial: fingerprint })) {
        throw new Error(`event ${sequence} was read`);
      }
      const left = database.prepare('SELECT COUNT(*) FROM event').pluck();
      while (left.get() !== 0) await sleep(10);
      database.close();
      expect(await next.summaries(fingerprint)).toMatchObject([{ alerts: 7 }]);
      expect((await next.trials())[0]?.retiredAt).toBe(5);
      expect((await next.statistics()).trials[0]).toMatchObject({ events: 7, unsealed: 0 });
    });
  });

  test('that were forwarded and removed are not counted as if the rest were all', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      await using store = await openStore(file);
      await store.register(trial);
      await store.append(many(1, 8));
      const database = new SQLite(file);
      database.exec(`INSERT INTO released VALUES (1, 5, 5, 'forwarded', 5);
        DELETE FROM event WHERE seq <= 5`);
      database.close();
      const refusal = {
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringContaining('forwarded'),
      };
      await expect(store.rebuild(fingerprint)).rejects.toMatchObject(refusal);
      await expect(store.delays(fingerprint)).rejects.toMatchObject(refusal);
      // A spool is not folded before it removes events.
      await expect(store.summaries(fingerprint)).rejects.toMatchObject(refusal);
      expect(await store.append([impression(8)])).toMatchObject({ accepted: 1 });
    });
  });

  test('are not read in part when the trial is retired meanwhile', async () => {
    await inFolder(async (folder) => {
      await using store = await openStore(join(folder, 'ledger.db'));
      await store.register(trial);
      await store.append(many(0, 5_000));
      await store.stop(fingerprint, nine);
      const readAll = async (): Promise<void> => {
        for await (const { sequence } of store.read({ trial: fingerprint })) {
          if (sequence === 1) await store.retire(fingerprint, nine + 24 * hour);
        }
      };
      await expect(readAll()).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringContaining('retired while its events were being read'),
      });
    });
  });

  test('are sealed, folded and removed in steps while others are appended', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      await using store = await openStore(file);
      await store.register(trial);
      await store.register(second);
      for (let from = 0; from < 12_000; from += 6_000) await store.append(many(from, from + 6_000));
      await store.stop(fingerprint, nine);
      const progress = { done: false };
      const retiring = store.retire(fingerprint, nine + 24 * hour).finally(() => {
        progress.done = true;
      });
      let appended = 0;
      while (!progress.done) {
        await store.append([impression(20_000 + appended, { trial: second.fingerprint })]);
        appended += 1;
      }
      await retiring;
      // The first travels with the retirement; the next can only come between its steps.
      expect(appended).toBeGreaterThan(1);
      expect(await store.summaries(fingerprint)).toMatchObject([{ alerts: 12_000 }]);
      expect(await store.summaries(second.fingerprint)).toMatchObject([{ alerts: appended }]);
      expect((await store.segments(fingerprint)).map(({ events }) => events)).toEqual(
        Array.from({ length: 12 }, () => 1_000),
      );
      expect(await checkLedger(file)).toEqual({ problems: [] });
    });
  });

  test('of two processes that seal and retire at once are in one chain', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      await using one = await openStore(file);
      await using other = await openStore(file);
      await one.register(trial);
      await one.append(many(0, 7_500));
      const heads = await Promise.all([one.seal(fingerprint), other.seal(fingerprint)]);
      expect(heads[1]).toEqual(heads[0]);
      await one.stop(fingerprint, nine);
      await Promise.all([
        one.retire(fingerprint, nine + 24 * hour),
        other.retire(fingerprint, nine + 25 * hour),
      ]);
      expect(await one.segments(fingerprint)).toHaveLength(8);
      expect(await other.summaries(fingerprint)).toMatchObject([{ alerts: 7_500 }]);
      expect(await one.trials()).toEqual(await other.trials());
    });
  });
});
