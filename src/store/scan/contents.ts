import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parquetRows } from './parquet-rows.ts';

/** The bytes of a file, or of what is compressed in it. */
export interface Contents {
  readonly pieces: AsyncIterable<Buffer>;
  /** Whether it was expanded. */
  readonly expanded: boolean;
}

const pieceSize = 1_048_576;

type Magic = readonly [kind: 'gzip' | 'parquet' | 'zstd' | 'zip', hexadecimal: string];

const magics: readonly Magic[] = [
  ['gzip', '1f8b'],
  ['parquet', '50415231'],
  ['zstd', '28b52ffd'],
  ['zip', '504b0304'],
];

async function beginningOf(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead).toString('hex');
  } finally {
    await handle.close();
  }
}

function gunzipped(file: string): AsyncIterable<Buffer> {
  // A failure of either is thrown to whoever reads.
  return pipeline(createReadStream(file), createGunzip({ chunkSize: pieceSize }), () => undefined);
}

/**
 * All that can be read of a file: its bytes, and what gzip or Parquet has compressed in them.
 *
 * @returns with `why` when something in it stays unseen
 */
export async function contentsOf(
  file: string,
): Promise<{ readonly contents: readonly Contents[]; readonly why?: string | undefined }> {
  const beginning = await beginningOf(file);
  const raw: Contents = {
    pieces: createReadStream(file, { highWaterMark: pieceSize }),
    expanded: false,
  };
  const [kind] = magics.find(([, magic]) => beginning.startsWith(magic)) ?? [];
  switch (kind) {
    case 'gzip':
      return { contents: [raw, { pieces: gunzipped(file), expanded: true }] };
    case 'parquet':
      return { contents: [raw, { pieces: parquetRows(file), expanded: true }] };
    case 'zstd':
    case 'zip':
      return { contents: [raw], why: `is compressed (${kind}): expand it first` };
    case undefined:
      return { contents: [raw] };
  }
}
