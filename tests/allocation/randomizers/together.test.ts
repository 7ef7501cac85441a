import { describe, expect, test } from '@jest/globals';
import {
  blocksRandomizer,
  completeRandomizer,
  matchedRandomizer,
  minimisationRandomizer,
  togetherOf,
} from '../../../src/allocation/randomizers/index.ts';
import { randomStream } from '../../../src/stats/index.ts';
import { practices } from './practices.ts';

const stream = randomStream(1);
const listed = (...allocations: readonly (readonly number[])[]) =>
  ({ kind: 'listed', allocations: allocations.map((own) => Uint8Array.from(own)) }) as const;

describe('how often clusters are together', () => {
  test('is counted over all of a list', () => {
    const together = togetherOf(listed([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 1], [1, 0, 1, 0]), {
      stream,
    });
    expect(together).toStrictEqual({
      shares: Float64Array.of(1, 0.5, 0.5, 0, 0.5, 1, 0, 0.5, 0.5, 0, 1, 0.5, 0, 0.5, 0.5, 1),
      least: { first: 0, second: 3, share: 0 },
      most: { first: 0, second: 1, share: 0.5 },
      expected: 1 / 3,
      often: [],
      seldom: [
        { first: 0, second: 3, share: 0 },
        { first: 1, second: 2, share: 0 },
      ],
      allocations: 4,
      exact: true,
    });
  });

  test('shows pairs at the thresholds and beyond', () => {
    const quarters = listed([0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 1, 0]);
    const shown = togetherOf(quarters, { stream });
    expect(shown.often).toStrictEqual([{ first: 0, second: 1, share: 0.75 }]);
    expect(shown.seldom.map(({ share }) => share)).toStrictEqual([0.25, 0]);
    const strict = togetherOf(quarters, { stream, often: 0.76, seldom: 0.24 });
    expect(strict.often).toStrictEqual([]);
    expect(strict.seldom).toStrictEqual([{ first: 1, second: 2, share: 0 }]);
  });

  test('expects pairs to be together less often where there are more groups', () => {
    const four = listed(
      [0, 0, 1, 2, 3],
      [0, 1, 1, 2, 3],
      [0, 1, 2, 3, 3],
      [0, 1, 2, 3, 0],
      [0, 1, 2, 3, 1],
      [2, 1, 2, 3, 0],
      [0, 3, 2, 3, 1],
      [1, 0, 2, 3, 1],
    );
    // One over four groups is 0.25, and half of it 0.125: a pair of one in eight is shown, of two (the first and the last) is not.
    const { seldom } = togetherOf(four, { stream });
    expect(seldom.map(({ first, second }) => `${first}${second}`)).toStrictEqual([
      '01',
      '02',
      '03',
      '12',
      '13',
      '14',
      '23',
      '24',
      '34',
    ]);
  });

  test('is alike for all pairs under complete randomisation, as its sizes say', () => {
    const randomizer = completeRandomizer(
      { method: 'complete' },
      { clusters: [practices(7)], weights: [1, 1, 1] },
    );
    const together = togetherOf(randomizer, { stream: randomStream(2), draws: 4000 });
    // Sizes 3, 2 and 2: (3·2 + 2·1 + 2·1) / (7·6).
    expect(together.expected).toBeCloseTo(10 / 42, 12);
    expect(together.exact).toBe(false);
    expect(together.allocations).toBe(4000);
    expect(together.least.share).toBeGreaterThan(0.21);
    expect(together.most.share).toBeLessThan(0.27);
    expect(together.most.share).toBeGreaterThan(together.least.share);
    for (let i = 0; i < 7; i++) expect(together.shares[i * 8]).toBe(1);
    expect(together.shares[1 * 7 + 4]).toBe(together.shares[4 * 7 + 1]);
  });

  test('shows that the clusters of a pair, or of a block of two, are never together', () => {
    const clusters = [practices(4, { pair: ['a', 'b', 'a', 'b'] })];
    const matched = matchedRandomizer(
      { method: 'matched', set: 'pair' },
      { clusters, weights: [1, 1] },
    );
    const { least, seldom, shares } = togetherOf(matched, { stream });
    expect(least).toStrictEqual({ first: 0, second: 2, share: 0 });
    expect(seldom).toHaveLength(2);
    expect(shares[1]).toBeCloseTo(0.5, 1);
    const blocks = blocksRandomizer(
      { method: 'blocks', sizes: [2] },
      { clusters, weights: [1, 1], seed: 1 },
    );
    expect(togetherOf(blocks, { stream, draws: 1 }).seldom).toContainEqual({
      first: 2,
      second: 3,
      share: 0,
    });
  });

  test('is drawn from a sampler', () => {
    const { draw, redraw } = minimisationRandomizer(
      { method: 'minimisation', factors: [{ name: 'all' }], probability: 1 },
      { clusters: [practices(3, { all: [1, 1, 1] })], weights: [1, 1] },
    );
    const together = togetherOf(redraw(draw(() => stream)), { stream, draws: 4000 });
    expect(together.shares[1]).toBe(0);
    expect(together.shares[2]).toBeCloseTo(0.5, 1);
    expect(together.expected).toBeCloseTo(1 / 3, 12);
  });

  test('takes 10,000 draws unless told otherwise', () => {
    let draws = 0;
    const sample = () => Uint8Array.of(0, draws++ % 2);
    expect(togetherOf({ kind: 'sampler', sample }, { stream }).most.share).toBe(0.5);
    expect(draws).toBe(10_000);
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses %d draws', (draws) => {
    const sample = () => Uint8Array.of(0, 1);
    expect(() => togetherOf({ kind: 'sampler', sample }, { stream, draws })).toThrow(
      new RangeError(`draws must be a whole number above 0, got ${draws}`),
    );
  });

  test('is refused where there is nothing to count', () => {
    expect(() => togetherOf(listed(), { stream })).toThrow('at least two clusters, got 0');
    expect(() => togetherOf(listed([0]), { stream })).toThrow('at least two clusters, got 1');
    expect(() => togetherOf({ kind: 'stratified', strata: [0, 0] }, { stream })).toThrow(
      'give the randomizer instead',
    );
    expect(() =>
      togetherOf({ kind: 'none', reason: 'no way back', instead: 'none' }, { stream }),
    ).toThrow('there is nothing to draw: no way back');
  });
});
