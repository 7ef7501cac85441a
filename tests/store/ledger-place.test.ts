import { describe, expect, jest, test } from '@jest/globals';
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { backupLedger } from '../../src/store/embedded/backup.ts';
import { takeService } from '../../src/store/embedded/connection.ts';
import { openStore } from '../../src/store/index.ts';
import { impression, trial } from './fixtures.ts';
import { inFolder } from './place.ts';

jest.setTimeout(60_000);

const key = '7'.repeat(64);

async function makeLedger(file: string): Promise<void> {
  await using store = await openStore(file, { key });
  await store.register(trial);
  await store.append([impression(1)]);
}

describe('A backup', () => {
  test('can be read by nobody who may not read the ledger', async () => {
    await inFolder(async (folder) => {
      const [file, copy] = [join(folder, 'ledger.db'), join(folder, 'copy.db')];
      await makeLedger(file);
      chmodSync(file, 0o600);
      await backupLedger(file, copy);
      expect(statSync(copy).mode & 0o777).toBe(0o600);
      await using store = await openStore(copy, { key });
      expect(await store.find(impression(1).id)).toMatchObject({ id: impression(1).id });
    });
  });

  test('to a folder that is not there names the place of the copy, not the ledger', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      await makeLedger(file);
      const copy = join(folder, 'none', 'copy.db');
      await expect(backupLedger(file, copy)).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringContaining(`${copy} cannot be written`),
      });
      expect(readdirSync(folder)).not.toContain('none');
    });
  });
});

describe('The lock of a service', () => {
  test('is that of the ledger, by whatever path it is reached', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      mkdirSync(join(folder, 'elsewhere'));
      const [link, linked] = [join(folder, 'elsewhere', 'link.db'), join(folder, 'linked')];
      const giveBack = await takeService(file);
      symlinkSync(folder, linked);
      const viaFolder = takeService(join(linked, 'ledger.db'));
      await expect(viaFolder).rejects.toThrow(/another service is running/);
      await makeLedger(file);
      symlinkSync(file, link);
      await expect(takeService(link)).rejects.toThrow(/another service is running/);
      giveBack();
      (await takeService(link))();
    });
  });

  test('is refused in words where the folder is not there', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'none', 'ledger.db');
      await expect(openStore(file, { key, service: true })).rejects.toThrow(
        /the folder of the ledger does not exist/,
      );
    });
  });
});
