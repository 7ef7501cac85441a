import { FhirError } from '../../errors.ts';
import type { ToldOrder } from '../../intake/order-recorder.ts';
import { addDays, calendarDay } from '../../trial/calendar.ts';
import type { FhirSource, SearchParameters } from '../client.ts';
import type { OrderResource } from '../orders/order-rule.ts';
import type { Encounter, Patient, ResourceOf } from '../r4.ts';
import { inOrder } from './in-order.ts';
import { medicationsBy } from './medications.ts';
import type { PatientReading, ReadingPlan, SearchedType } from './reading.ts';
import { orderTypes, patientOf, readOrder } from './reading.ts';
import type { SkipCounter } from './skips.ts';
import { skipCounter } from './skips.ts';

/** How a record is read one patient at a time. */
export interface ByPatientOptions {
  /** Patients, or the ids of some. Each is read once. */
  readonly patients: AsyncIterable<Patient | string> | Iterable<Patient | string>;
  readonly plan: ReadingPlan;
  /** Patients at once. */
  readonly concurrency: number;
  /** Whether a patient has been gone through before. */
  readonly isDone: (patient: string) => boolean;
}

/** The search parameter for when an order was placed. */
const placedParameter: Readonly<Record<OrderResource, string>> = {
  ServiceRequest: 'authored',
  MedicationRequest: 'authoredon',
  Immunization: 'date',
};

/**
 * The parameters of a search for one patient. Servers take a day to be of their own zone and some
 * look at the start of a period only: the time is widened, and what is found is looked at again here.
 */
function parametersOf(
  type: SearchedType,
  { plan, patient }: { readonly plan: ReadingPlan; readonly patient: string },
): SearchParameters {
  const last = `le${addDays(calendarDay(plan.until, 'UTC'), 2)}`;
  const first = `ge${addDays(calendarDay(plan.since, 'UTC'), -2)}`;
  return {
    patient,
    // An encounter may have begun at any time before.
    ...(type === 'Encounter' ? { date: last } : { [placedParameter[type]]: [first, last] }),
    _count: plan.pageSize,
    ...plan.searches[type],
  };
}

const nameOf = (patient: Patient | string): string => {
  const id = typeof patient === 'string' ? patient.replace(/^Patient\//, '') : patient.id;
  if (id !== undefined && /^[A-Za-z0-9\-.]{1,64}$/.test(id)) return id;
  throw new FhirError(
    'a patient cannot be read: an id is 1 to 64 letters, digits, "-" or ".", and each Patient has one',
  );
};

/** Each patient once, of those who have not been gone through. */
async function* onceEach({
  patients,
  isDone,
}: ByPatientOptions): AsyncGenerator<Patient | string, void, undefined> {
  const seen = new Set<string>();
  for await (const patient of patients) {
    const id = nameOf(patient);
    if (seen.has(id)) continue;
    seen.add(id);
    if (!isDone(id)) yield patient;
  }
}

/** Reads a record one patient at a time, as most record systems want it. */
export function readByPatient(
  source: Pick<FhirSource, 'search' | 'read'>,
  options: ByPatientOptions,
): AsyncIterable<PatientReading> {
  const { plan, concurrency } = options;
  const medicationOf = medicationsBy((id) => source.read('Medication', id));

  /** The resources of one type and one patient. */
  async function* of<T extends SearchedType>(
    type: T,
    { patient, skips }: { readonly patient: string; readonly skips: SkipCounter },
  ): AsyncGenerator<ResourceOf<T>, void, undefined> {
    for await (const resource of source.search(type, parametersOf(type, { plan, patient }))) {
      // A server that does not know a parameter may leave it out, and send those of everybody.
      if (patientOf(resource) === patient) yield resource;
      else skips.add(type, 'another patient than asked for');
    }
  }

  const read = async (given: Patient | string): Promise<PatientReading> => {
    const id = nameOf(given);
    const skips = skipCounter();
    const whose = { patient: id, skips };
    const encounters: Encounter[] = [];
    const orders: ToldOrder[] = [];
    let patient = typeof given === 'string' ? undefined : given;
    if (plan.wantsDays) {
      patient ??= await source.read('Patient', id);
      if (patient === undefined) skips.add('Patient', 'not in the record');
      else for await (const encounter of of('Encounter', whose)) encounters.push(encounter);
    }
    for (const type of plan.wantsOrdersOf(id) ? orderTypes(plan) : []) {
      for await (const resource of of(type, whose)) {
        const medication = await medicationOf(resource);
        const order = readOrder(resource, { plan, medication, skips });
        if (order !== undefined) orders.push(order);
      }
    }
    return { id, patient, encounters, orders, skipped: skips.all };
  };
  return inOrder(onceEach(options), { atOnce: concurrency, work: read });
}
