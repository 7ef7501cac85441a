import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../src/errors.ts';
import { randomStream } from '../../src/stats/random.ts';
import type { Server } from '../store/postgres/server.ts';
import { trial } from '../store/fixtures.ts';
import { newSchema } from '../store/postgres/server.ts';
import type { Findings, Told } from './audit.ts';
import { audit, hearInto } from './audit.ts';
import { startWriter } from './child.ts';
import { inFolder } from '../store/place.ts';
import type { Place } from './place.ts';
import { openAt, openBeside } from './place.ts';
import { startReader } from './reader.ts';
import type { Report } from './report.ts';
import { blank, newTold } from './report.ts';

/** How often to stop a server, and under whose load. */
export interface OutageOptions {
  readonly server: Server;
  /** Whether each service has a spool before the server. */
  readonly spooled: boolean;
  readonly stops: number;
  readonly seed: string;
}

const services = 2;

/** Asks the server to end its sessions and itself: what is not committed is rolled back. */
async function stopFast(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 'SIGINT');
  while (existsSync(file)) await sleep(10);
}

/** Now in order and now as a power cut would, at random moments. */
async function stopAndStart({ server, stops, seed }: OutageOptions): Promise<void> {
  const { data, kill, start } = server;
  if (data === undefined || kill === undefined) throw new Error('the server is not the test’s own');
  const { next: uniform, integer } = randomStream([seed, 'outages']);
  for (let stop = 0; stop < stops; stop += 1) {
    await sleep(100 + integer(400));
    if (uniform() < 0.5) await stopFast(data);
    else kill();
    await sleep(integer(400));
    start();
  }
}

/** Writes from several processes while something happens; what went wrong, in words. */
async function writeDuring(
  places: readonly Place[],
  { told, seed, happen }: { told: Told; seed: string; happen: () => Promise<void> },
): Promise<readonly string[]> {
  const children = places.map((place, service) =>
    startWriter({ place, name: `${seed}.service${service}` }, hearInto(told)),
  );
  await Promise.all(children.map(({ firstAcknowledged }) => firstAcknowledged));
  await happen();
  const before = told.acknowledged.size;
  for (let wait = 0; told.acknowledged.size === before && wait < 500; wait += 1) await sleep(20);
  const wentOn = told.acknowledged.size > before;
  await Promise.all(children.map(({ stop }) => stop()));
  return [
    ...children.map(({ complaints }) => complaints()).filter((text) => text !== ''),
    ...(wentOn ? [] : ['the services did not go on']),
    ...told.refusals.map((why) => `refused: ${why}`),
  ];
}

/** Stops and starts a server under the load of two services, and audits the ledger in the end. */
export async function stopServer(options: OutageOptions): Promise<Report> {
  const { server, spooled, stops, seed } = options;
  const ledger = { url: server.url, schema: newSchema() };
  const told = newTold();
  const errors: string[] = [];
  let findings: Findings = blank;
  await inFolder(async (folder) => {
    const places = Array.from({ length: services }, (_, service): Place => {
      if (!spooled) return { adapter: 'postgres', ...ledger };
      return { adapter: 'spool', ...ledger, file: join(folder, `spool${service}.db`) };
    });
    const beside: Place = { adapter: 'postgres', ...ledger };
    const happen = async (): Promise<void> => {
      const reader = await startReader(beside, told);
      try {
        await stopAndStart(options);
      } finally {
        await reader.end();
      }
    };
    try {
      errors.push(...(await writeDuring(places, { told, seed, happen })));
      // What a service could not forward before it ended is forwarded when it is opened again.
      for (const place of spooled ? places : []) {
        await using store = await openAt(place, 'drain');
        await store.summaries(trial.fingerprint);
      }
      await using store = await openBeside(beside, 'audit');
      findings = await audit(store, told, { fully: true });
    } catch (error) {
      errors.push(messageOf(error));
    }
  });
  const unanswered = told.unanswered.length;
  const acknowledged = told.acknowledged.size;
  return { ...blank, ...findings, crashes: stops, acknowledged, unanswered, errors };
}
