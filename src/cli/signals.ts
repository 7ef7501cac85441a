import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';

/** A signal by which a process is asked to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM';

const sameWish = 1_000;

/**
 * Tells of the first signal to end, so that what is on its way still gets to the ledger. What follows within a
 * second is the same wish sent twice, as `npx` and `timeout` do; a later signal ends the process at once.
 */
export function onEndSignal(tell: (signal: EndSignal) => void): Disposable {
  let first: number | undefined;
  const hear = (signal: EndSignal): void => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      tell(signal);
    } else if (now - first > sameWish) process.exit(128 + constants.signals[signal]);
  };
  const signals: readonly EndSignal[] = ['SIGINT', 'SIGTERM'];
  for (const signal of signals) process.on(signal, hear);
  return {
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, hear);
    },
  };
}
