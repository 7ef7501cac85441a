import { createHash } from 'node:crypto';
import type { Encounter, Medication, Patient } from '../r4.ts';
import { isFhirId, listOf } from '../reference.ts';
import { medicationsBy } from './medications.ts';
import type { FindMedication } from './medications.ts';
import { newestOf, updatedAt } from './newest.ts';
import type { OrderTaker, PatientReading, ReadingPlan, RecordSource } from './reading.ts';
import { isReplaced, orderTaker, orderTypes, patientOf, withoutNarrative } from './reading.ts';
import type { SkipCounter } from './skips.ts';
import { skipCounter } from './skips.ts';

/** How a record is read as a whole. */
export interface ByTypeOptions {
  readonly plan: ReadingPlan;
  /** How often the whole record is read, each time for a part of the patients: the memory is divided by it. */
  readonly passes: number;
  /** Whether a patient has been gone through before. */
  readonly isDone: (patient: string) => boolean;
  /** Told how many patients there are, when that is known. */
  readonly onTotal: (patients: number) => void;
  /** What is left out and belongs to no patient who is read. */
  readonly skips: SkipCounter;
}

/** Everything that is kept of one patient until all types have been read. */
interface Kept {
  readonly patient: Patient;
  readonly encounters: Encounter[];
  readonly orders: OrderTaker;
  readonly skips: SkipCounter;
}

/** The pass in which a patient is read: the same whatever the order of the resources. */
function passOf(patient: string, passes: number): number {
  if (passes === 1) return 0;
  return createHash('sha256').update(patient, 'utf8').digest().readUInt32LE() % passes;
}

/** Only those medications are kept that the rule names. */
async function medicationsOf(
  source: Pick<RecordSource, 'search'>,
  plan: ReadingPlan,
): Promise<FindMedication> {
  const named = new Map<string, Medication>();
  if (orderTypes(plan).includes('MedicationRequest')) {
    const codes = plan.rule?.codes ?? [];
    for await (const medication of source.search('Medication', { _count: plan.pageSize })) {
      const isNamed = listOf(medication.code?.coding).some((coding) =>
        codes.some(({ system, code }) => coding.system === system && coding.code === code),
      );
      if (isNamed && medication.id !== undefined) named.set(medication.id, medication);
    }
  }
  return medicationsBy((id) => Promise.resolve(named.get(id)));
}

/**
 * Reads a record as a whole, one type after the other: an export, or a server of your own. What is
 * read is kept until all of a patient is there; of orders, only those of the rule are.
 */
export async function* readByType(
  source: Pick<RecordSource, 'search' | 'isWhole'>,
  { plan, passes, isDone, onTotal, skips }: ByTypeOptions,
): AsyncGenerator<PatientReading, void, undefined> {
  const { pageSize } = plan;
  const medicationOf = await medicationsOf(source, plan);
  const all = new Set<string>();
  /** Whether an encounter does not say whose it is: it may be anybody's. */
  let isStray = false;
  for (let pass = 0; pass < passes; pass += 1) {
    const kept = new Map<string, Kept>();
    for await (const patient of source.search('Patient', { _count: pageSize })) {
      const { id } = patient;
      if (!isFhirId(id)) {
        if (pass === 0) skips.add('Patient', 'no id that can be used');
        continue;
      }
      all.add(id);
      if (passOf(id, passes) !== pass || isDone(id)) continue;
      const known = kept.get(id)?.patient;
      if (known !== undefined && updatedAt(known) > updatedAt(patient)) continue;
      const own = skipCounter();
      const orders = orderTaker(plan, own);
      kept.set(id, { patient, encounters: [], orders, skips: own });
    }
    onTotal(all.size);
    const find = (resource: Parameters<typeof patientOf>[0]): Kept | undefined => {
      const id = patientOf(resource);
      // What is of nobody is said once, however many passes there are.
      if (pass === 0 && id === undefined) skips.add(resource.resourceType, 'no patient');
      else if (pass === 0 && id !== undefined && !all.has(id)) {
        skips.add(resource.resourceType, 'a patient who is not in the record');
      }
      return id === undefined ? undefined : kept.get(id);
    };
    if (plan.wantsDays) {
      for await (const encounter of source.search('Encounter', { _count: pageSize })) {
        isStray ||= patientOf(encounter) === undefined;
        find(encounter)?.encounters.push(withoutNarrative(encounter));
      }
    }
    for (const type of orderTypes(plan)) {
      for await (const resource of source.search(type, { _count: pageSize })) {
        const found = find(resource);
        const id = found?.patient.id;
        if (found === undefined || id === undefined || !plan.wantsOrdersOf(id)) continue;
        found.orders.take(resource, await medicationOf(resource));
      }
    }
    const isWhole = !isStray && source.isWhole !== false;
    for (const [id, { patient, encounters, orders, skips: own }] of kept) {
      kept.delete(id);
      if (isReplaced(patient)) own.add('Patient', 'replaced by another');
      yield {
        id,
        patient,
        encounters: newestOf(encounters),
        orders: orders.all(),
        isWhole: isWhole && !isReplaced(patient),
        skipped: own.all,
      };
    }
  }
}
