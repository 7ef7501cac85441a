import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { planted } from '../planted.ts';
import { bulkServer } from '../fhir/bulk-server.ts';
import { recordServer } from '../fhir/record-server.ts';
import { encounter, recordOf } from '../fhir/ingest-fixtures.ts';
import { commandHere } from './command.ts';
import { eventsOf, placeForFiles, registered, totalsOf } from './extracts.ts';

const place = placeForFiles();
const zone = ['--zone', 'America/New_York'];
const cutOff = ['--cut-off', '2026-10-20T16:00:00Z'];
const mrn = (number: number): string => planted('mrn', number);

/** Patients 1 to 3 saw the alert at noon of 7 October; one row is of another time, one is no time. */
const alerts = [
  'showing_id,shown_at,patient_id,clinician_id,encounter_id,practice_id,alert,status,override_reason,order_code,answered_at',
  `1,2026-10-07 12:00:00,${mrn(1)},${planted('clinician', 1)},,north,flu,displayed,,,`,
  `2,2026-10-07 12:00:00,${mrn(2)},${planted('clinician', 1)},,north,flu,overridden,later,,2026-10-07 12:01:00`,
  `3,2026-10-07 12:00:00,${mrn(3)},${planted('clinician', 1)},,south,flu,accepted,,140,2026-10-07 12:01:00`,
  `4,2024-10-07 12:00:00,${mrn(3)},${planted('clinician', 1)},,south,flu,displayed,,,`,
  `5,yesterday,${mrn(3)},${planted('clinician', 1)},,south,flu,displayed,,,`,
  '',
].join('\n');

const stays = [
  'ENCOUNTERID,PATID,FACILITYID,ENC_TYPE,ADMIT_DATE,ADMIT_TIME,DISCHARGE_DATE,DISCHARGE_TIME',
  `a,${mrn(1)},north,IP,2026-10-06,08:00,2026-10-08,12:00`,
  `b,${mrn(2)},north,AV,2026-10-06,08:00,2026-10-06,12:00`,
  `c,${mrn(2)},north,IP,2026-10-10,08:00,2026-10-10,12:00`,
  `d,${mrn(3)},south,IP,2026-13-10,08:00,2026-10-10,12:00`,
  '',
].join('\n');

const rule = {
  codes: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '88' }],
  after: 'PT24H',
};
const orders = [
  'PRESCRIBINGID,PATID,ENCOUNTERID,RX_ORDER_DATE,RX_ORDER_TIME,RXNORM_CUI',
  `p,${mrn(1)},,2026-10-07,13:00,88`,
  `q,${mrn(2)},,2026-10-07,13:00,99`,
  `r,${mrn(9)},,2026-10-07,13:00,88`,
  '',
].join('\n');

const importAlerts = (ledger: string, rest: readonly string[] = []) =>
  commandHere([
    'ingest',
    'csv',
    ledger,
    place.give('alerts.csv', alerts),
    '--preset',
    'generic',
    ...zone,
    ...rest,
  ]);

