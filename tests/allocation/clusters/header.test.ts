import { describe, expect, test } from '@jest/globals';
import {
  clustersFrom,
  columnsNeeded,
  parseClusters,
} from '../../../src/allocation/clusters/index.ts';
import {
  complete,
  constrained,
  faultsInCsv,
  minimised,
  optionsFor,
  paired,
  problemsIn,
  stratified,
} from './given.ts';

const rows = '\na,1\nb,2\nc,3\nd,4\n';

describe('The columns that a method needs', () => {
  test('are those that it names', () => {
    expect(columnsNeeded(complete)).toEqual([]);
    expect(columnsNeeded({ method: 'blocks', sizes: [2] })).toEqual([]);
    expect(columnsNeeded(stratified)).toEqual([{ name: 'region', kind: 'level', by: 'strata' }]);
    expect(columnsNeeded(paired)).toEqual([{ name: 'pair', kind: 'level', by: 'set' }]);
    expect(columnsNeeded({ method: 'matched', covariates: [{ name: 'rate' }] })).toEqual([
      { name: 'rate', kind: 'number', by: 'covariates' },
    ]);
    expect(columnsNeeded(minimised)).toEqual([
      { name: 'region', kind: 'level', by: 'factors' },
      { name: 'type', kind: 'level', by: 'factors' },
    ]);
    expect(columnsNeeded({ ...constrained, strata: ['state'], wave: 'year' })).toEqual([
      { name: 'size', kind: 'number', by: 'covariates' },
      { name: 'rate', kind: 'number', by: 'covariates' },
      { name: 'region', kind: 'level', by: 'covariates' },
      { name: 'state', kind: 'level', by: 'strata' },
      { name: 'year', kind: 'wave', by: 'wave' },
    ]);
  });
});

describe('The names of the columns', () => {
  test('must hold one for the ids', () => {
    expect(faultsInCsv(`name,size${rows}`, optionsFor(complete))).toEqual([
      'row 1: has no column "id" (or "practice") with the ids of the clusters',
    ]);
    expect(faultsInCsv(`practice,size${rows}`, optionsFor(complete))).toEqual([]);
    expect(
      faultsInCsv(`practice,size${rows}`, optionsFor(complete, { unit: 'clinician' })),
    ).toEqual(['row 1: has no column "id" (or "clinician") with the ids of the clusters']);
  });

  test.each(['id;size\na;1\nb;2\n', 'id\tsize\na\t1\n', 'id|size\na|1\n'])(
    'must be separated by commas: %j',
    (text) => {
      expect(faultsInCsv(text, optionsFor(complete))).toEqual([
        'row 1: has no column "id" (or "practice") with the ids of the clusters: separate the columns with commas',
      ]);
    },
  );

  test.each([
    ['ID', 'id', 'letter case'],
    ['id ', 'id', 'white space'],
    ['Practice', 'practice', 'letter case'],
    ['i\u200Bd', 'id', 'invisible characters'],
    ['ｉｄ', 'id', 'Unicode normalisation form'],
    [
      'I D',
      'id',
      'white space, letter case, invisible characters, Unicode normalisation form together',
    ],
  ])('are refused where %j stands for "%s"', (name, meant, how) => {
    expect(faultsInCsv(`"${name}",size${rows}`, optionsFor(complete))).toEqual([
      `row 1, column ${JSON.stringify(name)}: differs from the column "${meant}" only in ${how}: write "${meant}"`,
    ]);
  });

  test('are refused where one differs from that of a needed column only in case or white space', () => {
    expect(faultsInCsv(`id,Region${rows}`, optionsFor(stratified))).toEqual([
      'row 1, column "Region": differs from the column "region" only in letter case: write "region"',
    ]);
    expect(faultsInCsv(`id,Size${rows}`, optionsFor(complete))).toEqual([
      'row 1, column "Size": differs from the column "size" only in letter case: write "size"',
    ]);
    // The needed column being there too does not make the other right.
    expect(faultsInCsv('id,size, size\na,1,1\nb,1,1\nc,1,1\nd,1,1', optionsFor(complete))).toEqual([
      'row 1, column " size": differs from the column "size" only in white space: write "size"',
    ]);
  });

  test('are free where no method needs them, also named much like the unit beside an id', () => {
    expect(faultsInCsv(`id,Region${rows}`, optionsFor(complete))).toEqual([]);
    expect(faultsInCsv(`id,Practice${rows}`, optionsFor(complete))).toEqual([]);
  });

  test('are refused twice, empty, or not well-formed', () => {
    expect(faultsInCsv('id,x,x,,y\na,1,1,1,1', optionsFor(complete, { late: true }))).toEqual([
      'row 1, column "x": is named twice: give each column its own name',
      'row 1, column "": column 4 has no name',
    ]);
    expect(
      problemsIn(() =>
        clustersFrom([{ id: 'a', 'x\uD800': 1 }], optionsFor(complete, { late: true })),
      ),
    ).toEqual([{ path: '[0]["x\\ud800"]', message: 'has a name that is not well-formed Unicode' }]);
  });

  test('must hold every column that the method needs; each is told once', () => {
    expect(
      faultsInCsv(
        `id,size${rows}`,
        optionsFor({ ...constrained, strata: ['region', 'state'], wave: 'year' }),
      ),
    ).toEqual([
      'row 1: has no column "rate", which `covariates` of the method needs',
      'row 1: has no column "region", which `covariates` of the method needs',
      'row 1: has no column "state", which `strata` of the method needs',
      'row 1: has no column "year", which `wave` of the method needs',
    ]);
    expect(faultsInCsv(`id,size${rows}`, optionsFor(paired))).toEqual([
      'row 1: has no column "pair", which `set` of the method needs',
    ]);
  });

  test('need no wave where the clusters come late', () => {
    const method = { ...constrained, wave: 'year' };
    const text = 'id,size,rate,region\na,1,1,x\n';
    const options = optionsFor(method, { late: true });
    expect(parseClusters(text, { format: 'csv', ...options }).waves).toHaveLength(1);
  });

  test('cannot make the ids what is balanced', () => {
    const by = (name: string): ReturnType<typeof optionsFor> =>
      optionsFor({ method: 'blocks', sizes: [2], strata: [name] });
    const message = 'holds the ids of the clusters, and cannot be what the method balances as well';
    expect(faultsInCsv(`id,size${rows}`, by('id'))).toEqual([`row 1, column "id": ${message}`]);
    expect(faultsInCsv(`practice,size${rows}`, by('practice'))).toContain(
      `row 1, column "practice": ${message}`,
    );
  });
});
