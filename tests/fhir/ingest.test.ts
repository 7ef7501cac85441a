import { describe, expect, test } from '@jest/globals';
import type { Encounter, FhirSource, Patient, Resource } from '../../src/fhir/index.ts';
import { ingestPatientDays } from '../../src/fhir/index.ts';
import { isOfType } from '../../src/fhir/search-bundle.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { influenzaProtocol, influenzaTrial } from '../../src/simulate/index.ts';
import { trialFrom } from '../../src/trial/trial.ts';

const key = 'cd'.repeat(32);

const patient = (id: string): Patient => ({ resourceType: 'Patient', id, birthDate: '1950-01-01' });
const encounter = (id: string, subject: string | undefined, rest: object = {}): Encounter => ({
  resourceType: 'Encounter',
  id,
  status: 'finished',
  class: { code: 'IMP' },
  ...(subject === undefined ? {} : { subject: { reference: subject } }),
  period: { start: '2026-10-07T12:00:00Z', end: '2026-10-09T12:00:00Z' },
  ...rest,
});

/** A source that holds its resources in memory. */
function sourceOf(
  patients: readonly Patient[],
  encounters: readonly Encounter[],
): Pick<FhirSource, 'search'> {
  return {
    search: async function* <T extends string>(type: T) {
      const all: readonly Resource[] = type === 'Patient' ? patients : encounters;
      for (const resource of all) if (isOfType(resource, type)) yield resource;
    },
  };
}

const cutOff = Date.parse('2026-12-01T00:00:00Z');
const everybody = { eligible: () => true, cutOff };

describe('ingestion of patient-days', () => {
  test('logs each day of each eligible patient, and says what it left out', async () => {
    await using log = await openLog(influenzaTrial, memoryStore({ key }));
    const source = sourceOf(['a', 'b', 'c'].map(patient), [
      encounter('1', 'Patient/a'),
      encounter('2', 'https://ehr.example/fhir/Patient/a'),
      encounter('3', 'Patient/b'),
      encounter('4', 'Patient/c', { period: {} }),
      encounter('5', 'Patient/d'),
      encounter('6', undefined),
      encounter('7', 'Group/a'),
    ]);
    const seen: number[] = [];
    const counts = await ingestPatientDays(log, source, {
      cutOff,
      eligible: ({ id }) => id !== 'b',
      onProgress: ({ done }) => seen.push(done),
    });
    expect(counts).toEqual({
      patients: 3,
      eligible: 1,
      patientDays: 3,
      durable: 3,
      duplicate: 0,
      failed: 0,
      amended: 0,
      withdrawn: 0,
      leftStanding: 0,
      skipped: [
        { reason: 'a patient who is not in the record', count: 1 },
        { reason: 'no patient', count: 2 },
        { reason: 'not eligible', count: 1 },
        { reason: 'no start', count: 1 },
      ],
    });
    expect(seen).toEqual([1, 2, 3]);
  });

  test('may be repeated', async () => {
    const store = memoryStore({ key });
    await using log = await openLog(influenzaTrial, store);
    const source = sourceOf([patient('a')], [encounter('1', 'Patient/a')]);
    await ingestPatientDays(log, source, everybody);
    const again = await ingestPatientDays(log, source, everybody);
    expect(again).toMatchObject({ durable: 0, duplicate: 3, failed: 0 });
    const [row] = await store.summaries(influenzaTrial.fingerprint);
    expect(row).toMatchObject({ calendarDays: 3, midnightDays: 2, elapsedDays: 2, patients: 1 });
  });

  test('ends with the last whole day before the cut-off, so that it can go on the next day', async () => {
    const store = memoryStore({ key });
    await using log = await openLog(influenzaTrial, store);
    const open = encounter('1', 'Patient/a', {
      status: 'in-progress',
      period: { start: '2026-10-07T12:00:00Z' },
    });
    const source = sourceOf([patient('a')], [open]);
    const ingest = (cutOff: string) =>
      ingestPatientDays(log, source, { ...everybody, cutOff: Date.parse(cutOff) });
    // At eight in the morning in New York, day after day: nothing is counted twice or contradicts.
    expect(await ingest('2026-10-08T12:00:00Z')).toMatchObject({ patientDays: 1, durable: 1 });
    expect(await ingest('2026-10-10T12:00:00Z')).toMatchObject({
      patientDays: 3,
      durable: 2,
      duplicate: 1,
      failed: 0,
    });
    const [unit] = await store.summaries(influenzaTrial.fingerprint);
    expect(unit).toMatchObject({ calendarDays: 3, midnightDays: 3 });
    expect(unit?.elapsedDays).toBeCloseTo(2 + 16 / 24, 9);
  });

  test('makes one patient-day of two encounters of a patient on a day', async () => {
    const store = memoryStore({ key });
    await using log = await openLog(influenzaTrial, store);
    const at = (id: string, start: string, end: string) =>
      encounter(id, 'Patient/a', { period: { start, end } });
    const source = sourceOf(
      [patient('a')],
      [
        at('1', '2026-10-08T10:00:00Z', '2026-10-08T14:00:00Z'),
        at('2', '2026-10-08T16:00:00Z', '2026-10-09T10:00:00Z'),
      ],
    );
    const counts = await ingestPatientDays(log, source, {
      ...everybody,
      cutOff: Date.parse('2026-10-20T12:00:00Z'),
      subject: ({ id = '' }, { id: encounterId }) => ({ patient: id, encounter: encounterId }),
    });
    expect(counts).toMatchObject({ durable: 2, failed: 0 });
    const [unit] = await store.summaries(influenzaTrial.fingerprint);
    expect(unit).toMatchObject({ calendarDays: 2, midnightDays: 1 });
  });

  test('takes practices from where it is told', async () => {
    const byPractice = trialFrom({ ...influenzaProtocol, unit: 'practice' });
    const store = memoryStore({ key });
    await using log = await openLog(byPractice, store);
    const provider = (reference: string) => ({ serviceProvider: { reference } });
    const source = sourceOf(['a', 'b'].map(patient), [
      encounter('1', 'Patient/a', provider('Organization/north')),
      encounter('2', 'Patient/b', provider('Organization/north')),
      encounter('3', 'Patient/b', {
        ...provider('Organization/south'),
        period: { start: '2026-10-20T12:00:00Z', end: '2026-10-20T18:00:00Z' },
      }),
      encounter('4', 'Patient/b'),
    ]);
    const counts = await ingestPatientDays(log, source, {
      ...everybody,
      subject: (_patient, { serviceProvider }) =>
        serviceProvider?.reference === undefined
          ? undefined
          : { practice: serviceProvider.reference.replace('Organization/', '') },
    });
    expect(counts.skipped).toEqual([{ reason: 'unit not known', count: 1 }]);
    const rows = await store.summaries(byPractice.fingerprint);
    expect(
      rows.map(({ unitId, calendarDays, patients }) => [unitId, calendarDays, patients]),
    ).toEqual([
      ['north', 6, 2],
      ['south', 1, 1],
    ]);
  });
});
