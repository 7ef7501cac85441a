import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Cluster } from '../../../src/allocation/clusters/index.ts';
import { balanceOf, describeClusters } from '../../../src/allocation/clusters/index.ts';
import { complete, minimised, stratified } from './given.ts';

const clusters: readonly Cluster[] = [
  { id: 'a', size: 10, values: { region: 'N', type: 'x', rate: 1 } },
  { id: 'b', size: 40, values: { region: 'S', type: 'x', rate: '2.5' } },
  { id: 'c', size: 25, values: { region: 'N', type: 'y', rate: 4 } },
  { id: 'd', size: 5, values: { region: 'N', type: 'x', rate: 4 } },
  { id: 'e', size: 30, values: { region: 'W', type: 'x', rate: 7 } },
];
const unsized = clusters.map(({ id, values }) => ({ id, values }));

describe('The clusters of a trial', () => {
  test('are described by number, size and strata', () => {
    // R 4.2.2: x = c(10, 40, 25, 5, 30); sd(x) / mean(x) = 0.6554943.
    expect(describeClusters(clusters, stratified)).toEqual({
      clusters: 5,
      sizes: {
        total: 110,
        least: 5,
        median: 25,
        most: 40,
        mean: 22,
        coefficientOfVariation: expect.closeTo(Math.sqrt(830 / 4) / 22, 14),
      },
      strata: [
        { levels: { region: 'N' }, clusters: 3, size: 40 },
        { levels: { region: 'S' }, clusters: 1, size: 40 },
        { levels: { region: 'W' }, clusters: 1, size: 30 },
      ],
    });
  });

  test('are described by each combination of strata, and by each factor by itself', () => {
    const both = describeClusters(clusters, {
      method: 'blocks',
      sizes: [2],
      strata: ['region', 'type'],
    });
    expect(both.strata).toEqual([
      { levels: { region: 'N', type: 'x' }, clusters: 2, size: 15 },
      { levels: { region: 'S', type: 'x' }, clusters: 1, size: 40 },
      { levels: { region: 'N', type: 'y' }, clusters: 1, size: 25 },
      { levels: { region: 'W', type: 'x' }, clusters: 1, size: 30 },
    ]);
    expect(describeClusters(clusters, minimised).strata.map(({ levels }) => levels)).toEqual([
      { region: 'N' },
      { region: 'S' },
      { region: 'W' },
      { type: 'x' },
      { type: 'y' },
    ]);
    expect(describeClusters(clusters, complete).strata).toEqual([]);
  });

  test('have no sizes where one is not known', () => {
    const { sizes, strata } = describeClusters(
      [...clusters.slice(1), ...unsized.slice(0, 1)],
      stratified,
    );
    expect(sizes).toBeNull();
    expect(strata.map(({ size }) => size)).toEqual([40, null, 30]);
    expect(describeClusters([], complete)).toEqual({ clusters: 0, sizes: null, strata: [] });
  });

  test('have a median between the middle two, and no variation where they are one', () => {
    expect(describeClusters(clusters.slice(0, 4), complete).sizes?.median).toBe(17.5);
    expect(describeClusters(clusters.slice(0, 1), complete).sizes).toEqual({
      total: 10,
      least: 10,
      median: 10,
      most: 10,
      mean: 10,
      coefficientOfVariation: 0,
    });
  });
});

