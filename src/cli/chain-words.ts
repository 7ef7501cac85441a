import type { ChainReport, PublishedHead, RegisteredTrial } from '../store/index.ts';
import { counted, grouped } from './words.ts';

/** What the check of a chain found, a line each. */
export function chainLines(report: ChainReport): readonly string[] {
  const { segments, events, unsealed, head, retired, published, problems } = report;
  const state = problems.length === 0 ? 'whole' : 'BROKEN';
  const extent = `${counted(segments, 'segment')} of ${counted(events, 'event')}, ${grouped(unsealed)} not sealed yet`;
  return [
    segments === 0 && problems.length === 0
      ? `  chain: nothing is sealed yet (${counted(unsealed, 'event')})`
      : `  chain: ${state}; ${extent}; head ${head?.slice(0, 12) ?? 'none'}`,
    ...(retired ? ['    its events were removed: only the links were checked'] : []),
    ...(published > 0 ? [`    held against ${counted(published, 'published head')}`] : []),
    ...problems.map((problem) => `    ${problem}`),
  ];
}

/** The published heads of trials that a ledger does not hold. */
export function strangersAmong(
  published: readonly PublishedHead[],
  registered: readonly RegisteredTrial[],
): readonly PublishedHead[] {
  return published.filter(
    (head) => !registered.some(({ fingerprint }) => fingerprint === head.trial),
  );
}

/** What there is to say of published heads of trials that the ledger does not hold. */
export function strangersLine(strangers: readonly PublishedHead[]): string {
  return `${counted(strangers.length, 'published head')} of trials that this ledger does not hold: it is another ledger, or one was removed`;
}
