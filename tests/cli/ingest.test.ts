import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { alertLogPresets } from '../../src/import/index.ts';
import { commandHere } from './command.ts';
import {
  alerts,
  cutOff,
  eventsOf,
  importAlerts,
  mrn,
  placeForFiles,
  registered,
  totalsOf,
  zone,
} from './extracts.ts';

const place = placeForFiles();

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

describe('rapidcycle ingest csv', () => {
  test('loads an alert log, says which rows it could not, and again changes nothing', async () => {
    const ledger = await registered(place, 'alerts');
    const rejects = place.give('rejects.ndjson.none', '').replace(/\.none$/, '');
    const rehearsed = await importAlerts(place, {
      ledger,
      rest: ['--dry-run', '--rejects', rejects],
    });
    expect(rehearsed.out).toMatch(/Dry run: nothing was written/);
    expect(rehearsed.out).toMatch(/5 rows: 1 dropped, 1 rejected, 3 showings/);
    expect(await eventsOf(ledger)).toEqual([]);
    expect(existsSync(rejects)).toBe(false);

    const first = await importAlerts(place, { ledger, rest: ['--rejects', rejects] });
    expect(first.code).toBe(1);
    expect(first.out).toMatch(/Showings: 3 new, 0 known/);
    expect(first.out).toMatch(/dropped: 1, before the trial/);
    expect(first.out).toMatch(/rejected: 1, shown_at: is not written as/);
    expect(first.out).not.toMatch(/planted-/);
    expect(JSON.parse(readFileSync(rejects, 'utf8'))).toMatchObject({ line: 6 });
    const counts = { alerts: 3, accepted: 1, dismissed: 1 };
    expect(await totalsOf(ledger, ['alerts', 'accepted', 'dismissed'])).toEqual(counts);

    const events = await eventsOf(ledger);
    const refused = await importAlerts(place, { ledger, rest: ['--rejects', rejects] });
    expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/is there already/) });
    const again = await importAlerts(place, {
      ledger,
      rest: ['--rejects', rejects, '--replace-rejects', '--json'],
    });
    expect(JSON.parse(again.out)).toMatchObject({ dryRun: false, imported: 0, duplicate: 3 });
    expect(await eventsOf(ledger)).toEqual(events);
  });

  test('says so when no row is of the alert of the trial, and counts the last row in the end', async () => {
    const ledger = await registered(place, 'others');
    const others = place.give('others.csv', alerts.replaceAll(',flu,', ',another,'));
    const mapping = place.give('of-flu.json', {
      ...alertLogPresets.generic,
      zone: 'America/New_York',
      alerts: { flu: 'influenza' },
    });
    const { code, out, err } = await commandHere([
      'ingest',
      'csv',
      ledger,
      others,
      '--mapping',
      mapping,
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/dropped: 5, another alert/);
    expect(out).toMatch(/No row is a showing of an alert of the trial: look at "alerts"/);
    expect(err.trimEnd()).toMatch(/Reading: 100 % {2}5 rows$/);
  });

  test('knows stays and orders by their mapping, and tells patient-days and the orders of alerts', async () => {
    const ledger = await registered(place, 'tables');
    await importAlerts(place, { ledger });
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
        /is not JSON: (it is empty|it ends too early|see line [12]|there is a "p")/,
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
