import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blocksRandomizer } from '../../../src/allocation/randomizers/index.ts';
import { permutedBlocks } from '../../../src/allocation/randomizers/blocks.ts';
import type { Seed } from '../../../src/stats/index.ts';
import { randomStream } from '../../../src/stats/index.ts';
import type { BlocksMethod } from '../../../src/trial/allocation-plan.ts';
import {
  blockChances,
  expectFrequencies,
  expectSame,
  frequencies,
  given,
  practices,
  redrawChances,
} from './practices.ts';

const blocks = (sizes: readonly number[], strata?: readonly string[]): BlocksMethod => ({
  method: 'blocks',
  sizes,
  strata,
});

const regions = (levels: string) => practices(levels.length, { region: levels.split('') });

describe('permuted blocks', () => {
  test('balance every block in every stratum, in the order of the file', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 20 }), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.constantFrom([1, 1], [1, 2], [1, 1, 1]),
        fc.integer(),
        (levels, weights, seed) => {
          const whole = weights.reduce((a, b) => a + b, 0);
          const clusters = levels.map((wave) => practices(wave.length, { region: wave }));
          const setting = { clusters, weights, seed };
          const method = blocks([whole, 2 * whole], ['region']);
          const groups = blocksRandomizer(method, setting).draw((wave) => randomStream(seed, wave));
          const all = levels.flat();
          let from = 0;
          levels.forEach((wave) => {
            for (const level of 'abc') {
              const own = [...wave.keys()].map((i) => i + from).filter((i) => all[i] === level);
              let balanced = -1;
              own.forEach((_, last) => {
                const before = own.slice(0, last + 1).map((i) => groups[i]);
                const counts = weights.map((_, g) => before.filter((own) => own === g).length);
                counts.forEach((count, g) => {
                  const share = ((last + 1) * (weights[g] ?? 0)) / whole;
                  expect(Math.abs(count - share)).toBeLessThanOrEqual(whole);
                });
                if (counts.every((count, g) => count * whole === (last + 1) * (weights[g] ?? 0))) {
                  expect(last - balanced).toBeLessThanOrEqual(2 * whole);
                  balanced = last;
                }
              });
              expect(own.length - 1 - balanced).toBeLessThan(2 * whole);
            }
            from += wave.length;
          });
        },
      ),
    );
  });

  test('have sizes that occur equally often and come again from the seed alone', () => {
    const clusters = [practices(6000)];
    const setting = { clusters, weights: [1, 1], seed: ['trial', 3] } as const;
    const [made = []] = permutedBlocks(blocks([2, 4, 6]), setting);
    expect(permutedBlocks(blocks([2, 4, 6]), setting)[0]).toStrictEqual(made);
    const full = made.slice(0, -1);
    const counts = new Map<string, number>();
    for (const { clusters, places } of full) {
      const half = clusters.length / 2;
      expect(places).toStrictEqual([half, half]);
      counts.set(String(half), (counts.get(String(half)) ?? 0) + 1);
    }
    expectFrequencies(
      counts,
      new Map([
        ['1', 1 / 3],
        ['2', 1 / 3],
        ['3', 1 / 3],
      ]),
    );
    const other = permutedBlocks(blocks([2, 4, 6]), { ...setting, seed: ['trial', 4] });
    expect(other[0]).not.toStrictEqual(made);
  });

  test('have sizes of their own in each stratum and wave, which later waves do not change', () => {
    const structure = (clusters: readonly (readonly ReturnType<typeof practices>[number][])[]) =>
      permutedBlocks(blocks([2, 4], ['region']), { clusters, weights: [1, 1], seed: 'x' });
    const first = regions('ab'.repeat(40));
    const [alone] = structure([first]);
    const both = structure([first, first]);
    expect(both[0]).toStrictEqual(alone);
    const lengths = (made: typeof alone) => made?.map(({ clusters }) => clusters.length).join('');
    const of = (level: number) => alone?.filter(({ clusters }) => (clusters[0] ?? 0) % 2 === level);
    expect(lengths(of(0))).not.toBe(lengths(of(1)));
    expect(lengths(both[1])).not.toBe(lengths(both[0]));
    expect(both[1]?.[0]?.clusters[0]).toBe(80);
    // A stratum's blocks do not depend on which strata there are besides.
    const [mixed] = structure([[...regions('ccc'), ...first]]);
    expect(lengths(mixed?.filter(({ clusters }) => (clusters[0] ?? 0) > 2))).toBe(lengths(alone));
  });

  test('are uniform over all orders of the places of the blocks, cut off or not', () => {
    const setting = { clusters: [regions('aabab'), regions('aab')], weights: [1, 1], seed: 2 };
    const method = blocks([2, 4], ['region']);
    const made = permutedBlocks(method, setting).flat();
    // The seed is one with blocks of both sizes, full ones and some that are cut off.
    expect(
      made.map(({ clusters, places }) => `${clusters.join('')}/${places.join('')}`),
    ).toStrictEqual(['013/22', '24/22', '56/11', '7/22']);
    const { draw } = blocksRandomizer(method, setting);
    const counts = frequencies('deal', (stream) => draw(() => stream));
    expectFrequencies(counts, blockChances(made));
  });

  test.each([
    ['two groups', 'aabababb', [1, 1], [2, 4], [[0, 1]]],
    [
      'three groups',
      'aababbaa',
      [1, 1, 1],
      [3, 6],
      [
        [0, 1, 2],
        [0, 1],
        [2, 0],
        [1, 2],
      ],
    ],
    ['unequal groups', 'aaabbaab', [2, 1], [3, 6], [[0, 1]]],
    [
      'three unequal groups',
      'aaaaaaab',
      [1, 2, 1],
      [4, 8],
      [
        [0, 1, 2],
        [1, 2],
        [0, 2],
      ],
    ],
  ])('redraw exactly what the procedure gives: %s', (_, levels, weights, sizes, sets) => {
    for (let seed = 0; seed < 2; seed++) {
      const setting = {
        clusters: [regions(levels.slice(0, 5)), regions(levels.slice(5))],
        weights,
        seed,
      };
      const method = blocks(sizes, ['region']);
      const { draw, redraw } = blocksRandomizer(method, setting);
      const all = blockChances(permutedBlocks(method, setting).flat());
      const actual = draw((wave) => randomStream(seed, wave));
      for (const among of sets) {
        const told = redraw(actual, { among });
        expectSame(redrawChances(told, { actual, among }), given(all, actual, among));
      }
      const everyone = [...weights.keys()];
      expect(redraw(actual)).toStrictEqual(redraw(actual, { among: everyone }));
      expectSame(redrawChances(redraw(actual), { actual, among: everyone }), all);
    }
  });

  test('say how many places a block has only where it has more than clusters', () => {
    const of = (count: number) => ({ clusters: [practices(count)], weights: [1, 1], seed: 1 });
    const full = blocksRandomizer(blocks([4]), of(8)).redraw(Uint8Array.of(0, 1, 0, 1, 1, 1, 0, 0));
    expect(full).toStrictEqual({ kind: 'stratified', strata: [0, 0, 0, 0, 1, 1, 1, 1] });
    const cut = blocksRandomizer(blocks([4]), of(6)).redraw(Uint8Array.of(0, 1, 0, 1, 1, 1));
    expect(cut).toStrictEqual({
      kind: 'stratified',
      strata: [0, 0, 0, 0, 1, 1],
      sizes: { 1: [2, 2] },
    });
  });

  test('keep strata apart whose levels would collide when joined', () => {
    const clusters = practices(8, {
      a: ['x,y', 'x,y', 'x', 'x', 'é', 'é', 'e\u0301', 'e\u0301'],
      b: ['z', 'z', 'y,z', 'y,z', '1', '1', '1', '1'],
    });
    const setting = { clusters: [clusters], weights: [1, 1], seed: 'unicode' };
    const randomizer = blocksRandomizer(blocks([2], ['a', 'b']), setting);
    for (let i = 0; i < 20; i++) {
      const groups = randomizer.draw(() => randomStream(i));
      for (let pair = 0; pair < 8; pair += 2) {
        expect((groups[pair] ?? 0) + (groups[pair + 1] ?? 0)).toBe(1);
      }
    }
  });

  test.each([7, 'seed', ['a', 1]] as Seed[])('are the same again from the seed %j', (seed) => {
    const setting = { clusters: [practices(50), practices(9)], weights: [1, 1, 2], seed };
    const draw = () =>
      blocksRandomizer(blocks([4, 8]), setting).draw((wave) => randomStream(seed, wave));
    expect(draw()).toStrictEqual(draw());
  });

  test.each([
    [[], 'at least one block size'],
    [[3], 'the block size 3 must be a multiple of 2'],
    [[4, 5], 'the block size 5 must be a multiple of 2'],
    [[0], 'the block size 0'],
    [[-2], 'the block size -2'],
    [[2.5], 'the block size 2.5'],
    [[4, 2, 4], 'the block size 4 is named twice'],
  ])('refuse the sizes %j', (sizes, message) => {
    const setting = { clusters: [practices(8)], weights: [3, 3], seed: 1 };
    expect(() => blocksRandomizer(blocks(sizes), setting)).toThrow(RangeError);
    expect(() => blocksRandomizer(blocks(sizes), setting)).toThrow(message);
  });

  test('refuse a cluster without its stratum, and an allocation that they could not have made', () => {
    const setting = { clusters: [practices(4)], weights: [1, 1], seed: 1 };
    expect(() => blocksRandomizer(blocks([2], ['region']), setting)).toThrow(
      'cluster "p0" has no value in the column "region"',
    );
    const { redraw } = blocksRandomizer(blocks([2]), setting);
    expect(() => redraw(Uint8Array.of(0, 0, 1, 1))).toThrow(
      'more clusters of a group in a block than the block has places',
    );
    expect(() => redraw(Uint8Array.of(0, 1))).toThrow('must have 4 clusters, got 2');
  });
});
