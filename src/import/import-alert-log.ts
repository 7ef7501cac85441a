import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Subject } from '../allocation/subject.ts';
import { ImportError } from '../errors.ts';
import type { BackfillReceipt, PastFiring } from '../store/log/backfill-port.ts';
import type { TrialLog } from '../store/log/port.ts';
import type { Protocol } from '../trial/protocol.ts';
import { columnsUsed } from './columns-used.ts';
import { checkFits } from './fits.ts';
import type { IdLookups } from './identities.ts';
import { inOrder } from './in-order.ts';
import { joinWith } from './join.ts';
import type { AlertLogMapping } from './mapping.ts';
import { mappingFrom } from './mapping-schema.ts';
import type { ReadRowsOptions } from './rows.ts';
import { readRows } from './rows.ts';
import { showingReader } from './read-showing.ts';
import type { RejectedRow } from './rejects.ts';
import { openRejects } from './rejects.ts';
import type { Showing } from './showing.ts';
import { fileError } from './source.ts';
import type { AlertLogReport } from './tally.ts';
import { tallyOf } from './tally.ts';

/** How far an import is. */
export interface ImportProgress {
  /** The name of the file that is being read. */
  readonly file: string;
  /** Of all files, compressed where they are. */
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly rows: number;
  readonly rejected: number;
}

/** How to import an alert log. */
export interface ImportAlertLogOptions {
  readonly mapping: AlertLogMapping;
  /** The file that the mapping joins. */
  readonly join?: string | undefined;
  /**
   * The ids that alerts are served with, and arms were assigned by, where those of the extract are others. A
   * row with an id that is not found is rejected.
   */
  readonly ids?: IdLookups | undefined;
  /** Where rows that are not loaded are kept as they were; see `openRejects`. Default: they are only counted. */
  readonly rejects?: string | undefined;
  /** Whether a file of rejected rows that is there is replaced; default false. */
  readonly replaceRejects?: boolean | undefined;
  /** Writes nothing, neither to the ledger nor to a file; default false. */
  readonly dryRun?: boolean | undefined;
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How many showings are kept back to put them in order of time. */
const keptBack = { inOrder: 1_000, outOfOrder: 20_000 };
/**
 * Small, because what waits for the ledger outlives a young generation of the heap when it is many rows; and
 * many, because a batch waits for the disk twice.
 */
const batchSize = 250;
/** Batches on their way to the ledger. */
const mostWaiting = 8;

const sizeOf = async (file: string): Promise<number> => {
  try {
    return (await stat(file)).size;
  } catch {
    throw fileError(file, 'is not there');
  }
};

/**
 * The files in the order in which they begin: daily extracts are told day by day, whatever their names.
 */
async function byBeginning(
  files: readonly string[],
  beginning: (file: string) => Promise<number>,
): Promise<readonly string[]> {
  if (files.length === 1) return files;
  const begun = new Map<string, number>();
  for (const file of files) begun.set(file, await beginning(file));
  return [...files].sort((one, other) => (begun.get(one) ?? 0) - (begun.get(other) ?? 0));
}

/**
 * Imports the alert log of a record system: each row that is kept becomes an impression with what
 * became of it, assigned by its subject at its own time. It is a stream: memory does not grow with the
 * extract.
 *
 * What is told again is not written again, whether whole files are, or extracts overlap, or an import
 * that was cut off is begun anew. Where the extract knows which arm was shown and that is another
 * one than was assigned, the assignment stands and a deviation says so. Rows from before or after the
 * trial are dropped.
 *
 * The same showings must not come from an alert log and from the alert service too.
 *
 * @param files one extract, or several of one kind
 * @throws ImportError when the mapping is malformed or does not fit the trial, or a file cannot be read to
 *   its end; what came before has been imported
 * @throws RapidcycleError of the store, when the ledger cannot be written
 */
export async function importAlertLog<P extends Protocol>(
  log: Pick<TrialLog<P>, 'trial' | 'assign' | 'backfill'>,
  files: string | readonly string[],
  options: ImportAlertLogOptions,
): Promise<AlertLogReport> {
  const { dryRun = false, ids = {}, onProgress, signal } = options;
  const list = typeof files === 'string' ? [files] : files;
  if (list.length === 0) throw new ImportError([{ path: 'files', message: 'name at least one' }]);
  const mapping = mappingFrom(options.mapping);
  checkFits(mapping, log.trial);
  if ((mapping.join === undefined) !== (options.join === undefined)) {
    const message =
      mapping.join === undefined
        ? 'the mapping joins no file: leave it out'
        : `the mapping joins a second file by its ${mapping.join.key}: name it`;
    throw new ImportError([{ path: 'join', message }]);
  }
  const sizes = await Promise.all(list.map(sizeOf));
  const bytesTotal = sizes.reduce((total, size) => total + size, 0);

  const rejects =
    options.rejects === undefined || dryRun
      ? undefined
      : await openRejects(options.rejects, { replace: options.replaceRejects });
  const tally = tallyOf(log.trial);
  const reject = (rejected: RejectedRow, file: string): void => {
    tally.reject(rejected, basename(file));
    rejects?.add(rejected, basename(file));
  };
  const read = showingReader(mapping, {
    startsAt: log.trial.startsAt,
    endsAt: log.trial.endsAt,
    ids,
  });
  const ordered = inOrder(keptBack);
  const backfill = dryRun ? undefined : log.backfill();
  const waiting: Promise<void>[] = [];

  const reading = (onReject: ReadRowsOptions['onReject']): ReadRowsOptions => ({
    format: mapping.format,
    delimiter: mapping.delimiter,
    columns: columnsUsed(mapping).extract,
    onReject,
    signal,
  });

  const firingOf = ({
    key,
    at,
    written,
    stage,
    alert,
    answers,
    subject,
    arm,
  }: Showing): PastFiring<P> => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a missing unit is what `unit-missing` is about
    const assignment = log.assign(subject as unknown as Subject<P['unit']>, { at });
    const deviations: string[] = [];
    if (arm !== undefined && arm !== assignment.arm) deviations.push('other-arm-shown');
    else if (assignment.silent && stage !== 'silent') deviations.push('silent-arm-shown');
    return { key, assignment, at, written, stage, alert, answers, deviations };
  };

