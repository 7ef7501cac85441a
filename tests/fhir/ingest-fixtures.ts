import type { Encounter, MedicationRequest, Patient, Resource } from '../../src/fhir/r4.ts';
import type { OrderRule } from '../../src/fhir/orders/order-rule.ts';
import type { RecordOptions } from '../../src/fhir/record/options.ts';
import { influenzaTrial } from '../../src/simulate/index.ts';
import type { Store } from '../../src/store/index.ts';
import { openLog } from '../../src/store/index.ts';

/** The key of the ledgers of these tests. */
export const key = 'cd'.repeat(32);
export const hour = 3_600_000;
/** Noon in New York on the third day of the trial. */
export const noon = Date.parse('2026-10-07T16:00:00Z');
export const cutOff = Date.parse('2026-10-20T16:00:00Z');

const shot = { system: 'http://hl7.org/fhir/sid/cvx', code: '88' };
export const rule: OrderRule = { codes: [shot] };

export const patient = (id: string): Patient => ({ resourceType: 'Patient', id });

export const encounter = (
  id: string,
  subject: string,
  rest: Partial<Encounter> = {},
): Encounter => ({
  resourceType: 'Encounter',
  id,
  status: 'finished',
  class: { code: 'IMP' },
  subject: { reference: `Patient/${subject}` },
  period: { start: '2026-10-07T12:00:00Z', end: '2026-10-09T12:00:00Z' },
  ...rest,
});

export const medication = (
  id: string,
  subject: string,
  rest: Partial<MedicationRequest> = {},
): MedicationRequest => ({
  resourceType: 'MedicationRequest',
  id,
  status: 'active',
  intent: 'order',
  medicationCodeableConcept: { coding: [shot] },
  subject: { reference: `Patient/${subject}` },
  authoredOn: new Date(noon + hour).toISOString(),
  ...rest,
});

/** Patients with a stay of three days and an order each. */
export const recordOf = (ids: readonly string[]): readonly Resource[] =>
  ids.flatMap((id) => [
    patient(id),
    encounter(`stay-${id}`, id),
    medication(`shot-${id}`, id),
    medication(`other-${id}`, id, { medicationCodeableConcept: { coding: [{ code: '1' }] } }),
  ]);

/** What is asked for where nothing else is said. */
export const everything = (
  ledger: Store,
): RecordOptions<(typeof influenzaTrial)['protocol']> & { readonly ledger: Store } => ({
  ledger,
  cutOff,
  days: { eligible: () => true },
  orders: rule,
});

/** Fires the alert at noon for each patient, with ids that are the same each time. */
export async function fireFor(ids: readonly string[], store: Store): Promise<void> {
  await using log = await openLog(influenzaTrial, store, { now: () => cutOff });
  for (const [index, id] of ids.entries()) {
    log.impression(log.assign({ patient: id }, { at: noon }), {
      id: `018f0000-0000-7000-8000-${String(index).padStart(10, '0')}00`,
      stage: 'returned',
      alert: 'shot',
      at: noon,
    });
  }
  await log.flush();
}

/** Everything that a ledger holds, in an order of its own, without the time at which it was learnt. */
export async function contentOf(store: Store): Promise<readonly string[]> {
  const events: string[] = [];
  for await (const { event } of store.read({ trial: influenzaTrial.fingerprint })) {
    events.push(JSON.stringify({ ...event, receivedAt: 0 }));
  }
  return events.sort();
}
