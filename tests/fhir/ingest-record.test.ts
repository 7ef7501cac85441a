import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FhirError, ImportError, UsageError } from '../../src/errors.ts';
import { groupMembers } from '../../src/fhir/group-members.ts';
import type { FhirSource } from '../../src/fhir/index.ts';
import { fhirSource } from '../../src/fhir/index.ts';
import type { Encounter, Patient, Resource } from '../../src/fhir/r4.ts';
import { fileCheckpoint } from '../../src/fhir/record/checkpoint.ts';
import { ingest } from '../../src/fhir/record/ingest.ts';
import type { RecordOptions, RecordProgress } from '../../src/fhir/record/options.ts';
import { influenzaProtocol, influenzaTrial } from '../../src/simulate/index.ts';
import type { Store, TrialLog } from '../../src/store/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { defineTrial } from '../../src/trial/trial.ts';
import { planted } from '../planted.ts';
import { inFolder } from '../store/place.ts';
import {
  contentOf,
  cutOff,
  encounter,
  everything,
  fireFor,
  hour,
  key,
  medication,
  noon,
  patient,
  recordOf,
  rule,
} from './ingest-fixtures.ts';
import type { RecordServer } from './record-server.ts';
import { recordServer } from './record-server.ts';

type Options = Partial<RecordOptions<(typeof influenzaTrial)['protocol']>>;

const ids = Array.from({ length: 12 }, (_, index) => planted('mrn', index));
const [first = '', second = '', third = ''] = ids;

