import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Encounter, FhirSource, Patient, Resource } from '../../src/fhir/index.ts';
import { ingestPatientDays } from '../../src/fhir/index.ts';
import { isOfType } from '../../src/fhir/search-bundle.ts';
import type { StayMapping } from '../../src/import/tables/index.ts';
import { importStays, tablePresets } from '../../src/import/tables/index.ts';
import type { Store, UnitSummary } from '../../src/store/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import type { Trial } from '../../src/index.ts';
import { planted } from '../planted.ts';
import { trialWith } from '../trials.ts';
import { csvOf, extractFolder } from './tables-files.ts';

const key = 'cd'.repeat(32);
const zone = 'America/New_York';
const minute = 60_000;
const now = Date.parse('2026-12-01T12:00:00Z');
const cutOff = Date.parse('2026-11-10T17:00:00Z');
const began = Date.parse('2026-09-25T12:00:00Z');

/** A stay of a synthetic population, told in one way or another. */
interface Told {
  readonly number: number;
  readonly patient: number;
  readonly ward: number;
  readonly from: number;
  /** Undefined while it lasts. */
  readonly to: number | undefined;
  readonly kind: 'inpatient' | 'emergency';
}

const clock = new Intl.DateTimeFormat('sv-SE', {
  timeZone: zone,
  dateStyle: 'short',
  timeStyle: 'medium',
});
const local = (at: number): string => clock.format(at);

// On 1 November clocks show 01:00 to 01:59 twice; what has no offset could be either.
const isToldTwice = (at: number): boolean =>
  local(at) === local(at - 3_600_000) || local(at) === local(at + 3_600_000);
// In OMOP a midnight is a time that is not known.
const isTellable = (at: number): boolean => !isToldTwice(at) && !local(at).endsWith('00:00:00');

const instants = fc
  .integer({ min: 0, max: 60 * 24 * 52 })
  .map((minutes) => began + minutes * minute)
  .filter(isTellable);

const population = fc
  .array(
    fc.record({
      patient: fc.integer({ min: 1, max: 6 }),
      ward: fc.integer({ min: 1, max: 3 }),
      from: instants,
      to: fc.option(instants, { nil: undefined, freq: 6 }),
      kind: fc.constantFrom<Told['kind']>('inpatient', 'inpatient', 'emergency'),
    }),
    { maxLength: 15 },
  )
  .map((stays) =>
    stays.map((stay, number): Told => {
      const { from, to = Infinity } = stay;
      return { ...stay, number, from: Math.min(from, to), to: stay.to && Math.max(from, to) };
    }),
  );

const mrn = (patient: number): string => planted('mrn', patient);

function fhirSource(stays: readonly Told[]): Pick<FhirSource, 'search'> {
  const patients = [1, 2, 3, 4, 5, 6].map((n): Patient => ({
    resourceType: 'Patient',
    id: mrn(n),
  }));
  const encounters = stays.map(({ number, patient, ward, from, to, kind }): Encounter => ({
    resourceType: 'Encounter',
    id: `e${number}`,
    status: to === undefined ? 'in-progress' : 'finished',
    class: { code: kind === 'inpatient' ? 'IMP' : 'EMER' },
    subject: { reference: `Patient/${mrn(patient)}` },
    serviceProvider: { reference: `ward ${ward}` },
    period: {
      start: new Date(from).toISOString(),
      ...(to !== undefined && { end: new Date(to).toISOString() }),
    },
  }));
  return {
    search: async function* <T extends string>(type: T) {
      const all: readonly Resource[] = type === 'Patient' ? patients : encounters;
      for (const resource of all) if (isOfType(resource, type)) yield resource;
    },
  };
}

const half = (at: number | undefined, which: 0 | 1): string =>
  at === undefined ? '' : (local(at).split(' ')[which] ?? '');

function pcornetTable(stays: readonly Told[]): string {
  const rows = stays.map(({ number, patient, ward, from, to, kind }) => ({
    encounterid: number,
    patid: mrn(patient),
    FacilityId: `ward ${ward}`,
    ENC_TYPE: kind === 'inpatient' ? 'IP' : 'ED',
    ADMIT_DATE: half(from, 0),
    ADMIT_TIME: half(from, 1).slice(0, 5),
    DISCHARGE_DATE: half(to, 0),
    DISCHARGE_TIME: half(to, 1).slice(0, 5),
  }));
  return csvOf(rows, [
    'encounterid',
    'patid',
    'FacilityId',
    'ENC_TYPE',
    'ADMIT_DATE',
    'ADMIT_TIME',
    'DISCHARGE_DATE',
    'DISCHARGE_TIME',
  ]);
}

function omopTable(stays: readonly Told[]): string {
  return stays
    .map(({ number, patient, ward, from, to, kind }) =>
      JSON.stringify({
        visit_occurrence_id: number,
        person_id: mrn(patient),
        visit_concept_id: kind === 'inpatient' ? 9201 : 9203,
        care_site_id: `ward ${ward}`,
        visit_start_date: half(from, 0),
        visit_start_datetime: local(from),
        visit_end_date: half(to, 0) || null,
        visit_end_datetime: to === undefined ? null : local(to),
      }),
    )
    .join('\n');
}

const mappingOf = (preset: Omit<StayMapping, 'zone'>): StayMapping => ({
  ...preset,
  zone,
  longestOpenDays: 365,
});

describe('One population told in three ways', () => {
  const folder = extractFolder();
  const byPatient = trialWith();
  const byPractice = trialWith({ unit: 'practice' });

  /** The sums of a ledger into which something was read. */
  const sumsOf = async (
    trial: Trial,
    read: (log: Awaited<ReturnType<typeof openLog>>, store: Store) => Promise<unknown>,
  ): Promise<readonly UnitSummary[]> => {
    await using store = memoryStore({ key });
    await using log = await openLog(trial, store, { now: () => now });
    await read(log, store);
    const sums = await store.summaries(trial.fingerprint);
    return sums.toSorted((a, b) => (a.unitId < b.unitId ? -1 : 1));
  };

  test.each([
    ['patient', byPatient],
    ['practice', byPractice],
  ] as const)('gives the same sums for each %s', async (unit, trial) => {
    let most = 0;
    await fc.assert(
      fc.asyncProperty(population, async (stays) => {
        const fromFhir = await sumsOf(trial, (log) =>
          ingestPatientDays(log, fhirSource(stays), {
            cutOff,
            eligible: () => true,
            subject: ({ id = '' }, { serviceProvider }) => ({
              patient: id,
              practice: serviceProvider?.reference ?? '',
            }),
          }),
        );
        const pcornet = folder.write(`${unit}.csv`, pcornetTable(stays));
        const fromPcornet = await sumsOf(trial, (log, ledger) =>
          importStays(log, pcornet, {
            mapping: mappingOf(tablePresets['pcornet-encounter']),
            cutOff,
            ledger,
          }),
        );
        expect(fromPcornet).toEqual(fromFhir);
        most = Math.max(most, ...fromFhir.map(({ midnightDays }) => midnightDays));
        if (stays.length === 0) return;
        const omop = folder.write(`${unit}.ndjson`, omopTable(stays));
        const fromOmop = await sumsOf(trial, (log) =>
          importStays(log, omop, {
            mapping: mappingOf(tablePresets['omop-visit-occurrence']),
            cutOff,
          }),
        );
        expect(fromOmop).toEqual(fromFhir);
      }),
      { numRuns: 15 },
    );
    expect(most).toBeGreaterThan(20);
  });
});
