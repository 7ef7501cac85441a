import type { SubjectIds } from '../allocation/subject.ts';
import type { KnownSubject } from '../intake/known-subject.ts';
import { hasUnit } from '../intake/known-subject.ts';
import type { Unit } from '../trial/protocol.ts';
import type { Encounter, Patient } from './r4.ts';

/** What the record tells of a patient. */
export interface PatientRecord {
  readonly id: string;
  readonly patient: Patient;
  readonly encounters: readonly Encounter[];
}

/** How encounters are grouped. */
export interface GroupingOptions<U extends Unit> {
  readonly unit: U;
  readonly eligible: (patient: Patient, encounter: Encounter) => boolean;
  /** The ids of the subject, or `undefined` when the unit is not known. */
  readonly subjectOf: (patient: Patient, encounter: Encounter) => SubjectIds | undefined;
  /** Told of each encounter that is left out, and why. */
  readonly skip: (reason: string) => void;
}

/** The encounters of one subject. */
interface SubjectEncounters<U extends Unit> {
  readonly subject: KnownSubject<U>;
  readonly encounters: readonly Encounter[];
}

/** The eligible encounters of a patient. */
export interface GroupedEncounters<U extends Unit> {
  readonly groups: readonly SubjectEncounters<U>[];
  /** Whether the unit of each of them is known. */
  readonly isWhole: boolean;
}

/** The eligible encounters of a patient, grouped by the subject that they belong to. */
export function bySubject<U extends Unit>(
  { id, patient, encounters }: PatientRecord,
  { unit, eligible, subjectOf, skip }: GroupingOptions<U>,
): GroupedEncounters<U> {
  const groups = new Map<string, { subject: KnownSubject<U>; encounters: Encounter[] }>();
  let isWhole = true;
  for (const encounter of encounters) {
    const isEligible: unknown = eligible(patient, encounter);
    // A promise is true whatever it comes to, and would make everybody eligible.
    if (typeof isEligible !== 'boolean') {
      throw new TypeError('`eligible` must give true or false, and at once');
    }
    if (!isEligible) {
      skip('not eligible');
      continue;
    }
    const known = subjectOf(patient, encounter);
    const subject = { ...known, patient: known?.patient ?? id };
    if (known === undefined || !hasUnit<U>(subject, unit)) {
      skip('unit not known');
      isWhole = false;
      continue;
    }
    // One patient has one time at risk in a unit, however many encounters it is made of.
    const key = JSON.stringify([subject[unit], subject.patient]);
    const group = groups.get(key) ?? { subject, encounters: [] };
    groups.set(key, group);
    group.encounters.push(encounter);
  }
  return { groups: [...groups.values()], isWhole };
}
