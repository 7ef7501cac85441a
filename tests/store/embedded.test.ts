import { describe, expect, jest, test } from '@jest/globals';
import SQLite from 'better-sqlite3';
import { chmod, mkdir, open, readFile, readdir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { startWriter } from '../../src/store/embedded/client.ts';
import { memoryStore, openStore } from '../../src/store/index.ts';
import { createKeyFile } from '../../src/store/keys/key-file.ts';
import { parseKey } from '../../src/store/keys/key.ts';
import { toRow } from '../../src/store/row.ts';
import { impression, trial } from './fixtures.ts';
import { inFolder } from './place.ts';

// Every store starts a thread, which takes seconds where the machine is busy.
jest.setTimeout(60_000);

const key = Uint8Array.from({ length: 32 }, (_, index) => index);
const hex = Buffer.from(key).toString('hex');

describe('A ledger file', () => {
  test('is only added to: neither an event nor a trial is changed or removed', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const store = await openStore(file);
      await store.register(trial);
      await store.append([impression(1)]);
      await store.stop(trial.fingerprint, 1);
      await store.close();
      const database = new SQLite(file);
      for (const statement of [
        "UPDATE event SET arm = 'redesign'",
        'DELETE FROM event',
        'UPDATE trial SET response_window_ms = 1',
        'DELETE FROM trial',
        'UPDATE stop SET stopped_ms = 2',
        'DELETE FROM stop',
        "UPDATE meta SET value = ''",
      ]) {
        expect(() => database.exec(statement)).toThrow('the ledger is append-only');
      }
      database.close();
    });
  });

  test('that was deleted or replaced while it was open acknowledges nothing more', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const store = await openStore(file);
      await store.register(trial);
      await store.append([impression(1)]);
      await unlink(file);
      await new Promise((resolve) => setTimeout(resolve, 600));
      await expect(store.append([impression(2)])).rejects.toThrow(/deleted or replaced/);
      await writeFile(file, 'another file');
      await expect(store.append([impression(3)])).rejects.toThrow(/deleted or replaced/);
      const { fingerprint } = trial;
      await expect(store.stop(fingerprint, Date.now())).rejects.toThrow(/deleted or replaced/);
      await expect(store.seal(fingerprint)).rejects.toThrow(/deleted or replaced/);
      await expect(store.register(trial)).rejects.toThrow(/deleted or replaced/);
      await store.close();
    });
  });

  test('keeps its events, its sums and its stop from one opening to the next', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const first = await openStore(file);
      await first.register(trial);
      await first.append([impression(1)]);
      await first.stop(trial.fingerprint, 5);
      const before = await first.summaries(trial.fingerprint);
      const pseudonym = first.pseudonym('patient', 'MRN');
      await first.close();
      // A clean close leaves one file and its key.
      expect(await readdir(folder)).toEqual(['ledger.db', 'ledger.db.key']);
      await using second = await openStore(file);
      expect(await second.append([impression(1)])).toMatchObject({ duplicate: 1 });
      expect(await second.summaries(trial.fingerprint)).toEqual(before);
      expect((await second.trials())[0]?.stoppedAt).toBe(5);
      expect(second.pseudonym('patient', 'MRN')).toBe(pseudonym);
    });
  });

  test('is refused with the reason when it cannot be trusted', async () => {
    await inFolder(async (folder) => {
      const refused = (name: string, reason: RegExp): Promise<void> =>
        expect(openStore(join(folder, name))).rejects.toMatchObject({
          code: 'ERR_STORE_UNUSABLE',
          message: expect.stringMatching(reason),
        });
      await refused('missing/ledger.db', /folder .* does not exist/);
      await mkdir(join(folder, 'directory'));
      await refused('directory', /no file/);
      await writeFile(join(folder, 'text'), 'patient,arm\n'.repeat(100));
      await refused('text', /not a ledger/);

      const foreign = new SQLite(join(folder, 'foreign'));
      foreign.exec('CREATE TABLE t (a)');
      foreign.close();
      await refused('foreign', /another application/);

      await (await openStore(join(folder, 'newer'))).close();
      const newer = new SQLite(join(folder, 'newer'));
      newer.pragma('user_version = 99');
      newer.close();
      await refused('newer', /version 99/);

      await expect(openStore(':memory:')).rejects.toMatchObject({ code: 'ERR_STORE_UNUSABLE' });
    });
  });

  test('is refused when it is damaged', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const store = await openStore(file);
      await store.register(trial);
      await store.append(Array.from({ length: 500 }, (_, index) => impression(index)));
      await store.close();
      const handle = await open(file, 'r+');
      const { size } = await handle.stat();
      await handle.write(Buffer.alloc(8_192, 0xa5), 0, 8_192, Math.floor(size / 8_192) * 4_096);
      await handle.close();
      await expect(openStore(file)).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringMatching(/damaged/),
      });
    });
  });

  test('takes only so many waiting events, and says when it is full', async () => {
    await inFolder(async (folder) => {
      await using store = await openStore(join(folder, 'ledger.db'), { capacity: 3 });
      await store.register(trial);
      const results = await Promise.allSettled([
        store.append([impression(1), impression(2)]),
        store.append([impression(3), impression(4)]),
        store.append([impression(5)]),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(results[1]).toMatchObject({ reason: { code: 'ERR_STORE_FULL' } });
      expect(await store.append([impression(3)])).toMatchObject({ accepted: 1 });
    });
  });

  test('two stores that begin one ledger at once agree on its key', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const stores = await Promise.all([openStore(file), openStore(file), openStore(file)]);
      const pseudonyms = stores.map((store) => store.pseudonym('patient', 'MRN'));
      expect(new Set(pseudonyms).size).toBe(1);
      await Promise.all(stores.map((store) => store.close()));
    });
  });
});

