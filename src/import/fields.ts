import type { SourceRow } from './rows.ts';

/** What stands in the columns of a row. */
export type Fields = SourceRow['fields'];

/** What stands in a column, without outer blanks; empty where nothing is known. */
export const fieldIn = (fields: Fields, column: string): string => (fields[column] ?? '').trim();

/** Empties the fields that hold a text which stands where nothing is known, such as `NULL`. */
export function emptier(missing: readonly string[] = []): (fields: Fields) => Fields {
  if (missing.length === 0) return (fields) => fields;
  const nothing = new Set(missing.map((text) => text.trim()));
  return (fields) =>
    Object.fromEntries(
      Object.entries(fields).map(([column, text]) => [
        column,
        nothing.has(text.trim()) ? '' : text,
      ]),
    );
}
