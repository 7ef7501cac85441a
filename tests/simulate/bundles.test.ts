import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fhirSource, patientDays } from '../../src/fhir/index.ts';
import { clinicFromBundles, courseOf, runClinic, serveFhir } from '../../src/simulate/index.ts';
import { fakeService } from './fake-service.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bundles-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Stay {
  readonly start: string;
  readonly end?: string;
  readonly code?: string;
}

/** A transaction bundle of one patient, whose encounters refer to it by urn. */
function bundle(id: string, birthDate: string, stays: readonly Stay[]): unknown {
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl: `urn:uuid:${id}`, resource: { resourceType: 'Patient', id, birthDate } },
      { fullUrl: 'urn:uuid:o', resource: { resourceType: 'Organization', id: 'o' } },
      ...stays.map(({ code = 'IMP', ...period }, index) => ({
        fullUrl: `urn:uuid:${id}-${index}`,
        resource: {
          resourceType: 'Encounter',
          id: `${id}-${index}`,
          status: 'finished',
          class: { code },
          subject: { reference: `urn:uuid:${id}` },
          period,
        },
      })),
    ],
  };
}

const write = (name: string, content: unknown): Promise<void> =>
  writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));

const day24 = 86_400_000;

describe('a clinic from bundles', () => {
  beforeEach(async () => {
    await write(
      'one.json',
      bundle('one', '1950-03-01', [
        { start: '2010-01-01T10:00:00-05:00', end: '2010-01-04T16:00:00-05:00' },
        { start: '2010-01-09T08:00:00-05:00', end: '2010-01-11T09:30:00-05:00' },
        { start: '2010-01-09T12:00:00-05:00', end: '2010-01-10T09:30:00-05:00' },
        { start: '2012-05-01T08:00:00-04:00', end: '2012-05-02T08:00:00-04:00' },
        { start: '2011-05-01T08:00:00-04:00', end: '2011-05-01T09:00:00-04:00', code: 'AMB' },
        { start: '2011-07-01T08:00:00-04:00' },
      ]),
    );
    await write('two.json', bundle('two', '1990-03-01', []));
    await write('notes.txt', 'not read');
  });

  test('moves inpatient stays into the window by whole days, and keeps their lengths', async () => {
    const { clinic, counts } = await clinicFromBundles(folder);
    expect(counts).toEqual({
      files: 2,
      patients: 2,
      withStays: 1,
      moved: 3,
      withoutRoom: 0,
      overlapping: 1,
      withoutPeriod: 1,
    });
    const stays = clinic.persons[0]?.stays ?? [];
    const hours = stays.map(({ from, to }) => (to - from) / 3_600_000);
    expect(hours).toEqual([78, 49.5, 24]);
    expect(stays.map(({ from }) => (from - Date.parse('2010-01-01T15:00:00Z')) % day24)).toEqual([
      0,
      -2 * 3_600_000 + day24,
      -3 * 3_600_000 + day24,
    ]);
    for (const { from, to } of stays) {
      expect(from).toBeGreaterThanOrEqual(clinic.window.from);
      expect(to).toBeLessThanOrEqual(clinic.window.to);
    }
    const [first, second, third] = stays;
    // A short gap is kept to the day, a long one is cut to a week or less.
    expect(((second?.from ?? 0) - (first?.from ?? 0)) / day24).toBeCloseTo(8 - 2 / 24, 6);
    const gap = ((third?.from ?? 0) - (second?.to ?? 0)) / day24;
    expect(gap).toBeGreaterThan(1.5);
    expect(gap).toBeLessThan(9);
  });

  test('is the same for the same seed', async () => {
    const [a, b] = [await clinicFromBundles(folder), await clinicFromBundles(folder)];
    expect(b.clinic.persons).toEqual(a.clinic.persons);
    expect(courseOf(b.clinic)).toEqual(courseOf(a.clinic));
    const other = await clinicFromBundles(folder, { seed: 'another' });
    expect(other.clinic.persons).not.toEqual(a.clinic.persons);
  });

  test('serves them with references that lead somewhere', async () => {
    const { clinic } = await clinicFromBundles(folder);
    await using server = await serveFhir(clinic);
    const source = fhirSource({ baseUrl: server.url });
    const found = [];
    for await (const encounter of source.search('Encounter', { patient: 'one' })) {
      found.push(encounter);
    }
    // Three stays that were moved, and the visit as it was.
    expect(found).toHaveLength(4);
    const { from, to, timeZone } = clinic.window;
    const { days, faults } = patientDays(found, { from, to, timeZone });
    expect(faults).toEqual([]);
    const elapsed = days.reduce((sum, day) => sum + day.elapsed, 0);
    expect(elapsed).toBeCloseTo((78 + 49.5 + 24) / 24, 8);
    expect(await source.read('Patient', 'two')).toMatchObject({ birthDate: '1990-03-01' });
  });

  test('opens charts in its stays, and calls the service with its patients', async () => {
    const { clinic } = await clinicFromBundles(folder, { truth: { firingsPerPatientDay: 20 } });
    const service = await fakeService();
    const tally = await runClinic(clinic, { serviceUrl: service.url });
    await service.close();
    expect(tally.calls).toBeGreaterThan(20);
    expect(new Set(service.received.calls.map(({ patient }) => patient))).toEqual(new Set(['one']));
  });
});

