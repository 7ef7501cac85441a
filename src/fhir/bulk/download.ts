import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, FhirError } from '../../errors.ts';
import { valueOf } from '../value-of.ts';
import type { Outcome } from '../wire/body.ts';
import { jsonOf } from '../wire/body.ts';
import type { Answer, Call, Connection } from '../wire/connection.ts';
import { requireSuccess } from '../wire/document.ts';
import { linesOf } from './lines.ts';
import type { OfferedFile } from './manifest.ts';
import type { BulkFile } from './state.ts';

/** Where a file goes, and what is told of it on the way. */
export interface DownloadOptions {
  readonly wire: Connection;
  readonly call: Call;
  readonly folder: string;
  readonly name: string;
  /** Bytes, unpacked, above which a file is refused. */
  readonly maxBytes: number;
  /** Told of bytes as they come. */
  readonly onBytes: (bytes: number) => void;
}

/** Bytes within one limit of time, at least. Less is a server that keeps a connection open for nothing. */
const leastProgress = 1_024;

function local(what: string, error: unknown): FhirError {
  return new FhirError(`bulk export: ${what} (${codeOf(error) ?? 'unknown'})`);
}

/** Writes bytes to a file, and fails as a file does, not as a server. */
function write(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  return handle.writeFile(chunk).catch((error: unknown) => {
    throw local('the folder cannot be written to', error);
  });
}

/** What each line of a file is. */
function typeIn({ kind, type }: OfferedFile): string {
  if (kind === 'output') return type;
  return kind === 'deleted' ? 'Bundle' : 'OperationOutcome';
}

interface Counted {
  readonly lines: number;
  readonly bytes: number;
  readonly sha256: string;
}

async function receive(
  file: OfferedFile,
  { response, goesOn }: Answer,
  { handle, options }: { readonly handle: FileHandle; readonly options: DownloadOptions },
): Promise<Outcome<Counted>> {
  const hash = createHash('sha256');
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  let noted = 0;
  async function* kept(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes - noted >= leastProgress) {
        noted = bytes;
        goesOn();
      }
      if (bytes > options.maxBytes) {
        throw new FhirError(
          `bulk export: a file of ${file.type} has more than ${options.maxBytes} bytes, unpacked`,
        );
      }
      // Only to see whether it is UTF-8 at all: the splitter would put in what is not there.
      decoder.decode(chunk, { stream: true });
      hash.update(chunk);
      await write(handle, chunk);
      options.onBytes(chunk.byteLength);
      yield chunk;
    }
    decoder.decode();
  }
  const wanted = typeIn(file);
  let lines = 0;
  for await (const line of linesOf(kept())) {
    if (line.trim() === '') continue;
    lines += 1;
    const parsed = jsonOf(line);
    const where = `sent a file of ${file.type} whose line ${lines}`;
    if (!('value' in parsed)) return { fault: `${where} is no JSON, or breaks off` };
    if (valueOf(parsed.value, 'resourceType') !== wanted) {
      return { fault: `${where} is no ${wanted}` };
    }
  }
  if (file.count !== undefined && file.kind === 'output' && lines !== file.count) {
    return { fault: `sent a file of ${file.type} with ${lines} lines, not ${file.count}` };
  }
  return { value: { lines, bytes, sha256: hash.digest('hex') } };
}

/**
 * Fetches a file of an export: checks it line by line as it comes, forces it to the disk, and gives it
 * its name then only. A file that breaks off or holds what it should not is fetched again.
 *
 * @returns undefined when the server gives it out no more
 * @throws FhirError when it comes to nothing
 */
export async function download(
  file: OfferedFile,
  options: DownloadOptions,
): Promise<BulkFile | undefined> {
  const { wire, call, folder, name } = options;
  const part = join(folder, `${name}.part`);
  const counted = await wire.send<Counted | undefined>(call, async (answer) => {
    const { response } = answer;
    if ([401, 403, 404, 410].includes(response.status)) return { value: undefined };
    await requireSuccess(call, response);
    // Made anew each time, so that a link that somebody put there is not written through.
    const make = (): Promise<FileHandle> => open(part, 'wx', 0o600);
    const handle = await rm(part, { force: true })
      .then(make)
      .catch((error: unknown) => {
        throw local('the folder cannot be written to', error);
      });
    try {
      const outcome = await receive(file, answer, { handle, options });
      await handle.sync();
      return outcome;
    } finally {
      await handle.close();
    }
  });
  if (counted === undefined) return undefined;
  // That the name is on the disk too is seen to when the state is written, in the same folder.
  await rename(part, join(folder, name));
  return { name, kind: file.kind, type: file.type, ...counted };
}
