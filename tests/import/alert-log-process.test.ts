import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { importAlertLog } from '../../src/import/import-alert-log.ts';
import { memoryStore, openLog, openStore } from '../../src/store/index.ts';
import { inFolder } from '../store/place.ts';
import { trialWith } from '../trials.ts';
import { wordsFor } from '../words-for.ts';
import { csvOf, eventsIn, mapping, row } from './alert-log.ts';
import { put, withExtracts } from './reading.ts';

const key = 'cd'.repeat(32);
const script = fileURLToPath(new URL('./alert-log-child.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const trial = trialWith();

/** Imports in a process of its own, which is killed once it has read so many rows. */
async function importUntil(words: readonly string[], rows: number): Promise<string | null> {
  const child = spawn(process.execPath, wordsFor(script, words), {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (text.split('\n').some((line) => Number(line) >= rows)) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return child.signalCode;
}

describe('An import of an alert log in a process of its own', () => {
  test('that is killed twice and done again gives the ledger of one that was not', async () => {
    const begin = Date.UTC(2026, 9, 6);
    const count = 20_000;
    const rows = Array.from({ length: count }, (_, index) => {
      const at = new Date(begin + index * 90_000).toISOString();
      const status = index % 3 === 0 ? 'Overridden' : 'Viewed';
      return row(index, { shown: `${at.slice(0, 10)} ${at.slice(11, 19)}`, status });
    });
    await withExtracts((folder) =>
      inFolder(async (place) => {
        const file = put(folder, 'killed.csv', csvOf(rows));
        const ledger = join(place, 'ledger.db');
        const words = [file, ledger, key, JSON.stringify(mapping)];
        expect(await importUntil(words, 7_000)).toBe('SIGKILL');
        expect(await importUntil(words, 10_000)).toBe('SIGKILL');

        await using store = await openStore(ledger, { key });
        await using log = await openLog(trial, store);
        const { imported, duplicate } = await importAlertLog(log, file, { mapping });
        expect(imported).toBeGreaterThan(0);
        expect(duplicate).toBeGreaterThan(0);

        await using other = memoryStore({ key });
        await using undisturbed = await openLog(trial, other);
        const whole = await importAlertLog(undisturbed, file, { mapping });
        expect(imported + duplicate).toBe(whole.imported);
        expect(await eventsIn(store, trial.fingerprint)).toEqual(
          await eventsIn(other, trial.fingerprint),
        );
      }),
    );
  }, 30_000);
});
