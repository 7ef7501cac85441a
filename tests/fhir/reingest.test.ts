import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Encounter, FhirSource, Patient, Resource } from '../../src/fhir/index.ts';
import { ingestPatientDays } from '../../src/fhir/index.ts';
import { isOfType } from '../../src/fhir/search-bundle.ts';
import { influenzaProtocol, influenzaTrial } from '../../src/simulate/index.ts';
import type { Store, TrialLog, UnitSummary } from '../../src/store/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { trialFrom } from '../../src/trial/trial.ts';

const key = 'cd'.repeat(32);
const cutOff = Date.parse('2026-10-20T12:00:00Z');
const everybody = { eligible: () => true, cutOff };

const encounter = (id: string, patient: string, rest: Partial<Encounter> = {}): Encounter => ({
  resourceType: 'Encounter',
  id,
  status: 'finished',
  class: { code: 'IMP' },
  subject: { reference: `Patient/${patient}` },
  period: { start: '2026-10-07T12:00:00Z', end: '2026-10-09T12:00:00Z' },
  ...rest,
});

/** An encounter that has not ended, as far as the record knows. */
const open = (id: string, patient: string): Encounter =>
  encounter(id, patient, { status: 'in-progress', period: { start: '2026-10-07T12:00:00Z' } });

/** A source of the patients a and b and of these encounters. */
function sourceOf(...encounters: readonly Encounter[]): Pick<FhirSource, 'search'> {
  const patients: readonly Patient[] = ['a', 'b'].map((id) => ({ resourceType: 'Patient', id }));
  return {
    search: async function* <T extends string>(type: T) {
      const all: readonly Resource[] = type === 'Patient' ? patients : encounters;
      for (const resource of all) if (isOfType(resource, type)) yield resource;
    },
  };
}

