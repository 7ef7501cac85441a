import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, jest, test } from '@jest/globals';
import { run } from '../../src/cli/index.ts';
import { openStore } from '../../src/store/index.ts';
import { changed, impression } from '../store/fixtures.ts';
import { inFolder } from '../store/place.ts';
import { onLedger, said, store } from './store-ledger.ts';

// Each ledger is opened many times and forced to the disk, which may be slow.
jest.setTimeout(60_000);

const plantedList = fileURLToPath(new URL('../planted.txt', import.meta.url));

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

describe('rapidcycle store copy', () => {
  test('copies the trial that is named, and says which key the copy has', async () => {
    await onLedger(async (ledger, folder) => {
      const second = changed({ id: 'second' });
      await using opened = await openStore(ledger);
      await opened.register(second);
      await opened.append([impression(700, { trial: second.fingerprint })]);
      const to = join(folder, 'copy.db');
      const { code, out } = await store('copy', ledger, to, '--trial', 'second');
      expect(out).toContain('1 event gone through, 1 of them new');
      expect(out).toContain(`Its key is that in ${ledger}.key`);
      expect(code).toBe(0);
      expect((await store('stats', to)).out).not.toContain('influenza, round 1');
      expect((await store('copy', ledger, to)).out).toContain('71 events gone through, 70 of them');
    });
  });

  test('begins no ledger for a trial that is not there', async () => {
    await onLedger(async (ledger, folder) => {
      for (const word of ['copy', 'rekey']) {
        const to = join(folder, `${word}.db`);
        const { code, err } = await store(word, ledger, to, '--trial', 'other');
        expect(err).toContain('holds no trial "other"');
        expect(code).toBe(2);
        expect(await isThere(to)).toBe(false);
        expect(await isThere(`${to}.key`)).toBe(false);
      }
    });
  });

  test('leaves out what was retired only when it is told which trial to copy', async () => {
    await onLedger(async (ledger, folder) => {
      await using opened = await openStore(ledger);
      const second = changed({ id: 'second' });
      await opened.register(second);
      await opened.append([impression(700, { trial: second.fingerprint })]);
      await store('retire', ledger, '--trial', 'influenza', '--yes');
      const to = join(folder, 'renewed.db');
      const all = await store('rekey', ledger, to);
      expect(all.err).toContain('were removed');
      expect(all.code).toBe(2);
      const one = await store('copy', ledger, join(folder, 'copy.db'), '--trial', 'second');
      expect(one).toMatchObject({ code: 0 });
    });
  });
});

describe('A copy without its key', () => {
  test('is refused before anything is begun', async () => {
    await onLedger(async (ledger, folder) => {
      const to = join(folder, 'copy.db');
      const missing = await store('copy', ledger, to, '--key-file', join(folder, 'no.key'));
      expect(missing.err).toMatch(/There is no key file at .*no\.key/);
      const server = 'postgresql://nobody:secret@127.0.0.1:1/none';
      const keyless = await store('copy', server, to);
      expect(keyless.err).toContain('give --key-file');
      expect(keyless.err).not.toContain('secret');
      expect([missing.code, keyless.code]).toEqual([2, 2]);
      expect(await isThere(to)).toBe(false);
    });
  });
});

describe('A copy that is interrupted', () => {
  test('says that it is a part, and goes on when it is done again', async () => {
    await onLedger(async (ledger, folder) => {
      await using opened = await openStore(ledger);
      await opened.append(Array.from({ length: 1_200 }, (_, n) => impression(1_000 + n)));
      const to = join(folder, 'copy.db');
      const [out, err] = [new PassThrough(), new PassThrough()];
      err.once('data', () => process.emit('SIGINT'));
      const before = process.listenerCount('SIGINT');
      expect(await run(['store', 'copy', ledger, to], { out, err })).toBe(2);
      expect(String(err.read() ?? '')).toContain('holds only a part');
      expect(process.listenerCount('SIGINT')).toBe(before);
      expect((await store('stats', to)).out).toMatch(/: (500|1,000) events/);
      expect((await store('copy', ledger, to)).out).toMatch(
        /1,270 events gone through, (770|270) of them new/,
      );
    });
  });
});

