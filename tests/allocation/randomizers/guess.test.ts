import { describe, expect, test } from '@jest/globals';
import {
  guessProbability,
  minimisationChances,
} from '../../../src/allocation/randomizers/index.ts';
import { permutedBlocks } from '../../../src/allocation/randomizers/blocks.ts';
import { correctGuesses } from '../../../src/allocation/randomizers/correct-guesses.ts';
import type { GuessSetting } from '../../../src/allocation/randomizers/index.ts';
import type { AllocationMethod } from '../../../src/trial/allocation-plan.ts';
import { practices } from './practices.ts';
import { reference } from './reference.ts';

const complete: AllocationMethod = { method: 'complete' };
const setting = (counts: readonly number[], weights: readonly number[] = [1, 1]): GuessSetting => ({
  clusters: counts.map((count) => practices(count, { all: Array<number>(count).fill(1) })),
  weights,
  seed: 'guess',
});

const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);

/** Blackwell and Hodges: of b places, half of each of two groups. */
const blackwellHodges = (b: number) => b / 2 + 2 ** (b - 1) / choose(b, b / 2) - 0.5;

describe('correct guesses in a block', () => {
  test.each(reference.blocks)(
    'are as many as over all orders in R: places $places, $clusters clusters',
    ({ places, clusters, correct }) => {
      const block = { clusters: [...Array(clusters).keys()], places };
      expect(correctGuesses(block)).toBeCloseTo(correct, 12);
    },
  );

  test.each([2, 4, 6, 20, 150])('follow the formula of Blackwell and Hodges: %i places', (b) => {
    const block = { clusters: [...Array(b).keys()], places: [b / 2, b / 2] };
    expect(correctGuesses(block)).toBeCloseTo(blackwellHodges(b), 9);
  });

  test('are not counted where there are more than a million states', () => {
    const block = (places: readonly number[]) => correctGuesses({ clusters: [0], places });
    expect(block([99, 99, 99])).toBeCloseTo(1 / 3, 12);
    expect(block([99, 99, 100])).toBeUndefined();
  });
});

