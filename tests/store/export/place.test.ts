import { describe, expect, jest, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { exportLedger } from '../../../src/store/export/export.ts';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore } from '../../../src/store/index.ts';
import { impression, trial } from '../fixtures.ts';
import { inFolder } from '../place.ts';
import { asExported, eventsIn, exportedEvents } from './duck.ts';

// Each file is forced to the disk, which may be slow.
jest.setTimeout(60_000);

const options = { format: 'parquet' } as const;
const here = encodeURIComponent(hostname());

async function ledger(count: number): Promise<Store> {
  const store = memoryStore();
  await store.register(trial);
  await store.append(Array.from({ length: count }, (_, index) => impression(index + 1)));
  return store;
}

describe('Two exports into one folder', () => {
  test('at once: the second is refused, and the first is whole', async () => {
    await inFolder(async (folder) => {
      const store = await ledger(3);
      let began: (() => void) | undefined;
      let goOn: (() => void) | undefined;
      const hasBegun = new Promise<void>((resolve) => (began = resolve));
      const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
      const slow: Store = {
        ...store,
        summaries: async (fingerprint) => {
          began?.();
          await mayGoOn;
          return store.summaries(fingerprint);
        },
      };
      const first = exportLedger(slow, folder, options);
      await hasBegun;
      await expect(exportLedger(store, folder, options)).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringMatching(/another export into .* is running/),
      });
      goOn?.();
      expect(await first).toMatchObject({ events: 3 });
      expect(await exportLedger(store, folder, options)).toMatchObject({ events: 0 });
    });
  });

  test('of which many begin in the same instant: never two go on', async () => {
    await inFolder(async (folder) => {
      const store = await ledger(3);
      let running = 0;
      let most = 0;
      const watched: Store = {
        ...store,
        trials: async () => {
          running += 1;
          most = Math.max(most, running);
          return store.trials();
        },
        unitDays: async (fingerprint) => {
          const rows = await store.unitDays(fingerprint);
          running -= 1;
          return rows;
        },
      };
      for (let turn = 0; turn < 10; turn += 1) {
        await Promise.allSettled(
          Array.from({ length: 4 }, () => exportLedger(watched, folder, options)),
        );
      }
      expect(most).toBeLessThanOrEqual(1);
      await exportLedger(store, folder, options);
      expect(await exportedEvents(folder)).toHaveLength(3);
    });
  });

  test('of which the one was killed: the other goes on, also when its process number is used again', async () => {
    await inFolder(async (folder) => {
      const store = await ledger(3);
      const { pid: dead } = spawnSync(process.execPath, ['--version']);
      await writeFile(join(folder, `.exporting-${dead}-1-ab-${here}`), '');
      if (process.platform === 'linux') {
        await writeFile(join(folder, `.exporting-${process.pid}-1-ab-${here}`), '');
      }
      expect(await exportLedger(store, folder, options)).toMatchObject({ events: 3 });
      const names = await readdir(folder);
      expect(names.filter((name) => name.startsWith('.'))).toEqual([]);
    });
  });

  test('of which the one is on another machine: the other is refused, and told what to remove', async () => {
    await inFolder(async (folder) => {
      const store = await ledger(3);
      const sign = join(folder, '.exporting-1-1-ab-elsewhere');
      await writeFile(sign, '');
      await expect(exportLedger(store, folder, options)).rejects.toThrow(`remove ${sign}`);
      expect(await readdir(folder)).toHaveLength(1);
      await rm(sign);
      expect(await exportLedger(store, folder, options)).toMatchObject({ events: 3 });
    });
  });
});

/** Runs something on a small disk of its own, which only a privileged user can have. */
async function onSmallDisk(run: (place: string) => Promise<void>): Promise<void> {
  await inFolder(async (place) => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place], { stdio: 'ignore' });
    try {
      await run(place);
    } finally {
      execFileSync('umount', ['-l', place]);
    }
  });
}

const canMount = await onSmallDisk(async () => undefined).then(
  () => true,
  () => false,
);

describe('A place that cannot be written', () => {
  (canMount ? test : test.skip)('that is full: says so, and goes on once there is room', () =>
    onSmallDisk(async (place) => {
      const folder = join(place, 'export');
      const store = await ledger(2_000);
      await exportLedger(store, folder, options);
      const ballast = join(place, 'ballast');
      await writeFile(ballast, Buffer.alloc(2_000_000)).catch(() => undefined);
      await store.append(Array.from({ length: 5_000 }, (_, index) => impression(index + 3_000)));
      await expect(exportLedger(store, folder, options)).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringMatching(/no space left .*run it again/),
      });
      expect(await exportedEvents(folder)).toHaveLength(2_000);
      await rm(ballast);
      expect(await exportLedger(store, folder, options)).toMatchObject({ events: 5_000 });
      const held = await eventsIn(store, trial.fingerprint);
      expect(await exportedEvents(folder)).toEqual(held.map(asExported));
    }),
  );

  test('that is a file: says so', async () => {
    await inFolder(async (place) => {
      const folder = join(place, 'export');
      await writeFile(folder, '');
      await expect(exportLedger(await ledger(1), folder, options)).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringContaining('it is no folder'),
      });
    });
  });
});