describe('rapidcycle store rekey', () => {
  test('copies a ledger under a new key, after which arms are computed again with the keys', async () => {
    await onLedger(async (ledger, folder) => {
      const to = join(folder, 'renewed.db');
      const { code, out } = await store('rekey', ledger, to);
      expect(out).toContain('70 events gone through, 70 of them new');
      expect(code).toBe(0);
      const without = await said('verify', to);
      expect(without.code).toBe(2);
      expect(without.err).toContain('was re-keyed');
      const verified = await said('verify', to, '--key-file', `${to}.key`);
      expect(verified.out).toContain('70 arms computed again, 0 disagreement(s)');
      expect(verified.code).toBe(0);
      const wrong = await said('verify', to, '--key-file', `${ledger}.key`);
      expect(wrong).toMatchObject({ code: 2 });
    });
  });
});

describe('Published heads', () => {
  test('of a ledger show a copy that is not sealed yet to be another, and say why', async () => {
    await onLedger(async (ledger, folder) => {
      const heads = join(folder, 'heads');
      await store('seal', ledger, '--heads', heads);
      const to = join(folder, 'renewed.db');
      await store('rekey', ledger, to);
      const { code, out } = await store('verify', to, '--heads', heads);
      expect(out).toContain('chain: BROKEN; 0 segments');
      expect(out).toContain('segment 1 was published and is no longer there');
      expect(code).toBe(1);
    });
  });

  test('of trials that a ledger does not hold are told by both checks', async () => {
    await onLedger(async (ledger, folder) => {
      const heads = join(folder, 'heads');
      await writeFile(heads, `${JSON.stringify({ trial: 'x', number: 1, head: 'y' })}\n`);
      for (const words of [['verify'], ['store', 'verify']]) {
        const { code, out, err } = await said(...words, ledger, '--heads', heads);
        expect(`${out}${err}`).toContain(
          '1 published head of trials that this ledger does not hold',
        );
        expect(code).toBe(1);
      }
    });
  });
});

describe('rapidcycle store scan', () => {
  test('finds planted identifiers in files, and none in a ledger', async () => {
    await onLedger(async (ledger, folder) => {
      const clean = await store('scan', folder, '--planted', plantedList);
      expect(clean.out).toContain('no identifier found');
      expect(clean.code).toBe(0);
      const leak = join(folder, 'leak.log');
      await writeFile(leak, '{"patient":"sought-mrn-3"}\n');
      const list = join(folder, 'sought.txt');
      await writeFile(list, '  sought-mrn- \r\n\n');
      const found = await store('scan', leak, '--planted', list);
      expect(found.out).toMatch(/leak\.log, at byte 12: planted/);
      expect(found.out).not.toContain('sought-mrn-3');
      expect(found.code).toBe(1);
      expect((await store('scan', ledger, '--planted', list)).code).toBe(0);
    });
  });

  test('looks for planted ones alone, when asked', async () => {
    await inFolder(async (folder) => {
      const log = join(folder, 'service.log');
      await writeFile(log, 'Ask at office@synthetic.example.\n');
      expect(await store('scan', log)).toMatchObject({ code: 1 });
      const only = await store('scan', log, '--planted', plantedList, '--only-planted');
      expect(only.out).toContain('1 file, 33 B: no identifier found');
      expect(only.code).toBe(0);
      const nothing = await store('scan', log, '--only-planted');
      expect(nothing.err).toContain('Nothing to look for');
      expect(nothing.code).toBe(2);
    });
  });

  test('refuses in words what would be found by chance, and never shows it', async () => {
    await inFolder(async (folder) => {
      const list = join(folder, 'list.txt');
      await writeFile(list, 'Wu\n');
      const { code, err } = await store('scan', folder, '--planted', list);
      expect(code).toBe(2);
      expect(err).toMatch(
        /^ERR_USAGE: .*list\.txt cannot be used: planted identifier 1 must have 6/,
      );
      expect(err).not.toContain('Wu');
    });
  });

  test('says how many files it could not see whole', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'old.zip'), Buffer.from('504b030414000000', 'hex'));
      const { out } = await store('scan', folder);
      expect(out).toContain('(1 not seen whole): no identifier found');
    });
  });
});
