import type { AsyncBuffer } from 'hyparquet';
import { open } from 'node:fs/promises';

/** The rows of a Parquet file, one row group after the other, each row as JSON on a line. */
export async function* parquetRows(file: string): AsyncGenerator<Buffer> {
  const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const source: AsyncBuffer = {
      byteLength: size,
      slice: async (start, end = size) => {
        const bytes = new ArrayBuffer(end - start);
        await handle.read(new Uint8Array(bytes), 0, end - start, start);
        return bytes;
      },
    };
    const metadata = await parquetMetadataAsync(source);
    let rowStart = 0;
    for (const { num_rows: rows } of metadata.row_groups) {
      const rowEnd = rowStart + Number(rows);
      const found = await parquetReadObjects({ file: source, metadata, rowStart, rowEnd });
      yield Buffer.from(found.map((row) => `${JSON.stringify(row, written)}\n`).join(''), 'utf8');
      rowStart = rowEnd;
    }
  } finally {
    await handle.close();
  }
}

/** A value of Parquet as JSON can write it. */
function written(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
