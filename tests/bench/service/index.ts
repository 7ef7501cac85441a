import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trialFrom } from '../../../src/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { protocol as base } from '../../trials.ts';
import { inFolder } from '../store/place.ts';
import { milliseconds, print, quantile } from '../store/print.ts';
import { cardsOf, chartOpened, client } from './calls.ts';
import type { Pace } from './load.ts';
import { callAtPace } from './load.ts';
import { startEmptyServer, startService } from './processes.ts';

/** How to load the service. */
export interface ServiceLoad extends Pace {
  /** Whether to kill the service halfway, without warning, and to start it again. */
  readonly kill: boolean;
}

const content = (summary: string) => ({
  cards: [{ summary, indicator: 'info', source: { label: 'Guidance' } }],
});

const protocol = {
  ...base,
  arms: [
    { name: 'usual', weight: 1, content: content('Usual') },
    { name: 'redesign', weight: 1, content: content('Redesigned') },
  ],
  start: '2020-01-01',
  end: '2099-12-31',
};

/** What the clients saw. */
interface Seen {
  /** Cards of answers that came back. */
  readonly returned: Set<string>;
  /** Cards whose feedback was acknowledged. */
  readonly acknowledged: Set<string>;
}

/** Holds the ledger against what the clients saw. */
async function audit(ledger: string, { returned, acknowledged }: Seen): Promise<readonly number[]> {
  await using store = await openStore(ledger, { key: null });
  const impressions = new Set<string>();
  const answered = new Set<string>();
  for await (const { event } of store.read({ trial: trialFrom(protocol).fingerprint })) {
    if (event.type === 'impression') impressions.add(event.id);
    if (event.type === 'dismissal') answered.add(event.impression);
  }
  const missing = (cards: ReadonlySet<string>, held: ReadonlySet<string>): number =>
    [...cards].filter((card) => !held.has(card)).length;
  return [missing(returned, impressions), missing(acknowledged, answered)];
}

/**
 * Calls an alert service and an empty server side by side, and prints how long the calls took. Each
 * third card is dismissed. Every impression must be in the ledger afterwards, and of a service that
 * was killed, every answer that it had acknowledged whose alert is there.
 *
 * @throws Error when the ledger lacks something
 */
export async function benchService({ perSecond, seconds, kill }: ServiceLoad): Promise<void> {
  await inFolder(async (folder) => {
    const [file, ledger] = [join(folder, 'protocol.json'), join(folder, 'trial.db')];
    writeFileSync(file, JSON.stringify(protocol));
    const empty = await startEmptyServer();
    let service = await startService(file, ledger);
    using http = client();
    const seen: Seen = { returned: new Set(), acknowledged: new Set() };
    const call = async (number: number): Promise<void> => {
      const { status, text } = await http.post(
        `${service.url}/cds-services/influenza`,
        chartOpened(number),
      );
      if (status !== 200) throw new Error(`the service answered ${status}`);
      for (const card of cardsOf(text)) {
        seen.returned.add(card);
        if (number % 3 === 0) void dismiss(card);
      }
    };
    const dismiss = async (card: string): Promise<void> => {
      const outcomeTimestamp = new Date().toISOString();
      const feedback = [{ card, outcome: 'overridden', outcomeTimestamp }];
      const url = `${service.url}/cds-services/influenza/feedback`;
      const answer = await http.post(url, { feedback }).catch(() => undefined);
      if (answer?.status === 200) seen.acknowledged.add(card);
    };
    const idle = async (number: number): Promise<void> => {
      await http.post(`${empty.url}/cds-services/influenza`, chartOpened(number));
    };
    // Compiled and connected first, as a service that has been running is.
    await callAtPace({ perSecond, seconds: 2 }, call);
    await callAtPace({ perSecond, seconds: 2 }, idle);

    let restarted: Promise<void> = Promise.resolve();
    const timer = setTimeout(
      () => {
        restarted = (async () => {
          await service.end('SIGKILL');
          service = await startService(file, ledger);
        })();
      },
      kill ? (seconds * 1_000) / 2 : 2 ** 31 - 1,
    );
    const pace = { perSecond, seconds };
    const [ours, theirs] = await Promise.all([callAtPace(pace, call), callAtPace(pace, idle)]);
    clearTimeout(timer);
    await restarted;
    await service.end('SIGTERM');
    await empty.end('SIGTERM');

    const name = `${perSecond} calls a second for ${seconds} s${kill ? ', killed halfway' : ''}`;
    const high = quantile(ours.latencies, 0.999);
    const beside = quantile(theirs.latencies, 0.999);
    for (const [who, { latencies, failed }] of [
      ['alert service', ours],
      ['empty server', theirs],
    ] as const) {
      print(
        `${name}: ${who}`,
        `p50 ${milliseconds(quantile(latencies, 0.5))}, p99 ${milliseconds(quantile(latencies, 0.99))}, p99.9 ${milliseconds(quantile(latencies, 0.999))}, most ${milliseconds(quantile(latencies, 1))}; ${failed} failed`,
      );
    }
    if (!kill) {
      print(`${name}: p99.9 beyond the empty server`, milliseconds(Math.max(0, high - beside)), {
        target: 'at most 500 ms',
        met: high - beside <= 500,
      });
    }
    const [impressions = 0, answers = 0] = await audit(ledger, seen);
    print(
      `${name}: in the ledger`,
      `${seen.returned.size - impressions} of ${seen.returned.size} alerts, ${seen.acknowledged.size - answers} of ${seen.acknowledged.size} acknowledged answers`,
    );
    // An alert that is on its way back in the instant of the kill may not be on the disk; an answer that
    // was acknowledged always is.
    if (answers > 0) throw new Error(`${answers} acknowledged answers are not in the ledger`);
    if (impressions > (kill ? perSecond / 4 : 0)) {
      throw new Error(`${impressions} alerts are not in the ledger`);
    }
  });
}
