import { createHash } from 'node:crypto';
import type { Segment } from '../port.ts';
import type { Row } from '../row.ts';

/** How many events a segment holds at most. */
export const segmentSize = 1_000;

/** An event behind its place: the row of `toRow`, with the fingerprint as its trial. */
export type SequencedRow = readonly [sequence: number, ...row: Row];

/**
 * SHA-256 of the events of a segment, hexadecimal: of the JSON of each place and row, each followed by a
 * line feed, in UTF-8. It holds every column of an event, so no store can change one unseen.
 */
export function contentOf(rows: readonly SequencedRow[]): string {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(`${JSON.stringify(row)}\n`, 'utf8');
  return hash.digest('hex');
}

/** What stands before the first segment of a trial. */
function root(fingerprint: string): string {
  return createHash('sha256').update(`rapidcycle chain ${fingerprint}`, 'utf8').digest('hex');
}

/**
 * SHA-256 of the head before and of a segment, hexadecimal. It needs no events, so that a chain can still
 * be checked when they have been retired.
 *
 * @param before the head of the segment before; undefined for the first
 */
export function headOf(
  fingerprint: string,
  {
    before,
    number,
    first,
    last,
    events,
    content,
  }: Pick<Segment, 'number' | 'first' | 'last' | 'events' | 'content'> & {
    readonly before: string | undefined;
  },
): string {
  const parts = [before ?? root(fingerprint), number, first, last, events, content];
  return createHash('sha256').update(JSON.stringify(parts), 'utf8').digest('hex');
}
