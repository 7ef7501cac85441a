import type { TrialEvent } from '../../src/events/event.ts';
import type { Trial } from '../../src/index.ts';
import type { Store, TrialLog } from '../../src/store/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listOf } from '../allocation/list/fixtures.ts';
import { planted } from '../planted.ts';
import { during, trialWith } from '../trials.ts';

/** After the last response window of the trials here. */
export const over: number = Date.UTC(2026, 10, 20);
/** On the day of the events. */
export const running: number = during + 3_600_000;

/** A trial of each unit; that of practices allocates from a list. */
export function trialOf(unit: string, changes: Readonly<Record<string, unknown>> = {}): Trial {
  const allocation = { kind: 'listed', method: { method: 'complete' } };
  return trialWith({
    unit,
    ...(unit === 'practice' ? { allocation } : {}),
    strata: ['age'],
    secondary: [
      { metric: 'acceptedPerPatientDay', better: 'higher', patientDays: 'elapsed' },
      { metric: 'orderRate', better: 'higher' },
      { metric: 'alertsPerClinicianDay', better: 'lower' },
      { metric: 'acceptancePerEligiblePatient', better: 'higher' },
    ],
    ...changes,
  });
}

/** Logs something of every kind for so many patients. */
async function fill(log: TrialLog, patients: number): Promise<void> {
  for (let i = 0; i < patients; i += 1) {
    const subject = {
      patient: planted('mrn', i),
      practice: `practice-${1 + (i % 3)}`,
      clinician: planted('clinician', i % 5),
      encounter: planted('encounter', i),
      strata: { age: i % 2 === 0 ? '65+' : '<65' },
    };
    const assigned = log.assign(subject);
    const { id } = log.impression(assigned, {
      stage: i % 7 === 6 ? 'silent' : 'returned',
      alert: 'influenza',
    });
    log.patientDays(subject, { day: '2026-11-01', calendar: 1, midnight: 1, elapsed: 0.4 });
    if (i % 3 === 0) log.acceptance(id, { suggestion: 'd9c1f1c8-1111-4111-8111-000000000001' });
    if (i % 3 === 1) {
      log.dismissal(id, {
        override: { system: 'https://site.example/reasons', code: ' not  now', display: 'Not now' },
      });
    }
    if (i % 4 === 0) {
      log.acceptedOrder(id, {
        route: i % 8 === 0 ? 'click' : 'window',
        order: { system: 'http://hl7.org/fhir/sid/cvx', code: '150' },
      });
    }
    if (i === 1) log.deviation(assigned, 'arm-failed');
    await log.flush();
    if (i === 0) {
      log.patientDays(subject, { day: '2026-11-01', calendar: 1, midnight: 0, elapsed: 0.2 });
    }
  }
  await log.flush();
}

/** A ledger with events of every kind. */
export async function ledgerOf(trial: Trial, patients = 14): Promise<Store> {
  const store = memoryStore({ key: 'ab'.repeat(32) });
  const allocation = trial.unit === 'practice' ? listOf(trial, 4) : undefined;
  await using log = await openLog(trial, store, { now: () => during, allocation });
  await fill(log, patients);
  const [first] = await all(store.read({ trial: trial.fingerprint }));
  if (first === undefined) throw new Error('nothing was logged');
  const lost = { randomized: false, reason: 'fault', unitId: null } as const;
  await store.append([
    {
      ...base(first.event),
      ...lost,
      id: '018f0000-0000-7000-8000-00000000ffff',
      type: 'gap',
      from: during,
      to: during - 9,
      count: 3,
    },
  ]);
  return store;
}

function base(event: TrialEvent) {
  const { trial, arm, stratum, at, day, receivedAt } = event;
  return { trial, arm, stratum, at, day, receivedAt };
}

/** Everything that comes, in a list. */
export async function all<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const each of source) list.push(each);
  return list;
}

/** Every line of every file of an export. */
export async function linesOf(folder: string): Promise<readonly unknown[]> {
  const lines: unknown[] = [];
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.ndjson')) continue;
    const text = await readFile(join(folder, name), 'utf8');
    for (const line of text.trimEnd().split('\n')) lines.push(JSON.parse(line));
  }
  return lines;
}
