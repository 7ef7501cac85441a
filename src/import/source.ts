import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { codeOf, ImportError, messageOf } from '../errors.ts';

/** The bytes of an extract. */
export interface Source {
  /** Whether what is there is compressed, by what it begins with. */
  readonly isCompressed: boolean;
  /** Bytes of the file that have been read. */
  readonly bytesRead: number;
  readonly bytesTotal: number;
  /** The text of the file, as UTF-8 without a byte order mark; read once. */
  readonly chunks: AsyncIterable<Buffer>;
  readonly close: () => void;
}

const chunkSize = 128 * 1_024;

/** An error of a file, in words that name no row. */
export function fileError(file: string, message: string): ImportError {
  return new ImportError([{ path: basename(file), message }]);
}

// What is left of a character whose other bytes are in the next chunk: 0 to 3 bytes.
function unfinished(chunk: Buffer): number {
  for (let back = 1; back <= Math.min(3, chunk.length); back += 1) {
    const byte = chunk[chunk.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? back : 0;
  }
  return 0;
}

const convertFrom = (encoding: string): string =>
  `not UTF-8: save it as UTF-8, or convert it, such as with \`iconv -f ${encoding} -t UTF-8\``;
const wide = `UTF-16, ${convertFrom('UTF-16')}`;
const marks: readonly (readonly [what: string, bytes: readonly number[]])[] = [
  [wide, [0xff, 0xfe]],
  [wide, [0xfe, 0xff]],
  ['a ZIP or Excel file: unpack it, or save it as CSV in UTF-8', [0x50, 0x4b, 0x03, 0x04]],
  ['an Excel file: save it as CSV in UTF-8', [0xd0, 0xcf, 0x11, 0xe0]],
  ['a Parquet file: export it as CSV', [0x50, 0x41, 0x52, 0x31]],
];

const byteOrderMark = [0xef, 0xbb, 0xbf];

const beginsWith = (chunk: Buffer, bytes: readonly number[]): boolean =>
  bytes.every((byte, index) => chunk[index] === byte);

/** What certainly is no UTF-8 text, by what it begins with. */
function otherKind(start: Buffer): string | undefined {
  const known = marks.find(([, bytes]) => beginsWith(start, bytes))?.[0];
  if (known !== undefined) return known;
  return start.subarray(0, 256).includes(0)
    ? `UTF-16 without its mark or no text, ${convertFrom('UTF-16LE')}`
    : undefined;
}

/** The same bytes cut where characters end, and refused where they are none. */
async function* asText(file: string, raw: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = true;
  const check = (text: Buffer): Buffer => {
    if (isUtf8(text)) return text;
    throw fileError(file, `is ${convertFrom('WINDOWS-1252')}`);
  };
  const begin = (start: Buffer): Buffer => {
    isFirst = false;
    const other = otherKind(start);
    if (other !== undefined) throw fileError(file, `is ${other}`);
    return beginsWith(start, byteOrderMark) ? start.subarray(byteOrderMark.length) : start;
  };
  for await (const bytes of raw) {
    let chunk = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    // What a file is is told by four bytes, however few come first.
    if (isFirst && chunk.length < 4) {
      rest = chunk;
      continue;
    }
    if (isFirst) chunk = begin(chunk);
    const end = chunk.length - unfinished(chunk);
    rest = chunk.subarray(end);
    if (end > 0) yield check(chunk.subarray(0, end));
  }
  if (isFirst) rest = begin(rest);
  if (rest.length > 0) yield check(rest);
}

async function peek(file: string): Promise<{ readonly size: number; readonly start: Buffer }> {
  const handle = await open(file, 'r');
  try {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw fileError(file, 'is a folder: name the files in it');
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return { size: stat.size, start: buffer.subarray(0, bytesRead) };
  } finally {
    await handle.close();
  }
}

function readingError(file: string, cause: unknown): unknown {
  if (cause instanceof ImportError) return cause;
  const code = codeOf(cause);
  if (code === 'ENOENT') return fileError(file, 'is not there');
  if (code === 'EACCES') return fileError(file, 'may not be read by this account');
  if (code?.startsWith('Z_') === true) {
    return fileError(file, `is not whole: its compression ends or breaks in the middle (${code})`);
  }
  return fileError(file, `cannot be read: ${code ?? messageOf(cause)}`);
}

/**
 * Opens an extract, compressed with gzip or not.
 *
 * @throws ImportError when it is not there, or cannot be read
 */
export async function openSource(file: string, signal: AbortSignal | undefined): Promise<Source> {
  let head: Awaited<ReturnType<typeof peek>>;
  try {
    head = await peek(file);
  } catch (cause) {
    throw readingError(file, cause);
  }
  const isCompressed = beginsWith(head.start, [0x1f, 0x8b]);
  const stream = createReadStream(file, { highWaterMark: chunkSize });
  const gunzip = isCompressed ? createGunzip({ chunkSize }) : undefined;
  // `pipe` would leave the other end waiting for ever when the file fails.
  stream.on('error', (cause) => gunzip?.destroy(cause));
  const raw: Readable = gunzip === undefined ? stream : stream.pipe(gunzip);
  const close = (): void => {
    stream.destroy();
    gunzip?.destroy();
  };

  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of asText(file, raw)) {
        signal?.throwIfAborted();
        yield chunk;
      }
    } catch (cause) {
      if (signal?.aborted === true) throw cause;
      throw readingError(file, cause);
    } finally {
      close();
    }
  }

  return {
    isCompressed,
    get bytesRead() {
      return stream.bytesRead;
    },
    bytesTotal: head.size,
    chunks: chunks(),
    close,
  };
}
