import { contentOf, headOf, segmentSize } from '../chain/chain.ts';
import type { Segment, SequencedEvent } from '../port.ts';
import { toRow } from '../row.ts';

/**
 * The segments that come behind those of a trial.
 *
 * @param before the last segment so far
 * @param events those that no segment holds yet, in their order
 */
export function segmentsAfter(
  fingerprint: string,
  {
    before,
    events,
  }: { readonly before: Segment | undefined; readonly events: readonly SequencedEvent[] },
): readonly Segment[] {
  const segments: Segment[] = [];
  for (let start = 0; start < events.length; start += segmentSize) {
    const rows = events
      .slice(start, start + segmentSize)
      .map(({ sequence, event }) => [sequence, ...toRow(event)] as const);
    const previous = segments.at(-1) ?? before;
    const segment = {
      number: (previous?.number ?? 0) + 1,
      first: rows[0]?.[0] ?? 0,
      last: rows.at(-1)?.[0] ?? 0,
      events: rows.length,
      content: contentOf(rows),
    };
    const head = headOf(fingerprint, { ...segment, before: previous?.head });
    segments.push({ ...segment, head, sealedAt: Date.now() });
  }
  return segments;
}
