import { describe, expect, test } from '@jest/globals';
import { clustersFrom, parseClusters } from '../../../src/allocation/clusters/index.ts';
import type { AllocationMethod } from '../../../src/trial/allocation-plan.ts';
import { complete, faultsInCsv, optionsFor, problemsIn, stratified } from './given.ts';

const rated: AllocationMethod = { method: 'constrained', covariates: [{ name: 'rate' }] };
const byRegion: AllocationMethod = {
  method: 'constrained',
  covariates: [{ name: 'region', kind: 'categorical' }],
};

/** The fault of one cell, in the second row of a file that is right otherwise. */
function faultOf(
  column: string,
  cell: string,
  method: AllocationMethod = complete,
): readonly string[] {
  const text = `id,${column}\na,1\nb,"${cell}"\nc,3\nd,4\n`;
  const path = `row 3, column "${column}": `;
  return faultsInCsv(text, optionsFor(method)).map((fault) =>
    fault.startsWith(path) ? fault.slice(path.length) : fault,
  );
}

describe('The id of a cluster', () => {
  const faultsOf = (...ids: readonly unknown[]): readonly string[] =>
    problemsIn(() =>
      clustersFrom(
        ids.map((id) => ({ id })),
        optionsFor(complete, { late: true }),
      ),
    ).map(({ path, message }) => `${path}: ${message}`);

  test.each([
    ['', 'is empty: each cluster needs its id'],
    [null, 'is empty: each cluster needs its id'],
    [undefined, 'is empty: each cluster needs its id'],
    [17, 'must be a text: write "17", in quotes'],
    [true, 'must be a text, got true'],
    [['a'], 'must be a text, got a list'],
    [{ a: 1 }, 'must be a text, got an object'],
    ['a\uDC00', 'is not well-formed Unicode'],
    ['Z\uFFFDrich', 'holds "\uFFFD": the file must be read and saved as UTF-8'],
    ['\u200B\u2060', 'holds nothing that can be seen: each cluster needs its id'],
    ['   ', 'holds nothing that can be seen: each cluster needs its id'],
    [' a', 'has white space at an end: remove it'],
    ['a\u00A0', 'has white space at an end: remove it'],
    ['a'.repeat(513), 'must have at most 512 characters, has 513'],
  ])('is refused as %j', (id, message) => {
    expect(faultsOf('other', id)).toEqual([`[1].id: ${message}`]);
  });

  test('may have 512 characters of any script', () => {
    expect(faultsOf('é'.repeat(512), 'عيادة 1', 'Клиника №1', 'O’Brien & Söhne')).toEqual([]);
  });

  test.each([
    ['a-1', 'A-1', 'letter case'],
    ['North 1', 'North1', 'white space'],
    ['North 1', 'North\u00A01', 'white space'],
    ['North 1', 'North  1', 'white space'],
    ['a1', 'a\u200B1', 'invisible characters'],
    ['a1', 'a\u00AD1', 'invisible characters'],
    ['a1', '\u2066a1', 'invisible characters'],
    ['Zu\u0308rich', 'Z\u00FCrich', 'Unicode normalisation form'],
    ['A1', 'Ａ１', 'Unicode normalisation form'],
    ['STRASSE', 'Straße', 'letter case'],
    [
      'North 1',
      'n\u200Borth1',
      'white space, letter case, invisible characters, Unicode normalisation form together',
    ],
  ])('is refused where it differs too little from another: %j and %j', (first, second, how) => {
    const message = (where: string): string =>
      `differs from the id in ${where} only in ${how}: are they one cluster?`;
    expect(faultsOf('x', first, 'y', second)).toEqual([`[3].id: ${message('[1]')}`]);
    expect(faultsOf(second, first)).toEqual([`[1].id: ${message('[0]')}`]);
  });

  test('is refused where it stands there twice, at each further place', () => {
    expect(faultsOf('a', 'b', 'a', 'a')).toEqual([
      '[2].id: is the id in [0] again: each cluster stands there once',
      '[3].id: is the id in [0] again: each cluster stands there once',
    ]);
    expect(faultsInCsv('id\n\na\nb\na\nc\n', optionsFor(complete))).toEqual([
      'row 5, column "id": is the id in row 3 again: each cluster stands there once',
    ]);
  });

  test('is kept apart from ids that differ in what can be seen', () => {
    expect(faultsOf('a-1', 'a_1', 'a1', 'ä1', 'a.1', 'а1')).toEqual([]);
  });

  test('is warned of where it holds an invisible character', () => {
    const { warnings } = parseClusters('id\na\u200B1\nb\nc\nd', {
      format: 'csv',
      ...optionsFor(complete),
    });
    expect(warnings).toEqual([
      {
        path: 'row 2, column "id"',
        message: 'holds an invisible character: is it the id that the alerts carry?',
      },
    ]);
  });
});

