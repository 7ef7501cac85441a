import { describe, expect, test } from '@jest/globals';
import { clustersFrom, parseClusters } from '../../../src/allocation/clusters/index.ts';
import type { AllocationMethod, PeriodPlan } from '../../../src/trial/allocation-plan.ts';
import {
  complete,
  constrained,
  faultsInCsv,
  optionsFor,
  paired,
  problemsIn,
  stratified,
} from './given.ts';

const some = (count: number): string =>
  ['id', ...Array.from({ length: count }, (_, i) => `c${i}`)].join('\n');

const starts = ['2026-01-01', '2026-02-01', '2026-03-01'];

describe('The number of clusters', () => {
  const reason =
    'leave an arm with one cluster or none, and with one cluster per arm the arm and the cluster cannot be told apart: at least';

  test.each([
    [1, [1, 1], 4, '1 cluster for 2 arms'],
    [2, [1, 1], 4, '2 clusters for 2 arms'],
    [3, [50, 50], 4, '3 clusters for 2 arms'],
    [5, [1, 1, 1], 6, '5 clusters for 3 arms'],
    [5, [1, 2], 6, '5 clusters for 2 arms in the ratio 1:2'],
    [4, [4, 6], 5, '4 clusters for 2 arms in the ratio 2:3'],
    [7, [6, 2], 8, '7 clusters for 2 arms in the ratio 3:1'],
  ])('of %d in the ratio %j is too small; %d would do', (count, weights, needed, what) => {
    const options = optionsFor(complete, { weights });
    expect(faultsInCsv(some(count), options)).toEqual([`: ${what} ${reason} ${needed} are needed`]);
    if (needed > count + 1) expect(faultsInCsv(some(needed - 1), options)).toHaveLength(1);
    expect(faultsInCsv(some(needed), options)).toEqual([]);
  });

  test('counts rows that cannot be read', () => {
    expect(faultsInCsv(`${some(3)}\nx,y\n`, optionsFor(complete))).toHaveLength(1);
  });

  test('may be anything where the clusters come late, but not none', () => {
    expect(faultsInCsv(some(1), optionsFor(complete, { late: true }))).toEqual([]);
    expect(problemsIn(() => clustersFrom([], optionsFor(complete, { late: true })))).toEqual([
      { path: '', message: 'holds no cluster' },
    ]);
  });

  test.each<[PeriodPlan['design'], number]>([
    ['stepped-wedge', 3],
    ['crossover', 3],
    ['switchback', 2],
  ])('of a %s may be %d, as each cluster has more than one arm', (design, needed) => {
    const options = optionsFor(complete, { periods: { design, starts }, weights: [1, 1, 1] });
    expect(faultsInCsv(some(needed), options)).toEqual([]);
    expect(faultsInCsv(some(needed - 1), options)).toEqual([
      design === 'switchback'
        ? ': with one cluster its changes over time and those of the arms cannot be told apart: at least 2 are needed'
        : ': 2 clusters for 3 sequences leave a sequence without a cluster: at least 3 are needed',
    ]);
  });
});

describe('Matched sets', () => {
  test('of the wrong size are refused with their rows', () => {
    const text = 'id,pair\na,A\nb,B\nc,A\nd,A\ne,C\nf,D\ng,D\nh,B\n';
    expect(faultsInCsv(text, optionsFor(paired))).toEqual([
      'row 2, column "pair": the matched set "A" has 3 clusters (row 2, row 4, row 5), and must have 2',
      'row 6, column "pair": the matched set "C" has 1 cluster (row 6), and must have 2',
    ]);
    expect(faultsInCsv(text, optionsFor(paired, { weights: [2, 4] }))).toContain(
      'row 3, column "pair": the matched set "B" has 2 clusters (row 3, row 9), and must have 3',
    );
    expect(faultsInCsv('id,pair\na,A\nb,B\nc,A\nd,B', optionsFor(paired))).toEqual([]);
  });

  test('of very many clusters are told by the first ten rows', () => {
    const rows = Array.from({ length: 13 }, (_, i) => `c${i},A`).join('\n');
    const [fault] = faultsInCsv(`id,pair\n${rows}`, optionsFor(paired));
    expect(fault).toContain('has 13 clusters (row 2, row 3,');
    expect(fault).toContain('row 11 and 3 more)');
  });

  test('are not judged while a row or the name of a set cannot be read', () => {
    expect(faultsInCsv('id,pair\na,A\nb,B\nc,A\nd,', optionsFor(paired))).toEqual([
      'row 5, column "pair": is missing: `set` of the method needs it of every cluster',
    ]);
    expect(faultsInCsv('id,pair\na,A\nb,B\nc,A\nd', optionsFor(paired))).toHaveLength(1);
  });

  test('by covariates need a number of clusters that can be put into sets', () => {
    const method: AllocationMethod = { method: 'matched', covariates: [{ name: 'rate' }] };
    const rows = (count: number): string =>
      ['id,rate', ...Array.from({ length: count }, (_, i) => `c${i},${i}`)].join('\n');
    expect(faultsInCsv(rows(7), optionsFor(method))).toEqual([
      ': 7 clusters cannot be put into sets of 2: leave out 1, or find 1 more',
    ]);
    expect(faultsInCsv(rows(11), optionsFor(method, { weights: [1, 2] }))).toEqual([
      ': 11 clusters cannot be put into sets of 3: leave out 2, or find 1 more',
    ]);
    expect(faultsInCsv(rows(1), optionsFor(method, { late: true }))).toHaveLength(1);
    expect(faultsInCsv(rows(8), optionsFor(method))).toEqual([]);
  });
});

