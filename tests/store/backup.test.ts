import { describe, expect, jest, test } from '@jest/globals';
import SQLite from 'better-sqlite3';
import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backupLedger, checkLedger } from '../../src/store/embedded/backup.ts';
import { openStore } from '../../src/store/index.ts';
import type { Store } from '../../src/store/index.ts';
import { changed, hour, impression, trial } from './fixtures.ts';
import { inFolder } from './place.ts';

// Every store starts a thread, which takes seconds where the machine is busy.
jest.setTimeout(60_000);

const key = '7'.repeat(64);
const { fingerprint } = trial;

async function idsIn(store: Store): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { event } of store.read({ trial: fingerprint })) ids.push(event.id);
  return ids;
}

/** Overwrites a page in the middle of a file. */
async function corrupt(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  await handle.write(Buffer.alloc(8_192, 0xa5), 0, 8_192, Math.floor(size / 8_192) * 4_096);
  await handle.close();
}

describe('A backup', () => {
  test('is one state of a ledger that is written to meanwhile, and can go on from there', async () => {
    await inFolder(async (folder) => {
      const [file, copy] = [join(folder, 'ledger.db'), join(folder, 'copy.db')];
      await using store = await openStore(file, { key });
      await store.register(trial);
      await store.append(Array.from({ length: 3_000 }, (_, index) => impression(index)));
      await store.seal(fingerprint);
      const progress = { done: false };
      const fractions: number[] = [];
      const onProgress = (fraction: number): void => void fractions.push(fraction);
      const copying = backupLedger(file, copy, { onProgress }).finally(() => {
        progress.done = true;
      });
      let appended = 0;
      while (!progress.done) {
        await store.append([impression(10_000 + appended)]);
        appended += 1;
      }
      await copying;
      expect(fractions.at(-1)).toBe(1);
      expect(fractions.every((fraction) => fraction >= 0 && fraction <= 1)).toBe(true);
      // Nothing but the copy, and no key beside it.
      expect((await readdir(folder)).filter((name) => name.startsWith('copy'))).toEqual([
        'copy.db',
      ]);

      await using second = await openStore(copy, { key });
      const [present, copied] = [await idsIn(store), await idsIn(second)];
      expect(copied.length).toBeGreaterThanOrEqual(3_000);
      expect(copied).toEqual(present.slice(0, copied.length));
      expect(await second.segments(fingerprint)).toEqual(await store.segments(fingerprint));
      expect(await second.append([impression(90_000)])).toMatchObject({ accepted: 1 });
    });
  });

  test('is without what retired events have left', async () => {
    await inFolder(async (folder) => {
      const [file, copy] = [join(folder, 'ledger.db'), join(folder, 'copy.db')];
      const store = await openStore(file, { key });
      await store.register(trial);
      await store.append(Array.from({ length: 3_000 }, (_, index) => impression(index)));
      await store.retire(fingerprint, trial.endsAt + 24 * hour);
      await store.close();
      await backupLedger(file, copy);
      expect((await stat(copy)).size).toBeLessThan((await stat(file)).size / 2);
      await using second = await openStore(copy, { key });
      expect(await second.summaries(fingerprint)).toMatchObject([{ alerts: 3_000 }]);
      // The places of the removed events stay taken in the copy.
      const next = changed({ round: 2 });
      await second.register(next);
      await second.append([impression(1, { trial: next.fingerprint })]);
      for await (const { sequence } of second.read({ trial: next.fingerprint })) {
        expect(sequence).toBe(3_001);
      }
    });
  });

  test('never overwrites a file, and says when there is no ledger or no folder', async () => {
    await inFolder(async (folder) => {
      const [file, copy] = [join(folder, 'ledger.db'), join(folder, 'copy.db')];
      await (await openStore(file, { key })).close();
      await writeFile(copy, 'precious');
      const refused = (from: string, to: string, reason: RegExp): Promise<void> =>
        expect(backupLedger(from, to)).rejects.toMatchObject({
          code: 'ERR_STORE_UNUSABLE',
          message: expect.stringMatching(reason),
        });
      await refused(file, copy, /already there/);
      expect(await readFile(copy, 'utf8')).toBe('precious');
      await refused(file, file, /already there/);
      await refused(join(folder, 'none.db'), join(folder, 'new.db'), /no ledger/);
      await refused(file, join(folder, 'missing', 'new.db'), /cannot be/);
      expect(await readdir(folder)).toEqual(['copy.db', 'ledger.db']);
    });
  });

  test('of a damaged ledger is refused and leaves nothing', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const store = await openStore(file, { key });
      await store.register(trial);
      await store.append(Array.from({ length: 500 }, (_, index) => impression(index)));
      await store.close();
      await corrupt(file);
      await expect(backupLedger(file, join(folder, 'copy.db'))).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringMatching(/damaged/),
      });
      expect((await readdir(folder)).filter((name) => name.startsWith('copy'))).toEqual([]);
    });
  });
});

describe('The check of a ledger', () => {
  test('finds nothing in a sound one, open or closed, and leaves nothing beside it', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const store = await openStore(file, { key });
      await store.register(trial);
      await store.append([impression(1)]);
      expect(await checkLedger(file)).toEqual({ problems: [] });
      await store.close();
      expect(await checkLedger(file)).toEqual({ problems: [] });
      expect(await readdir(folder)).toEqual(['ledger.db']);
      await expect(checkLedger(join(folder, 'none.db'))).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
      });
    });
  });

  test('finds a damaged page, an orphan, a removed guard and a strange file, and shows no row', async () => {
    await inFolder(async (folder) => {
      const problemsOf = async (
        name: string,
        harm: (file: string) => Promise<void> | void,
      ): Promise<string> => {
        const file = join(folder, name);
        const store = await openStore(file, { key });
        await store.register(trial);
        await store.append(Array.from({ length: 500 }, (_, index) => impression(index)));
        await store.close();
        await harm(file);
        const { problems } = await checkLedger(file);
        expect(problems.join('\n')).not.toContain('018f0000');
        return problems.join('\n');
      };
      const change =
        (...statements: readonly string[]) =>
        (file: string): void => {
          const database = new SQLite(file);
          database.pragma('foreign_keys = OFF');
          database.unsafeMode();
          for (const statement of statements) database.exec(statement);
          database.close();
        };
      expect(await problemsOf('page', corrupt)).toMatch(/damaged/);
      expect(
        await problemsOf(
          'orphan',
          change(
            'INSERT INTO stop VALUES (9, 1)',
            "INSERT INTO allocation VALUES (9, 0, '', '', 1)",
          ),
        ),
      ).toMatch(/1 rows of allocation have no trial\n1 rows of stop have no trial/);
      expect(await problemsOf('guard', change('DROP TRIGGER event_no_update'))).toMatch(
        /event_no_update was removed/,
      );
      expect(
        await problemsOf('text', (file) => writeFile(file, 'patient,arm\n'.repeat(99))),
      ).toMatch(/no SQLite database/);
      expect(await problemsOf('newer', change('PRAGMA user_version = 99'))).toMatch(/version 99/);
      expect(await problemsOf('older', change('PRAGMA user_version = 2'))).toMatch(
        /older version 2/,
      );
      expect(await problemsOf('foreign', change('PRAGMA application_id = 7'))).toMatch(
        /another application/,
      );
    });
  });
});
