import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { UsageError } from '../../src/errors.ts';
import { bulkFiles } from '../../src/fhir/bulk/bulk-files.ts';
import { fhirSource } from '../../src/fhir/index.ts';
import type { Encounter, MedicationRequest, Resource } from '../../src/fhir/r4.ts';
import { fileCheckpoint } from '../../src/fhir/record/checkpoint.ts';
import { ingest } from '../../src/fhir/record/ingest.ts';
import type { RecordOptions } from '../../src/fhir/record/options.ts';
import { influenzaTrial } from '../../src/simulate/index.ts';
import type { Store, TrialLog } from '../../src/store/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { planted } from '../planted.ts';
import { inFolder, inFolderOfGiven } from '../store/place.ts';
import {
  cutOff,
  encounter,
  everything,
  fireFor,
  key,
  medication,
  patient,
  recordOf,
} from './ingest-fixtures.ts';
import type { RecordServer } from './record-server.ts';
import { recordServer, Refusal } from './record-server.ts';

type Options = Partial<RecordOptions<(typeof influenzaTrial)['protocol']>>;

const ids = Array.from({ length: 6 }, (_, index) => planted('mrn', index));
const [first = '', second = ''] = ids;
const lines = (resources: readonly unknown[]): string =>
  resources.map((each) => `${JSON.stringify(each)}\n`).join('');
const updated = (lastUpdated: string) => ({ meta: { lastUpdated } });
const days = { eligible: () => true };

/** What is asked for of these patients is answered with a status. */
function refuse(server: RecordServer, status: number, refused: (asked: string) => boolean): void {
  const { before } = server;
  server.before = (asked) => {
    before(asked);
    if (refused(asked)) throw new Refusal(status);
  };
}