describe('The size of a cluster', () => {
  test.each([
    ['0', 'must be above 0, got "0"'],
    ['-3', 'must be above 0, got "-3"'],
    ['many', 'must be a number such as 12 or 0.35, got "many"'],
    ['Infinity', 'must be a number such as 12 or 0.35, got "Infinity"'],
    ['1e999', 'must be a finite number, got "1e999"'],
    [' 12', 'has white space at an end: write "12"'],
    [
      '1,200',
      '"1,200" is not a plain number: write 1200 (or 1.200, if the comma is a decimal one)',
    ],
  ])('is refused as %j', (cell, message) => {
    expect(faultOf('size', cell)).toEqual([message]);
  });

  test('is refused as what JSON can hold but is no size', () => {
    const sizes = [0, Number.NaN, Infinity, true, [1], '', null];
    expect(
      problemsIn(() =>
        clustersFrom(
          sizes.map((size, i) => ({ id: `c${i}`, size })),
          optionsFor(complete),
        ),
      ),
    ).toEqual([
      { path: '[0].size', message: 'must be above 0, got 0' },
      { path: '[1].size', message: 'must be finite, got NaN' },
      { path: '[2].size', message: 'must be finite, got Infinity' },
      { path: '[3].size', message: 'must be a text or a number, got true' },
      { path: '[4].size', message: 'must be a text or a number, got a list' },
    ]);
  });

  test('may be left out of all or, with a warning, of some', () => {
    const list = (text: string): ReturnType<typeof parseClusters> =>
      parseClusters(text, { format: 'csv', ...optionsFor(complete) });
    expect(list('id,size\na,\nb,\nc,\nd,\n').warnings).toEqual([]);
    expect(list('id,size\na,1\nb,2\nc,\nd,\n').warnings).toEqual([
      {
        path: 'row 4',
        message: 'has no expected size, as 2 of 4 clusters: sizes by arm will not be shown',
      },
    ]);
  });

  test('is needed where it is a covariate', () => {
    expect(faultOf('size', '', { method: 'constrained', covariates: [{ name: 'size' }] })).toEqual([
      'is missing: `covariates` of the method needs it of every cluster',
    ]);
  });
});

describe('A continuous covariate', () => {
  test.each([
    ['1,5', '"1,5" is not a plain number: write 1.5, with a decimal point'],
    ['-0,25', '"-0,25" is not a plain number: write -0.25, with a decimal point'],
    ['12 %', '"12 %" is not a plain number: write 12, without %'],
    ['12.5%', '"12.5%" is not a plain number: write 12.5, without %'],
    ['1,234,567.5', '"1,234,567.5" is not a plain number: write 1234567.5'],
    ['1,200.5', '"1,200.5" is not a plain number: write 1200.5'],
    ['1,234,567', '"1,234,567" is not a plain number: write 1234567'],
    ['NA', 'must be a number, got "NA": find out the value, or leave the cluster out of the trial'],
    ['-', 'must be a number, got "-": find out the value, or leave the cluster out of the trial'],
    ['0x10', 'must be a number such as 12 or 0.35, got "0x10"'],
    ['1 200', 'must be a number such as 12 or 0.35, got "1 200"'],
    ['', 'is missing: `covariates` of the method needs it of every cluster'],
    ['  ', 'is missing: `covariates` of the method needs it of every cluster'],
    ['x'.repeat(61), `must be a number such as 12 or 0.35, got "${'x'.repeat(60)}…"`],
  ])('is refused as %j', (cell, message) => {
    expect(faultOf('rate', cell, rated)).toEqual([message]);
  });

  test.each([
    ['12', 12],
    ['-.5', -0.5],
    ['5.', 5],
    ['+1E+3', 1000],
    ['0', 0],
  ])('is read as %j', (cell, value) => {
    const { waves } = parseClusters(`id,rate\na,${cell}\nb,7\nc,8\nd,9\n`, {
      format: 'csv',
      ...optionsFor(rated),
    });
    expect(waves[0]?.[0]?.values).toEqual({ rate: value });
  });

  test.each([1, 1.0])('is refused where it is the same for all clusters', () => {
    const path = 'row 1, column "rate"';
    const message =
      'is the same for all clusters, so that there is nothing to balance: leave it out of the method';
    expect(faultsInCsv('id,rate\na,1\nb,1.0\nc,1\nd,1e0', optionsFor(rated))).toEqual([
      `${path}: ${message}`,
    ]);
    // Not while one of them cannot be read.
    expect(faultsInCsv('id,rate\na,1\nb,x\nc,1\nd,1', optionsFor(rated))).toEqual([
      'row 3, column "rate": must be a number such as 12 or 0.35, got "x"',
    ]);
    expect(faultsInCsv('id,rate\na,1\nb\nc,1\nd,1', optionsFor(rated))).toHaveLength(1);
  });
});