describe('The balance of an allocation', () => {
  test('is told by covariate, by level but the first, and by group', () => {
    const balance = balanceOf(clusters, Uint8Array.of(0, 1, 1, 0, 1), {
      names: ['usual', 'alert'],
      covariates: [{ name: 'rate' }, { name: 'size' }, { name: 'region', kind: 'categorical' }],
    });
    const rateDeviation = Math.sqrt((2.7 ** 2 + 1.2 ** 2 + 2 * 0.3 ** 2 + 3.3 ** 2) / 4);
    const sizeDeviation = Math.sqrt(830 / 4);
    const shareDeviation = Math.sqrt((4 * 0.2 ** 2 + 0.8 ** 2) / 4);
    expect(balance).toEqual({
      groups: [
        { name: 'usual', clusters: 2, size: 15 },
        { name: 'alert', clusters: 3, size: 95 },
      ],
      covariates: [
        {
          name: 'rate',
          means: [2.5, 4.5],
          standardDeviation: expect.closeTo(rateDeviation, 14),
          difference: expect.closeTo(2 / rateDeviation, 14),
        },
        {
          name: 'size',
          means: [7.5, expect.closeTo(95 / 3, 13)],
          standardDeviation: expect.closeTo(sizeDeviation, 13),
          difference: expect.closeTo((95 / 3 - 7.5) / sizeDeviation, 13),
        },
        {
          name: 'region = S',
          means: [0, expect.closeTo(1 / 3, 15)],
          standardDeviation: expect.closeTo(shareDeviation, 14),
          difference: expect.closeTo(1 / 3 / shareDeviation, 14),
        },
        {
          name: 'region = W',
          means: [0, expect.closeTo(1 / 3, 15)],
          standardDeviation: expect.closeTo(shareDeviation, 14),
          difference: expect.closeTo(1 / 3 / shareDeviation, 14),
        },
      ],
    });
  });

  test('takes the two groups that differ most, and passes over one without clusters', () => {
    const { covariates, groups } = balanceOf(unsized, [0, 1, 3, 3, 1], {
      names: ['w', 'x', 'y', 'z'],
      covariates: [{ name: 'rate' }],
    });
    expect(groups).toEqual([
      { name: 'w', clusters: 1, size: null },
      { name: 'x', clusters: 2, size: null },
      { name: 'y', clusters: 0, size: 0 },
      { name: 'z', clusters: 2, size: null },
    ]);
    expect(covariates[0]?.means).toEqual([1, 4.75, null, 4]);
    expect(covariates[0]?.difference).toBeCloseTo(
      3.75 / Math.sqrt((2.7 ** 2 + 1.2 ** 2 + 0.18 + 3.3 ** 2) / 4),
      13,
    );
  });

  test('may be of no covariate', () => {
    expect(balanceOf(clusters, [0, 0, 0, 0, 1], { names: ['x', 'y'] }).covariates).toEqual([]);
  });

  test('needs a group with a name for each cluster', () => {
    expect(() => balanceOf(clusters, [0, 1], { names: ['x', 'y'] })).toThrow(
      new RangeError('there must be a group for each of 5 clusters, got 2'),
    );
    expect(() => balanceOf(clusters, [0, 1, 2, 0, 1], { names: ['x', 'y'] })).toThrow(
      new RangeError('cluster 2 is in group 2, but there are 2 groups, from 0'),
    );
    expect(() =>
      balanceOf(clusters, [0, 1, 1, 0, 1], { names: ['x', 'y'], covariates: [{ name: 'z' }] }),
    ).toThrow('cluster "a" has no value in the column "z"');
  });

  test('does not depend on the order of the clusters nor on the unit of a covariate', () => {
    const value = fc.integer({ min: 0, max: 50 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, fc.integer({ min: 0, max: 2 })), { minLength: 4, maxLength: 30 }),
        fc.integer({ min: 2, max: 9 }),
        (rows, unit) => {
          fc.pre(new Set(rows.map(([x]) => x)).size > 1);
          const differenceIn = (given: readonly (readonly [number, number])[]): number =>
            balanceOf(
              given.map(([x], i) => ({ id: `c${i}`, values: { x } })),
              given.map(([, group]) => group),
              { names: ['a', 'b', 'c'], covariates: [{ name: 'x' }] },
            ).covariates[0]?.difference ?? Number.NaN;
          const difference = differenceIn(rows);
          expect(difference).toBeGreaterThanOrEqual(0);
          expect(differenceIn([...rows].reverse())).toBeCloseTo(difference, 12);
          expect(differenceIn(rows.map(([x, group]) => [x * unit - 7, group]))).toBeCloseTo(
            difference,
            12,
          );
        },
      ),
    );
  });

  test.each([1e-300, 1e-160, 1e160, 8e307])('is told of numbers of any size: %d', (unit) => {
    const clusters = [0, 1, 0, 2].map((x, i) => ({ id: `c${i}`, values: { x: x * unit } }));
    const { covariates } = balanceOf(clusters, [0, 0, 1, 1], {
      names: ['a', 'b'],
      covariates: [{ name: 'x' }],
    });
    const [found] = covariates;
    const [one, other] = found?.means ?? [];
    expect((one ?? 0) / unit).toBeCloseTo(0.5, 12);
    expect((other ?? 0) / unit).toBeCloseTo(1, 12);
    expect((found?.standardDeviation ?? 0) / unit).toBeCloseTo(Math.sqrt(2.75 / 3), 12);
    expect(found?.difference).toBeCloseTo(0.5 / Math.sqrt(2.75 / 3), 12);
  });
});
