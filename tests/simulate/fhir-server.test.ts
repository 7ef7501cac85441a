import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fhirSource, patientDays } from '../../src/fhir/index.ts';
import type { FhirServer } from '../../src/simulate/index.ts';
import { makeClinic, serveFhir } from '../../src/simulate/index.ts';

const clinic = makeClinic({ patients: 130 });
let server: FhirServer;
beforeAll(async () => {
  server = await serveFhir(clinic);
});
afterAll(() => server.close());

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('the FHIR server of a synthetic clinic', () => {
  test('pages through every patient', async () => {
    const source = fhirSource({ baseUrl: server.url });
    const patients = await collect(source.search('Patient', { _count: 20 }));
    expect(patients.map(({ id }) => id)).toEqual(clinic.persons.map(({ id }) => id));
    expect(source.counters.pages).toBe(7);
  });

  test('says of every resource that it is synthetic', async () => {
    const source = fhirSource({ baseUrl: server.url });
    const all = [
      ...(await collect(source.search('Patient'))),
      ...(await collect(source.search('Encounter'))),
    ];
    for (const resource of all) expect(JSON.stringify(resource['meta'])).toContain('HTEST');
  });

  test('finds the encounters of a patient, and ignores parameters it does not know', async () => {
    const source = fhirSource({ baseUrl: server.url });
    const person = clinic.persons.find(({ stays }) => stays.length === 2);
    const ids = person?.stays.map(({ id }) => id) ?? [];
    for (const patient of [person?.id ?? '', `Patient/${person?.id ?? ''}`]) {
      const found = await collect(
        source.search('Encounter', { patient, class: 'AMB', date: ['ge2030-01-01', 'lt2031'] }),
      );
      expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
      expect(found.every(({ subject }) => subject?.reference === `Patient/${person?.id}`)).toBe(
        true,
      );
    }
  });

  test('reads a resource by its id, and has no others', async () => {
    const source = fhirSource({ baseUrl: server.url });
    expect(await source.read('Patient', 'patient-0007')).toMatchObject({ id: 'patient-0007' });
    expect(await source.read('Patient', 'nobody')).toBeUndefined();
  });

  test('says what it can do', async () => {
    const answer: unknown = await (await fetch(`${server.url}/metadata`)).json();
    expect(answer).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
  });

  test.each([
    ['GET', '/Observation', 404],
    ['GET', '/Patient/a/b', 404],
    ['GET', '/Patient/%E0%A4%A', 400],
    ['POST', '/Patient', 405],
  ])('refuses %s %s with an OperationOutcome', async (method, path, status) => {
    const response = await fetch(server.url + path, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ resourceType: 'OperationOutcome' });
  });

  test('has stays in progress without an end, as of the end of the window', async () => {
    const all = await collect(fhirSource({ baseUrl: server.url }).search('Encounter'));
    const open = all.filter(({ status }) => status === 'in-progress');
    expect(open.length).toBeGreaterThan(0);
    expect(open.every(({ period }) => period?.end === undefined)).toBe(true);
  });

  test('gives the record as it was at another instant', async () => {
    const asOf = Date.parse('2026-10-20T12:00:00Z');
    await using earlier = await serveFhir(clinic, { asOf });
    const all = await collect(fhirSource({ baseUrl: earlier.url }).search('Encounter'));
    const stays = all.filter(({ id }) => /-[12]$/.test(id ?? ''));
    expect(stays.length).toBeGreaterThan(0);
    for (const { period } of stays) {
      expect(Date.parse(period?.start ?? '')).toBeLessThanOrEqual(asOf);
      if (period?.end !== undefined) expect(Date.parse(period.end)).toBeLessThanOrEqual(asOf);
    }
  });

  test('leads to patient-days of the inpatient stays alone, from admission on', async () => {
    const all = await collect(fhirSource({ baseUrl: server.url }).search('Encounter'));
    const { from, to, timeZone } = clinic.window;
    for (const person of clinic.persons) {
      const own = all.filter(({ subject }) => subject?.reference === `Patient/${person.id}`);
      const { days, faults } = patientDays(own, { timeZone, from, to });
      const elapsed = person.stays.reduce(
        (sum, stay) => sum + Math.max(0, Math.min(stay.to, to) - Math.max(stay.from, from)),
        0,
      );
      expect(faults).toEqual([]);
      expect(days.reduce((sum, day) => sum + day.elapsed, 0)).toBeCloseTo(elapsed / 86_400_000, 8);
    }
  });
});
