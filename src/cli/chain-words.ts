import type { ChainReport } from '../store/index.ts';
import { counted, grouped } from './words.ts';

/** What the check of a chain found, a line each. */
export function chainLines(report: ChainReport): readonly string[] {
  const { segments, events, unsealed, head, retired, published, problems } = report;
  if (segments === 0) return [`  chain: nothing is sealed yet (${counted(unsealed, 'event')})`];
  const state = problems.length === 0 ? 'whole' : 'BROKEN';
  const extent = `${counted(segments, 'segment')} of ${counted(events, 'event')}, ${grouped(unsealed)} not sealed yet`;
  return [
    `  chain: ${state}; ${extent}; head ${head?.slice(0, 12) ?? 'none'}`,
    ...(retired ? ['    its events were removed: only the links were checked'] : []),
    ...(published > 0 ? [`    held against ${counted(published, 'published head')}`] : []),
    ...problems.map((problem) => `    ${problem}`),
  ];
}
