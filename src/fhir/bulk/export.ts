import { FhirError } from '../../errors.ts';
import { lockFolder } from '../../store/export/lock.ts';
import { addressOf, pathOf } from '../wire/address.ts';
import type { ConnectionOptions } from '../wire/connection.ts';
import { connection } from '../wire/connection.ts';
import { fetchFiles } from './fetch-files.ts';
import { takeFolder, tidy } from './folder.ts';
import { kickOff } from './kick-off.ts';
import type { BulkManifest } from './manifest.ts';
import type { BulkQuestion } from './request.ts';
import { requestOf } from './request.ts';
import { standingOf } from './standing.ts';
import type { BulkFile, BulkRun, BulkState, OpenRun } from './state.ts';
import { writeState } from './state.ts';
import { waitForExport } from './wait.ts';

/** How far an export has come. */
export interface BulkProgress {
  /** Waiting for the server to prepare it, or fetching its files. */
  readonly phase: 'waiting' | 'fetching';
  /** What the server says of its progress, if anything. */
  readonly said: string | undefined;
  /** Files that are on the disk, and files that there are, once that is known. */
  readonly done: number;
  readonly total: number | undefined;
  /** Bytes fetched in this run. */
  readonly bytes: number;
}

export interface BulkExportOptions extends ConnectionOptions, BulkQuestion {
  /** Base URL of the FHIR server, such as `https://ehr.example/fhir/r4`. */
  readonly baseUrl: string;
  /**
   * Where the files go. It will hold identifiers of patients: it is made for its owner alone (mode 0700),
   * and refused when everybody may look into it.
   */
  readonly folder: string;
  /** Asks for everything anew although there is an export of it, or another is unfinished. */
  readonly again?: boolean | undefined;
  /** Other origins from which files may be fetched, always without the token; default none. */
  readonly fileOrigins?: readonly string[] | undefined;
  /** Milliseconds that the server may take to prepare the export; default a day. */
  readonly maxWait?: number | undefined;
  /** Bytes of one file, unpacked, above which it is refused; default 16 GiB. */
  readonly maxFileBytes?: number | undefined;
  readonly onProgress?: ((progress: BulkProgress) => void) | undefined;
}

/** An export that is whole. */
export interface BulkExport {
  readonly folder: string;
  /** The instant of the server as of which it is: the cut-off of everything that is counted from it. */
  readonly transactionTime: string;
  /** All files, those of earlier exports among them that it adds to. */
  readonly files: readonly BulkFile[];
  /** What the server could not export: lines of files of OperationOutcomes. */
  readonly errors: number;
}

function exported(folder: string, runs: readonly BulkRun[]): BulkExport {
  const files = runs.flatMap((run) => run.files);
  const errors = (runs.at(-1)?.files ?? []).filter(({ kind }) => kind === 'error');
  return {
    folder,
    transactionTime: runs.at(-1)?.transactionTime ?? '',
    files,
    errors: errors.reduce((sum, { lines }) => sum + lines, 0),
  };
}

/**
 * Exports in bulk what a FHIR server knows, as files of NDJSON in a folder.
 *
 * Each file is checked line by line as it comes, and has its name only when it is whole and on the disk.
 * `export.json` keeps how far the export is: one that was interrupted, however, goes on where it stopped
 * when it is run again with the same options; one that is whole is not asked for again, but for
 * `since: 'last'`, which adds what changed since, and `again`.
 *
 * @throws FhirError when the server cannot be used, the folder cannot, or something else is in it
 * @throws StoreUnusableError when another export into the folder is running
 * @throws RangeError when a limit is malformed
 * @see https://hl7.org/fhir/uv/bulkdata/export.html
 */
export async function bulkExport(options: BulkExportOptions): Promise<BulkExport> {
  const { folder, allowHttp = false, again = false, logger, now = Date.now } = options;
  const { maxWait = 86_400_000, maxFileBytes = 2 ** 34, fileOrigins = [], onProgress } = options;
  const base = addressOf(options.baseUrl, { what: 'baseUrl', allowHttp });
  const baseUrl = `${base.origin}${pathOf(base)}`;
  const wire = connection(options);
  // A server that prepares exports may ask to be left alone for longer than one that answers searches.
  const longestWait = Math.max(options.longestWait ?? 0, 3_600_000);
  const patient = connection({ ...options, longestWait });
  const once = connection({ ...options, tries: 1 });

  await takeFolder(folder);
  const release = await lockFolder(folder);
  try {
    let state = await takeFolder(folder);
    const keep = async (next: BulkState): Promise<void> => {
      await writeState(folder, next);
      state = next;
    };
    const isAdded = options.since === 'last' && !again;
    const request = requestOf(baseUrl, options, again ? [] : state.runs);
    const standing = standingOf(state, request, { folder, again, isAdded });
    if (standing === 'whole') return exported(folder, state.runs);

    /** What stands in the folder may be of another server, to which the token of this one must not go. */
    const isHere = ({ statusUrl }: OpenRun): boolean =>
      URL.canParse(statusUrl) && new URL(statusUrl).origin === base.origin;
    /** Tells the server that an export is wanted no more. That it does not hear it is no harm. */
    const forget = async (open: OpenRun | null): Promise<void> => {
      if (open === null || !isHere(open)) return;
      const call = { what: 'bulk export', url: open.statusUrl, method: 'DELETE' };
      await once
        .send(call, () => ({ value: true }))
        .catch(() => logger?.warn('the FHIR server could not be told that an export is over'));
    };
    const begin = async (): Promise<void> => {
      const statusUrl = await kickOff(patient, request);
      await keep({ ...state, open: { request, statusUrl, transactionTime: null, files: [] } });
    };
    const ready = async (): Promise<BulkManifest | undefined> =>
      waitForExport(state.open?.statusUrl ?? '', {
        wire: patient,
        maxWait,
        now,
        onWait: (said) =>
          onProgress?.({ phase: 'waiting', said, done: 0, total: undefined, bytes: 0 }),
      });

    if (standing === 'unfinished' && state.open !== null && !isHere(state.open)) {
      throw new FhirError(
        `${folder} names a status of the export on another server: it is not asked there. Begin anew with again: true`,
      );
    }
    if (standing === 'not begun') {
      await forget(state.open);
      await begin();
    }
    await tidy(folder, state);
    let manifest = await ready();
    if (manifest === undefined && standing === 'unfinished') {
      logger?.info('the FHIR server does not know the export any more: it is asked for anew');
      await begin();
      manifest = await ready();
    }
    if (manifest === undefined) {
      throw new FhirError('bulk export: the FHIR server does not know the export that it took on');
    }
    const { transactionTime, files: offered } = manifest;
    const fetched = await fetchFiles(manifest, {
      wire,
      folder,
      places: { base, fileOrigins, allowHttp },
      maxBytes: maxFileBytes,
      state,
      keep,
      renew: ready,
      onProgress: (done, bytes) =>
        onProgress?.({
          phase: 'fetching',
          said: undefined,
          done,
          total: offered.length,
          bytes,
        }),
    });
    const files = (fetched.open?.files ?? []).filter((file) => file !== null);
    const whole: BulkRun = { request, transactionTime, files };
    const runs = isAdded ? [...state.runs, whole] : [whole];
    await keep({ ...fetched, runs, open: null });
    await forget(fetched.open);
    await tidy(folder, state);
    return exported(folder, state.runs);
  } finally {
    await release();
  }
}
