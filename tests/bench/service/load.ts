import { setTimeout as sleep } from 'node:timers/promises';

/** How many calls to make. */
export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
}

/**
 * Calls at a pace, whether or not those before have been answered. A call is late from the moment at
 * which it was due, so that a stall delays all that were due in it.
 *
 * @param call told its number; what it throws is counted
 * @returns milliseconds of each call, and how many failed
 */
export async function callAtPace(
  { perSecond, seconds }: Pace,
  call: (number: number) => Promise<void>,
): Promise<{ readonly latencies: readonly number[]; readonly failed: number }> {
  const total = perSecond * seconds;
  const latencies: number[] = [];
  let failed = 0;
  const waiting = new Set<Promise<void>>();
  const start = performance.now();
  const make = async (number: number, due: number): Promise<void> => {
    try {
      await call(number);
      latencies.push(performance.now() - due);
    } catch {
      failed += 1;
    }
  };
  for (let number = 0; number < total; number += 1) {
    const due = start + (number / perSecond) * 1_000;
    // oxlint-disable-next-line no-await-in-loop -- this is the pace
    while (performance.now() < due) await sleep(Math.max(0, due - performance.now()));
    const made: Promise<void> = make(number, due).finally(() => waiting.delete(made));
    waiting.add(made);
  }
  await Promise.all(waiting);
  return { latencies, failed };
}
