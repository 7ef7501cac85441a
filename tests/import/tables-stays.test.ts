import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { StayImportOptions, StayMapping } from '../../src/import/tables/index.ts';
import { importStays, readCrosswalk } from '../../src/import/tables/index.ts';
import type { Store, TrialLog, UnitSummary } from '../../src/store/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { planted } from '../planted.ts';
import { trialWith } from '../trials.ts';
import { extractFolder } from './tables-files.ts';

const key = 'cd'.repeat(32);
const now = Date.parse('2026-12-01T12:00:00Z');
const cutOff = Date.parse('2026-10-20T12:00:00Z');
const trial = trialWith();

const mapping: StayMapping = {
  kind: 'stays',
  zone: 'America/New_York',
  columns: { key: 'id', patient: 'mrn', from: { at: 'in' }, to: { at: 'out' } },
  where: [{ column: 'class', in: ['IP'] }],
  openEnd: 'cut-off',
  dateOnly: 'reject',
};

/** In whatever order, but one. */
const sorted = <T>(rows: readonly (readonly T[])[]): readonly (readonly T[])[] =>
  rows.toSorted((a, b) => (String(a) < String(b) ? -1 : 1));

const mrn = (number: number): string => planted('mrn', number);
/** `number id in out [class]` of each stay, parted by blanks; times with a T. */
const table = (...rows: readonly string[]): string =>
  [
    'id,mrn,in,out,class',
    ...rows.map((row) => {
      const [number = '', id = '', from = '', to = '', kind = 'IP'] = row.split(' ');
      return [id, number === '-' ? '' : mrn(Number(number)), from, to === '-' ? '' : to, kind].join(
        ',',
      );
    }),
  ].join('\n');