describe('A writer whose thread ended', () => {
  test('rejects what is waiting, and everything after at once', async () => {
    await inFolder(async (folder) => {
      const writer = await startWriter({
        file: join(folder, 'ledger.db'),
        busyTimeout: 1_000,
        service: false,
      });
      const waiting = writer.append([toRow(impression(1))]);
      await Promise.all([
        expect(waiting).rejects.toMatchObject({ code: 'ERR_STORE_UNUSABLE' }),
        writer.terminate(),
      ]);
      await expect(writer.request('trials', undefined)).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
      });
    });
  });
});

describe('The key', () => {
  test('may be given as bytes, hexadecimal digits or base64, and means the same', () => {
    const base64 = Buffer.from(key).toString('base64');
    const url = Buffer.from(key).toString('base64url');
    const pseudonyms = [key, hex, hex.toUpperCase(), base64, url].map((material) =>
      memoryStore({ key: material }).pseudonym('patient', 'MRN'),
    );
    // printf 'patient:MRN' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f -binary |
    //   head -c 16 | base64
    expect(new Set(pseudonyms)).toEqual(new Set(['-MHSoljQqP3cRCWayV5kgQ']));
  });

  test('is refused when it is malformed, without being shown', () => {
    for (const material of ['', 'secret', `${hex}00`, new Uint8Array(31), 7, null]) {
      let error: unknown;
      try {
        parseKey(material);
      } catch (cause) {
        error = cause;
      }
      expect(error).toMatchObject({ code: 'ERR_KEY_INVALID' });
      if (material !== '') expect(inspect(error)).not.toContain('secret');
    }
    expect(inspect(parseKey(hex))).not.toContain('0001');
  });

  test('is kept beside a new ledger in a file that only its owner can read', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      await (await openStore(file)).close();
      const keyFile = `${file}.key`;
      expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
      expect(await readFile(keyFile, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);

      await chmod(keyFile, 0o640);
      await expect(openStore(file)).rejects.toMatchObject({
        code: 'ERR_KEY_INVALID',
        message: expect.stringContaining('mode 640'),
      });
      await chmod(keyFile, 0o600);
      await (await openStore(file)).close();
      await writeFile(keyFile, 'short');
      await expect(openStore(file)).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' });
    });
  });

  test('of a ledger cannot be exchanged, lost without a word, or read from the ledger', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      await (await openStore(file, { key })).close();
      expect(await readdir(folder)).toEqual(['ledger.db']);
      await expect(openStore(file, { key: new Uint8Array(32) })).rejects.toMatchObject({
        code: 'ERR_KEY_INVALID',
        message: expect.stringContaining('another key'),
      });
      await expect(openStore(file)).rejects.toMatchObject({
        code: 'ERR_KEY_INVALID',
        message: expect.stringContaining('put it back'),
      });
      const content = await readFile(file);
      expect(content.includes(Buffer.from(key))).toBe(false);
      expect(content.includes(hex)).toBe(false);
      await (await openStore(file, { key: hex })).close();
    });
  });

  test('is not needed to analyse a ledger, only to give pseudonyms', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      const store = await openStore(file);
      await store.register(trial);
      await store.append([impression(1)]);
      await store.close();
      await unlink(`${file}.key`);
      await using keyless = await openStore(file, { key: null });
      expect(await keyless.summaries(trial.fingerprint)).toHaveLength(1);
      expect(() => keyless.pseudonym('patient', 'MRN')).toThrow(
        expect.objectContaining({ code: 'ERR_KEY_INVALID' }),
      );
    });
  });

  test('is one, however many make it at once', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'key');
      const keys = await Promise.all(Array.from({ length: 20 }, () => createKeyFile(file)));
      expect(new Set(keys.map((made) => made.export().toString('hex'))).size).toBe(1);
      expect(await readdir(folder)).toEqual(['key']);
    });
  });
});
