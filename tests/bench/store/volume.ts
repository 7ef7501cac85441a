import { isDeepStrictEqual } from 'node:util';
import type { TrialEvent } from '../../../src/events/event.ts';
import type { Store } from '../../../src/store/index.ts';
import type { Copy } from './parquet.ts';
import { copyIn, totalsOf } from './parquet.ts';
import type { Ledgers } from './place.ts';
import { milliseconds, print, quantile } from './print.ts';
import type { Unit } from './workload.ts';
import { eventsOf, take, trialOf } from './workload.ts';

const batch = 1_000;
/** Appends that are under way at once. */
const ahead = 4;
const repeats = 7;

const targets: Readonly<Record<Unit, number>> = { practice: 50, patient: 300 };

interface Volume {
  readonly unit: Unit;
  readonly events: number;
  readonly folder: string;
}

const residentSize = (): number => process.memoryUsage.rss() / 2 ** 20;

async function fill(store: Store, copy: Copy, { unit, events }: Volume): Promise<string> {
  const source = eventsOf(trialOf(unit), { events, unit });
  const append = async (some: readonly TrialEvent[]): Promise<void> => {
    const { accepted } = await store.append(some);
    if (accepted !== some.length) throw new Error('the ledger is not a new one');
  };
  const sizes: string[] = [];
  const marks = [0.1, 0.5, 1].map((share) => Math.round(share * events));
  const pending: Promise<unknown>[] = [];
  let sent = 0;
  for (;;) {
    const taken = take(source, batch);
    if (taken.length === 0) break;
    copy.add(taken);
    pending.push(append(taken));
    if (pending.length >= ahead) await pending.shift();
    sent += taken.length;
    if (marks[0] !== undefined && sent >= marks[0]) {
      await Promise.all(pending.splice(0));
      sizes.push(residentSize().toFixed(0));
      marks.shift();
    }
  }
  await Promise.all(pending);
  return sizes.join(', ');
}

async function timesOf(ask: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const before = performance.now();
    await ask();
    times.push(performance.now() - before);
  }
  return quantile(times, 0.5);
}

/**
 * Fills a ledger, and prints how fast it went in and how large the process was meanwhile; then how long
 * the two metrics take from the sums, and from Parquet by DuckDB.
 */
export async function measureVolume(ledgers: Ledgers, volume: Volume): Promise<void> {
  const { unit, events, folder } = volume;
  const trial = trialOf(unit);
  const name = `${ledgers.name}: ${events.toLocaleString('en-GB')} events by ${unit}`;
  await using store = await ledgers.begin();
  await store.register(trial);
  const copy = copyIn(folder, `${ledgers.name}-${unit}`);
  const start = performance.now();
  const sizes = await fill(store, copy, volume);
  const filled = performance.now();
  print(
    `${name}, going in`,
    `${Math.round((events / (filled - start)) * 1_000).toLocaleString('en-GB')} a second, with a copy for DuckDB`,
  );
  print(`${name}, resident size`, `${sizes} MB after 10, 50 and 100 % (meant to be flat)`);
  await store.summaries(trial.fingerprint);
  print(`${name}, folded at once`, `${((performance.now() - filled) / 1_000).toFixed(1)} s`);
  const kept = await timesOf(() => store.summaries(trial.fingerprint));
  print(`${name}, two metrics from the sums`, milliseconds(kept), {
    target: `under ${targets[unit]} ms`,
    met: kept < targets[unit],
  });
  const duckDb = await copy.finish();
  const other = await timesOf(duckDb.ask);
  print(`${name}, two metrics by DuckDB on Parquet`, milliseconds(other));
  const totals = totalsOf(await store.summaries(trial.fingerprint));
  const others = await duckDb.ask();
  duckDb.close();
  if (!isDeepStrictEqual(totals, others)) {
    throw new Error(`${name}: ${JSON.stringify(totals)} and ${JSON.stringify(others)} differ`);
  }
}
