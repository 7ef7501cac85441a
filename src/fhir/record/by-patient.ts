import { FhirError } from '../../errors.ts';
import { addDays, calendarDay } from '../../trial/calendar.ts';
import type { FhirSource, SearchParameters } from '../client.ts';
import type { OrderResource } from '../orders/order-rule.ts';
import type { Encounter, Patient, ResourceOf } from '../r4.ts';
import { isFhirId } from '../reference.ts';
import { inOrder } from './in-order.ts';
import { medicationsBy } from './medications.ts';
import { newestOf } from './newest.ts';
import type { PatientReading, ReadingPlan, SearchedType } from './reading.ts';
import { isReplaced, orderTaker, orderTypes, patientOf, withoutNarrative } from './reading.ts';
import { refusals } from './refusals.ts';
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
  if (isFhirId(id)) return id;
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
export async function* readByPatient(
  source: Pick<FhirSource, 'search' | 'read'>,
  options: ByPatientOptions,
): AsyncGenerator<PatientReading, void, undefined> {
  const { plan, concurrency } = options;
  const medicationOf = medicationsBy((id) => source.read('Medication', id));
  const refused = refusals();

  /** The resources of one type and one patient. */
  async function* of<T extends SearchedType>(
    type: T,
    { patient, onOther }: { readonly patient: string; readonly onOther: (type: T) => void },
  ): AsyncGenerator<ResourceOf<T>, void, undefined> {
    for await (const resource of source.search(type, parametersOf(type, { plan, patient }))) {
      // A server that does not know a parameter may leave it out, and send those of everybody.
      if (patientOf(resource) === patient) yield resource;
      else onOther(type);
    }
    refused.given(type);
  }

  const read = async (given: Patient | string): Promise<PatientReading> => {
    const id = nameOf(given);
    const skips = skipCounter();
    const encounters: Encounter[] = [];
    const orders = orderTaker(plan, skips);
    let patient = typeof given === 'string' ? undefined : given;
    let isWhole = true;
    const onOther = (type: SearchedType): void => {
      skips.add(type, 'another patient than asked for');
      // It may be of this one, written otherwise.
      if (type === 'Encounter') isWhole = false;
    };
    let type: SearchedType | 'Patient' = 'Patient';
    try {
      if (plan.wantsDays) {
        patient ??= await source.read('Patient', id);
        if (patient === undefined) {
          skips.add('Patient', 'not in the record');
          return { id, patient, encounters, orders: [], isWhole: false, skipped: skips.all };
        }
        refused.given(type);
        type = 'Encounter';
        for await (const encounter of of(type, { patient: id, onOther })) {
          encounters.push(withoutNarrative(encounter));
        }
      }
      for (type of plan.wantsOrdersOf(id) ? orderTypes(plan) : []) {
        for await (const resource of of(type, { patient: id, onOther })) {
          orders.take(resource, await medicationOf(resource));
        }
      }
    } catch (error) {
      if (!refused.isOfOne(type, error)) throw error;
      return {
        id,
        patient,
        encounters: [],
        orders: [],
        isWhole: false,
        refused: type,
        skipped: {},
      };
    }
    if (patient !== undefined && isReplaced(patient)) {
      skips.add('Patient', 'replaced by another');
      isWhole = false;
    }
    return {
      id,
      patient,
      encounters: newestOf(encounters),
      orders: orders.all(),
      isWhole,
      skipped: skips.all,
    };
  };
  yield* inOrder(onceEach(options), { atOnce: concurrency, work: read });
  refused.end();
}