describe('A level', () => {
  test('is refused where it is missing or has white space at an end', () => {
    expect(faultOf('region', '', stratified)).toEqual([
      'is missing: `strata` of the method needs it of every cluster',
    ]);
    expect(faultOf('region', 'north ', stratified)).toEqual([
      'has white space at an end: write "north"',
    ]);
  });

  test('is refused where it differs from another only in case or white space, each once', () => {
    const text =
      'id,region\na,North\nb,north\nc,North\nd,north\ne,SouthWest\nf,South West\ng,South\n';
    for (const method of [stratified, byRegion]) {
      expect(faultsInCsv(text, optionsFor(method))).toEqual([
        'row 3, column "region": differs from the value in row 2 only in letter case: write both alike',
        'row 7, column "region": differs from the value in row 6 only in white space: write both alike',
      ]);
    }
    expect(faultsInCsv(text, optionsFor(complete))).toEqual([]);
  });

  test('is a text where it was written as a number', () => {
    const regions = [1, '1', 2, -0];
    const { waves } = clustersFrom(
      regions.map((region, i) => ({ id: `c${i}`, region })),
      optionsFor(stratified),
    );
    expect(waves[0]?.map(({ values }) => values['region'])).toEqual(['1', '1', '2', '0']);
  });

  test('is refused where it is not one of those that are allowed', () => {
    const levels = { region: ['North', 'South'], absent: ['x'] };
    const text = 'id,region\na,North\nb,Nroth\nc,South\nd,North\n';
    for (const method of [stratified, complete]) {
      expect(faultsInCsv(text, optionsFor(method, { levels }))).toEqual([
        'row 3, column "region": "Nroth" is not one of "North", "South"',
      ]);
    }
    expect(faultsInCsv(text.replace('Nroth', 'South'), optionsFor(stratified, { levels }))).toEqual(
      [],
    );
    expect(faultsInCsv(text, optionsFor(stratified, { levels: { toString: [] } }))).toEqual([]);
  });

  test('of a factor is refused where all clusters have the same', () => {
    const method: AllocationMethod = { method: 'minimisation', factors: [{ name: 'region' }] };
    const text = 'id,region\na,x\nb,x\nc,x\nd,x\n';
    for (const each of [method, byRegion]) {
      expect(faultsInCsv(text, optionsFor(each))).toEqual([
        'row 1, column "region": is the same for all clusters, so that there is nothing to balance: leave it out of the method',
      ]);
    }
    expect(faultsInCsv(text, optionsFor(method, { late: true }))).toEqual([]);
  });
});

describe('A column that nothing needs', () => {
  test('holds texts and finite numbers, and nothing where it is empty', () => {
    const notes = ['x ', 5, '', null, undefined];
    const { waves } = clustersFrom(
      notes.map((note, i) => ({ id: `c${i}`, note })),
      optionsFor(complete),
    );
    expect(waves[0]?.map(({ values }) => values)).toEqual([
      { note: 'x ' },
      { note: 5 },
      {},
      {},
      {},
    ]);
  });

  test('is refused where it holds anything else', () => {
    const notes = [true, { a: 1 }, [1], 1n, Symbol('s'), () => 1, Number.NaN, 'a\uD800'];
    const rows = notes.map((note, i) => ({ id: `c${i}`, 'my note': note }));
    expect(problemsIn(() => clustersFrom(rows, optionsFor(complete)))).toEqual([
      { path: '[0]["my note"]', message: 'must be a text or a number, got true' },
      { path: '[1]["my note"]', message: 'must be a text or a number, got an object' },
      { path: '[2]["my note"]', message: 'must be a text or a number, got a list' },
      { path: '[3]["my note"]', message: 'must be a text or a number, got a bigint' },
      { path: '[4]["my note"]', message: 'must be a text or a number, got a symbol' },
      { path: '[5]["my note"]', message: 'must be a text or a number, got a function' },
      { path: '[6]["my note"]', message: 'must be finite, got NaN' },
      { path: '[7]["my note"]', message: 'is not well-formed Unicode' },
    ]);
  });
});