describe('rapidcycle ingest csv', () => {
  test('loads an alert log, says which rows it could not, and again changes nothing', async () => {
    const ledger = await registered(place, 'alerts');
    const rejects = place.give('rejects.ndjson.none', '').replace(/\.none$/, '');
    const rehearsed = await importAlerts(ledger, ['--dry-run', '--rejects', rejects]);
    expect(rehearsed.out).toMatch(/Dry run: nothing was written/);
    expect(rehearsed.out).toMatch(/5 rows: 1 dropped, 1 rejected, 3 showings/);
    expect(await eventsOf(ledger)).toEqual([]);
    expect(existsSync(rejects)).toBe(false);

    const first = await importAlerts(ledger, ['--rejects', rejects]);
    expect(first.code).toBe(1);
    expect(first.out).toMatch(/Showings: 3 new, 0 known/);
    expect(first.out).toMatch(/dropped: 1, before the trial/);
    expect(first.out).toMatch(/rejected: 1, shown_at: is not written as/);
    expect(first.out).not.toMatch(/planted-/);
    expect(JSON.parse(readFileSync(rejects, 'utf8'))).toMatchObject({ line: 6 });
    const counts = { alerts: 3, accepted: 1, dismissed: 1 };
    expect(await totalsOf(ledger, ['alerts', 'accepted', 'dismissed'])).toEqual(counts);

    const events = await eventsOf(ledger);
    const refused = await importAlerts(ledger, ['--rejects', rejects]);
    expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/is there already/) });
    const again = await importAlerts(ledger, ['--rejects', rejects, '--replace-rejects', '--json']);
    expect(JSON.parse(again.out)).toMatchObject({ dryRun: false, imported: 0, duplicate: 3 });
    expect(await eventsOf(ledger)).toEqual(events);
  });

  test('knows stays and orders by their mapping, and tells patient-days and the orders of alerts', async () => {
    const ledger = await registered(place, 'tables');
    await importAlerts(ledger);
    const printed = await commandHere([
      'ingest',
      'csv',
      '--preset',
      'pcornet-encounter',
      '--print',
    ]);
    expect(printed.code).toBe(0);
    const { kind, ...mapping } = JSON.parse(printed.out) as { kind: string };
    expect(kind).toBe('stays');
    // The columns say what it is, where the mapping does not.
    const words = ['ingest', 'csv', ledger, place.give('stays.csv', stays), '--mapping'];
    const told = [...words, place.give('stays.json', mapping), ...zone, ...cutOff];
    const rehearsed = await commandHere([...told, '--dry-run', '--json']);
    expect(JSON.parse(rehearsed.out)).toMatchObject({ dryRun: true, durable: 4 });
    // Three alerts, two answers and the order of one.
    expect(await eventsOf(ledger)).toHaveLength(6);
    const first = await commandHere(told);
    expect(first.out).toMatch(/4 rows: 2 stays of 2 patients/);
    expect(first.out).toMatch(/Patient-days: 4 new or amended, 0 known/);
    expect(first.out).toMatch(/left out: 1, another ENC_TYPE/);
    expect(first.out).toMatch(/rejected: 1, /);
    expect(first.code).toBe(1);
    expect((await commandHere(told)).out).toMatch(/0 new or amended, 4 known/);
    expect(await totalsOf(ledger, ['calendarDays', 'midnightDays'])).toEqual({
      calendarDays: 4,
      midnightDays: 2,
    });

    const asked = [
      'ingest',
      'csv',
      ledger,
      place.give('orders.csv', orders),
      '--preset',
      'pcornet-prescribing',
      ...zone,
      '--orders',
      place.give('rule.json', rule),
    ];
    const ordered = await commandHere(asked);
    expect(ordered.code).toBe(0);
    expect(ordered.out).toMatch(/Orders: 1 new, 0 known/);
    expect((await commandHere(asked)).out).toMatch(/Orders: 0 new, 1 known/);
    expect(await totalsOf(ledger, ['ordered', 'accepted'])).toEqual({ ordered: 2, accepted: 1 });
  });

  test.each([
    ['neither a mapping nor a preset', [], /Give --mapping <file> or --preset <name>/],
    ['a preset that is none', ['--preset', 'epik'], /no preset "epik": there are epic-ehi, /],
    ['a mapping that is not there', ['--mapping', 'absent.json'], /there is no such file/],
    [
      'an option of another kind',
      ['--preset', 'generic', ...cutOff],
      /--cut-off is of stays and orders, and the mapping is of alerts/,
    ],
    [
      'stays without a cut-off',
      ['--preset', 'omop-visit-occurrence', ...zone],
      /Give --cut-off: stays without an end/,
    ],
    [
      'orders without a rule',
      ['--preset', 'omop-drug-exposure', ...zone],
      /Give --orders <file>: the rule/,
    ],
    ['a zone that is none', ['--preset', 'generic', '--zone', 'New York'], /IANA time zone/],
    [
      'a cut-off without a zone',
      ['--preset', 'generic', '--cut-off', '2026-10-20'],
      /Give an instant with a zone/,
    ],
  ])('refuses %s before it opens anything', async (_what, words, message) => {
    const ledger = place.made('nowhere.db');
    const { code, out, err } = await commandHere([
      'ingest',
      'csv',
      ledger,
      place.give('alerts.csv', alerts),
      ...words,
    ]);
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(existsSync(ledger)).toBe(false);
  });

  test('says where a file that was taken for a mapping is wrong, and nothing that it holds', async () => {
    for (const text of [
      `${mrn(1)},a`,
      `{ "columns": {\n "patient": "${mrn(2)}" "x" } }`,
      '',
      '{',
    ]) {
      const mapping = place.give('patients.json', text);
      const { code, err } = await commandHere([
        'ingest',
        'csv',
        place.made('nowhere.db'),
        mapping,
        '--mapping',
        mapping,
      ]);
      expect(err).toMatch(
        /is no JSON: (it is empty|it ends too soon|see line [12]|there is a "p")/,
      );
      expect(err).not.toMatch(/planted-/);
      expect(code).toBe(2);
    }
    const list = place.give('list.json', []);
    const { err } = await commandHere([
      'ingest',
      'csv',
      place.made('nowhere.db'),
      list,
      '--mapping',
      list,
    ]);
    expect(err).toMatch(/The mapping .* is malformed:\n.*--print/);
  });

  test('needs the ledger and the files, and names presets that can be printed', async () => {
    expect(await commandHere(['ingest', 'csv'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/Give the ledger and the files/),
    });
    expect(await commandHere(['ingest', 'csv', '--print'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/Give --preset <name>: there are .*generic/),
    });
  });
});

describe('rapidcycle ingest fhir', () => {
  const ids = [1, 2, 3].map(mrn);

  test('tells patient-days and orders of a server, and again changes nothing', async () => {
    await using server = await recordServer(recordOf(ids));
    const ledger = await registered(place, 'fhir');
    await importAlerts(ledger);
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
    const { mkdirSync, writeFileSync } = await import('node:fs');
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
