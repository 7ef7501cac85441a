import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countOf } from '../../../../src/allocation/randomizers/constrained/count.ts';
import { samplerOf } from '../../../../src/allocation/randomizers/constrained/sample.ts';
import { roundedSizes } from '../../../../src/allocation/randomizers/constrained/sizes.ts';
import {
  conditionalSpace,
  isIn,
  spaceOf,
} from '../../../../src/allocation/randomizers/constrained/space.ts';
import type { Space } from '../../../../src/allocation/randomizers/constrained/space.ts';
import { visitAll } from '../../../../src/allocation/randomizers/constrained/visit.ts';
import { chiSquared, randomStream } from '../../../../src/stats/index.ts';
import { sizesOf, unevenness } from './data.ts';

const clustersIn = (strata: readonly string[]) =>
  strata.map((area, i) => ({ id: `c${i}`, values: { area } }));

const allOf = (space: Space, clusters: number): readonly string[] => {
  const allocation = new Uint8Array(clusters);
  const found: string[] = [];
  visitAll(space, { allocation, each: () => found.push(allocation.join('')) });
  return found;
};

const labelled = (clusters: number, groups: number): readonly Uint8Array[] =>
  Array.from({ length: groups ** clusters }, (_, code) =>
    Uint8Array.from({ length: clusters }, (__, i) => Math.floor(code / groups ** i) % groups),
  );

describe('The sizes of groups', () => {
  test('are rounded down, the places left over given to different groups in every way', () => {
    expect(roundedSizes(8, [1, 1, 1])).toEqual([
      [3, 3, 2],
      [3, 2, 3],
      [2, 3, 3],
    ]);
    expect(roundedSizes(9, [1, 1, 1])).toEqual([[3, 3, 3]]);
  });

  test('leave out a group whose share is whole', () => {
    expect(roundedSizes(8, [3, 2, 1])).toEqual([
      [4, 3, 1],
      [4, 2, 2],
    ]);
  });
});

describe('The space of allocations', () => {
  const setting = fc.record({
    areas: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 7 }),
    weights: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 3 }),
  });

  test('is every labelling whose groups have the right sizes in each stratum and in all, once each', () => {
    fc.assert(
      fc.property(setting, ({ areas, weights }) => {
        const space = spaceOf(clustersIn(areas), { weights, strata: ['area'] });
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const isRounded = (labels: Uint8Array, holds: (i: number) => boolean): boolean => {
          const own = labels.filter((_, i) => holds(i));
          return sizesOf(own, weights.length).every(
            (size, g) => Math.abs(size - (own.length * (weights[g] ?? 0)) / total) < 1 - 1e-9,
          );
        };
        const expected = labelled(areas.length, weights.length).filter(
          (labels) =>
            isRounded(labels, () => true) &&
            areas.every((area) => isRounded(labels, (i) => areas[i] === area)),
        );
        const found = allOf(space, areas.length);
        expect([...found].sort()).toEqual(expected.map((labels) => labels.join('')).sort());
        expect(countOf(space)).toBe(BigInt(expected.length));
        expect(expected.length).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  test('holds what is drawn from it, and nothing else', () => {
    fc.assert(
      fc.property(setting, fc.integer(), ({ areas, weights }, seed) => {
        const space = spaceOf(clustersIn(areas), { weights, strata: ['area'] });
        const drawn = new Uint8Array(areas.length);
        samplerOf(space)(randomStream(seed), drawn);
        const all = allOf(space, areas.length);
        expect(all).toContain(drawn.join(''));
        for (const labels of labelled(areas.length, weights.length)) {
          expect(isIn(space, labels)).toBe(all.includes(labels.join('')));
        }
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ['sizes that are all alike', ['a', 'a', 'a', 'a', 'a', 'a'], [1, 1]],
    ['sizes with different numbers of allocations', ['a', 'a', 'a', 'a', 'a'], [2, 1]],
    ['three strata of odd size', ['a', 'b', 'a', 'b', 'a', 'b', 'c'], [1, 1]],
    ['three groups', ['a', 'b', 'b', 'a', 'b'], [1, 1, 1]],
  ])('is drawn from evenly: %s', (_, areas, weights) => {
    const space = spaceOf(clustersIn(areas), { weights, strata: ['area'] });
    const counts = new Map(allOf(space, areas.length).map((key) => [key, 0]));
    const stream = randomStream('even');
    const deal = samplerOf(space);
    const drawn = new Uint8Array(areas.length);
    for (let i = 0; i < 300 * counts.size; i += 1) {
      deal(stream, drawn);
      const key = drawn.join('');
      counts.set(key, (counts.get(key) ?? Number.NaN) + 1);
    }
    expect(unevenness([...counts.values()])).toBeLessThan(
      chiSquared.quantile(0.999, counts.size - 1),
    );
  });

  test('of very many clusters is drawn with either group the larger', () => {
    const space = spaceOf(clustersIn(Array.from({ length: 601 }, () => 'a')), { weights: [1, 1] });
    const stream = randomStream('many');
    const deal = samplerOf(space);
    const drawn = new Uint8Array(601);
    const larger = Array.from({ length: 100 }, () => {
      deal(stream, drawn);
      return sizesOf(drawn, 2)[0] === 301;
    }).filter(Boolean).length;
    expect(larger).toBeGreaterThan(30);
    expect(larger).toBeLessThan(70);
  });

  test('counts beyond what a number can hold', () => {
    const count = countOf(
      spaceOf(clustersIn(Array.from({ length: 150 }, () => 'a')), {
        weights: [1, 1],
        strata: [],
      }),
    );
    // choose(150, 75) = 92826069736708789698985814872605121940117520 in any big-number calculator.
    expect(count).toBe(92826069736708789698985814872605121940117520n);
  });

  test('given held clusters is what is left of it when these do not move', () => {
    fc.assert(
      fc.property(setting, fc.integer(), ({ areas, weights }, seed) => {
        const space = spaceOf(clustersIn(areas), { weights, strata: ['area'] });
        const actual = new Uint8Array(areas.length);
        samplerOf(space)(randomStream(seed), actual);
        const free = weights.map((__, group) => group < 2);
        const conditional = conditionalSpace(space, { actual, free });
        const expected = allOf(space, areas.length).filter((key) =>
          actual.every(
            (group, i) =>
              group < 2 === Number(key[i]) < 2 && (group < 2 || group === Number(key[i])),
          ),
        );
        const allocation = actual.slice();
        const found: string[] = [];
        visitAll(conditional, { allocation, each: () => found.push(allocation.join('')) });
        expect([...found].sort()).toEqual([...expected].sort());
        expect(countOf(conditional)).toBe(BigInt(expected.length));
        const drawn = actual.slice();
        samplerOf(conditional)(randomStream(seed, 1), drawn);
        expect(expected).toContain(drawn.join(''));
      }),
      { numRuns: 60 },
    );
  });
});