describe('Stays of a table', () => {
  const folder = extractFolder();
  let store: Store;
  let log: TrialLog;
  let files = 0;
  beforeEach(async () => {
    store = memoryStore({ key });
    log = await openLog(trial, store, { now: () => now });
  });
  afterEach(async () => {
    await log.close();
    await store.close();
  });

  const fileOf = (text: string): string => folder.write(`table ${(files += 1)}.csv`, text);
  const run = (text: string, options: Partial<StayImportOptions> = {}) =>
    importStays(log, fileOf(text), { mapping, cutOff, ...options });
  /** Calendar days, midnights and days elapsed of everybody. */
  const sums = async (): Promise<readonly (readonly number[])[]> =>
    (await store.summaries(trial.fingerprint))
      .filter(({ patients }: UnitSummary) => patients > 0)
      .map(({ calendarDays, midnightDays, elapsedDays }) => [
        calendarDays,
        midnightDays,
        elapsedDays,
      ]);

  test('become patient-days, merged where they overlap, and the rest is counted', async () => {
    const counts = await run(
      table(
        '1 a 2026-10-07T12:00 2026-10-09T12:00',
        '2 b 2026-10-07T12:00 2026-10-08T12:00 AV',
        '1 c 2026-10-08T00:30 2026-10-10T12:00',
        '3 d 2026-09-01T12:00 2026-09-08T12:00',
      ),
    );
    expect(counts).toEqual({
      rows: 4,
      leftOut: { 'class is another': 1, 'outside the time of the trial': 1 },
      rejected: {},
      patients: 1,
      eligible: 1,
      stays: 2,
      byDate: 0,
      patientDays: 4,
      durable: 4,
      duplicate: 0,
      failed: 0,
      amended: 0,
      withdrawn: 0,
      leftStanding: 0,
      dryRun: false,
    });
    expect(await sums()).toEqual([[4, 3, 3]]);
  });

  test('may be read again, alone or in another order and parted, and nothing changes', async () => {
    const rows = [
      '1 a 2026-10-07T12:00 2026-10-09T12:00',
      '2 b 2026-10-07T12:00 -',
      '1 c 2026-10-15T12:00 2026-10-16T13:30',
    ];
    await run(table(...rows));
    const before = await sums();
    expect(await run(table(...rows.toReversed()), { ledger: store })).toMatchObject({
      durable: 0,
      amended: 0,
      withdrawn: 0,
      leftStanding: 0,
    });
    const [first = '', ...others] = rows;
    const parts = [fileOf(table(...others)), folder.write('part.csv.gz', gzipSync(table(first)))];
    const counts = await importStays(log, parts, { mapping, cutOff, ledger: store });
    expect(counts).toMatchObject({ rows: 3, durable: 0, duplicate: counts.patientDays });
    expect(await sums()).toEqual(before);
  });

  test('that are told otherwise later are corrected, and with the ledger taken back', async () => {
    await run(table('1 a 2026-10-07T12:00 -', '2 b 2026-10-07T12:00 2026-10-08T12:00'));
    const corrected = table(
      '1 a 2026-10-07T12:00 2026-10-08T18:00',
      '2 b 2026-10-07T12:00 2026-10-08T12:00 AV',
    );
    const counts = await run(corrected, { ledger: store });
    expect(counts).toMatchObject({ amended: 14, withdrawn: 13, leftStanding: 0 });
    expect(await sums()).toEqual([[2, 1, 1.25]]);
  });

  test('are not taken back from a patient with a row that could not be used', async () => {
    await run(
      table('1 a 2026-10-07T12:00 2026-10-09T12:00', '2 b 2026-10-07T12:00 2026-10-08T12:00'),
    );
    const counts = await run(
      table('1 a 2026-10-07T12:00 soon', '2 b 2026-10-07T12:00 2026-10-07T13:00'),
      { ledger: store },
    );
    expect(counts).toMatchObject({ amended: 2, withdrawn: 1, leftStanding: 3 });
  });

  test.each([
    [
      'a row without a patient',
      `${table('1 a 2026-10-07T12:00 2026-10-07T18:00')}\nx,,2026-10-07,,IP`,
    ],
    ['a row that is none', `${table('1 a 2026-10-07T12:00 2026-10-07T18:00')}\nx,y`],
  ])('are taken back from nobody when there is %s', async (_, text) => {
    await run(table('1 a 2026-10-07T12:00 2026-10-09T12:00'));
    expect(await run(text, { ledger: store })).toMatchObject({ withdrawn: 0, leftStanding: 2 });
  });

  test('that cannot be used are rejected with their line and reason, and the rest is recorded', async () => {
    const rejects = join(folder.path, 'rejected.ndjson');
    const counts = await run(
      table(
        '1 a 2026-10-07T12:00 2026-10-07T18:00',
        '1 b 2026-10-07 2026-10-07T18:00',
        '1 c  2026-10-07T18:00',
        '1 d 2026-10-07T12:00 2026-10-06T18:00',
        '1 e 31/12/2026 -',
        '- f 2026-10-07T12:00 2026-10-07T18:00',
        '2 g 2026-10-07T12:00 2026-10-07T18:00',
        '2 g 2026-10-07T12:00 2026-10-07T19:00',
        '3 h 2026-10-07T12:00 2026-10-07T18:00',
        '3 h 2026-10-07T12:00 2026-10-07T18:00',
        '4 i 2026-03-08T02:30 2026-10-07T18:00',
      ),
      { rejects },
    );
    expect(counts).toMatchObject({ rows: 11, stays: 2, patients: 2, durable: 2 });
    expect(counts.rejected).toEqual({
      'in: is a date without a time: say in the mapping, by `dateOnly`, what that counts as': 1,
      'in: is empty: a stay needs a beginning': 1,
      'out: is before the beginning of the stay': 1,
      'in: is not written as ISO 8601, such as 2026-10-05 09:03:00': 1,
      'mrn: is empty': 1,
      'in: is a time that clocks in America/New_York skipped': 1,
      'id: is told more than once, and differently: leave one row for each stay': 2,
    });
    const lines = readFileSync(rejects, 'utf8').trim().split('\n');
    const told = lines.map((line) => (JSON.parse(line) as { line: number }).line);
    expect(told.sort((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8, 9, 12]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ line: 3, column: 'in', row: { id: 'b' } });
    expect(statSync(rejects).mode & 0o777).toBe(0o600);
  });

  test('known by their dates have exact days and midnights, and elapsed time by the rule', async () => {
    const text = table(
      '1 a 2026-10-07 2026-10-09',
      '2 b 2026-10-07 2026-10-07',
      '3 c 2026-10-07T18:00 2026-10-08',
      '4 d 2026-10-18 -',
    );
    const nights = await run(text, { mapping: { ...mapping, dateOnly: 'nights' } });
    expect(nights).toMatchObject({ stays: 4, byDate: 4, failed: 0 });
    expect(sorted(await sums())).toEqual(
      sorted([
        [3, 2, 2],
        [1, 0, 0],
        [2, 1, 0.25],
        [2, 2, 2],
      ]),
    );
    await run(text, { mapping: { ...mapping, dateOnly: 'days' } });
    expect(sorted(await sums())).toEqual(
      sorted([
        [3, 2, 3],
        [1, 0, 1],
        [2, 1, 1.25],
        [2, 2, 2],
      ]),
    );
  });

  test('known by their dates in another time zone than the trial’s are rejected', async () => {
    const dated = { ...mapping, dateOnly: 'nights', zone: 'Europe/Berlin' } as const;
    const text = table('1 a 2026-10-07 2026-10-09');
    expect((await run(text, { mapping: dated })).rejected).toEqual({
      'in: is a date without a time, and of another time zone than the days of the trial': 1,
    });
    const alias = { ...dated, zone: 'US/Eastern' };
    expect(await run(text, { mapping: alias })).toMatchObject({ durable: 3, rejected: {} });
  });

  test('have days of 25 and of 24 hours when the clocks are set back', async () => {
    const dst = { cutOff: Date.parse('2026-11-10T12:00:00Z') };
    await run(table('1 a 2026-10-31T12:00 2026-11-02T12:00'), dst);
    expect(await sums()).toEqual(
      [[3, 2, 0.5 + 25 / 24 + 0.5]].map((row) => row.map((n) => expect.closeTo(n, 7))),
    );
  });

  test('with a time that clocks showed twice are rejected, or taken as the mapping says', async () => {
    const text = table('1 a 2026-11-01T01:30 2026-11-01T12:00');
    const late = { cutOff: Date.parse('2026-11-10T12:00:00Z') };
    expect(Object.keys((await run(text, late)).rejected)[0]).toContain('clocks showed twice');
    await run(text, { ...late, mapping: { ...mapping, ambiguous: 'earlier' } });
    expect(await sums()).toEqual([[1, 0, expect.closeTo(11.5 / 24, 7)]]);
    await run(text, { ...late, mapping: { ...mapping, ambiguous: 'later' } });
    expect(await sums()).toEqual([[1, 0, expect.closeTo(10.5 / 24, 7)]]);
  });

  test('without an end last until the cut-off, unless the mapping sets a limit', async () => {
    const text = table('1 a 2026-10-07T12:00 -', '2 b 2026-10-17T12:00 NULL');
    const limited = { ...mapping, missing: ['NULL'], longestOpenDays: 10 };
    const counts = await run(text, { mapping: limited });
    expect(counts.rejected).toEqual({
      'out: is empty, and the stay began more than 10 days before the cut-off': 1,
    });
    expect(await sums()).toEqual([[3, 3, 2.5]]);
    const closed = { ...mapping, missing: ['NULL'], openEnd: 'reject' } as const;
    expect((await run(text, { mapping: closed })).rejected).toEqual({
      'out: is empty: the stay has no end': 2,
    });
  });

  test('take a midnight of OMOP for a day without a time, also behind a Z or in halves of a day', async () => {
    const halves = { times: ['iso', 'MM/DD/YYYY hh:mm:ss A'], midnight: 'day' } as const;
    const omop = { ...mapping, ...halves, dateOnly: 'nights' } as const;
    const text = [
      'id,mrn,in,out,class',
      `a,${mrn(1)},2026-10-07 00:00:00,2026-10-09 00:00:00.000,IP`,
      `b,${mrn(2)},2026-10-07T00:00:00Z,2026-10-09T00:00:00+00:00,IP`,
      `c,${mrn(3)},10/07/2026 12:00:00 AM,10/09/2026 12:00:00 AM,IP`,
      `d,${mrn(4)},10/07/2026 12:00:00 PM,10/09/2026 12:00:00 PM,IP`,
    ].join('\n');
    expect(await run(text, { mapping: omop })).toMatchObject({ stays: 4, byDate: 3 });
    expect(await sums()).toEqual(Array.from({ length: 4 }, () => [3, 2, 2]));
  });

  test('have days and times of day in two columns, or in one that is preferred', async () => {
    const columns = {
      patient: 'MRN',
      from: { at: 'admitted', date: 'day', time: 'clock' },
      to: { date: 'left day', time: 'left clock' },
    };
    const text = [
      'mrn,admitted,day,clock,left day,left clock,class',
      `${mrn(1)},2026-10-07 06:00,2026-10-07,09:00,2026-10-07 00:00:00,18:00,IP`,
      `${mrn(2)},,2026-10-07,12:00,2026-10-07T00:00:00.000Z,18:00,IP`,
      `${mrn(3)},,2026-10-07,,2026-10-07,18:00,IP`,
    ].join('\n');
    const counts = await run(text, { mapping: { ...mapping, columns } });
    expect(counts).toMatchObject({ stays: 2, durable: 2 });
    expect(new Set((await sums()).map(([, , elapsed]) => elapsed))).toEqual(new Set([0.25, 0.5]));
    // The column of both may be missing, because the other two are there.
    const without = text.replace('admitted', 'other');
    expect(await run(without, { mapping: { ...mapping, columns } })).toMatchObject({ stays: 2 });
  });

  test('are left out when they are not eligible, by any column that is kept', async () => {
    const counts = await run(table('1 a 2026-10-07T12:00 -', '2 b 2026-10-07T12:00 -'), {
      mapping: { ...mapping, keep: ['class'] },
      eligible: ({ patient, fields }) => patient === mrn(2) && fields['class'] === 'IP',
    });
    expect(counts).toMatchObject({ leftOut: { 'not eligible': 1 }, eligible: 1 });
  });

  test('are of the patients that alerts know, by a crosswalk', async () => {
    const crosswalk = await readCrosswalk(
      fileOf(`PATID,fhir\n${mrn(1)},${mrn(71)}\n${mrn(1)},${mrn(71)}\n,x\n`),
      { from: 'patid', to: 'fhir' },
    );
    expect(crosswalk.size).toBe(1);
    const counts = await run(table('1 a 2026-10-07T12:00 -', '2 b 2026-10-07T12:00 -'), {
      ids: { patient: crosswalk.lookup },
    });
    expect(counts.leftOut).toEqual({ 'a patient who is not in the crosswalk': 1 });
    for await (const { event } of store.read({ trial: trial.fingerprint })) {
      expect(event).toMatchObject({ patient: store.pseudonym('patient', mrn(71)) });
    }
  });

  test('are told in a dry run, with what would be taken back, and nothing is written', async () => {
    await run(table('1 a 2026-10-07T12:00 2026-10-09T12:00'));
    const before = await sums();
    const counts = await run(
      table('1 a 2026-10-07T12:00 2026-10-08T06:00', '2 b 2026-10-07T12:00 2026-10-08T12:00'),
      { ledger: store, dryRun: true },
    );
    expect(counts).toMatchObject({
      dryRun: true,
      patientDays: 5,
      durable: 4,
      duplicate: 1,
      amended: 2,
      withdrawn: 1,
    });
    expect(await sums()).toEqual(before);
    expect(log.counters).toMatchObject({ durable: 3 });
  });

  test('that were cut off are gone on with by reading them again', async () => {
    const rows = Array.from(
      { length: 700 },
      (_, index) => `${index} ${index} 2026-10-07T12:00 2026-10-08T12:00`,
    );
    const stop = new AbortController();
    const cut = run(table(...rows), {
      signal: stop.signal,
      onProgress: ({ stage, patients }) => {
        if (stage === 'recording' && patients === 500) stop.abort(new Error('enough'));
      },
    });
    await expect(cut).rejects.toThrow('enough');
    const first = log.counters.durable;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(1_400);
    expect(log.counters.waiting).toBe(0);
    const counts = await run(table(...rows));
    expect(counts).toMatchObject({ patientDays: 1_400, duplicate: first, durable: 1_400 - first });
  });

  test('show how far they have come by the bytes of all files', async () => {
    const parts = [
      fileOf(table('1 a 2026-10-07T12:00 -')),
      fileOf(table('2 b 2026-10-07T12:00 -')),
    ];
    const size = parts.reduce((sum, file) => sum + statSync(file).size, 0);
    const seen: string[] = [];
    await importStays(log, parts, {
      mapping,
      cutOff,
      onProgress: ({ stage, bytesRead, bytesTotal, rows, patients }) => {
        expect(bytesTotal).toBe(size);
        seen.push(`${stage} ${Math.round((100 * bytesRead) / bytesTotal)} % ${rows} ${patients}`);
      },
    });
    expect(seen).toEqual(['reading 50 % 1 0', 'reading 100 % 2 0', 'recording 100 % 2 2']);
  });

  test('name the file of a rejected row where there are several', async () => {
    const rejects = join(folder.path, 'of several.ndjson');
    const parts = [
      fileOf(table('1 a 2026-10-07T12:00 -')),
      folder.write('second.csv', table('1 b no -')),
    ];
    await importStays(log, parts, { mapping, cutOff, rejects });
    expect(JSON.parse(readFileSync(rejects, 'utf8'))).toMatchObject({
      file: 'second.csv',
      line: 2,
    });
  });

  test('with ids of any script are of one patient each', async () => {
    const text = table().concat(
      ...['Ж', 'é', 'e\u0301', '患者 7'].map(
        (name) => `\n${name},${mrn(1)}-${name},2026-10-07T12:00,,IP`,
      ),
    );
    expect(await run(text)).toMatchObject({ patients: 4, failed: 0 });
  });

  test('of an id that a program has made of those of many are rejected, and are no patient', async () => {
    const text = table().concat(
      ...['NULL', '4.21E+09', '70012.0'].map((name) => `\n${name},${name},2026-10-07T12:00,,IP`),
    );
    const { patients, rejected } = await run(text);
    expect([patients, Object.keys(rejected).length]).toEqual([0, 3]);
  });

  test('are refused when the table or the mapping does not fit', async () => {
    await expect(run('id,mrn,in\n')).rejects.toThrow(/lacks the column\(s\) "class", "out"/);
    await expect(run('')).rejects.toThrow(/is empty/);
    await expect(
      importStays(log, join(folder.path, 'none.csv'), { mapping, cutOff }),
    ).rejects.toThrow(/is not there/);
    await expect(run(table(), { cutOff: Number.NaN })).rejects.toThrow(RangeError);
    await expect(
      run(table(), {
        mapping: { ...mapping, columns: { ...mapping.columns, strata: { ward: 'w' } } },
      }),
    ).rejects.toThrow(/strata.ward: is no stratum of the trial/);
    expect(await run(table())).toMatchObject({ rows: 0, patients: 0 });
  });

  test('leave a file of rejected rows under its other name when they fail', async () => {
    const rejects = join(folder.path, 'failed.ndjson');
    await expect(run('id,mrn,in\n', { rejects })).rejects.toThrow();
    expect(existsSync(rejects)).toBe(false);
  });
});

