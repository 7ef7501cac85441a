import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { TrialEvent } from '../../../src/events/event.ts';
import type { Ledgers } from './place.ts';
import { print, quantile } from './print.ts';
import { eventsOf, take, trialOf } from './workload.ts';

const rounds = 5;

setFlagsFromString('--expose-gc');
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the flag exposes
const collectGarbage = runInNewContext('gc') as () => void;

/** Processor time of the whole process, the writer's thread included, in microseconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function costOf(
  batches: readonly (readonly TrialEvent[])[],
  append: (events: readonly TrialEvent[]) => Promise<unknown> | void,
): Promise<number> {
  // What was made to be appended is not collected at the cost of whoever comes first.
  collectGarbage();
  const before = processorTime();
  for (const batch of batches) await append(batch);
  return (processorTime() - before) / batches.reduce((events, batch) => events + batch.length, 0);
}

/** Appends lines of JSON to a file and forces them to the disk, until all is written. */
function appendLines(file: number, events: readonly TrialEvent[]): void {
  const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''), 'utf8');
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
  fdatasyncSync(file);
}

/** The processor time of a durable append beside that of raw lines of JSON in equal batches. */
export async function measureAppends(
  ledgers: Ledgers,
  { folder, events }: { readonly folder: string; readonly events: number },
): Promise<void> {
  const trial = trialOf('patient');
  await using store = await ledgers.begin();
  await store.register(trial);
  const file = openSync(join(folder, 'raw.ndjson'), 'a');
  const source = eventsOf(trial, { events: Number.MAX_SAFE_INTEGER, unit: 'patient' });
  // Before it is measured, everything has run for a while.
  for (let warm = 0; warm < 20; warm += 1) {
    const batch = take(source, 500);
    await store.append(batch);
    appendLines(file, batch);
  }
  for (const size of [1, 100, 1_000]) {
    const count = Math.max(
      4,
      Math.min(size === 1 ? 400 : 1_000, Math.ceil(events / size / rounds)),
    );
    const kept: number[] = [];
    const raw: number[] = [];
    // In turn, so that a change of the machine's speed meets both.
    for (let round = 0; round < rounds; round += 1) {
      const batches = Array.from({ length: count }, () => take(source, size));
      kept.push(await costOf(batches, (batch) => store.append(batch)));
      raw.push(await costOf(batches, (batch) => appendLines(file, batch)));
    }
    const ratio = quantile(
      kept.map((cost, round) => cost / (raw[round] ?? Number.NaN)),
      0.5,
    );
    const micro = (values: readonly number[]): string => quantile(values, 0.5).toFixed(1);
    print(
      `${ledgers.name}: durable append in batches of ${size}`,
      `${ratio.toFixed(2)} × the processor of NDJSON with fsync: ${micro(kept)} and ${micro(raw)} µs an event`,
      { target: 'at most 3 ×', met: ratio <= 3 },
    );
  }
  closeSync(file);
}
