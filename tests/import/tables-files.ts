import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

type Row = Readonly<Record<string, string | number | undefined>>;

/** A CSV of rows, with a column for each key of the first one. */
export function csvOf(rows: readonly Row[], columns: readonly string[]): string {
  const cell = (value: string | number | undefined): string => {
    const text = String(value ?? '');
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => columns.map((column) => cell(row[column])).join(','));
  return [columns.join(','), ...lines, ''].join('\n');
}

/** A folder for extracts and rejected rows, which identify persons; it is removed after all tests. */
export function extractFolder(): {
  readonly path: string;
  readonly write: (name: string, text: string | Buffer) => string;
} {
  const path = mkdtempSync(join(tmpdir(), 'rapidcycle-tables-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    write: (name, text) => {
      const file = join(path, name);
      writeFileSync(file, text);
      return file;
    },
  };
}
