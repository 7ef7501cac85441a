import type { Trial } from '../../../src/index.ts';
import type { SequencedEvent, Store, TrialLog } from '../../../src/store/index.ts';
import { openLog } from '../../../src/store/index.ts';
import { hour, nine } from '../fixtures.ts';

/** The person that is told by a number, in a synthetic hospital. */
export const person = (number: number) => ({
  patient: `patient ${number}`,
  practice: `practice ${number % 7}`,
  clinician: `clinician ${number % 5}`,
  encounter: `encounter ${number}`,
});

/** Everything that a log writes, of so many patients. */
async function fill(log: TrialLog, patients: number): Promise<void> {
  const shown = { stage: 'displayed', alert: 'influenza', at: nine } as const;
  for (let number = 0; number < patients; number += 1) {
    const assignment = log.assign(person(number), { at: nine });
    const { id } = log.impression(assignment, shown);
    if (number % 3 === 0) log.acceptance(id, { at: nine + 60_000 });
    if (number % 3 === 1)
      log.dismissal(id, { at: nine + 60_000, override: { code: 'later', display: 'Later' } });
    if (number % 4 === 0) log.acceptedOrder(id, { route: 'window', at: nine + hour });
    if (number % 10 === 0) log.deviation(assignment, 'arm-failed', { at: nine });
    const day = { day: '2026-10-06', calendar: 1, midnight: 1, elapsed: 1 };
    log.patientDays(person(number), day);
    // A discharge that was entered late, and later on corrected again.
    if (number % 5 === 0) log.patientDays(person(number), { ...day, midnight: 0, elapsed: 0.5 });
    if (number % 10 === 0) log.patientDays(person(number), { ...day, midnight: 0, elapsed: 0.25 });
  }
  await log.flush();
}

/** Fills the ledger of a trial. */
export async function fillStore(store: Store, trial: Trial, patients: number): Promise<void> {
  const log = await openLog(trial, store, { now: () => nine + hour });
  await fill(log, patients);
  await log.close();
}

/** All events of a trial, in their order. */
export async function eventsOf(
  store: Store,
  { fingerprint }: Pick<Trial, 'fingerprint'>,
): Promise<readonly SequencedEvent['event'][]> {
  const events = [];
  for await (const { event } of store.read({ trial: fingerprint })) events.push(event);
  return events;
}
