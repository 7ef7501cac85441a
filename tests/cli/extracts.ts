import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { openStore } from '../../src/store/index.ts';
import type { Sums } from '../../src/store/index.ts';
import { planted } from '../planted.ts';
import { discard, makeFolder } from '../store/place.ts';
import { protocol } from '../trials.ts';
import type { Ran } from './command.ts';
import { commandHere } from './command.ts';

/** Where files of these tests lie. */
export interface Place {
  /** A file among what is given, which identifies persons as extracts do. */
  readonly give: (name: string, content: string | object) => string;
  /** A name among what the command writes, which must identify nobody. */
  readonly made: (name: string) => string;
}

/** Two folders for the tests of a file: they are removed after all of them. */
export function placeForFiles(): Place {
  const given = mkdtempSync(join(tmpdir(), 'rapidcycle-given-'));
  const made = makeFolder();
  afterAll(async () => {
    rmSync(given, { recursive: true, force: true });
    await discard(made);
  });
  return {
    give: (name, content) => {
      const file = join(given, name);
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      return file;
    },
    made: (name) => join(made, name),
  };
}

/** Registers a trial in a new ledger, as a user would. */
export async function registered(
  place: Place,
  name: string,
  changes: object = {},
): Promise<string> {
  const ledger = place.made(`${name}.db`);
  const file = place.give(`${name}.json`, { ...protocol, ...changes });
  const { code, err } = await commandHere(['register', file, '--ledger', ledger]);
  if (code !== 0) throw new Error(err);
  return ledger;
}

/** Every event of a ledger, as it is. */
export async function eventsOf(ledger: string): Promise<readonly string[]> {
  await using store = await openStore(ledger, { key: null });
  const events: string[] = [];
  for (const { fingerprint } of await store.trials()) {
    for await (const each of store.read({ trial: fingerprint })) events.push(JSON.stringify(each));
  }
  return events;
}

/** What a ledger counts over all units of its one trial. */
export async function totalsOf(ledger: string, names: readonly (keyof Sums)[]): Promise<object> {
  await using store = await openStore(ledger, { key: null });
  const [trial] = await store.trials();
  const units = await store.summaries(trial?.fingerprint ?? '');
  const sumOf = (name: keyof Sums): number => units.reduce((sum, unit) => sum + unit[name], 0);
  return Object.fromEntries(names.map((name) => [name, sumOf(name)]));
}

export const zone: readonly string[] = ['--zone', 'America/New_York'];
export const cutOff: readonly string[] = ['--cut-off', '2026-10-20T16:00:00Z'];
export const mrn = (number: number): string => planted('mrn', number);

/** Patients 1 to 3 saw the alert at noon of 7 October; one row is of another time, one is no time. */
export const alerts: string = [
  'showing_id,shown_at,patient_id,clinician_id,encounter_id,practice_id,alert,status,override_reason,order_code,answered_at',
  `1,2026-10-07 12:00:00,${mrn(1)},${planted('clinician', 1)},,north,flu,displayed,,,`,
  `2,2026-10-07 12:00:00,${mrn(2)},${planted('clinician', 1)},,north,flu,overridden,later,,2026-10-07 12:01:00`,
  `3,2026-10-07 12:00:00,${mrn(3)},${planted('clinician', 1)},,south,flu,accepted,,140,2026-10-07 12:01:00`,
  `4,2024-10-07 12:00:00,${mrn(3)},${planted('clinician', 1)},,south,flu,displayed,,,`,
  `5,yesterday,${mrn(3)},${planted('clinician', 1)},,south,flu,displayed,,,`,
  '',
].join('\n');

/** Imports the alert log above. */
export function importAlerts(
  place: Place,
  { ledger, rest = [] }: { readonly ledger: string; readonly rest?: readonly string[] },
): Promise<Ran> {
  const file = place.give('alerts.csv', alerts);
  return commandHere(['ingest', 'csv', ledger, file, '--preset', 'generic', ...zone, ...rest]);
}
