import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { permutationTest } from '../../../src/analysis/methods/rerandomization/index.ts';
import { normal } from '../../../src/stats/index.ts';
import { close, made } from './data.ts';

const values = fc.array(fc.integer({ min: -9, max: 20 }), { minLength: 1, maxLength: 6 });

describe('The exact permutation test of sums', () => {
  test('is the share of all divisions of the values', () => {
    fc.assert(
      fc.property(values, values, (treated, control) => {
        const all = [...treated, ...control];
        const found = permutationTest(treated, control);
        if (all.every((value) => value === all[0])) {
          expect(found.estimable).toBe(false);
          return;
        }
        const sums: number[] = [];
        for (let mask = 0; mask < 2 ** all.length; mask += 1) {
          const chosen = all.filter((_, i) => (mask >> i) % 2 === 1);
          if (chosen.length === treated.length) sums.push(chosen.reduce((a, b) => a + b, 0));
        }
        const observed = treated.reduce((a, b) => a + b, 0);
        const expected = sums.reduce((a, b) => a + b, 0) / sums.length;
        const share = (holds: (s: number) => boolean) => sums.filter(holds).length / sums.length;
        const test = made(found);
        expect(test.observed).toBe(observed);
        close(test.expected, expected);
        close(
          test.pLess,
          share((s) => s <= observed),
        );
        close(
          test.pGreater,
          share((s) => s >= observed),
        );
        close(
          test.pValue,
          share((s) => Math.abs(s - expected) >= Math.abs(observed - expected) - 1e-9),
        );
      }),
    );
  });

  test('turns round with the groups, and does not move with the origin', () => {
    const there = made(permutationTest([1, 5, 9, 2], [4, 8, 12]));
    const back = made(permutationTest([4, 8, 12], [1, 5, 9, 2]));
    close(back.pLess, there.pGreater);
    close(back.pGreater, there.pLess);
    close(back.pValue, there.pValue);
    const moved = made(permutationTest([101, 105, 109, 102], [104, 108, 112]));
    expect({ ...moved, observed: 17, expected: there.expected }).toEqual(there);
  });

  test('of values in halves takes the half for its unit', () => {
    const halves = made(permutationTest([1.5, 3, 4.5], [2, 6.5], { unit: 0.5 }));
    const whole = made(permutationTest([3, 6, 9], [4, 13]));
    expect([halves.pValue, halves.pLess]).toEqual([whole.pValue, whole.pLess]);
    expect(halves.observed).toBe(9);
    expect(made(permutationTest([0.3, 0.1], [0.2, 0.7], { unit: 0.1 })).pValue).toBeCloseTo(
      2 / 3,
      12,
    );
  });

  test('of a thousand values neither overflows nor loses its tail', () => {
    const treated = Array.from({ length: 240 }, (_, i) => i % 3);
    const control = Array.from({ length: 240 }, (_, i) => (i % 9 === 0 ? 1 : i % 3));
    const found = made(permutationTest(treated, control));
    const all = [...treated, ...control];
    const mean = all.reduce((a, b) => a + b, 0) / 480;
    const variance = all.reduce((a, b) => a + (b - mean) ** 2, 0) / 479;
    const sd = Math.sqrt((variance * 240 * 240) / 480);
    const z = (Math.abs(found.observed - found.expected) - 0.5) / sd;
    expect(found.pValue).toBeCloseTo(2 * normal.cdf(z).upper, 3);
    // One division in C(1100, 550), about 10^329: below all numbers, and still not 0.
    const apart = (size: number) =>
      made(
        permutationTest(
          Array.from({ length: size }, () => 1),
          Array.from({ length: size }, () => 0),
        ),
      );
    expect(apart(550)).toMatchObject({ pGreater: Number.MIN_VALUE, pValue: Number.MIN_VALUE });
    expect(apart(550).pLess).toBeCloseTo(1, 12);
    const fewer = apart(500);
    // Of C(1000, 500) = 2.7028824094543655 · 10^299 (R: choose(1000, 500)), and its mirror image.
    close(fewer.pGreater * 2.7028824094543655e299, 1);
    close(fewer.pValue / fewer.pGreater, 2);
  });

  test('says why there is none', () => {
    expect(permutationTest([], [1])).toEqual({
      estimable: false,
      reason: 'each arm needs a value',
    });
    expect(permutationTest([1], []).estimable).toBe(false);
    expect(permutationTest([4, 4], [4])).toMatchObject({
      reason: expect.stringMatching(/every value is the same/),
    });
    expect(permutationTest([0, 1e8], [5, 7])).toMatchObject({
      reason: expect.stringMatching(/too many to count/),
      instead: expect.stringContaining('rerandomize'),
    });
    const many = Array.from({ length: 20_000 }, (_, i) => i % 40);
    expect(permutationTest(many, many).estimable).toBe(false);
  });

  test.each([
    [[1.5], 1],
    [[Number.NaN], 1],
    [[Number.POSITIVE_INFINITY], 1],
    [[0.25], 0.5],
  ])('refuses %p in units of %p', (treated, unit) => {
    expect(() => permutationTest(treated, [1, 2], { unit })).toThrow(RangeError);
    expect(() => permutationTest([1, 2], treated, { unit })).toThrow(
      /value 0 must be a whole multiple/,
    );
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a unit of %p', (unit) => {
    expect(() => permutationTest([1], [2], { unit })).toThrow(/unit must be a number above 0/);
  });
});