describe('the probability of a correct guess', () => {
  test.each([
    ['an even number', 12, blackwellHodges(12) / 12],
    // The last of twelve, certain to be right, is not there.
    ['an odd number', 11, (blackwellHodges(12) - 1) / 11],
  ])('is exact for two groups of %s of clusters', (_, count, share) => {
    const guess = guessProbability(complete, setting([count], [7, 7]));
    expect(guess.share).toBeCloseTo(share, 12);
    expect(guess).toMatchObject({ standardError: 0, exact: true, byWeight: 0.5 });
  });

  test('begins anew in each wave', () => {
    const guess = guessProbability(complete, setting([4, 2]));
    expect(guess.share).toBeCloseTo((blackwellHodges(4) + blackwellHodges(2)) / 6, 12);
  });

  test('is exact for unequal groups whose sizes are certain, and else simulated', () => {
    const whole = guessProbability(complete, setting([6], [1, 2]));
    expect(whole.share).toBeCloseTo(4.333333333333333 / 6, 12);
    expect(whole).toMatchObject({ exact: true, byWeight: 2 / 3 });

    // Four clusters at 1:2 have the sizes 1 and 3 with the chance 2/3, each order alike, 2 and 2 with 1/3.
    // The guesses are 1; then 0 after 1, 1 after 0; and so on: worked out over all ten orders.
    let expected = 0;
    for (let code = 0; code < 16; code++) {
      const order = code.toString(2).padStart(4, '0').split('').map(Number);
      const zeros = order.filter((group) => group === 0).length;
      const chance = zeros === 1 ? 2 / 3 / 4 : zeros === 2 ? 1 / 3 / 6 : 0;
      order.forEach((group, i) => {
        const before = order.slice(0, i).filter((own) => own === 0).length;
        const behind = [(i + 1) / 3 - before, (2 * (i + 1)) / 3 - (i - before)];
        const difference = (behind[0] ?? 0) - (behind[1] ?? 0);
        const share = Math.abs(difference) < 1e-9 ? 0.5 : Number(difference > 0 === (group === 0));
        expected += (chance * share) / 4;
      });
    }
    const guess = guessProbability(complete, { ...setting([4], [1, 2]), draws: 8000 });
    expect(guess.exact).toBe(false);
    expect(Math.abs(guess.share - expected)).toBeLessThan(3.5 * guess.standardError);
    expect(guess.standardError).toBeGreaterThan(0.001);
    expect(guess.standardError).toBeLessThan(0.003);
  });

  test('is that of the blocks that the seed gives, strata apart, cut off where they are', () => {
    const clusters = [
      practices(30, { region: 'aab'.repeat(10).split('') }),
      practices(3, { region: ['a', 'b', 'b'] }),
    ];
    const method: AllocationMethod = { method: 'blocks', sizes: [2, 4], strata: ['region'] };
    const own = { clusters, weights: [1, 1], seed: 'blocks' };
    let expected = 0;
    for (const { clusters, places } of permutedBlocks(method, own).flat()) {
      const [half = 0] = places;
      const last = half * 2 - clusters.length;
      // Of four places the guesses are right by 1/2, 2/3, 2/3 and 1; of two by 1/2 and 1.
      const chances = half === 1 ? [0.5, 1] : [0.5, 2 / 3, 2 / 3, 1];
      expected += chances.slice(0, chances.length - last).reduce((a, b) => a + b, 0);
    }
    const guess = guessProbability(method, own);
    expect(guess.share).toBeCloseTo(expected / 33, 12);
    expect(guess.exact).toBe(true);
  });

  test('is simulated within strata where blocks have too many states', () => {
    // A block of 21 groups: with i groups left, one in i guesses is right.
    const clusters = [practices(42, { region: 'ab'.repeat(21).split('') })];
    const method: AllocationMethod = { method: 'blocks', sizes: [21], strata: ['region'] };
    const guess = guessProbability(method, { clusters, weights: Array(21).fill(1), seed: 2 });
    const expected = Array.from({ length: 21 }, (_, i) => 1 / (i + 1)).reduce((a, b) => a + b, 0);
    expect(guess.exact).toBe(false);
    expect(Math.abs(guess.share - expected / 21)).toBeLessThan(3.5 * guess.standardError + 1e-12);
  });

  test('is three in four in matched pairs', () => {
    const method: AllocationMethod = { method: 'matched', set: 'pair' };
    const clusters = [practices(4, { pair: ['a', 'b', 'a', 'b'] })];
    const guess = guessProbability(method, { clusters, weights: [2, 2], seed: 1 });
    expect(guess).toStrictEqual({ share: 0.75, standardError: 0, exact: true, byWeight: 0.5 });
  });

  test('is that of the group with the greatest chance in minimisation', () => {
    const sequence = reference.sequences[0];
    const levels = sequence?.levels ?? [];
    const clusters = practices(levels.length, {
      0: levels.map(([level = 0]) => level),
      1: levels.map(([, level = 0]) => level),
    });
    const method = { method: 'minimisation', factors: [{ name: '0' }, { name: '1' }] } as const;
    let expected = 0;
    sequence?.chances.forEach((chance, code) => {
      const path = code.toString(2).padStart(levels.length, '0').split('').map(Number);
      path.forEach((_, i) => {
        const step = { clusters, weights: [1, 1], given: path.slice(0, i) };
        expected += (chance * Math.max(...minimisationChances(method, step))) / path.length;
      });
    });
    const own = { clusters: [clusters.slice(0, 2), clusters.slice(2)], weights: [1, 1], seed: 4 };
    const guess = guessProbability(method, own);
    expect(guess.exact).toBe(false);
    expect(Math.abs(guess.share - expected)).toBeLessThan(3.5 * guess.standardError);
    expect(guess.standardError).toBeGreaterThan(0);
    expect(guess.standardError).toBeLessThan(0.004);
    expect(guess.share).toBeGreaterThan(guess.byWeight);
    // One cluster of two is a toss, the other goes to the other group with the chance 0.8.
    const two = guessProbability(
      { method: 'minimisation', factors: [{ name: 'all' }] },
      { ...setting([2]), draws: 2 },
    );
    expect(two.share).toBeCloseTo(0.65, 12);
    expect(two.standardError).toBeCloseTo(0, 12);
  });

  test('is simulated for constrained randomisation', () => {
    const clusters = [practices(8, { x: [1, 2, 3, 4, 5, 6, 7, 8] })];
    const method: AllocationMethod = { method: 'constrained', covariates: [{ name: 'x' }] };
    const guess = guessProbability(method, { clusters, weights: [1, 1], seed: 1, draws: 200 });
    expect(guess.exact).toBe(false);
    expect(guess.share).toBeGreaterThan(0.5);
    expect(guess.share).toBeLessThan(1);
  });

  test('comes again from the seed, and from another seed differs', () => {
    const own = setting([7], [1, 1, 1]);
    const guess = guessProbability(complete, own);
    expect(guessProbability(complete, { ...own, seed: ['guess'] })).toStrictEqual(guess);
    expect(guessProbability(complete, { ...own, seed: 'other' }).share).not.toBe(guess.share);
    expect(guessProbability(complete, { ...own, draws: 1000 })).toStrictEqual(guess);
  });

  test('is refused for no clusters and for fewer than two draws', () => {
    expect(() => guessProbability(complete, setting([0]))).toThrow('at least one cluster');
    for (const draws of [1, 0, 2.5, Number.NaN]) {
      expect(() => guessProbability(complete, { ...setting([4]), draws })).toThrow(
        new RangeError(`draws must be a whole number above 1, got ${draws}`),
      );
    }
  });
});
