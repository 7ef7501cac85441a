import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { completeRandomizer } from '../../../src/allocation/randomizers/index.ts';
import type { RandomStream } from '../../../src/stats/index.ts';
import { randomStream } from '../../../src/stats/index.ts';
import {
  blockChances,
  expectFrequencies,
  expectSame,
  frequencies,
  given,
  practices,
  redrawChances,
} from './practices.ts';

const complete = (counts: readonly number[], weights: readonly number[]) =>
  completeRandomizer(
    { method: 'complete' },
    { clusters: counts.map((count) => practices(count)), weights },
  );

const sizes = (groups: Uint8Array, count: number) =>
  Array.from({ length: count }, (_, group) => groups.filter((own) => own === group).length);

describe('complete randomisation', () => {
  test('gives each group its share of each wave, rounded down or up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 5 }),
        fc.array(fc.nat(40), { maxLength: 3 }),
        fc.integer(),
        (weights, later, seed) => {
          const whole = weights.reduce((a, b) => a + b, 0);
          const waves = [whole + 3, ...later];
          const groups = complete(waves, weights).draw((wave) => randomStream(seed, wave));
          let from = 0;
          for (const wave of waves) {
            const got = sizes(groups.slice(from, from + wave), weights.length);
            from += wave;
            expect(got.reduce((a, b) => a + b, 0)).toBe(wave);
            got.forEach((size, group) => {
              const share = (wave * (weights[group] ?? 0)) / whole;
              expect(size).toBeGreaterThanOrEqual(Math.floor(share));
              expect(size).toBeLessThanOrEqual(Math.ceil(share));
            });
          }
          expect(groups).toHaveLength(from);
        },
      ),
    );
  });

  test('has exact sizes where the shares are whole', () => {
    for (let i = 0; i < 20; i++) {
      expect(
        sizes(
          complete([12], [1, 2, 3]).draw(() => randomStream(i)),
          3,
        ),
      ).toStrictEqual([2, 4, 6]);
    }
  });

  test('gives each group exactly its weight, on the average over all starts of the systematic sample', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 0, max: 20 }),
        fc.boolean(),
        (weights, more, backwards) => {
          const whole = weights.reduce((a, b) => a + b, 0);
          const count = whole + more;
          const { draw } = complete([count], weights);
          const totals = weights.map(() => 0);
          const divisor = new Set<number>();
          // Every start once; the order of the groups and of the places is left or turned round.
          for (let start = 0; start < whole; start++) {
            const stream: RandomStream = {
              ...randomStream(0),
              integer: (bound) => {
                divisor.add(bound);
                return start % bound;
              },
              shuffle: (items) => {
                if (backwards) items.reverse();
              },
            };
            sizes(
              draw(() => stream),
              weights.length,
            ).forEach((size, group) => {
              totals[group] = (totals[group] ?? 0) + size;
            });
          }
          expect(divisor.size).toBe(1);
          expect(totals).toStrictEqual(weights.map((weight) => count * weight));
        },
      ),
    );
  });

  test('is uniform over all allocations where the weights are equal', () => {
    const { draw } = complete([4], [2, 2, 2]);
    const counts = frequencies('uniform', (stream) => draw(() => stream));
    const all = new Map(
      [
        [2, 1, 1],
        [1, 2, 1],
        [1, 1, 2],
      ].flatMap((places) =>
        [...blockChances([{ clusters: [0, 1, 2, 3], places }])].map(
          ([key, chance]): [string, number] => [key, chance / 3],
        ),
      ),
    );
    expect(all.size).toBe(36);
    expectFrequencies(counts, all);
  });

  test('draws places left over by the fractional parts of unequal shares', () => {
    // 4 clusters at 1:2 have 4/3 and 8/3 places: 1 and 3 with the chance 2/3, 2 and 2 with 1/3.
    const { draw } = complete([4], [1, 2]);
    const counts = frequencies('unequal', (stream) => draw(() => stream));
    const chances = (places: readonly number[], share: number) =>
      [...blockChances([{ clusters: [0, 1, 2, 3], places }])].map(
        ([key, chance]): [string, number] => [key, chance * share],
      );
    expectFrequencies(counts, new Map([...chances([1, 3], 2 / 3), ...chances([2, 2], 1 / 3)]));
  });

  test('is the same from the same random numbers, and each wave has its own', () => {
    const { draw } = complete([6, 5], [1, 1]);
    const streamOf = (wave: number) => randomStream('trial', wave);
    expect(draw(streamOf)).toStrictEqual(draw(streamOf));
    expect([...draw(streamOf)]).toStrictEqual([0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0]);
    const later = complete([6, 8], [1, 1]).draw(streamOf);
    expect(later.slice(0, 6)).toStrictEqual(draw(streamOf).slice(0, 6));
  });

  test('redraws rearrangements of each wave, given its sizes', () => {
    const randomizer = complete([4, 2], [1, 1, 1]);
    const actual = Uint8Array.of(0, 2, 2, 1, 2, 0);
    const redraw = randomizer.redraw(actual);
    expect(redraw).toStrictEqual({ kind: 'stratified', strata: [0, 0, 0, 0, 1, 1] });
    expectSame(
      redrawChances(redraw, { actual, among: [0, 1, 2] }),
      blockChances([
        { clusters: [0, 1, 2, 3], places: [1, 1, 2] },
        { clusters: [4, 5], places: [1, 0, 1] },
      ]),
    );
  });

  test('redraws some groups alone given where the others are', () => {
    const randomizer = complete([4, 2], [1, 1, 1]);
    const actual = Uint8Array.of(0, 2, 2, 1, 2, 0);
    const among = [0, 2];
    const redraw = randomizer.redraw(actual, { among });
    expect(redraw).toStrictEqual({ kind: 'stratified', strata: [0, 0, 0, 1, 1] });
    const all = blockChances([
      { clusters: [0, 1, 2, 3], places: [1, 1, 2] },
      { clusters: [4, 5], places: [1, 0, 1] },
    ]);
    expectSame(redrawChances(redraw, { actual, among }), given(all, actual, among));
  });

  test.each([
    [[2], [1, 1, 1], 3],
    [[1], [1, 1], 2],
    [[2, 9], [1, 2], 3],
    [[], [1, 1], 2],
  ])('refuses %j clusters at the start for groups of %j', (counts, weights, needed) => {
    expect(() => complete([...counts], weights)).toThrow(RangeError);
    expect(() => complete([...counts], weights)).toThrow(
      counts.length === 0 ? 'at least one wave' : `at least ${needed} clusters at the start`,
    );
    expect(() => complete([needed], weights)).not.toThrow();
  });

  test('refuses weights that are not 2 to 256 positive whole numbers', () => {
    for (const weights of [[], [1], Array<number>(257).fill(1)]) {
      expect(() => complete([600], weights)).toThrow(
        new RangeError(`there must be 2 to 256 groups, got ${weights.length}`),
      );
    }
    for (const weight of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 53]) {
      expect(() => complete([600], [1, weight])).toThrow(
        new RangeError(`the weight of a group must be a positive whole number, got ${weight}`),
      );
    }
  });

  test('takes 256 groups, and weights that have a common divisor', () => {
    const groups = complete([256], Array(256).fill(50)).draw(() => randomStream(1));
    expect([...groups].sort((a, b) => a - b)).toStrictEqual([...Array(256).keys()]);
  });

  test('refuses to redraw what it could not have drawn', () => {
    const { redraw } = complete([4], [1, 1]);
    expect(() => redraw(Uint8Array.of(0, 0, 0, 1))).toThrow(
      '3 clusters in group 0 of a wave, where complete randomisation gives 2',
    );
    expect(() => complete([5], [1, 1]).redraw(Uint8Array.of(1, 1, 1, 1, 0))).toThrow('2 or 3');
    expect(() => redraw(Uint8Array.of(0, 1, 0))).toThrow('must have 4 clusters, got 3');
    expect(() => redraw(Uint8Array.of(0, 1, 0, 2))).toThrow(
      'there is no group 2: groups are counted from 0 to 1',
    );
    expect(() => redraw(Uint8Array.of(0, 1, 0, 1), { among: [0, 2] })).toThrow('no group 2');
    expect(() => redraw(Uint8Array.of(0, 1, 0, 1), { among: [0.5] })).toThrow('no group 0.5');
  });
});
