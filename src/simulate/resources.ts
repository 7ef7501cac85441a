import { randomStream } from '../stats/index.ts';
import type { Clinic } from './clinic.ts';
import type { JsonObject } from './json.ts';
import type { Person, Stay } from './persons.ts';
import type { PlaceKind } from './places.ts';
import { placeSystem } from './places.ts';
import { day24 } from './window.ts';

// The tag by which HL7 marks health data that are of nobody.
const synthetic = {
  tag: [
    {
      system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
      code: 'HTEST',
      display: 'test health data',
    },
  ],
} as const;

const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const inpatient = { system: actCode, code: 'IMP', display: 'inpatient encounter' } as const;
const emergency = { system: actCode, code: 'EMER', display: 'emergency' } as const;
const ambulatory = { system: actCode, code: 'AMB', display: 'ambulatory' } as const;

const placeNames: Readonly<Record<PlaceKind, string>> = {
  HU: 'Hospital unit',
  CATH: 'Cardiac catheterization lab',
  ENDOS: 'Endoscopy lab',
  RADDX: 'Radiology diagnostics or therapeutics unit',
};

const instant = (at: number): string => new Date(at).toISOString();

/** The Patient resource of a person. */
export function patientResource(person: Person): JsonObject {
  return (
    person.record?.patient ?? {
      resourceType: 'Patient',
      id: person.id,
      meta: synthetic,
      active: true,
      gender: person.gender,
      birthDate: person.birthDate,
    }
  );
}

function location(id: string, kind: PlaceKind, status: string): JsonObject {
  return {
    location: { reference: `Location/${id}`, display: id },
    status,
    physicalType: {
      coding: [{ system: placeSystem, code: kind, display: placeNames[kind] }],
    },
  };
}

function base(clinic: Pick<Clinic, 'wards'>, person: Person, stay: Stay): JsonObject {
  const ward = clinic.wards[stay.ward]?.id ?? 'ward';
  return {
    ...(stay.record ?? { resourceType: 'Encounter', id: stay.id, meta: synthetic }),
    class: inpatient,
    subject: { reference: `Patient/${person.id}` },
    serviceProvider: { reference: `Organization/${ward}`, display: ward },
  };
}

function historyOf(stay: Stay): JsonObject {
  if (stay.emergencyFrom === undefined) return {};
  return {
    classHistory: [
      {
        class: emergency,
        period: { start: instant(stay.emergencyFrom), end: instant(stay.from) },
      },
      { class: inpatient, period: { start: instant(stay.from) } },
    ],
  };
}

/**
 * The Encounter of a stay as the record has it at an instant: in progress and without an end until
 * discharge.
 *
 * @param asOf milliseconds
 */
export function encounterResource(
  clinic: Pick<Clinic, 'wards'>,
  [person, stay]: readonly [Person, Stay],
  asOf: number,
): JsonObject {
  const start = instant(stay.emergencyFrom ?? stay.from);
  const ended = stay.to <= asOf;
  const ward = clinic.wards[stay.ward]?.id ?? 'ward';
  return {
    ...base(clinic, person, stay),
    ...historyOf(stay),
    status: ended ? 'finished' : 'in-progress',
    period: ended ? { start, end: instant(stay.to) } : { start },
    location: [location(ward, 'HU', ended ? 'completed' : 'active')],
  };
}

/** The Encounter of a stay while its chart is opened somewhere: where the patient is now is active. */
export function encounterAtCall(
  clinic: Pick<Clinic, 'wards'>,
  [person, stay]: readonly [Person, Stay],
  place: PlaceKind,
): JsonObject {
  const ward = clinic.wards[stay.ward]?.id ?? 'ward';
  return {
    ...base(clinic, person, stay),
    ...historyOf(stay),
    status: 'in-progress',
    period: { start: instant(stay.emergencyFrom ?? stay.from) },
    location:
      place === 'HU'
        ? [location(ward, 'HU', 'active')]
        : [
            location(ward, 'HU', 'reserved'),
            location(`procedural-${place.toLowerCase()}`, place, 'active'),
          ],
  };
}

/**
 * Encounters of a person that are no patient-days and must not be counted: visits to a clinic,
 * admissions planned for later, and admissions that were cancelled.
 */
export function otherEncounters(clinic: Clinic, person: Person): readonly JsonObject[] {
  if (person.record !== undefined) return person.record.encounters;
  const { settings, window } = clinic;
  const random = randomStream([settings.seed, 'other encounters'], person.index);
  const number = person.id.replace('patient-', '');
  const other = (name: string, rest: JsonObject): JsonObject => ({
    resourceType: 'Encounter',
    id: `encounter-${number}-${name}`,
    meta: synthetic,
    subject: { reference: `Patient/${person.id}` },
    ...rest,
  });
  const place = window.from + Math.floor(random.next() * (window.to - window.from));
  const kind = random.next();
  if (kind < 0.2) {
    const period = { start: instant(place), end: instant(place + 1_800_000) };
    return [other('visit', { status: 'finished', class: ambulatory, period })];
  }
  if (kind < 0.24) {
    const period = { start: instant(place), end: instant(place + 2 * day24) };
    return [other('cancelled', { status: 'cancelled', class: inpatient, period })];
  }
  if (kind < 0.28) {
    return [
      other('planned', {
        status: 'planned',
        class: inpatient,
        period: { start: instant(window.to + day24) },
      }),
    ];
  }
  return [];
}
