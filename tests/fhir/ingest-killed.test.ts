import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { fhirSource } from '../../src/fhir/index.ts';
import { ingest } from '../../src/fhir/record/ingest.ts';
import { influenzaTrial } from '../../src/simulate/index.ts';
import { openLog, openStore } from '../../src/store/index.ts';
import { planted } from '../planted.ts';
import { inFolder } from '../store/place.ts';
import { contentOf, cutOff, everything, fireFor, key, recordOf } from './ingest-fixtures.ts';
import { recordServer } from './record-server.ts';
import { wordsFor } from '../words-for.ts';

const script = fileURLToPath(new URL('./ingester.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs an ingestion, and kills it after so many patients. */
async function run(words: readonly string[], patients = Infinity): Promise<string> {
  const child = spawn(process.execPath, wordsFor(script, words), {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (output.length >= patients) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return output;
}

test('An ingestion that is killed again and again goes on, and ends with the ledger of an undisturbed one', async () => {
  await inFolder(async (folder) => {
    const ids = Array.from({ length: 150 }, (_, index) => planted('mrn', index));
    await using server = await recordServer(recordOf(ids), { pageSize: 50 });
    const place = (name: string): string => join(folder, name);
    for (const name of ['killed.db', 'whole.db']) {
      await using store = await openStore(place(name), { key });
      await fireFor(ids, store);
    }
    const killed = [place('killed.db'), place('killed.db.checkpoint'), server.url];
    await run(killed, 37);
    // 100 patients later a first part was taken down, and another one is under way.
    await run(killed, 117);
    expect(existsSync(place('killed.db.checkpoint'))).toBe(true);
    const known = await readFile(place('killed.db.checkpoint'), 'utf8');
    expect(known.trimEnd().split('\n')).toHaveLength(2);
    expect(known).not.toContain('planted');
    server.heard.length = 0;
    const counts = JSON.parse((await run(killed)).trim().split('\n').at(-1) ?? '');
    // Of the patients of the first part nothing was asked again.
    expect(server.heard.filter((asked) => asked.startsWith('/Encounter'))).toHaveLength(50);
    expect(existsSync(place('killed.db.checkpoint'))).toBe(false);
    expect(counts).toMatchObject({ patients: 150, resumed: 100, eligible: 150 });
    expect(counts.days.durable + counts.days.duplicate).toBe(450);
    expect(counts.orders.durable + counts.orders.duplicate).toBe(150);
    const { units } = counts.orders;
    expect(units).toHaveLength(150);

    await using left = await openStore(place('killed.db'), { key });
    await using right = await openStore(place('whole.db'), { key });
    await using log = await openLog(influenzaTrial, right, { now: () => cutOff });
    const source = fhirSource({ baseUrl: server.url });
    const undisturbed = await ingest(log, source, everything(right));
    expect(undisturbed.days).toMatchObject({ durable: 450, duplicate: 0 });
    expect(undisturbed.skipped).toEqual(counts.skipped);
    const content = await contentOf(left);
    expect(content).toHaveLength(150 + 450 + 150);
    expect(content).toEqual(await contentOf(right));
  });
}, 120_000);
