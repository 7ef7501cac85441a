import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { bulkServer } from '../fhir/bulk-server.ts';
import { encounter, recordOf } from '../fhir/ingest-fixtures.ts';
import { recordServer, Refusal } from '../fhir/record-server.ts';
import { commandHere, commandWords } from './command.ts';
import {
  cutOff,
  eventsOf,
  importAlerts,
  mrn,
  placeForFiles,
  registered,
  totalsOf,
} from './extracts.ts';

const place = placeForFiles();

describe('rapidcycle ingest fhir', () => {
  const ids = [1, 2, 3].map(mrn);

  test('tells patient-days and orders of a server, and again changes nothing', async () => {
    await using server = await recordServer(recordOf(ids));
    const ledger = await registered(place, 'fhir');
    await importAlerts(place, { ledger });
    const code = { system: 'http://hl7.org/fhir/sid/cvx', code: '88' };
    const words = [
      'ingest',
      'fhir',
      ledger,
      '--server',
      server.url,
      ...cutOff,
      '--orders',
      place.give('cvx.json', { codes: [code] }),
    ];
    const rehearsed = await commandHere([...words, '--dry-run']);
    expect(rehearsed.out).toMatch(/Patient-days: 9 new or amended/);
    expect(await eventsOf(ledger)).toHaveLength(6);
    const first = await commandHere(words);
    expect(first).toMatchObject({ code: 0 });
    expect(first.out).toMatch(/3 patients; 3 with patient-days/);
    expect(first.out).toMatch(/Orders: 3 new/);
    expect(await totalsOf(ledger, ['calendarDays', 'ordered'])).toEqual({
      calendarDays: 9,
      ordered: 3,
    });
    expect(existsSync(`${ledger}.ingestion`)).toBe(false);
    const events = await eventsOf(ledger);
    const again = await commandHere([...words, '--json']);
    expect(JSON.parse(again.out)).toMatchObject({ days: { durable: 0, duplicate: 9 } });
    expect(await eventsOf(ledger)).toEqual(events);
    for (const { out, err } of [first, again]) expect(out + err).not.toMatch(/planted-/);
  });

  test('exits with 1 when a patient is not given out, and reads that one the next time', async () => {
    await using server = await recordServer(recordOf(ids));
    const ledger = await registered(place, 'not-given');
    const words = ['ingest', 'fhir', ledger, '--server', server.url, ...cutOff];
    server.before = (asked) => {
      if (asked.includes(`patient=${ids[1]}`)) throw new Refusal(403);
    };
    const first = await commandHere(words);
    expect(first).toMatchObject({ code: 1, out: expect.stringMatching(/2 with patient-days/) });
    expect(first.err).toMatch(/left out: 1 Encounter, access refused/);
    expect(first.err).toMatch(/asked for again when this is run again/);
    server.before = () => undefined;
    const again = await commandHere(words);
    expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/3 with patient-days/) });
    expect(await totalsOf(ledger, ['calendarDays'])).toEqual({ calendarDays: 9 });
  });

  test('goes on where it was interrupted', async () => {
    const all = Array.from({ length: 12 }, (_, index) => mrn(index));
    await using server = await recordServer(recordOf(all));
    const ledger = await registered(place, 'interrupted');
    const words = ['ingest', 'fhir', ledger, '--server', server.url, ...cutOff];
    const child = spawn(process.execPath, commandWords([...words, '--concurrency', '1']), {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    let encounters = 0;
    server.before = (asked) => {
      if (asked.startsWith('/Encounter')) encounters += 1;
      // As npx does, twice.
      if (encounters === 6) for (const _ of [1, 2]) child.kill('SIGINT');
    };
    const [code] = (await once(child, 'close')) as [number | null];
    expect(said).toMatch(/ERR_USAGE: Interrupted: run it again to go on/);
    expect(code).toBe(2);
    server.before = () => undefined;
    const { out } = await commandHere(words);
    expect(out).toMatch(/12 patients, \d+ of them before; 12 with patient-days/);
    expect(await totalsOf(ledger, ['calendarDays'])).toEqual({ calendarDays: 36 });
  }, 30_000);

  test('reads the patients of a list only, and says who is not in the record', async () => {
    await using server = await recordServer(recordOf(ids));
    const ledger = await registered(place, 'listed');
    const list = place.give('patients.txt', `\u{FEFF}${mrn(1)}\r\n\n ${mrn(8)} \n`);
    const words = ['ingest', 'fhir', ledger, '--server', server.url, ...cutOff];
    const { code, out, err } = await commandHere([...words, '--patients', list]);
    expect(code).toBe(0);
    expect(out).toMatch(/2 patients; 1 with patient-days/);
    expect(err).toMatch(/left out: 1 Patient, not in the record/);
    expect(server.heard.join()).not.toContain(mrn(2));
    const both = await commandHere([...words, '--patients', list, '--all']);
    expect(both.err).toMatch(/Give one of --patients, --group and --all/);
  });

  test('counts a practice under the rule by which alerts are served, and says what it lacks', async () => {
    const at = (organisation: string) => ({
      serviceProvider: { reference: `Organization/${organisation}` },
    });
    const record = ids.flatMap((id, index) => [
      { resourceType: 'Patient', id },
      encounter(`stay-${index}`, id, at(index === 2 ? '99' : '17')),
    ]);
    await using server = await recordServer(record);
    const ledger = await registered(place, 'practices', { unit: 'practice' });
    place.give('sites.csv', 'source,practice\nOrganization/17,north\n');
    const practice = { from: 'Encounter.serviceProvider', crosswalk: 'sites.csv' };
    const words = ['ingest', 'fhir', ledger, '--server', server.url, ...cutOff];
    const without = await commandHere(words);
    expect(without).toMatchObject({ code: 2, err: expect.stringMatching(/say with --unit/) });
    const { code, err } = await commandHere([
      ...words,
      '--unit',
      place.give('unit.json', { practice }),
    ]);
    expect(err).toMatch(/left out: 1 Encounter, unit not known/);
    expect(code).toBe(0);
    expect(await totalsOf(ledger, ['calendarDays'])).toEqual({ calendarDays: 6 });
  });

  test.each([
    ['nothing to read', ['--no-patient-days'], /Nothing is asked for/],
    ['a version that is none', ['--fhir-version', 'R3'], /give R4, R5 or detect/],
    [
      'a rule that is none',
      ['--orders', place.give('no-rule.json', { code: '1' })],
      /rule of orders .* is malformed/,
    ],
    [
      'a SMART client without a key',
      ['--smart', place.give('no-client.json', { clientId: 'a' })],
      /privateKey: must be/,
    ],
    [
      'a unit that is none',
      ['--unit', place.give('no-unit.json', { practice: { from: 'here' } })],
      /practice\.from/,
    ],
    [
      'a module without functions',
      ['--module', place.give('empty.mjs', 'export const nothing = 1;')],
      /must export a function `eligible/,
    ],
    ['a list that is a folder', ['--patients', '.'], /cannot be read: it is a folder/],
  ])('refuses %s before it asks the server', async (_what, words, message) => {
    await using server = await recordServer([]);
    const { code, err } = await commandHere([
      'ingest',
      'fhir',
      place.made('nowhere.db'),
      '--server',
      server.url,
      ...words,
    ]);
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(server.heard).toEqual([]);
  });

  test('says how to begin where there is no ledger, or no trial in it', async () => {
    const words = ['ingest', 'fhir', place.made('absent.db'), '--server', 'http://127.0.0.1:1'];
    expect((await commandHere(words)).err).toMatch(/no ledger at .*rapidcycle register or serve/);
    const empty = place.made('empty.db');
    await commandHere(['store', 'init', empty]);
    const { code, err } = await commandHere([
      'ingest',
      'fhir',
      empty,
      '--server',
      'http://127.0.0.1:1',
    ]);
    expect(err).toMatch(/holds no trial yet: register one with rapidcycle register/);
    expect(code).toBe(2);
  });
});

describe('rapidcycle ingest bulk', () => {
  const bundle = (id: string) => ({
    resourceType: 'Bundle',
    type: 'collection',
    entry: recordOf([id]).map((resource) => ({ resource })),
  });

  test('reads a folder of bundles as of when they were taken', async () => {
    const folder = place.give('bundles', '').replace(/bundles$/, 'folder');
    mkdirSync(folder);
    for (const [index, id] of [mrn(1), mrn(2)].entries()) {
      writeFileSync(`${folder}/${index}.json`, JSON.stringify(bundle(id)));
    }
    const ledger = await registered(place, 'bundles');
    const words = ['ingest', 'bulk', ledger, folder];
    const without = await commandHere(words);
    expect(without).toMatchObject({ code: 2, err: expect.stringMatching(/give --cut-off/) });
    const rehearsed = await commandHere([...words, ...cutOff, '--dry-run']);
    expect(rehearsed.out).toMatch(/Patient-days: 6 new/);
    expect(await eventsOf(ledger)).toEqual([]);
    const { code } = await commandHere([...words, ...cutOff]);
    expect(code).toBe(0);
    expect(await totalsOf(ledger, ['calendarDays'])).toEqual({ calendarDays: 6 });
    const events = await eventsOf(ledger);
    writeFileSync(`${folder}/2.json`, 'no bundle');
    const again = await commandHere([...words, ...cutOff]);
    expect(again).toMatchObject({ code: 1, err: expect.stringMatching(/could not be read/) });
    expect(await eventsOf(ledger)).toEqual(events);
  });

  test('exports from a server first, and counts as of when the server said', async () => {
    const lines = (type: string): string =>
      recordOf([mrn(1)])
        .filter(({ resourceType }) => resourceType === type)
        .map((resource) => `${JSON.stringify(resource)}\n`)
        .join('');
    const files = ['Patient', 'Encounter'].map((type) => ({ type, body: lines(type) }));
    // The second day of the stay is not over then.
    const transactionTime = '2026-10-08T16:00:00Z';
    await using server = await bulkServer(() => ({ files, transactionTime }));
    const ledger = await registered(place, 'exported');
    const folder = place.give('export', '').replace(/export$/, 'exported');
    const words = ['ingest', 'bulk', ledger, folder, '--server', server.url];
    const { code, err } = await commandHere(words);
    expect(err).toMatch(/: 2 files, as of 2026-10-08T16:00:00Z/);
    expect(code).toBe(0);
    expect(await totalsOf(ledger, ['calendarDays'])).toEqual({ calendarDays: 1 });
    // Without the server, what was exported is read again.
    const again = await commandHere(['ingest', 'bulk', ledger, folder]);
    expect(again.out).toMatch(/0 new or amended, 1 known/);
    expect(again.out).not.toMatch(/Orders/);
  });

  test.each([
    ['no folder', [], /is no folder/],
    ['a version that files do not say', ['--fhir-version', 'detect'], /give R4 or R5/],
  ])('refuses %s in words', async (_what, words, message) => {
    const { code, err } = await commandHere([
      'ingest',
      'bulk',
      await registered(place, 'refused'),
      place.give('file', ''),
      ...words,
    ]);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
  });
});