describe('Waves of recruitment', () => {
  const method: AllocationMethod = {
    method: 'constrained',
    covariates: [{ name: 'rate' }],
    wave: 'year',
  };

  test('are numbered by the order of their numbers, with clusters in the order of the file', () => {
    const text = 'id,rate,year\na,1,2027\nb,2,9\nc,3,2027\nd,4,-1\ne,5,9\nf,6,-1\n';
    const { waves } = parseClusters(text, { format: 'csv', ...optionsFor(method) });
    expect(waves.map((wave) => wave.map(({ id }) => id))).toEqual([
      ['d', 'f'],
      ['b', 'e'],
      ['a', 'c'],
    ]);
    expect(waves[0]?.[0]?.values).toEqual({ rate: 4, year: -1 });
  });

  test.each(['1.5', 'first', '', '1e999'])('are refused as %j', (wave) => {
    const [fault] = faultsInCsv(
      `id,rate,year\na,1,1\nb,2,1\nc,3,${wave}\nd,4,1\n`,
      optionsFor(method),
    );
    expect(fault).toBe(
      `row 4, column "year": ${
        wave === ''
          ? 'is missing: `wave` of the method needs it of every cluster'
          : `must be a whole number, such as 1 for the first wave, got "${wave}"`
      }`,
    );
  });

  test('need covariates that differ in the first one', () => {
    const text = 'id,rate,year\na,1,1\nb,1,1\nc,1,1\nd,4,2\n';
    expect(faultsInCsv(text, optionsFor(method))).toEqual([
      'row 1, column "rate": is the same for all clusters of the first wave, so that there is nothing to balance: leave it out of the method',
    ]);
    expect(faultsInCsv(text.replace('c,1', 'c,2'), optionsFor(method))).toEqual([]);
    expect(faultsInCsv(text.replace('4,2', '4,x'), optionsFor(method))).toHaveLength(1);
  });

  test('are one where the clusters come late', () => {
    const text = 'id,rate,year\na,1,5\nb,1,4\n';
    const list = parseClusters(text, { format: 'csv', ...optionsFor(method, { late: true }) });
    expect(list.waves).toHaveLength(1);
    expect(list.warnings).toEqual([]);
  });
});

describe('Warnings', () => {
  const warningsOf = (text: string, options: ReturnType<typeof optionsFor>): readonly string[] =>
    parseClusters(text, { format: 'csv', ...options }).warnings.map(
      ({ path, message }) => `${path}: ${message}`,
    );

  test('are of strata with fewer clusters than arms', () => {
    const text = 'id,region,type\na,N,x\nb,S,x\nc,N,x\nd,N,y\ne,N,y\nf,N,y\n';
    const two = optionsFor({ method: 'blocks', sizes: [2], strata: ['region', 'type'] });
    const join = 'strata so small balance little, so join some';
    expect(warningsOf(text, two)).toEqual([
      `row 3: the stratum of region "S", type "x" has this cluster only for 2 arms: ${join}`,
    ]);
    expect(warningsOf(text, { ...two, groups: [...two.groups, { weight: 1 }] })).toEqual([
      `row 2: the stratum of region "N", type "x" has 2 clusters for 3 arms: ${join}`,
      `row 3: the stratum of region "S", type "x" has this cluster only for 3 arms: ${join}`,
    ]);
    const overTime = optionsFor(stratified, { periods: { design: 'crossover', starts } });
    expect(warningsOf(text, overTime)).toEqual([
      `row 3: the stratum of region "S" has this cluster only for 2 sequences: ${join}`,
    ]);
    expect(warningsOf(text, { ...two, late: true })).toEqual([]);
  });

  test('are of strata that are one', () => {
    expect(warningsOf('id,region\na,N\nb,N\nc,N\nd,N\n', optionsFor(stratified))).toEqual([
      'row 1, column "region": is the same for all clusters: there is one stratum only',
    ]);
  });

  test('are of levels that one cluster has', () => {
    const text = 'id,size,rate,region\na,1,1,N\nb,2,2,N\nc,3,3,S\nd,4,4,N\n';
    expect(warningsOf(text, optionsFor(constrained))).toEqual([
      'row 4, column "region": no other cluster has "S": the arms cannot be alike in it',
    ]);
    const factor: AllocationMethod = { method: 'minimisation', factors: [{ name: 'region' }] };
    expect(warningsOf(text, optionsFor(factor))).toHaveLength(1);
    expect(warningsOf(text, optionsFor(factor, { late: true }))).toEqual([]);
  });

  test('are at most twenty of a kind', () => {
    const rows = Array.from({ length: 25 }, (_, i) => `c${i},r${i}`).join('\n');
    const warnings = warningsOf(`id,region\n${rows}`, optionsFor(stratified));
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe(': and 5 more small strata');
    const factor: AllocationMethod = { method: 'minimisation', factors: [{ name: 'region' }] };
    expect(warningsOf(`id,region\n${rows}`, optionsFor(factor)).at(-1)).toBe(
      ': and 5 more such values in the column "region"',
    );
  });
});
