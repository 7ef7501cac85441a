import { describe, expect, test } from '@jest/globals';
import { appendFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrialEvent } from '../../../src/events/event.ts';
import { exportLedger } from '../../../src/store/export/export.ts';
import type { Store } from '../../../src/store/index.ts';
import { memoryStore } from '../../../src/store/index.ts';
import type { Trial } from '../../../src/trial/trial.ts';
import { changed, impression, trial, uuid } from '../fixtures.ts';
import { inFolder } from '../place.ts';
import { linesIn, linesOf } from './lines.ts';

describe('A folder that holds something else is refused', () => {
  const rows = [impression(1), impression(2), impression(3)];

  async function begun(
    run: (folder: string, options: { readonly format: 'ndjson' }, store: Store) => Promise<void>,
  ): Promise<void> {
    await inFolder(async (folder) => {
      await using store = memoryStore({ key: 'ab'.repeat(32) });
      await store.register(trial);
      await store.append(rows);
      await store.seal(trial.fingerprint);
      await exportLedger(store, folder, { format: 'ndjson' });
      await run(folder, { format: 'ndjson' }, store);
      expect(await linesIn(folder)).toEqual(await linesOf(store, trial.fingerprint));
    });
  }
  async function other(
    key: string,
    {
      protocol = trial,
      events = rows,
      sealed = true,
    }: {
      readonly protocol?: Trial;
      readonly events?: readonly TrialEvent[];
      readonly sealed?: boolean;
    },
  ): Promise<Store> {
    const store = memoryStore({ key: key.repeat(32) });
    await store.register(protocol);
    await store.append(events.map((event) => ({ ...event, trial: protocol.fingerprint })));
    if (sealed) await store.seal(protocol.fingerprint);
    return store;
  }

  test('an export of a ledger with another key', async () => {
    await begun(async (folder, options) => {
      await expect(exportLedger(await other('cd', {}), folder, options)).rejects.toMatchObject({
        code: 'ERR_STORE_UNUSABLE',
        message: expect.stringMatching(/another key.*new folder/),
      });
    });
  });

  test('an export of another protocol of the same round', async () => {
    await begun(async (folder, options) => {
      const store = await other('ab', { protocol: changed({ title: 'Another title' }) });
      await expect(exportLedger(store, folder, options)).rejects.toThrow(
        /protocol of trial influenza, round 1/,
      );
    });
  });

  test('an export of events that say something else, or are not there any more', async () => {
    await begun(async (folder, options) => {
      const fewer = await other('ab', { events: rows.slice(0, 2), sealed: false });
      await expect(exportLedger(fewer, folder, options)).rejects.toThrow(/segment 1 of the chain/);
      const altered = [...rows.slice(0, 2), impression(3, { arm: 'redesign' })];
      const changedLast = await other('ab', { events: altered });
      await expect(exportLedger(changedLast, folder, options)).rejects.toThrow(
        /segment 1 of the chain/,
      );
    });
  });

  test('an export of other events, in a ledger without a seal', async () => {
    await inFolder(async (folder) => {
      const options = { format: 'ndjson' } as const;
      await exportLedger(await other('ab', { sealed: false }), folder, options);
      for (const events of [
        rows.slice(0, 2),
        [...rows.slice(0, 2), impression(3, { arm: 'redesign' })],
      ]) {
        const store = await other('ab', { events, sealed: false });
        await expect(exportLedger(store, folder, options)).rejects.toThrow(
          /event at place 3 of trial influenza, round 1/,
        );
      }
    });
  });

  test('an export in another format', async () => {
    await begun(async (folder, _, store) => {
      await expect(exportLedger(store, folder, { format: 'parquet' })).rejects.toThrow(
        /holds an export as ndjson/,
      );
    });
  });

  test('an export of which a file is gone or was changed', async () => {
    await inFolder(async (folder) => {
      await using store = memoryStore();
      await store.register(trial);
      await store.append(rows);
      const { manifest } = await exportLedger(store, folder, { format: 'ndjson' });
      const file = join(folder, manifest.trials[0]?.events[0]?.path ?? '');
      await appendFile(file, '{}\n');
      await expect(exportLedger(store, folder, { format: 'ndjson' })).rejects.toThrow(
        /was changed/,
      );
      await rm(file);
      await expect(exportLedger(store, folder, { format: 'ndjson' })).rejects.toThrow(/is gone/);
    });
  });

  test('files of others, a manifest that is torn, and one that a newer version wrote', async () => {
    await inFolder(async (folder) => {
      await using store = memoryStore();
      const attempt = (): Promise<unknown> => exportLedger(store, folder, { format: 'ndjson' });
      await writeFile(join(folder, 'thesis.txt'), uuid(1));
      await expect(attempt()).rejects.toThrow(/holds files, but no manifest/);
      await writeFile(join(folder, 'manifest.json'), '{"form":');
      await expect(attempt()).rejects.toThrow(/damaged/);
      await writeFile(join(folder, 'manifest.json'), '{"form": "rapidcycle-export/2"}');
      await expect(attempt()).rejects.toThrow(/not a manifest that this version writes/);
      expect((await readdir(folder)).sort()).toEqual(['manifest.json', 'thesis.txt']);
    });
  });
});
