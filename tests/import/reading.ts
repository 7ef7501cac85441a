import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReadRowsOptions, SourceRow } from '../../src/import/rows.ts';
import { readRows } from '../../src/import/rows.ts';
import type { RejectedRow } from '../../src/import/rejects.ts';

/** What came of reading a file. */
export interface Read {
  readonly rows: readonly SourceRow[];
  readonly rejected: readonly RejectedRow[];
  readonly batches: readonly number[];
  readonly error: unknown;
}

/** Reads a file to its end, or to where it breaks off. */
export async function readAll(
  file: string,
  options: Omit<ReadRowsOptions, 'onReject'>,
): Promise<Read> {
  const rows: SourceRow[] = [];
  const rejected: RejectedRow[] = [];
  const batches: number[] = [];
  let error: unknown;
  try {
    const reader = readRows(file, { ...options, onReject: (row) => rejected.push(row) });
    for await (const batch of reader) {
      batches.push(batch.length);
      rows.push(...batch);
    }
  } catch (cause) {
    error = cause;
  }
  return { rows, rejected, batches, error };
}

/** Writes a file into a folder, and returns its path. */
export function put(folder: string, name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

/**
 * Runs something with a folder for extracts and rejected rows, which hold ids in the clear and are no
 * place for a scan; a ledger goes where everything else goes.
 */
export async function withExtracts<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'rapidcycle-extracts-'));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
