import { FhirError } from '../../errors.ts';
import type { Connection } from '../wire/connection.ts';
import { download } from './download.ts';
import type { FilePlaces } from './file-call.ts';
import { fileCall } from './file-call.ts';
import type { BulkManifest, OfferedFile } from './manifest.ts';
import type { BulkFile, BulkState } from './state.ts';

/** How the files of an export are fetched. */
export interface FetchOptions {
  readonly wire: Connection;
  readonly folder: string;
  readonly places: Omit<FilePlaces, 'needsToken'>;
  readonly maxBytes: number;
  /** What is reached, with an export that is under way. */
  readonly state: BulkState;
  readonly keep: (state: BulkState) => Promise<void>;
  /** Asks for the manifest again: addresses of files may be good for some time only. */
  readonly renew: () => Promise<BulkManifest | undefined>;
  readonly onProgress: (done: number, bytes: number) => void;
}

/** Bytes between two words on progress. */
const step = 2 ** 22;

function nameOf(number: number, { kind, type }: OfferedFile): string {
  return `${number}.${kind === 'output' ? type : kind}.ndjson`;
}

/** Whether what is on the disk belongs to a manifest: it may have been renewed, or be of another export. */
function fits({ transactionTime, files }: BulkManifest, { open }: BulkState): boolean {
  return (
    open?.transactionTime === transactionTime &&
    open.files.length === files.length &&
    open.files.every((file, index) => {
      const offered = files[index];
      return file === null || (file.kind === offered?.kind && file.type === offered.type);
    })
  );
}

/**
 * Fetches the files of a manifest that are not on the disk yet, one after the other.
 *
 * @throws FhirError when one cannot be had; those before it stay
 */
export async function fetchFiles(
  offered: BulkManifest,
  { wire, folder, places, maxBytes, keep, renew, onProgress, ...options }: FetchOptions,
): Promise<BulkState> {
  let manifest = offered;
  let { state } = options;
  const { open } = state;
  if (open === null) throw new FhirError('bulk export: none is under way');
  const { transactionTime } = manifest;
  const files = fits(manifest, state)
    ? [...open.files]
    : manifest.files.map((): BulkFile | null => null);
  state = { ...state, open: { ...open, transactionTime, files: [...files] } };
  await keep(state);

  let done = files.filter((file) => file !== null).length;
  let bytes = 0;
  let told = 0;
  const onBytes = (more: number): void => {
    bytes += more;
    if (bytes - told < step) return;
    told = bytes;
    onProgress(done, bytes);
  };
  const fetchOne = (index: number): Promise<BulkFile | undefined> => {
    const file = manifest.files[index];
    if (file === undefined) throw new FhirError('bulk export: the manifest has changed');
    const call = fileCall(file, { ...places, needsToken: manifest.needsToken });
    const name = nameOf(state.next, file);
    return download(file, { wire, call, folder, name, maxBytes, onBytes });
  };

  onProgress(done, bytes);
  for (const index of files.keys()) {
    if (files[index] !== null) continue;
    let file = await fetchOne(index);
    if (file === undefined) {
      const renewed = await renew();
      if (renewed !== undefined && fits(renewed, state)) {
        manifest = renewed;
        file = await fetchOne(index);
      }
    }
    if (file === undefined) {
      throw new FhirError(
        `bulk export: the FHIR server gives out file ${index + 1} of ${files.length} no more. Run it again, or with again: true for an export anew`,
      );
    }
    files[index] = file;
    done += 1;
    state = {
      ...state,
      next: state.next + 1,
      open: { ...open, transactionTime, files: [...files] },
    };
    await keep(state);
    onProgress(done, bytes);
  }
  return state;
}