describe('An ingestion of a record', () => {
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
  const read = (server: RecordServer, options: Options = {}) =>
    ingest(log, fhirSource({ baseUrl: server.url, tries: 1 }), {
      ...everything(store),
      ...options,
    });
  const readAll = async (resources: readonly Resource[], options: Options = {}) => {
    await using server = await recordServer(resources);
    return await read(server, options);
  };

  test.each([
    ['patient by patient', {}],
    ['one patient at a time', { concurrency: 1 }],
    ['by their ids', { patients: ids }],
    ['as a whole', { patients: 'all' }],
    ['as a whole, in three passes', { patients: 'all', passes: 3 }],
  ] as const)('gives the same read %s', async (_, options) => {
    await fireFor(ids.slice(0, 8), store);
    const counts = await readAll(recordOf(ids), options);
    expect(counts).toMatchObject({
      patients: 12,
      resumed: 0,
      eligible: 12,
      days: { patientDays: 36, durable: 36, failed: 0, withdrawn: 0 },
      orders: { orders: 8, durable: 8, failed: 0 },
    });
    expect(counts.orders.units).toHaveLength(8);
    expect(counts.skipped).toEqual([
      { resourceType: 'MedicationRequest', reason: 'another code', count: 8 },
    ]);
    const again = await readAll(recordOf(ids), options);
    expect(again).toMatchObject({
      days: { durable: 0, duplicate: 36 },
      orders: { durable: 0, duplicate: 8 },
    });
  });

  test('asks for what it needs of each patient, by dates that are widened, and can be told otherwise', async () => {
    await fireFor([first], store);
    await using server = await recordServer(recordOf([first, second]));
    await read(server, { searches: { ServiceRequest: { authored: undefined, category: 'lab' } } });
    const asked = server.heard.map((url) => decodeURIComponent(url));
    expect(asked.filter((url) => url.includes(second))).toEqual([
      `/Encounter?patient=${second}&date=le2026-10-22&_count=200`,
    ]);
    expect(asked.filter((url) => url.includes(first))).toEqual([
      `/Encounter?patient=${first}&date=le2026-10-22&_count=200`,
      `/ServiceRequest?patient=${first}&_count=200&category=lab`,
      `/MedicationRequest?patient=${first}&authoredon=ge2026-10-02&authoredon=le2026-10-22&_count=200`,
    ]);
  });

  test('takes nothing of another patient from a server that leaves the parameter out', async () => {
    await fireFor(ids, store);
    await using server = await recordServer(recordOf(ids), { heedsPatient: false });
    const counts = await read(server);
    expect(counts).toMatchObject({ days: { durable: 36 }, orders: { durable: 12 } });
    expect(counts.skipped).toContainEqual({
      resourceType: 'Encounter',
      reason: 'another patient than asked for',
      count: 12 * 11,
    });
  });

  test('reads the medication of an order from where it is kept, each once', async () => {
    await fireFor([first, second, third], store);
    const code = rule.codes.map(({ system, code }) => ({ system, code }));
    const by = (reference: string, rest: object = {}) => ({
      medicationCodeableConcept: undefined,
      medicationReference: { reference },
      ...rest,
    });
    const contained = [{ resourceType: 'Medication', id: 'in', code: { coding: code } }];
    const resources = [
      ...[first, second, third].map(patient),
      { resourceType: 'Medication', id: 'flu', code: { coding: code } },
      medication('1', first, by('Medication/flu')),
      medication('2', second, by('#in', { contained })),
      medication('3', second, by('Medication/flu')),
      medication('4', third, by('Medication/nowhere')),
    ];
    await using server = await recordServer(resources);
    const counts = await read(server, { days: undefined });
    expect(counts).toMatchObject({ orders: { durable: 2, further: 1 } });
    expect(counts.skipped).toEqual([
      { resourceType: 'MedicationRequest', reason: 'no code', count: 1 },
    ]);
    expect(server.heard.filter((url) => url === '/Medication/flu')).toHaveLength(1);
    expect(await readAll(resources, { patients: 'all' })).toMatchObject({
      orders: { duplicate: 2, further: 1 },
    });
  });

  test('reads the patients of a Group', async () => {
    const member = (reference: string, inactive?: boolean) => ({
      entity: { reference },
      ...(inactive !== undefined && { inactive }),
    });
    const group = (id: string, ...members: object[]) => ({
      resourceType: 'Group',
      id,
      member: members,
    });
    await using server = await recordServer([
      ...recordOf(ids),
      group('panel', member(`Patient/${first}`), member(`Patient/${second}`, true)),
      group('nested', member('Group/panel')),
      group('empty', member('Device/1')),
    ]);
    const source = fhirSource({ baseUrl: server.url });
    const readGroup = (id: string) => read(server, { patients: groupMembers(source, id) });
    expect(await readGroup('panel')).toMatchObject({ patients: 1, days: { durable: 3 } });
    await expect(readGroup('nested')).rejects.toThrow(/Group of Groups/);
    await expect(readGroup('empty')).rejects.toThrow(/no patient/);
    await expect(readGroup('none')).rejects.toThrow(FhirError);
  });

  test('takes each patient once, and says who is not in the record', async () => {
    const counts = await readAll(recordOf([first]), {
      patients: [first, `Patient/${first}`, first, second],
    });
    expect(counts).toMatchObject({ patients: 2, eligible: 1, days: { durable: 3 } });
    expect(counts.skipped).toEqual([
      { resourceType: 'Patient', reason: 'not in the record', count: 1 },
    ]);
  });

  test('refuses an id that is none, without naming it', async () => {
    const refused = readAll(recordOf([first]), { patients: [`${first}?x=1`] });
    await expect(refused).rejects.toThrow(/1 to 64 letters/);
    await expect(refused).rejects.not.toThrow(first);
  });

  test('in a rehearsal counts everything, and writes nothing', async () => {
    await fireFor(ids, store);
    await readAll(recordOf(ids.slice(0, 4)));
    const before = await contentOf(store);
    await inFolder(async (folder) => {
      const path = join(folder, 'checkpoint');
      const counts = await readAll(recordOf(ids), {
        dryRun: true,
        checkpoint: fileCheckpoint(path),
      });
      expect(counts).toMatchObject({
        patients: 12,
        days: { patientDays: 36, durable: 24, duplicate: 12, failed: 0 },
        orders: { durable: 8, duplicate: 4, failed: 0 },
      });
      await expect(stat(path)).rejects.toThrow(/ENOENT/);
    });
    expect(await contentOf(store)).toEqual(before);
    // Of a stay that turned out to be shorter, it says what would be amended and taken back.
    const shorter = encounter(`stay-${first}`, first, {
      period: { start: '2026-10-07T12:00:00Z', end: '2026-10-08T12:00:00Z' },
    });
    expect(await readAll([patient(first), shorter], { dryRun: true })).toMatchObject({
      days: { durable: 2, amended: 2, duplicate: 1, withdrawn: 1 },
    });
    expect(await contentOf(store)).toEqual(before);
  });

  test('takes back what the record no longer tells, but not from a whole unless it is told to', async () => {
    await readAll(recordOf([first]));
    const left = [patient(first)];
    expect(await readAll(left, { patients: 'all' })).toMatchObject({ days: { withdrawn: 0 } });
    expect(await readAll(left, { days: { eligible: () => true, withdraw: false } })).toMatchObject({
      days: { withdrawn: 0 },
    });
    expect(
      await readAll(left, { patients: 'all', days: { eligible: () => true, withdraw: true } }),
    ).toMatchObject({ days: { withdrawn: 3 } });
  });

  test('leaves the days alone of a patient who is not in the record', async () => {
    await readAll(recordOf([first]));
    expect(await readAll([], { patients: [first] })).toMatchObject({
      days: { withdrawn: 0, leftStanding: 3 },
    });
  });

  test('shows how far it has come', async () => {
    const shown: RecordProgress[] = [];
    await readAll(recordOf(ids), { patients: ids, onProgress: (now) => void shown.push(now) });
    expect(shown.map(({ done }) => done)).toEqual(ids.map((_, index) => index + 1));
    expect(shown.at(-1)).toEqual({ done: 12, total: 12, patientDays: 36, orders: 0 });
  });

  test('takes only what lies before the cut-off', async () => {
    await fireFor([first], store);
    const open = encounter('1', first, {
      status: 'in-progress',
      period: { start: '2026-10-07T12:00:00Z' },
    });
    const resources = [patient(first), open, medication('1', first)];
    // The window of the alert is still open, so that its opening is not counted yet.
    const early = await readAll(resources, { cutOff: noon + 2 * hour });
    expect(early).toMatchObject({ days: { durable: 0 }, orders: { durable: 1, units: [] } });
    const late = await readAll(resources, { cutOff: noon + 48 * hour });
    expect(late).toMatchObject({ days: { durable: 2 }, orders: { duplicate: 1 } });
    expect(late.orders.units).toMatchObject([{ openings: 1, ordered: 1 }]);
  });

  test('counts the time in each ward for its practice where encounters are taken apart', async () => {
    const byPractice = defineTrial({ ...influenzaProtocol, unit: 'practice', round: 2 } as const);
    await using other = await openLog(byPractice, store, { now: () => cutOff });
    const ward = (name: string, start: string, end?: string) => ({
      location: { reference: `Location/${name}` },
      period: { start, ...(end !== undefined && { end }) },
    });
    const moved = encounter('1', first, {
      location: [
        ward('north', '2026-10-07T12:00:00Z', '2026-10-08T12:00:00Z'),
        ward('south', '2026-10-08T12:00:00Z'),
        { ...ward('west', '2026-10-08T12:00:00Z'), status: 'planned' },
      ],
    });
    await using server = await recordServer([patient(first), moved]);
    const counts = await ingest(other, fhirSource({ baseUrl: server.url }), {
      ledger: store,
      cutOff,
      days: {
        eligible: () => true,
        byLocation: true,
        subject: (_: Patient, { location }: Encounter) => {
          const practice = location?.[0]?.location?.reference;
          return practice === undefined ? undefined : { practice };
        },
      },
    });
    expect(counts.skipped).toEqual([]);
    const rows = await store.summaries(byPractice.fingerprint);
    expect(
      rows.map(({ unitId, calendarDays, elapsedDays }) => [unitId, calendarDays, elapsedDays]),
    ).toEqual([
      ['Location/north', 2, 1],
      ['Location/south', 2, 1],
    ]);
  });

  test.each([
    [{ days: undefined, orders: undefined }, UsageError, /nothing is asked for/],
    [{ orders: { codes: [] } }, ImportError, /at least one code/],
    [{ concurrency: 0 }, RangeError, /concurrency/],
    [{ passes: 1.5 }, RangeError, /passes/],
    [{ pageSize: 0 }, RangeError, /pageSize/],
    [{ cutOff: Number.NaN }, RangeError, /cutOff/],
    [{ patients: 'everybody' }, RangeError, /"search", "all" or a list/],
  ])('refuses %j before anything is read', async (options, error, words) => {
    await using server = await recordServer(recordOf([first]));
    const refused = read(server, options);
    await expect(refused).rejects.toThrow(error);
    await expect(refused).rejects.toThrow(words);
    expect(server.heard).toEqual([]);
  });

  test('refuses to read files patient by patient', async () => {
    const server = fhirSource({ baseUrl: 'http://127.0.0.1:9' });
    const files: Pick<FhirSource, 'search'> = { search: (type) => server.search(type) };
    await expect(ingest(log, files, everything(store))).rejects.toThrow(/patients: "all"/);
  });

  describe('that is interrupted', () => {
    const many = Array.from({ length: 112 }, (_, index) => planted('mrn', index));

    test('goes on where it stopped, and counts everything once', async () => {
      await inFolder(async (folder) => {
        await fireFor(many, store);
        const checkpoint = fileCheckpoint(join(folder, 'checkpoint'));
        await using server = await recordServer(recordOf(many), { pageSize: 100 });
        server.before = (asked) => {
          if (asked.includes('Encounter?') && asked.includes(`${planted('mrn', 105)}&`)) {
            throw new Error('down');
          }
        };
        await expect(read(server, { checkpoint })).rejects.toThrow(FhirError);
        const { mode } = await stat(join(folder, 'checkpoint'));
        expect(mode & 0o777).toBe(0o600);
        server.before = () => undefined;
        server.heard.length = 0;
        const counts = await read(server, { checkpoint });
        // 100 were taken down on the way, and five more at the end.
        expect(counts).toMatchObject({
          patients: 112,
          resumed: 105,
          eligible: 112,
          days: { patientDays: 336, durable: 336, duplicate: 0 },
          orders: { orders: 112, durable: 112, duplicate: 0 },
        });
        expect(counts.orders.units.reduce((sum, { ordered }) => sum + ordered, 0)).toBe(112);
        expect(counts.skipped).toEqual([
          { resourceType: 'MedicationRequest', reason: 'another code', count: 112 },
        ]);
        expect(server.heard.filter((url) => url.startsWith('/Encounter'))).toHaveLength(7);
        // It is over: the next one reads everything again.
        await expect(stat(join(folder, 'checkpoint'))).rejects.toThrow(/ENOENT/);
        expect(await read(server, { checkpoint })).toMatchObject({
          resumed: 0,
          days: { durable: 0, duplicate: 336 },
          orders: { durable: 0, duplicate: 112 },
        });
      });
    }, 60_000);

    test('by a signal ends with its reason, and goes on', async () => {
      await inFolder(async (folder) => {
        const checkpoint = fileCheckpoint(join(folder, 'checkpoint'));
        const stop = new AbortController();
        await using server = await recordServer(recordOf(ids));
        const stopped = read(server, {
          checkpoint,
          signal: stop.signal,
          onProgress: ({ done }) => {
            if (done === 5) stop.abort(new Error('enough'));
          },
        });
        await expect(stopped).rejects.toThrow(/enough/);
        const counts = await read(server, { checkpoint });
        expect(counts).toMatchObject({ patients: 12, resumed: 5, days: { durable: 36 } });
      });
    });

    test('does not go on with what another run began', async () => {
      await inFolder(async (folder) => {
        const path = join(folder, 'checkpoint');
        const checkpoint = fileCheckpoint(path);
        await using server = await recordServer(recordOf(ids));
        const interrupted = {
          checkpoint,
          onProgress: ({ done }: RecordProgress) => {
            if (done === 5) throw new Error('power');
          },
        };
        await expect(read(server, interrupted)).rejects.toThrow(/power/);
        expect(await checkpoint.cutOff()).toBe(cutOff);
        const text = await readFile(path, 'utf8');
        for (const options of [{ cutOff: cutOff + 1 }, { orders: undefined }, { patients: ids }]) {
          const refused = read(server, { ...options, checkpoint });
          await expect(refused).rejects.toThrow(UsageError);
          await expect(refused).rejects.toThrow(/another run.*remove the file/);
        }
        expect(await readFile(path, 'utf8')).toBe(text);
        // A line that was cut off when the process ended is left out.
        await writeFile(path, `${text}{"patients":["x`);
        expect(await read(server, { checkpoint })).toMatchObject({ patients: 12, resumed: 5 });
        expect(await checkpoint.cutOff()).toBeUndefined();
      });
    });

    test('begins anew where the run before ended before its first patient', async () => {
      await inFolder(async (folder) => {
        const checkpoint = fileCheckpoint(join(folder, 'checkpoint'));
        await using server = await recordServer(recordOf(ids));
        const dead: RecordServer = { ...server, url: 'http://127.0.0.1:9' };
        await expect(read(dead, { checkpoint })).rejects.toThrow(/could not be reached/);
        expect(await checkpoint.cutOff()).toBeUndefined();
        const counts = await read(server, { checkpoint, cutOff: cutOff + 1 });
        expect(counts).toMatchObject({ patients: 12, resumed: 0 });
      });
    });

    test('never touches a file that is no checkpoint', async () => {
      await inFolder(async (folder) => {
        const path = join(folder, 'notes');
        for (const text of ['precious', 'precious\n', '{"kind":"notes"}\n{}\n', '\n']) {
          await writeFile(path, text, { mode: 0o644 });
          const refused = readAll(recordOf([first]), { checkpoint: fileCheckpoint(path) });
          await expect(refused).rejects.toThrow(/is no checkpoint/);
          expect(await readFile(path, 'utf8')).toBe(text);
        }
        const nowhere = fileCheckpoint(join(folder, 'missing', 'checkpoint'));
        await expect(readAll([], { checkpoint: nowhere })).rejects.toThrow(/ENOENT/);
      });
    });

    test('does not say of a patient who could not be recorded that it was done', async () => {
      await inFolder(async (folder) => {
        const path = join(folder, 'checkpoint');
        await using closed = await openLog(influenzaTrial, store, { now: () => cutOff });
        await closed.close();
        await using server = await recordServer(recordOf(ids));
        const lost = ingest(closed, fhirSource({ baseUrl: server.url }), {
          ...everything(store),
          checkpoint: fileCheckpoint(path),
          onProgress: ({ done }) => {
            if (done === 12) throw new Error('power');
          },
        });
        await expect(lost).rejects.toThrow(/power/);
        expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(1);
      });
    });
  });
});
