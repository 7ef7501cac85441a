import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fhirSource } from '../../src/fhir/client.ts';
import { patientDays } from '../../src/fhir/patient-days.ts';
import { fromR5 } from '../../src/fhir/r5/from-r5.ts';
import type { Encounter } from '../../src/fhir/r4.ts';
import { hostileServer, rejection, sendJson } from './hostile-server.ts';

const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const inpatient = [{ coding: [{ system: actCode, code: 'IMP' }] }];

describe('an Encounter of R5', () => {
  test('has the class, period and status that it had in R4', () => {
    const encounter = {
      resourceType: 'Encounter',
      id: 'e',
      status: 'completed',
      class: [{ coding: [{ system: 'urn:local', code: '7' }] }, ...inpatient],
      subject: { reference: 'Patient/a' },
      actualPeriod: { start: '2026-10-05T08:00:00Z', end: '2026-10-07T09:00:00Z' },
      admission: { dischargeDisposition: { text: 'home' } },
    };
    expect(fromR5(encounter)).toEqual({
      resourceType: 'Encounter',
      id: 'e',
      status: 'finished',
      class: { system: actCode, code: 'IMP', display: undefined },
      subject: { reference: 'Patient/a' },
      period: { start: '2026-10-05T08:00:00Z', end: '2026-10-07T09:00:00Z' },
      hospitalization: { dischargeDisposition: { text: 'home' } },
    });
  });

  test('counts as many patient-days as its like of R4', () => {
    const period = { start: '2026-10-05T08:00:00Z', end: '2026-10-07T09:00:00Z' };
    const common = { resourceType: 'Encounter' as const, id: 'e' };
    const r4: Encounter = { ...common, status: 'finished', class: { code: 'IMP' }, period };
    const r5 = { ...common, status: 'discharged', class: inpatient, actualPeriod: period };
    const options = {
      timeZone: 'America/New_York',
      from: Date.parse('2026-10-01T00:00:00Z'),
      to: Date.parse('2026-11-01T00:00:00Z'),
    };
    const counted = patientDays([fromR5(r5) as Encounter], options);
    expect(counted).toEqual(patientDays([r4], options));
    expect(counted.days).toHaveLength(3);
  });

  test.each([
    ['planned', 'planned'],
    ['in-progress', 'in-progress'],
    ['on-hold', 'onleave'],
    ['discharged', 'finished'],
    ['completed', 'finished'],
    ['discontinued', 'finished'],
    ['cancelled', 'cancelled'],
    ['entered-in-error', 'entered-in-error'],
    ['unknown', 'unknown'],
    ['constructor', 'constructor'],
  ])('that is %s was %s', (status, was) => {
    expect(fromR5({ resourceType: 'Encounter', status })['status']).toBe(was);
  });

  test('of a patient on leave was on leave', () => {
    const encounter = {
      resourceType: 'Encounter',
      status: 'in-progress',
      subjectStatus: { coding: [{ code: 'on-leave' }] },
    };
    expect(fromR5(encounter)['status']).toBe('onleave');
    expect(fromR5({ ...encounter, status: 'completed' })['status']).toBe('finished');
  });
});

describe('a request of R5', () => {
  test.each([
    [
      { concept: { coding: [{ code: '1' }] } },
      { medicationCodeableConcept: { coding: [{ code: '1' }] } },
    ],
    [
      { reference: { reference: 'Medication/m' } },
      { medicationReference: { reference: 'Medication/m' } },
    ],
    [{}, {}],
    [undefined, {}],
  ])('for the medication %j names it as R4 does', (medication, elements) => {
    const request = {
      resourceType: 'MedicationRequest',
      id: 'r',
      status: 'ended',
      intent: 'order',
    };
    expect(fromR5({ ...request, medication })).toEqual({
      ...request,
      status: 'completed',
      ...elements,
    });
  });

  test('for a medication that is only reported says so', () => {
    const request = { resourceType: 'MedicationRequest', id: 'r' };
    expect(fromR5({ ...request, reported: true })).toMatchObject({ reportedBoolean: true });
  });

  test('for a service has the concept of its code alone', () => {
    const request = { resourceType: 'ServiceRequest', id: 'r', status: 'active' };
    const code = { coding: [{ system: 'http://loinc.org', code: '4548-4' }] };
    expect(fromR5({ ...request, code: { concept: code } })).toEqual({ ...request, code });
    const defined = { ...request, code: { reference: { reference: 'PlanDefinition/p' } } };
    expect(fromR5(defined)).toEqual(request);
  });

  test('and whatever else comes out as it is, and nothing makes it throw', () => {
    const other = { resourceType: 'Immunization', id: 'i', vaccineCode: { coding: [] } };
    expect(fromR5(other)).toBe(other);
    const types = fc.constantFrom('Encounter', 'MedicationRequest', 'ServiceRequest', 'toString');
    fc.assert(
      fc.property(
        types,
        fc.dictionary(
          fc.constantFrom('class', 'status', 'medication', 'code', 'subjectStatus'),
          fc.jsonValue(),
        ),
        (resourceType, elements) => {
          expect(fromR5({ ...elements, resourceType }).resourceType).toBe(resourceType);
        },
      ),
    );
  });
});

describe('a server of R5', () => {
  const encounter = { resourceType: 'Encounter', id: 'e', status: 'completed', class: inpatient };
  const serve = (fhirVersion: unknown) =>
    hostileServer(({ url }, response) => {
      if (url === '/metadata')
        return sendJson(response, { resourceType: 'CapabilityStatement', fhirVersion });
      if (url === '/Encounter/e') return sendJson(response, encounter);
      sendJson(response, { resourceType: 'Bundle', entry: [{ resource: encounter }] });
    });
  const quick = { sleep: () => Promise.resolve() };

  test('is noticed by its CapabilityStatement, once, and read as one of R4', async () => {
    await using server = await serve('5.0.0');
    const source = fhirSource({ baseUrl: server.url, version: 'detect', ...quick });
    const [read] = await Promise.all([
      source.read('Encounter', 'e'),
      source.read('Encounter', 'e'),
    ]);
    expect(read).toMatchObject({ status: 'finished', class: { code: 'IMP' } });
    for await (const each of source.search('Encounter')) expect(each).toEqual(read);
    expect(server.heard.filter(({ url }) => url === '/metadata')).toHaveLength(1);
  });

  test('is left as it is where R4 is spoken', async () => {
    await using server = await serve('4.0.1');
    for (const version of ['detect', 'R4', undefined] as const) {
      const source = fhirSource({ baseUrl: server.url, version, ...quick });
      expect(await source.read('Encounter', 'e')).toEqual(encounter);
    }
    const told = fhirSource({ baseUrl: server.url, version: 'R5', ...quick });
    expect(await told.read('Encounter', 'e')).toMatchObject({ status: 'finished' });
  });

  test.each(['3.0.2', '6.0.0-ballot3', '', 5, undefined])(
    'of version %j is refused',
    async (version) => {
      await using server = await serve(version);
      const source = fhirSource({ baseUrl: server.url, version: 'detect', ...quick });
      expect((await rejection(source.read('Encounter', 'e'))).message).toMatch(/give `version`/);
    },
  );
});
