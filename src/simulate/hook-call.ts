import { derivedId } from '../events/ids.ts';
import type { Clinic } from './clinic.ts';
import type { Firing } from './firings.ts';
import { encounterAtCall, patientResource } from './resources.ts';

/** The body of the CDS Hooks call of a firing: patient-view, with patient and encounter prefetched. */
export function hookCall(clinic: Clinic, firing: Firing): string {
  const { person, stay } = firing;
  return JSON.stringify({
    hook: 'patient-view',
    hookInstance: derivedId(
      'hook',
      String(clinic.settings.seed),
      `${person.index}-${firing.number}`,
    ),
    context: {
      userId: `Practitioner/${clinic.staff.clinicians[firing.clinician]?.id ?? 'clinician'}`,
      patientId: person.id,
      encounterId: stay.id,
    },
    prefetch: {
      patient: patientResource(person),
      encounter: encounterAtCall(clinic, [person, stay], firing.place),
    },
  });
}
