import type { Connection } from './connection.ts';
import { FailureError } from './failure.ts';
import type { Ledger } from './ledger.ts';
import type { Page, PageQuery } from './messages.ts';
import type { Cell } from '../row.ts';
import { pageOfEvents, selectLastPlace } from './schema.ts';
import { firstSince } from './stretch.ts';

/** Reads the events of an open ledger page by page. */
export function pageReader(
  connection: Connection,
  {
    numberOf,
    isRetired,
  }: {
    readonly numberOf: (fingerprint: string) => number;
    readonly isRetired: (trial: number) => boolean;
  },
): Ledger['page'] {
  const select = connection
    .prepare<[Record<string, Cell>], Page['rows'][number]>(pageOfEvents)
    .raw();
  const first = connection.prepare<[number, number], number | null>(firstSince).pluck();
  const last = connection.prepare<[], number>(selectLastPlace).pluck();
  // One state of the ledger: another process may be removing events.
  return connection.transaction(
    ({ trial: fingerprint, after, upTo, since, types, limit }: PageQuery) => {
      const trial = numberOf(fingerprint);
      if (isRetired(trial)) {
        // Some of them may still be there.
        if (upTo === null) return { rows: [], upTo: after };
        throw new FailureError(
          'unusable',
          'the trial was retired while its events were being read',
        );
      }
      let begin = after;
      const end = upTo ?? last.get() ?? 0;
      // Only the first page has no end yet: it skips the stretches that are older.
      if (since !== null && upTo === null) {
        begin = Math.max(after, (first.get(trial, since) ?? end + 1) - 1);
      }
      const rows = select.all({
        trial,
        after: begin,
        upTo: end,
        since,
        types: types === null ? null : `|${types.join('|')}|`,
        limit,
      });
      return { rows, upTo: end };
    },
  );
}