  const settle = (showings: readonly Showing[], receipt: BackfillReceipt): void => {
    tally.settle(receipt);
    for (const [place, error] of receipt.rejected) {
      const showing = showings[place];
      if (showing === undefined) continue;
      const { row, file } = showing;
      const reason = error.problems[0]?.message ?? error.message;
      reject({ line: row.line, reason, row: row.fields }, file);
    }
  };
  const tell = async (showings: readonly Showing[]): Promise<void> => {
    for (let from = 0; from < showings.length; from += batchSize) {
      signal?.throwIfAborted();
      const batch = showings.slice(from, from + batchSize);
      const firings = batch.map(firingOf);
      tally.assign(firings);
      if (backfill === undefined) continue;
      const settled = backfill.add(firings).then((receipt) => settle(batch, receipt));
      // It is awaited further down, and may fail before.
      settled.catch(() => undefined);
      waiting.push(settled);
      if (waiting.length >= mostWaiting) await waiting.shift();
    }
  };

  const readFile = async (file: string, before: number): Promise<void> => {
    const reader = readRows(
      file,
      reading((rejected) => reject(rejected, file)),
    );
    for await (const rows of reader) {
      for (const row of rows) {
        const whole = join(row);
        const result = whole === undefined ? notJoined : read(whole, file);
        if ('drop' in result) tally.drop(result.drop);
        else if ('reason' in result) reject({ line: row.line, ...result, row: row.fields }, file);
        else {
          const contradicted = ordered.add(result.showing);
          if (contradicted !== undefined) {
            const reason = `another row of the same showing tells another ${contradicted}`;
            reject({ line: row.line, reason, row: row.fields }, file);
          }
        }
      }
      tally.read(rows.length);
      if (ordered.isFull) await tell(ordered.take(false));
      await rejects?.drained();
      const bytesRead = before + reader.bytesRead;
      onProgress?.({ file: basename(file), bytesRead, bytesTotal, ...tally.progress });
    }
  };
  const beginning = async (file: string): Promise<number> => {
    const reader = readRows(
      file,
      reading(() => undefined),
    );
    for await (const rows of reader) {
      for (const row of rows) {
        const whole = join(row);
        const result = whole === undefined ? notJoined : read(whole, file);
        if ('showing' in result) return result.showing.at;
      }
    }
    return Infinity;
  };

  let join: Awaited<ReturnType<typeof joinWith>> = (row) => row;
  try {
    const { join: other } = options;
    if (other !== undefined) {
      join = await joinWith(other, mapping, {
        onReject: (rejected) => reject(rejected, other),
        signal,
      });
    }
    let before = 0;
    for (const file of await byBeginning(list, beginning)) {
      await readFile(file, before);
      before += await sizeOf(file);
    }
    await tell(ordered.take(true));
    await Promise.all(waiting);
    await rejects?.close();
  } catch (cause) {
    // What is on its way has been told, so it is waited for; that it may fail too says nothing new.
    await Promise.allSettled(waiting);
    await rejects?.abandon();
    throw cause;
  }
  return tally.report(ordered);
}

const notJoined = { drop: 'not in the joined file' } as const;
