import type { DiscardQuery } from '../embedded/messages.ts';
import type { LedgerFile } from '../embedded/open-store.ts';
import type { SpoolOptions } from './options.ts';

const discardEvery = 600_000;
// A transaction of this many deletions takes some milliseconds, in which nothing can be appended.
const discardAtOnce = 1_000;

/** Removes from the file of a spool what was forwarded, some at a time. */
export async function discardForwarded(
  request: LedgerFile['request'],
  query: Omit<DiscardQuery, 'limit'>,
): Promise<void> {
  while ((await request('discard', { ...query, limit: discardAtOnce })) === discardAtOnce);
}

/**
 * Removes from the file of a spool what was forwarded long enough ago, at once and every ten minutes.
 *
 * @returns ends it
 */
export function discardOld(
  { request }: LedgerFile,
  { now, keepForwarded }: Pick<SpoolOptions, 'now' | 'keepForwarded'>,
): () => void {
  const discard = async (): Promise<void> => {
    const at = now();
    await discardForwarded(request, { before: at - keepForwarded, now: at });
  };
  // What cannot be removed now is removed later.
  const run = (): void => void discard().catch(() => undefined);
  run();
  const timer = setInterval(run, discardEvery);
  timer.unref();
  return () => clearInterval(timer);
}
