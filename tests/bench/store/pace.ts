import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { Ledgers } from './place.ts';
import { milliseconds, print, quantile } from './print.ts';
import { eventsOf, trialOf } from './workload.ts';

/** The most that is offered in one turn of the event loop, so that a backlog does not hide how late it is. */
const perTurn = 200;

/** How many events to offer. */
export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
}

/**
 * Offers events one by one at a pace, whether or not those before have been acknowledged, and prints
 * how long each took to be on the disk and how late the event loop was.
 */
export async function measurePace(ledgers: Ledgers, { perSecond, seconds }: Pace): Promise<void> {
  const trial = trialOf('patient');
  await using store = await ledgers.begin();
  await store.register(trial);
  const total = perSecond * seconds;
  const warm = Math.min(2_000, perSecond);
  const source = eventsOf(trial, { events: total + warm, unit: 'patient' });
  const latencies: number[] = [];
  let refused = 0;
  const offer = async (): Promise<void> => {
    const { value } = source.next();
    if (value === undefined) return;
    const before = performance.now();
    try {
      await store.append([value]);
      latencies.push(performance.now() - before);
    } catch {
      refused += 1;
    }
  };
  for (let sent = 0; sent < warm; sent += 100) {
    await Promise.all(Array.from({ length: Math.min(100, warm - sent) }, offer));
  }
  latencies.length = 0;

  const loop = monitorEventLoopDelay({ resolution: 1 });
  const spent = process.cpuUsage();
  const start = performance.now();
  let sent = 0;
  let settled = 0;
  // Nothing is kept of an event that was acknowledged, as no service would.
  let end = (): void => undefined;
  const allSettled = new Promise<void>((resolve) => {
    end = resolve;
  });
  const settle = (): void => {
    settled += 1;
    if (settled === total) end();
  };
  loop.enable();
  while (sent < total) {
    const due = Math.floor(((performance.now() - start) / 1_000) * perSecond);
    for (const next = Math.min(total, due, sent + perTurn); sent < next; sent += 1) {
      void offer().then(settle);
    }
    await (perSecond > 1_000 ? turn() : sleep(1));
  }
  await allSettled;
  loop.disable();
  const took = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(spent);
  const name = `${ledgers.name}: ${perSecond.toLocaleString('en-GB')} events a second offered`;
  const lateness = loop.percentile(99) / 1e6;
  print(
    `${name}, acknowledged`,
    `p50 ${milliseconds(quantile(latencies, 0.5))}, p99 ${milliseconds(quantile(latencies, 0.99))}`,
  );
  print(
    `${name}, achieved`,
    `${Math.round(latencies.length / took).toLocaleString('en-GB')} a second, ${refused} refused; processor ${((user + system) / 1e4 / took).toFixed(0)} %`,
    { target: 'all of them', met: refused === 0 && took < seconds * 1.05 },
  );
  print(`${name}, event loop`, `p99 ${milliseconds(lateness)}`, {
    target: 'under 10 ms',
    met: lateness < 10,
  });
}
