import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ProtocolMismatchError, StoreUnusableError } from '../../errors.ts';
import type { RegisteredTrial, Store } from '../port.ts';
import { checkContinues, checkKey } from './continues.ts';
import { exportFailure } from './durable.ts';
import { exportEvents } from './events.ts';
import { lockFolder } from './lock.ts';
import type { ExportedTrial, ExportManifest } from './manifest.ts';
import { readManifest, writeManifest } from './manifest.ts';
import type { ExportOptions } from './options.ts';
import { checkOptions, exportTables } from './options.ts';
import type { Run } from './run.ts';
import { checkEmpty, tidy } from './standing.ts';
import { exportSummaries, exportUnitDays } from './sums.ts';

/** What an export has done. */
export interface ExportReceipt {
  /** Events that were not exported before. */
  readonly events: number;
  /** What the folder now holds. */
  readonly manifest: ExportManifest;
}

function isSameRound(
  left: Pick<RegisteredTrial, 'id' | 'round'>,
  right: Pick<RegisteredTrial, 'id' | 'round'>,
): boolean {
  return left.id === right.id && left.round === right.round;
}

async function chosen(
  store: Store,
  fingerprints: readonly string[] | undefined,
): Promise<readonly RegisteredTrial[]> {
  const trials = await store.trials();
  if (fingerprints === undefined) return trials;
  const known = new Set(trials.map(({ fingerprint }) => fingerprint));
  if (!fingerprints.every((fingerprint) => known.has(fingerprint))) {
    throw new ProtocolMismatchError('no trial with this fingerprint is registered in the ledger');
  }
  return trials.filter(({ fingerprint }) => fingerprints.includes(fingerprint));
}

/** What the folder holds, or the beginning of an export in an empty one. */
async function beginning(
  folder: string,
  { format, keyCheck }: Pick<ExportManifest, 'format' | 'keyCheck'>,
): Promise<ExportManifest> {
  const manifest = await readManifest(folder);
  if (manifest === undefined) {
    await checkEmpty(folder);
    return { form: 'rapidcycle-export/1', format, keyCheck, trials: [] };
  }
  if (manifest.format !== format) {
    throw new StoreUnusableError(
      `${folder} holds an export as ${manifest.format}: go on with that format, or export into a new folder`,
    );
  }
  checkKey(manifest, keyCheck);
  await tidy(folder, manifest);
  return { ...manifest, keyCheck };
}

/** What the chain of a trial says of its export. */
async function chainOf(
  store: Store,
  { fingerprint, through, retiredAt, events }: ExportedTrial,
): Promise<Pick<ExportedTrial, 'sealed' | 'missing'>> {
  const segments = await store.segments(fingerprint);
  const segment = segments.findLast(({ last }) => last <= through);
  const held = segments.reduce((sum, each) => sum + each.events, 0);
  const exported = events.reduce((sum, { rows }) => sum + rows, 0);
  return {
    sealed:
      segment === undefined
        ? null
        : { number: segment.number, last: segment.last, head: segment.head },
    missing: retiredAt === null ? 0 : Math.max(0, held - exported),
  };
}

async function exportTrial(
  run: Run,
  begun: ExportedTrial,
  what: ExportOptions['what'] = exportTables,
): Promise<void> {
  let trial = begun;
  if (what.includes('events')) trial = await exportEvents(run, trial);
  trial = { ...trial, ...(await chainOf(run.store, trial)) };
  if (what.includes('summaries')) {
    trial = { ...trial, summaries: await exportSummaries(run, trial) };
  }
  if (what.includes('unit-days')) {
    trial = { ...trial, unitDays: await exportUnitDays(run, trial) };
  }
  await run.keep(trial);
}

function compareRounds(left: ExportedTrial, right: ExportedTrial): number {
  return left.id < right.id ? -1 : left.id > right.id ? 1 : left.round - right.round;
}

function eventsIn(trials: readonly ExportedTrial[]): number {
  return trials.flatMap(({ events }) => events).reduce((sum, { rows }) => sum + rows, 0);
}

