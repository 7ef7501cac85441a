import type { FhirCoding, Resource } from '../r4.ts';
import { valueOf } from '../value-of.ts';

const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

/** What the statuses of R5 that R4 does not have were called there. */
const statuses: Readonly<Record<string, string>> = {
  // Begun and interrupted, as by a leave.
  'on-hold': 'onleave',
  // The patient has left; what is still open is paperwork.
  discharged: 'finished',
  completed: 'finished',
  // Begun, and ended before its purpose was reached: the time was spent all the same.
  discontinued: 'finished',
};

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textAt(value: unknown, name: string): string | undefined {
  const text = valueOf(value, name);
  return typeof text === 'string' ? text : undefined;
}

function codingsOf(concept: unknown): readonly FhirCoding[] {
  return listOf(valueOf(concept, 'coding')).map((coding) => ({
    system: textAt(coding, 'system'),
    code: textAt(coding, 'code'),
    display: textAt(coding, 'display'),
  }));
}

/** Of the codings of all classes, the first of the system that R4 has them of, else the first. */
function classOf(classes: unknown): FhirCoding | undefined {
  const codings = listOf(classes).flatMap(codingsOf);
  return codings.find(({ system }) => system === actCode) ?? codings[0];
}

/** In R5 a leave may be told of the patient while the encounter goes on. */
function isOnLeave(encounter: Resource): boolean {
  return codingsOf(encounter['subjectStatus']).some(({ code }) => code === 'on-leave');
}

function statusOf(encounter: Resource): unknown {
  const { status } = encounter;
  if (typeof status !== 'string') return status;
  if (status === 'in-progress' && isOnLeave(encounter)) return 'onleave';
  return Object.hasOwn(statuses, status) ? statuses[status] : status;
}

/** An Encounter of R5 in the form of R4. */
export function encounterFromR5(encounter: Resource): Resource {
  const { class: classes, actualPeriod, admission, ...rest } = encounter;
  return {
    ...rest,
    status: statusOf(encounter),
    ...(classes === undefined ? {} : { class: classOf(classes) }),
    ...(actualPeriod === undefined ? {} : { period: actualPeriod }),
    ...(admission === undefined ? {} : { hospitalization: admission }),
  };
}
