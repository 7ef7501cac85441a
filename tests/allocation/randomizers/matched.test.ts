import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchedRandomizer, matchedSets } from '../../../src/allocation/randomizers/index.ts';
import { randomStream } from '../../../src/stats/index.ts';
import type { MatchedMethod } from '../../../src/trial/allocation-plan.ts';
import {
  blockChances,
  expectFrequencies,
  expectSame,
  frequencies,
  given,
  practices,
  redrawChances,
} from './practices.ts';
import { reference } from './reference.ts';

const named: MatchedMethod = { method: 'matched', set: 'pair' };
const like: MatchedMethod = {
  method: 'matched',
  covariates: [
    { name: 'x' },
    { name: 'y', weight: 2 },
    { name: 'kind', kind: 'categorical', weight: 0.5 },
  ],
};

/** Sum of the squared distances within sets. */
const within = (sets: readonly (readonly number[])[], squared: readonly (readonly number[])[]) =>
  sets.reduce(
    (sum, set) =>
      sum +
      set.reduce((own, i) => own + set.reduce((s, j) => s + (squared[i]?.[j] ?? 0), 0), 0) / 2,
    0,
  );

describe('matched sets by covariates', () => {
  test.each(reference.matching.map((own, i) => [i, own] as const))(
    'are as far apart as R says, and cannot be improved by an exchange: case %i',
    (_, { size, x, y, kind, squared, least }) => {
      const setting = {
        clusters: [practices(x.length, { x, y, kind })],
        weights: Array<number>(size).fill(1),
      };
      const sets = matchedSets(like, setting);
      expect(sets).toHaveLength(x.length / size);
      for (const { clusters, distance, wave, name } of sets) {
        expect([wave, name]).toStrictEqual([0, undefined]);
        expect(distance).toBeCloseTo(within([clusters], squared), 10);
        expect(clusters).toStrictEqual(clusters.toSorted((a, b) => a - b));
      }
      const members = sets.map(({ clusters }) => clusters);
      expect(members.map(([first]) => first)).toStrictEqual(
        members.map(([first]) => first).toSorted((a, b) => (a ?? 0) - (b ?? 0)),
      );
      expect(members.flat().toSorted((a, b) => a - b)).toStrictEqual([...x.keys()]);
      const total = within(members, squared);
      expect(total).toBeGreaterThanOrEqual(least * (1 - 1e-12));
      expect(total).toBeLessThanOrEqual(least * 1.1);
      for (const i of x.keys()) {
        for (const j of x.keys()) {
          const exchanged = members.map((set) =>
            set.map((own) => (own === i ? j : own === j ? i : own)),
          );
          expect(within(exchanged, squared)).toBeGreaterThanOrEqual(total * (1 - 1e-9));
        }
      }
    },
  );

  test('are improved where the closest pair leaves two that are far apart', () => {
    // Greedily 1 goes with 1.5 and leaves 0 with 10; exchanges find nothing better than 0, 1 and 1.5, 10
    // by squares: 1 + 72.25 < 0.25 + 100.
    const clusters = [practices(4, { x: [0, 1, 1.5, 10] })];
    const method: MatchedMethod = { method: 'matched', covariates: [{ name: 'x' }] };
    const sets = matchedSets(method, { clusters, weights: [1, 1] });
    expect(sets.map((set) => set.clusters)).toStrictEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test('go by the order of the file where clusters are alike', () => {
    const clusters = [practices(6, { x: [1, 1, 1, 1, 2, 2] })];
    const method: MatchedMethod = { method: 'matched', covariates: [{ name: 'x' }] };
    const sets = (weights: readonly number[]) =>
      matchedSets(method, { clusters, weights }).map((set) => set.clusters);
    expect(sets([1, 1])).toStrictEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(sets([50, 50])).toStrictEqual(sets([1, 1]));
    expect(sets([2, 1])).toStrictEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  test.each([1e-300, 1e-160, 1, 1e160, 1e307])(
    'are the same whatever a covariate is counted in: %d',
    (unit) => {
      const x = [1, 5, 2, 6, 1.1, 5.1, 2.1, 6.1].map((value) => value * unit);
      const method: MatchedMethod = { method: 'matched', covariates: [{ name: 'x' }] };
      const sets = matchedSets(method, { clusters: [practices(8, { x })], weights: [1, 1] });
      expect(sets.map((set) => set.clusters)).toStrictEqual([
        [0, 4],
        [1, 5],
        [2, 6],
        [3, 7],
      ]);
      // Four pairs 0.1 apart, of a variance of 34.02 / 7.
      for (const { distance } of sets) expect(distance).toBeCloseTo(0.07 / 34.02, 9);
    },
  );

  test('hold each cluster once, within its wave, whatever the data', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 12, maxLength: 12 }),
        (x) => {
          const all = practices(14, { x: [0, 1, ...x] });
          const clusters = [all.slice(0, 8), all.slice(8)];
          const method: MatchedMethod = { method: 'matched', covariates: [{ name: 'x' }] };
          const sets = matchedSets(method, { clusters, weights: [1, 1] });
          expect(sets.map(({ wave }) => wave)).toStrictEqual([0, 0, 0, 0, 1, 1, 1]);
          for (const set of sets) {
            expect(set.clusters.every((own) => own < 8 === (set.wave === 0))).toBe(true);
          }
          const members = sets.flatMap((set) => set.clusters);
          expect(members.toSorted((a, b) => a - b)).toStrictEqual([...Array(14).keys()]);
          const alone = matchedSets(method, { clusters: clusters.slice(0, 1), weights: [1, 1] });
          expect(sets.slice(0, 4)).toStrictEqual(alone);
        },
      ),
    );
  });

  test('of a later wave may all be alike in a covariate', () => {
    const all = practices(6, { x: [1, 2, 3, 4, 7, 7] });
    const method: MatchedMethod = { method: 'matched', covariates: [{ name: 'x' }] };
    const clusters = [all.slice(0, 4), all.slice(4), []];
    expect(matchedSets(method, { clusters, weights: [1, 1] }).at(-1)).toStrictEqual({
      wave: 1,
      clusters: [4, 5],
      distance: 0,
    });
  });

  test('of 150 practices take less than a second', () => {
    const stream = randomStream(1);
    const normal = () => Array.from({ length: 150 }, stream.normal);
    const clusters = [
      practices(150, { x: normal(), y: normal(), kind: 'abc'.repeat(50).split('') }),
    ];
    const start = performance.now();
    expect(matchedSets(like, { clusters, weights: [1, 1] })).toHaveLength(75);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test('are refused where the clusters do not make up whole sets', () => {
    const clusters = [practices(5, { x: [1, 2, 3, 4, 5] })];
    const method: MatchedMethod = { method: 'matched', covariates: [{ name: 'x' }] };
    expect(() => matchedSets(method, { clusters, weights: [1, 1] })).toThrow(
      new RangeError(
        'the number of clusters of a wave must be a multiple of 2, the size of a matched set, got 5',
      ),
    );
    expect(() => matchedSets(like, { clusters, weights: [2, 3] })).toThrow(
      'no value in the column "y"',
    );
  });
});

describe('matched sets by a column', () => {
  const clusters = [practices(6, { pair: ['é', 'e\u0301', 'é', 'e\u0301', 7, '7'] })];

  test('are those with the same name, not one that merely looks the same', () => {
    expect(matchedSets(named, { clusters, weights: [1, 1] })).toStrictEqual([
      { wave: 0, name: 'é', clusters: [0, 2] },
      { wave: 0, name: 'e\u0301', clusters: [1, 3] },
      { wave: 0, name: '7', clusters: [4, 5] },
    ]);
  });

  test('are refused by name where one has too few or too many clusters in a wave', () => {
    const odd = (pair: readonly string[]) => () =>
      matchedRandomizer(named, { clusters: [practices(pair.length, { pair })], weights: [1, 1] });
    expect(odd(['a', 'a', 'b'])).toThrow(
      new RangeError('the matched set "b" must have 2 clusters in one wave, got 1'),
    );
    expect(odd(['a', 'a', 'b', 'a', 'b'])).toThrow('the matched set "a" must have 2 clusters');
    expect(odd(['a', 'a', ''])).toThrow('cluster "p2" has no value in the column "pair"');
    const waves = [practices(1, { pair: ['a'] }), practices(1, { pair: ['a'] })];
    expect(() => matchedSets(named, { clusters: waves, weights: [1, 1] })).toThrow('got 1');
  });

  test('cannot be had from both a column and covariates, nor from neither', () => {
    for (const method of [{ ...like, set: 'pair' }, { method: 'matched' } as const]) {
      expect(() => matchedSets(method, { clusters, weights: [1, 1] })).toThrow(
        new RangeError('matched sets must come from either a column `set` or `covariates`'),
      );
    }
  });
});

describe('matched randomisation', () => {
  const clusters = [
    practices(4, { pair: ['a', 'b', 'b', 'a'] }),
    practices(2, { pair: ['a', 'a'] }),
  ];
  const pairs = [
    { clusters: [0, 3], places: [1, 1] },
    { clusters: [1, 2], places: [1, 1] },
    { clusters: [4, 5], places: [1, 1] },
  ];

  test('deals out each set by itself, all orders alike', () => {
    const { draw, redraw } = matchedRandomizer(named, { clusters, weights: [5, 5] });
    const counts = frequencies('pairs', (stream) => draw(() => stream));
    expectFrequencies(counts, blockChances(pairs));
    const actual = draw((wave) => randomStream(3, wave));
    expect(draw((wave) => randomStream(3, wave))).toStrictEqual(actual);
    expectSame(redrawChances(redraw(actual), { actual, among: [0, 1] }), blockChances(pairs));
    expect(redraw(actual)).toStrictEqual({ kind: 'stratified', strata: [0, 1, 1, 0, 2, 2] });
  });

  test('deals out unequal groups of three by their weights, and redraws two of them', () => {
    const one = [practices(8, { pair: 'aaabbbab'.split('') })];
    const { draw, redraw } = matchedRandomizer(named, { clusters: one, weights: [2, 1, 1] });
    const sets = [
      { clusters: [0, 1, 2, 6], places: [2, 1, 1] },
      { clusters: [3, 4, 5, 7], places: [2, 1, 1] },
    ];
    const all = blockChances(sets);
    expectFrequencies(
      frequencies(9, (stream) => draw(() => stream)),
      all,
    );
    const actual = draw(() => randomStream(4));
    for (const among of [[0, 1], [2, 0], [1, 2], [1]]) {
      expectSame(
        redrawChances(redraw(actual, { among }), { actual, among }),
        given(all, actual, among),
      );
    }
    expect(() => redraw(Uint8Array.of(0, 0, 0, 1, 1, 2, 0, 0))).toThrow('could not have made it');
  });
});