async function eventsOf(store: Store, trials: ReadonlySet<string>): Promise<number> {
  const statistics = await store.statistics();
  return statistics.trials
    .filter(({ fingerprint }) => trials.has(fingerprint))
    .reduce((sum, { events }) => sum + events, 0);
}

/** What is exported of a trial already; nothing yet, of a new one. */
async function begunOf(
  store: Store,
  registered: RegisteredTrial,
  { trials }: ExportManifest,
): Promise<ExportedTrial> {
  const exported = trials.find((trial) => isSameRound(trial, registered));
  if (exported !== undefined) await checkContinues(store, { registered, exported });
  return {
    through: 0,
    witness: null,
    sealed: null,
    missing: 0,
    events: [],
    summaries: null,
    unitDays: null,
    ...exported,
    ...registered,
  };
}

async function exportInto(
  store: Store,
  folder: string,
  { format, trials, what, capacity = 50_000, onProgress }: ExportOptions,
): Promise<ExportReceipt> {
  const registered = await chosen(store, trials);
  const keyCheck = (await store.keyCheck()) ?? null;
  let manifest = await beginning(folder, { format, keyCheck });
  const before = eventsIn(manifest.trials);
  const begun: ExportedTrial[] = [];
  for (const trial of registered) begun.push(await begunOf(store, trial, manifest));
  const meant = new Set(registered.map(({ fingerprint }) => fingerprint));
  const total = onProgress === undefined ? 0 : await eventsOf(store, meant);
  // Before the first file, so that whatever a killed process leaves is known to be an export's.
  await writeManifest(folder, manifest);
  const keep: Run['keep'] = async (trial) => {
    const others = manifest.trials.filter((other) => !isSameRound(other, trial));
    manifest = { ...manifest, trials: [...others, trial].sort(compareRounds) };
    await writeManifest(folder, manifest);
    const done = eventsIn(manifest.trials.filter(({ fingerprint }) => meant.has(fingerprint)));
    onProgress?.({ done, total });
  };
  const run: Run = { store, folder, format, capacity, keep };
  for (const trial of begun) await exportTrial(run, trial, what);
  return { events: eventsIn(manifest.trials) - before, manifest };
}

/**
 * Exports trials of a ledger into a folder, as files that DuckDB, Spark, Trino and ClickHouse read as
 * partitions by trial, round and day:
 *
 * - `event/trial=<id>/round=<n>/event_day=<day>/part-<first place>.<format>`
 * - `unit_summary/trial=<id>/round=<n>/part.<format>`
 * - `unit_day/trial=<id>/round=<n>/part.<format>`
 * - `manifest.json`: what these files hold
 *
 * Parquet has the columns of the ledger, without `event_day`, which the path gives, and with the trial's
 * fingerprint as `fingerprint`; instants and durations are milliseconds. NDJSON has an event a line, with
 * its `sequence`.
 *
 * It takes the events up to the place at which the ledger is when the export of a trial begins. A second
 * run into the folder adds those that are new, and replaces the sums; so does a run after one that was
 * cut off anywhere. It holds few events in memory, whatever their number, but makes files on the calling
 * thread: run it in another process than the alert service's.
 *
 * @param folder a new or empty one, or that of an export before
 * @throws RangeError when an option is malformed
 * @throws ProtocolMismatchError when a trial is not in the ledger
 * @throws StoreUnusableError when another export is running there; when the folder holds something else, or
 *   an export of another ledger; when it cannot be written
 */
export async function exportLedger(
  store: Store,
  folder: string,
  options: ExportOptions,
): Promise<ExportReceipt> {
  checkOptions(options);
  const place = resolve(folder);
  try {
    await mkdir(place, { recursive: true });
    const release = await lockFolder(place);
    try {
      return await exportInto(store, place, options);
    } finally {
      await release();
    }
  } catch (error) {
    throw exportFailure(place, error);
  }
}
