import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { wordsFor } from '../words-for.ts';
import { importStays } from '../../src/import/tables/index.ts';
import type { Store } from '../../src/store/index.ts';
import { memoryStore, openLog, openStore } from '../../src/store/index.ts';
import { planted } from '../planted.ts';
import { inFolder } from '../store/place.ts';
import { extractFolder } from './tables-files.ts';
import { stayImport, trial } from './tables-import.ts';

const key = 'cd'.repeat(32);
const script = fileURLToPath(new URL('./tables-child.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs an import in a process of its own, and kills it when it prints what is asked for. */
async function run(
  words: readonly string[],
  { limits = [], killAt }: { readonly limits?: readonly string[]; readonly killAt?: RegExp },
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [...limits, ...wordsFor(script, words)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (killAt?.test(output) === true) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return { code: child.exitCode, output };
}

describe('An import of stays in a process of its own', () => {
  const folder = extractFolder();

  const sumsOf = async (store: Store): Promise<readonly object[]> =>
    (await store.summaries(trial.fingerprint)).toSorted((a, b) => (a.unitId < b.unitId ? -1 : 1));

  test('that is killed gives the same ledger when it is run again', async () => {
    const rows = Array.from({ length: 700 }, (_, index) => {
      const hour = String(index % 24).padStart(2, '0');
      return `${planted('mrn', index)},2026-10-07T${hour}:00,2026-10-08T12:00,IP`;
    });
    const table = folder.write('killed.csv', ['mrn,in,out,class', ...rows].join('\n'));
    await inFolder(async (place) => {
      const ledger = join(place, 'ledger.db');
      expect((await run([table, ledger], { killAt: /recording 500/ })).code).toBeNull();
      await using store = await openStore(ledger, { key });
      await using log = await openLog(trial, store, { now: () => Date.UTC(2026, 11, 1) });
      const options = { ...stayImport, ledger: store };
      const { durable, duplicate, failed, withdrawn } = await importStays(log, table, options);
      expect(durable + duplicate).toBe(1_400);
      expect(duplicate).toBeGreaterThan(0);
      expect([failed, withdrawn]).toEqual([0, 0]);

      await using other = memoryStore({ key });
      await using undisturbed = await openLog(trial, other, { now: () => Date.UTC(2026, 11, 1) });
      await importStays(undisturbed, table, stayImport);
      expect(await sumsOf(store)).toEqual(await sumsOf(other));
    });
  }, 30_000);

  test('reads 100,000 rows that are more than its memory', async () => {
    // 100 MB of rows for a heap of 88 MB.
    const rows = Array.from(
      { length: 100_000 },
      (_, index) => `${planted('mrn', index).padEnd(1_000, '.')},2026-10-07T12:00,,AV`,
    );
    const table = folder.write('large.csv', ['mrn,in,out,class', ...rows].join('\n'));
    const { code, output } = await run([table], { limits: ['--max-old-space-size=88'] });
    expect(code).toBe(0);
    expect(JSON.parse(output.trim().split('\n').at(-1) ?? '')).toMatchObject({
      rows: 100_000,
      leftOut: { 'class is another': 100_000 },
      patients: 0,
      patientDays: 0,
    });
  }, 30_000);
});
