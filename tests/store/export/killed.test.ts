import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TrialEvent } from '../../../src/events/event.ts';
import { exportLedger } from '../../../src/store/export/export.ts';
import { openStore } from '../../../src/store/index.ts';
import { impression, nine, trial } from '../fixtures.ts';
import { wordsFor } from '../../words-for.ts';
import { inFolder } from '../place.ts';
import { asExported, ask, eventsIn, exportedEvents, parquet } from './duck.ts';

/** Starts an export in a process of its own and kills it some time after it began. */
async function killedExport(ledger: string, folder: string, delay: number): Promise<string> {
  const script = fileURLToPath(new URL('./exporter.ts', import.meta.url));
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const child = spawn(process.execPath, wordsFor(script, [ledger, folder, '50']), {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  await sleep(delay);
  child.kill('SIGKILL');
  await closed;
  return output;
}

/** The files of rows that stand in an export, in its manifest or not. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('.parquet'));
}

/** Events that come in over four days, one in ten of them late. */
function events(from: number, count: number): readonly TrialEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const id = from + index;
    const late = id % 10 === 0 ? id % 4 : 0;
    const day = 6 + Math.floor((from / 2_000) * 4) - late;
    return impression(id, { at: nine + id, day: `2026-10-${String(day).padStart(2, '0')}` });
  });
}

test('An export that is killed at any moment is gone on with, and then holds each event once', async () => {
  await inFolder(async (place) => {
    const ledger = join(place, 'ledger.db');
    const folder = join(place, 'export');
    await using store = await openStore(ledger);
    await store.register(trial);
    const outputs: string[] = [];
    let appended = 0;
    for (let turn = 0; turn < 15; turn += 1) {
      await store.append(events(appended + 1, 400));
      appended += 400;
      // Growing, so that some are killed at the start, some amid the files, and some at the end.
      outputs.push(await killedExport(ledger, folder, turn * 12));
      if (!(await filesIn(folder)).some((name) => name.startsWith('event'))) continue;
      const [beside] = await ask(
        `SELECT count(*) AS n, count(DISTINCT seq) AS places, count(DISTINCT event_id) AS ids FROM ${parquet(folder, 'event')}`,
      );
      expect([beside?.['places'], beside?.['ids']]).toEqual([beside?.['n'], beside?.['n']]);
    }
    expect(outputs.filter((output) => output === 'begun\n').length).toBeGreaterThan(3);
    const { manifest } = await exportLedger(store, folder, { format: 'parquet', capacity: 50 });
    const held = await eventsIn(store, trial.fingerprint);
    expect(held).toHaveLength(appended);
    expect(await exportedEvents(folder)).toEqual(held.map(asExported));
    expect(
      await ask(`SELECT sum(alerts)::BIGINT AS n FROM ${parquet(folder, 'unit_summary')}`),
    ).toEqual([{ n: appended }]);
    const names = await readdir(folder, { recursive: true });
    expect(await filesIn(folder)).toHaveLength(2 + (manifest.trials[0]?.events.length ?? 0));
    expect(names.filter((name) => /draft|exporting/.test(name))).toEqual([]);
  });
}, 180_000);
