import { derivedId } from '../../events/ids.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Names } from './names.ts';
import { absent, knownAs, labelsOf, referenceTo } from './names.ts';
import type { Participant } from './participants.ts';
import type { Phase } from './phase.ts';
import type { OutPeriod, OutResearchSubject } from './resources.ts';

/** Whether the units of a trial are patients, or of one patient each: R4 knows no other participants. */
export function hasSubjects({ unit }: Pick<Trial, 'unit'>): boolean {
  return unit === 'patient' || unit === 'encounter';
}

/**
 * A patient, or an encounter of one, with the arm that it was randomised to. The patient is known by a
 * pseudonym alone. `actualArm` is left out where the unit got other arms as well.
 *
 * @see https://hl7.org/fhir/R4/researchsubject.html
 */
export function researchSubject(
  trial: Trial,
  participant: Participant,
  { phase, names }: { readonly phase: Phase; readonly names: Names },
): OutResearchSubject {
  const { unitId, arm, patient, mixed } = participant;
  const id = derivedId('fhir', 'ResearchSubject', trial.fingerprint, unitId, arm);
  return {
    resourceType: 'ResearchSubject',
    id,
    ...labelsOf(trial, { pseudonyms: true }),
    identifier: [
      names.identifier('participation', id),
      ...(trial.unit === 'encounter' ? [names.identifier('encounter', unitId)] : []),
    ],
    status: statusIn(phase),
    period: periodOf(trial, participant, phase),
    study: referenceTo('ResearchStudy', trial.fingerprint),
    individual:
      patient === undefined
        ? absent('unknown')
        : knownAs('Patient', names.identifier('patient', patient)),
    assignedArm: arm,
    actualArm: mixed ? undefined : arm,
  };
}

function statusIn({ name }: Phase): OutResearchSubject['status'] {
  if (name === 'over') return 'off-study';
  return name === 'following' ? 'follow-up' : 'on-study';
}

/** From the first to the last that is known; without an end while there may be more. */
export function periodOf(
  { periods }: Pick<Trial, 'periods'>,
  { first, last }: Participant,
  { name }: Phase,
): OutPeriod | undefined {
  if (first === undefined || last === undefined) return undefined;
  const isOver = name === 'over' || periods.length > 1;
  return {
    start: new Date(first).toISOString(),
    end: isOver ? new Date(last).toISOString() : undefined,
  };
}