describe('A record that is told incompletely', () => {
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
  const daysStanding = async (): Promise<number> =>
    (await store.summaries(influenzaTrial.fingerprint)).reduce(
      (sum, { calendarDays }) => sum + calendarDays,
      0,
    );

  describe('of a server that refuses some patients', () => {
    test.each([403, 410])(
      'is ingested of all others (%i), and those are asked for again later',
      async (status) => {
        await fireFor(ids, store);
        await readAll(recordOf(ids.slice(0, 2)), { orders: undefined });
        await inFolder(async (folder) => {
          const path = join(folder, 'checkpoint');
          const checkpoint = fileCheckpoint(path);
          await using server = await recordServer(recordOf(ids));
          refuse(server, status, (asked) => asked.includes(`patient=${first}`));
          let isCut = true;
          const options: Options = {
            checkpoint,
            onProgress: ({ done }) => {
              if (isCut && done === 5) throw new Error('power');
            },
          };
          await expect(read(server, options)).rejects.toThrow(/power/);
          const text = await readFile(path, 'utf8');
          expect(text).toContain(store.pseudonym('patient', second));
          expect(text).not.toContain(store.pseudonym('patient', first));
          isCut = false;
          server.before = () => undefined;
          expect(await read(server, options)).toMatchObject({ patients: 6, resumed: 5 });
        });
        expect(await daysStanding()).toBe(18);
      },
    );

    test('says who is left out, takes none of their days back, and counts none of their alerts', async () => {
      await fireFor(ids, store);
      await readAll(recordOf([first]), { orders: undefined });
      await using server = await recordServer(recordOf(ids.slice(1)).concat(patient(first)));
      refuse(server, 403, (asked) => asked.startsWith(`/MedicationRequest?patient=${first}`));
      const counts = await read(server);
      expect(counts).toMatchObject({
        patients: 5,
        days: { durable: 15, withdrawn: 0 },
        orders: { durable: 5 },
      });
      expect(counts.orders.units.reduce((sum, { openings }) => sum + openings, 0)).toBe(5);
      expect(counts.skipped).toContainEqual({
        resourceType: 'MedicationRequest',
        reason: 'access refused',
        count: 1,
      });
    });

    test('is an error when nobody is given, and soon', async () => {
      const many = Array.from({ length: 40 }, (_, index) => planted('mrn', index));
      await using server = await recordServer(recordOf(many));
      refuse(server, 403, (asked) => asked.startsWith('/Encounter'));
      await expect(read(server)).rejects.toThrow(/search of Encounter.*refuses access \(403\)/);
      expect(server.heard.filter((asked) => asked.startsWith('/Encounter')).length).toBeLessThan(
        20,
      );
      const one = read(server, { patients: [first] });
      await expect(one).rejects.toThrow(/refuses access/);
    });

    test('is an error of the server when it is one', async () => {
      await using server = await recordServer(recordOf(ids));
      refuse(server, 400, (asked) => asked.includes(`patient=${second}`));
      await expect(read(server)).rejects.toThrow(/answered 400/);
    });
  });

  test('counts no alert of a patient who is not there as one without an order', async () => {
    await fireFor([first, second], store);
    const counts = await readAll(recordOf([first]), { patients: [first, second] });
    expect(counts.orders.units.reduce((sum, { openings }) => sum + openings, 0)).toBe(1);
  });

  describe('takes back nothing', () => {
    const stay = (rest: Partial<Encounter> = {}) => encounter(`stay-${first}`, first, rest);
    beforeEach(async () => {
      await readAll(recordOf([first]), { orders: undefined });
    });

    test.each([
      ['has no reference', { subject: { display: 'the patient' } }],
      ['refers to the patient otherwise', { subject: { reference: 'Patient/of-before' } }],
    ])('of a patient whose encounter %s', async (_, rest) => {
      await using server = await recordServer([patient(first), stay(rest)], {
        heedsPatient: false,
      });
      const counts = await read(server, { orders: undefined });
      expect(counts).toMatchObject({ days: { withdrawn: 0, leftStanding: 3 } });
    });

    test('of anybody where a whole has an encounter of nobody', async () => {
      const whole: Options = { patients: 'all', days: { ...days, withdraw: true } };
      const stray = encounter('stray', first, { subject: {} });
      const counts = await readAll([patient(first), stray], whole);
      expect(counts).toMatchObject({ days: { withdrawn: 0, leftStanding: 3 } });
      const without = await readAll([patient(first)], whole);
      expect(without).toMatchObject({ days: { withdrawn: 3 } });
    });

    test('of a patient whom another has replaced, and says so', async () => {
      const replaced = { ...patient(first), link: [{ type: 'replaced-by' }] };
      for (const patients of ['search', 'all'] as const) {
        const counts = await readAll([replaced, patient(second), encounter('1', second)], {
          patients,
          days: { ...days, withdraw: true },
        });
        expect(counts).toMatchObject({ days: { withdrawn: 0, leftStanding: 3 } });
        expect(counts.skipped).toEqual([
          { resourceType: 'Patient', reason: 'replaced by another', count: 1 },
        ]);
      }
    });

    test('of two patients who are told as one person', async () => {
      const person = planted('mrn', 99);
      const options: Options = { days: { ...days, subject: () => ({ patient: person }) } };
      const later = encounter('later', second, {
        period: { start: '2026-10-12T12:00:00Z', end: '2026-10-13T12:00:00Z' },
      });
      const both = [patient(first), stay(), patient(second), later];
      await readAll(both, options);
      const before = await daysStanding();
      const again = await readAll(both, options);
      expect(again).toMatchObject({ days: { durable: 0, withdrawn: 0, leftStanding: 5 } });
      expect(await daysStanding()).toBe(before);
    });

    test.each([
      ['a line of it cannot be read', '{"resourceType":"Encou', {}],
      ['it was narrowed', '', { typeFilter: ['Encounter?class=AMB'] }],
      ['it tells only what changed', '', { since: '2026-10-10T00:00:00Z' }],
      ['the server could not export everything', '', {}, [{ resourceType: 'OperationOutcome' }]],
    ])('from an export when %s', async (_, broken, request, errors: readonly object[] = []) => {
      await inFolderOfGiven(async (folder) => {
        const contents = {
          '1.Patient.ndjson': lines([patient(first), patient(second)]),
          '2.Encounter.ndjson': `${lines([encounter('1', second)])}${broken}`,
          '3.error.ndjson': lines(errors),
        };
        for (const [name, text] of Object.entries(contents)) {
          await writeFile(join(folder, name), text);
        }
        const files = Object.entries(contents).map(([name, text]) => ({
          name,
          kind: name.includes('error') ? 'error' : 'output',
          type: name.split('.')[1],
          lines: text.split('\n').length - 1,
          bytes: Buffer.byteLength(text),
          sha256: '0'.repeat(64),
        }));
        const asked = { level: 'system', types: [], typeFilter: [], since: null, ...request };
        const run = {
          request: { baseUrl: 'https://ehr.example', ...asked },
          transactionTime: '2026-10-20T16:00:00Z',
          files,
        };
        const state = { form: 'rapidcycle-bulk/1', next: 4, runs: [run], open: null };
        await writeFile(join(folder, 'export.json'), JSON.stringify(state));
        const options = {
          ledger: store,
          cutOff,
          patients: 'all' as const,
          days: { ...days, withdraw: true },
        };
        const source = await bulkFiles(folder);
        expect(await ingest(log, source, options)).toMatchObject({
          days: { durable: 3, withdrawn: 0, leftStanding: 3 },
        });
        expect(source.isWhole).toBe(false);
      });
    });
  });

  describe('with several versions of a resource', () => {
    const open = encounter('1', first, {
      status: 'in-progress',
      period: { start: '2026-10-07T12:00:00Z' },
      ...updated('2026-10-08T00:00:00Z'),
    });
    const ended = encounter('1', first, updated('2026-10-09T13:00:00Z'));
    const ordered = medication('1', first, updated('2026-10-07T18:00:00Z'));
    const mistaken: MedicationRequest = {
      ...ordered,
      status: 'entered-in-error',
      ...updated('2026-10-07T19:00:00.500+00:00'),
    };

    test.each([
      ['in order', [open, ended, ordered, mistaken]],
      ['the newest first', [mistaken, ordered, ended, open]],
    ])('takes the newest of each, told %s', async (_, versions) => {
      await fireFor([first], store);
      for (const patients of ['search', 'all'] as const) {
        const counts = await readAll([patient(first), ...versions], { patients, dryRun: true });
        expect(counts).toMatchObject({
          days: { patientDays: 3 },
          orders: { orders: 0, durable: 0 },
        });
        expect(counts.orders.units).toMatchObject([{ openings: 1, ordered: 0 }]);
      }
    });

    test('takes the one that was told last where none says when it was made', async () => {
      const { meta: _, ...lasting } = open;
      const { meta: __, ...over } = ended;
      const told = async (...versions: readonly Resource[]): Promise<number> =>
        (await readAll([patient(first), ...versions], { dryRun: true })).days.patientDays;
      expect(await told(lasting, over)).toBe(3);
      expect(await told(over, lasting)).toBe(13);
    });
  });

  test('leaves out a Patient whose id is none, and goes on', async () => {
    const ill = [{ resourceType: 'Patient' }, patient(''), patient('\ud800'), patient('a/b')];
    const counts = await readAll([...ill, ...recordOf([first])], { patients: 'all' });
    expect(counts).toMatchObject({ patients: 1, days: { durable: 3, failed: 0 } });
    expect(counts.skipped).toContainEqual({
      resourceType: 'Patient',
      reason: 'no id that can be used',
      count: 4,
    });
  });

  test('refuses an `eligible` that promises, for a promise is always true', async () => {
    const promising = { eligible: () => Promise.resolve(false) };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as from a module without types
    const options = { days: promising as unknown as typeof days };
    await expect(readAll(recordOf([first]), options)).rejects.toThrow(TypeError);
    expect(await daysStanding()).toBe(0);
  });

  test('goes on with no run of another folder or of other searches', async () => {
    await inFolder(async (folder) => {
      const checkpoint = fileCheckpoint(join(folder, 'checkpoint'));
      const cut = (): void => {
        throw new Error('power');
      };
      const other: Options['searches'] = { Encounter: { date: undefined } };
      await using server = await recordServer(recordOf(ids));
      await expect(read(server, { checkpoint, onProgress: cut })).rejects.toThrow(/power/);
      await expect(read(server, { checkpoint, searches: other })).rejects.toThrow(UsageError);
      expect(await read(server, { checkpoint })).toMatchObject({ patients: 6, resumed: 1 });
      const source = {
        search: <T extends string>(type: T) => fhirSource({ baseUrl: server.url }).search(type),
        folder: '/data/one',
      };
      const files = { ...everything(store), patients: 'all' as const, checkpoint };
      await expect(ingest(log, source, { ...files, onProgress: cut })).rejects.toThrow(/power/);
      await expect(ingest(log, { ...source, folder: '/data/two' }, files)).rejects.toThrow(
        /another run/,
      );
    });
  });
});
