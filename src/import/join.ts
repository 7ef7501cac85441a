import { filterOf } from './condition.ts';
import { columnsUsed } from './columns-used.ts';
import { emptier } from './fields.ts';
import type { AlertLogMapping } from './mapping.ts';
import type { RejectedRow } from './rejects.ts';
import type { SourceRow } from './rows.ts';
import { readRows } from './rows.ts';

/** Completes a row with what the other file has of it; undefined when that has no such row. */
export type Join = (row: SourceRow) => SourceRow | undefined;

/** What a join is read by. */
export interface JoinOptions {
  readonly onReject: (rejected: RejectedRow) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads the file that a mapping joins, as far as it is wanted, into memory.
 *
 * @throws ImportError when it cannot be read, or lacks columns
 */
export async function joinWith(
  file: string,
  mapping: AlertLogMapping,
  { onReject, signal }: JoinOptions,
): Promise<Join> {
  const { join, delimiter, format } = mapping;
  if (join === undefined) return (row) => row;
  const filter = filterOf(join.where ?? []);
  const emptied = emptier(mapping.missing);
  const kept = new Map<string, Readonly<Record<string, string>>>();
  // Most rows say what many others say: one text for all of them.
  const texts = new Map<string, string>();
  const shared = (text: string): string => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (texts.size < 100_000) texts.set(text, text);
    return text;
  };
  const reader = readRows(file, {
    columns: columnsUsed(mapping).joined,
    onReject,
    ...(delimiter !== undefined && { delimiter }),
    ...(format !== undefined && { format }),
    signal,
  });
  for await (const rows of reader) {
    for (const { line, fields: told } of rows) {
      const fields = emptied(told);
      if (filter(fields) !== undefined) continue;
      const key = (fields[join.key] ?? '').trim();
      const taken: Record<string, string> = {};
      for (const name of join.columns) taken[name] = shared(fields[name] ?? '');
      const present = kept.get(key);
      if (key === '') onReject({ line, reason: 'is empty', column: join.key, row: fields });
      else if (present === undefined) kept.set(key, taken);
      else if (join.columns.some((name) => present[name] !== taken[name])) {
        const reason = 'stands in two rows that say different things: the first holds';
        onReject({ line, reason, column: join.key, row: fields });
      }
    }
  }
  return ({ line, fields }) => {
    const taken = kept.get((fields[join.column] ?? '').trim());
    return taken && { line, fields: { ...fields, ...taken } };
  };
}
