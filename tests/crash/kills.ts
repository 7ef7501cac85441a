import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../src/errors.ts';
import type { RandomStream } from '../../src/stats/random.ts';
import { randomStream } from '../../src/stats/random.ts';
import { inFolder } from '../store/place.ts';
import { newSchema } from '../store/postgres/server.ts';
import { withoutOthers } from './backends.ts';
import type { Findings, Told } from './audit.ts';
import { audit, hearInto } from './audit.ts';
import { startWriter } from './child.ts';
import type { AdapterName, Place } from './place.ts';
import { openAt } from './place.ts';
import type { Fault } from './protocol.ts';
import { startReader } from './reader.ts';
import type { Report } from './report.ts';
import { addReports, blank, newTold } from './report.ts';

/** What to kill, and how often. */
export interface KillOptions {
  readonly adapter: AdapterName;
  readonly runs: number;
  readonly seed: string;
  /** Of the server, for adapters that have one. */
  readonly url: string;
  readonly fault?: Fault | undefined;
}

const runsPerLedger = 8;
const atOnce = 4;
const longest = 150;

function placeIn(folder: string, { adapter, url }: KillOptions): Place {
  const file = join(folder, 'ledger.db');
  if (adapter === 'embedded') return { adapter, file };
  return { adapter, file, url, schema: newSchema() };
}

/** One writer, killed; true when it was still opening the ledger. */
async function killOne(
  place: Place,
  { name, fault, told, stream: { next: uniform, integer } }: Crash,
): Promise<boolean> {
  const before = told.acknowledged.size;
  const child = startWriter({ place, name, fault }, hearInto(told));
  // A writer with a fault shows it only once it writes.
  if (fault === undefined && uniform() < 0.2) {
    await child.opening;
    await sleep(integer(longest));
    await child.kill();
    if (child.complaints() !== '') throw new Error(child.complaints());
    return told.acknowledged.size === before;
  }
  // Without a reader the ledger is left with nobody on it, and has to be recovered.
  const reader = before > 0 && uniform() < 0.6 ? startReader(place, told) : undefined;
  // It is looked at in the end.
  reader?.catch(() => undefined);
  try {
    await child.firstAcknowledged;
    await sleep(integer(longest));
    await child.kill();
    if (child.complaints() !== '') throw new Error(child.complaints());
  } finally {
    await (await reader)?.end();
  }
  return false;
}

interface Crash {
  readonly name: string;
  readonly fault: Fault | undefined;
  readonly told: Told;
  readonly stream: RandomStream;
}

/** Kills writers on one ledger one after another, and audits it after each. */
async function killOn(
  place: Place,
  { runs, seed, fault }: Pick<KillOptions, 'runs' | 'seed' | 'fault'>,
): Promise<Report> {
  const stream = randomStream(seed);
  const told = newTold();
  let whileOpening = 0;
  let crashes = 0;
  let findings: Findings = blank;
  const errors: string[] = [];
  while (crashes < runs && errors.length === 0) {
    crashes += 1;
    const name = `${seed.replaceAll(' ', '.')}.${crashes}`;
    try {
      if (await killOne(place, { name, fault, told, stream })) whileOpening += 1;
      if (place.adapter !== 'embedded') await withoutOthers(place.url, name);
      await using store = await openAt(place, 'audit');
      findings = await audit(store, told, { fully: crashes === runs });
      const { lost, doubled, torn, wrongSums, brokenChain } = findings;
      // What is wrong now stays wrong, and would be counted again.
      if (lost + doubled + torn + wrongSums + brokenChain > 0) break;
    } catch (error) {
      errors.push(`${name}: ${messageOf(error)}`);
    }
  }
  errors.push(...[...told.refusals, ...told.unanswered].map((why) => `refused: ${why}`));
  const acknowledged = told.acknowledged.size;
  return { ...findings, crashes, whileOpening, acknowledged, unanswered: 0, errors };
}

/** Kills writers at random moments, on one ledger after another, two at a time. */
export async function killWriters(options: KillOptions): Promise<Report> {
  const { runs, seed, fault } = options;
  const ledgers = Array.from({ length: Math.ceil(runs / runsPerLedger) }, (_, number) => ({
    seed: `${seed} ${number}`,
    runs: Math.min(runsPerLedger, runs - number * runsPerLedger),
    fault,
  }));
  const reports: Report[] = [];
  const lane = async (): Promise<void> => {
    for (let next = ledgers.shift(); next !== undefined; next = ledgers.shift()) {
      const ledger = next;
      await inFolder(async (folder) => {
        reports.push(await killOn(placeIn(folder, options), ledger));
      });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return addReports(reports);
}