describe('Stays of a trial of practices', () => {
  const folder = extractFolder();

  test('need a known practice, and are of each practice of a patient', async () => {
    const byPractice = trialWith({ unit: 'practice', strata: ['region'] });
    await using store = memoryStore({ key });
    await using log = await openLog(byPractice, store, { now: () => now });
    const columns = { ...mapping.columns, practice: 'site', strata: { region: 'where' } };
    const file = folder.write(
      'practices.csv',
      [
        'id,mrn,in,out,class,site,where',
        `a,${mrn(1)},2026-10-07T12:00,2026-10-08T12:00,IP,n-1,east`,
        `b,${mrn(1)},2026-10-08T12:00,2026-10-09T12:00,IP,s-1,west`,
        `c,${mrn(2)},2026-10-08T12:00,2026-10-09T12:00,IP,,west`,
        `d,${mrn(2)},2026-10-08T12:00,2026-10-09T12:00,IP,x-9,west`,
      ].join('\n'),
    );
    const practices = new Map([
      ['n-1', 'north'],
      ['s-1', 'south'],
    ]);
    const counts = await importStays(log, file, {
      mapping: { ...mapping, columns },
      cutOff,
      ids: { practice: (id) => practices.get(id) },
    });
    expect(counts.rejected).toEqual({
      'site: is empty: the unit is not known': 1,
      'site: is not in the crosswalk: the unit is not known': 1,
    });
    const sums = await store.summaries(byPractice.fingerprint);
    const units = sums.map(({ unitId, stratum, calendarDays }) => [unitId, stratum, calendarDays]);
    expect(sorted(units)).toEqual([
      ['north', 'region=east', 2],
      ['south', 'region=west', 2],
    ]);
    await expect(importStays(log, file, { mapping, cutOff })).rejects.toThrow(
      /columns.practice: is needed: the trial randomises by practice(.|\n)*strata.region: is needed/,
    );
  });
});

describe('A crosswalk', () => {
  const folder = extractFolder();

  test('is refused when an id leads to two others, with the line and without the id', async () => {
    const file = folder.write('crosswalk.csv', `a,b\n${mrn(1)},x\n${mrn(1)},y\n`);
    const reading = readCrosswalk(file, { from: 'a', to: 'b' });
    await expect(reading).rejects.toThrow(/line 3: an id leads to another one/);
    await expect(reading).rejects.not.toThrow(new RegExp(mrn(1)));
  });
});