describe('An ingestion that is repeated when the record has changed', () => {
  const { fingerprint } = influenzaTrial;
  let store: Store;
  let log: TrialLog<(typeof influenzaTrial)['protocol']>;
  beforeEach(async () => {
    store = memoryStore({ key });
    log = await openLog(influenzaTrial, store, { now: () => cutOff });
  });
  afterEach(async () => {
    await log.close();
    await store.close();
  });

  /** The summaries of a ledger into which only the last state of the record was ingested. */
  const afresh = async (...encounters: readonly Encounter[]): Promise<readonly UnitSummary[]> => {
    await using other = memoryStore({ key });
    await using there = await openLog(influenzaTrial, other, { now: () => cutOff });
    await ingestPatientDays(there, sourceOf(...encounters), everybody);
    return other.summaries(fingerprint);
  };
  const atRisk = async (): Promise<readonly UnitSummary[]> =>
    (await store.summaries(fingerprint)).filter(({ patients }) => patients > 0);

  test('corrects a discharge that was entered late, and takes the days after it back', async () => {
    const ledger = store;
    const first = await ingestPatientDays(log, sourceOf(open('1', 'a'), encounter('2', 'b')), {
      ...everybody,
      ledger,
    });
    expect(first).toMatchObject({ durable: 16, amended: 0, withdrawn: 0, leftStanding: 0 });
    const known = [encounter('1', 'a'), encounter('2', 'b')];
    const again = await ingestPatientDays(log, sourceOf(...known), { ...everybody, ledger });
    // Of a, two days stand, one is shorter, and ten were not.
    expect(again).toMatchObject({
      patientDays: 16,
      durable: 11,
      duplicate: 5,
      failed: 0,
      amended: 11,
      withdrawn: 10,
      leftStanding: 0,
    });
    expect(await store.summaries(fingerprint)).toEqual(await afresh(...known));
    const third = await ingestPatientDays(log, sourceOf(...known), { ...everybody, ledger });
    expect(third).toMatchObject({ durable: 0, duplicate: 6, amended: 0, withdrawn: 0 });
  });

  test('without the ledger corrects what the record tells, and leaves the rest', async () => {
    await ingestPatientDays(log, sourceOf(open('1', 'a')), everybody);
    const again = await ingestPatientDays(log, sourceOf(encounter('1', 'a')), everybody);
    expect(again).toMatchObject({ durable: 1, duplicate: 2, amended: 1, withdrawn: 0, failed: 0 });
    expect(await atRisk()).toMatchObject([{ calendarDays: 13, elapsedDays: 12 }]);
  });

  test.each(['cancelled', 'entered-in-error'])(
    'takes the days of an encounter back that is %s, and gives them again',
    async (status) => {
      const ledger = store;
      const taken = encounter('1', 'a', { status });
      await ingestPatientDays(log, sourceOf(encounter('1', 'a'), encounter('2', 'b')), everybody);
      const again = await ingestPatientDays(log, sourceOf(taken, encounter('2', 'b')), {
        ...everybody,
        ledger,
      });
      expect(again).toMatchObject({ durable: 3, duplicate: 3, amended: 3, withdrawn: 3 });
      expect(await atRisk()).toEqual(await afresh(encounter('2', 'b')));
      await ingestPatientDays(log, sourceOf(encounter('1', 'a')), everybody);
      expect(await store.summaries(fingerprint)).toEqual(
        await afresh(encounter('1', 'a'), encounter('2', 'b')),
      );
    },
  );

  test('takes back what is of an encounter that the record does not hold any more', async () => {
    await ingestPatientDays(log, sourceOf(encounter('1', 'a')), everybody);
    const again = await ingestPatientDays(log, sourceOf(), { ...everybody, ledger: store });
    expect(again).toMatchObject({ eligible: 0, withdrawn: 3 });
    expect(await atRisk()).toEqual([]);
  });

  test('takes nothing back of a patient with an encounter that cannot be read', async () => {
    await ingestPatientDays(log, sourceOf(encounter('1', 'a')), everybody);
    const unreadable = encounter('1', 'a', { period: {} });
    const again = await ingestPatientDays(log, sourceOf(unreadable), {
      ...everybody,
      ledger: store,
    });
    expect(again).toMatchObject({ withdrawn: 0, leftStanding: 3, durable: 0 });
    expect(await atRisk()).toMatchObject([{ calendarDays: 3 }]);
  });

  test('leaves patients whom the record does not tell of, and days after the cut-off', async () => {
    await log.patientDays(
      { patient: 'z' },
      { day: '2026-10-08', calendar: 1, midnight: 1, elapsed: 1 },
    ).settled;
    await ingestPatientDays(log, sourceOf(encounter('1', 'a')), everybody);
    const earlier = Date.parse('2026-10-08T12:00:00Z');
    const again = await ingestPatientDays(log, sourceOf(), {
      ...everybody,
      ledger: store,
      cutOff: earlier,
    });
    expect(again).toMatchObject({ withdrawn: 1, leftStanding: 0 });
    expect(
      (await atRisk()).map(({ calendarDays }) => calendarDays).sort((left, right) => left - right),
    ).toEqual([1, 2]);
  });

  test('takes the days in one practice back when they turn out to have been in another', async () => {
    const byPractice = trialFrom({ ...influenzaProtocol, unit: 'practice', round: 2 });
    await using other = await openLog(byPractice, store, { now: () => cutOff });
    const at = (practice: string): Encounter =>
      encounter('1', 'a', { serviceProvider: { reference: practice } });
    const options = {
      ...everybody,
      ledger: store,
      subject: (_: Patient, { serviceProvider }: Encounter) =>
        serviceProvider?.reference === undefined
          ? undefined
          : { practice: serviceProvider.reference },
    };
    await ingestPatientDays(other, sourceOf(at('north')), options);
    const moved = await ingestPatientDays(other, sourceOf(at('south')), options);
    expect(moved).toMatchObject({ durable: 6, amended: 3, withdrawn: 3 });
    const rows = await store.summaries(byPractice.fingerprint);
    expect(
      rows.map(({ unitId, calendarDays, patients }) => [unitId, calendarDays, patients]),
    ).toEqual([
      ['north', 0, 0],
      ['south', 3, 1],
    ]);
    // Where the practice is not told, it is not known whether the days are told otherwise.
    const lost = await ingestPatientDays(other, sourceOf(encounter('1', 'a')), options);
    expect(lost).toMatchObject({ withdrawn: 0, leftStanding: 3 });
  });

  test('leaves the days of a clinician who is not told any more, and says so', async () => {
    const byClinician = trialFrom({ ...influenzaProtocol, unit: 'clinician', round: 2 });
    await using other = await openLog(byClinician, store, { now: () => cutOff });
    const options = {
      ...everybody,
      ledger: store,
      subject: () => ({ clinician: 'Dr A' }),
    };
    await ingestPatientDays(other, sourceOf(encounter('1', 'a'), encounter('2', 'b')), options);
    const again = await ingestPatientDays(
      other,
      sourceOf(encounter('1', 'a', { status: 'cancelled' })),
      options,
    );
    expect(again).toMatchObject({ withdrawn: 3, leftStanding: 3 });
  });
});