describe('a folder that cannot be used', () => {
  test.each([
    ['broken.json', '{"resourceType":', /broken\.json is not a FHIR bundle.*not JSON/],
    ['patient.json', { resourceType: 'Patient', id: 'p' }, /patient\.json.*resourceType.*"Bundle"/],
    ['empty.json', { resourceType: 'Bundle' }, /empty\.json.*list `entry`/],
    ['hole.json', { resourceType: 'Bundle', entry: [{}] }, /hole\.json.*entry\[0\]\.resource/],
    [
      'nameless.json',
      { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Patient' } }] },
      /nameless\.json.*must have an id/,
    ],
  ])('is refused by the name of the file: %s', async (name, content, message) => {
    await write(name, content);
    await expect(clinicFromBundles(folder)).rejects.toThrow(message);
  });

  test('is refused when it holds no bundle or no patient', async () => {
    await expect(clinicFromBundles(folder)).rejects.toThrow(/no bundle/);
    await write('none.json', { resourceType: 'Bundle', entry: [] });
    await expect(clinicFromBundles(folder)).rejects.toThrow(/no Patient/);
  });
});

// A folder of R4 transaction bundles that others wrote: 25 patients, of whom 15 with inpatient stays.
const sample = process.env['RAPIDCYCLE_FHIR_SAMPLE'] ?? '';

describe('the sample of Synthea patients', () => {
  const there = existsSync(sample) ? test : test.skip;
  there(
    'makes a clinic of 15 patients with stays (skipped where the sample is absent)',
    async () => {
      const { clinic, counts } = await clinicFromBundles(sample);
      expect(counts).toMatchObject({ files: 25, patients: 25, withStays: 15 });
      expect(counts.moved).toBeGreaterThan(15);
      expect(counts.moved + counts.withoutRoom + counts.overlapping + counts.withoutPeriod).toBe(
        89,
      );
      const { from, to, timeZone } = clinic.window;
      await using server = await serveFhir(clinic);
      const source = fhirSource({ baseUrl: server.url });
      let days = 0;
      for (const { id } of clinic.persons) {
        const own = [];
        for await (const encounter of source.search('Encounter', { patient: id }))
          own.push(encounter);
        const counted = patientDays(own, { timeZone, from, to });
        expect(counted.faults).toEqual([]);
        days += counted.days.length;
      }
      expect(days).toBeGreaterThanOrEqual(counts.moved * 2);
      const touched = new Set(courseOf(clinic).map(({ person, day }) => `${person.id} ${day}`));
      expect(touched.size).toBeLessThanOrEqual(days);
    },
  );
});
