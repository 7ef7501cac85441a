import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { attainablePValue, rerandomize } from '../../../src/analysis/index.ts';

/** C(n, k) by multiplication, exact as long as it is a whole number below 2⁵³. */
function choose(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i += 1) product = (product * (n - k + i)) / i;
  return Math.round(product);
}

describe('The smallest p value that arms allow', () => {
  // In R: 2 / choose(2 * k, k).
  test.each([
    [2, 6, 0.333],
    [3, 20, 0.1],
    [4, 70, 0.0286],
    [5, 252, 0.0079],
    [6, 924, 0.0022],
    [8, 12_870, 0.00016],
  ])('of %i units in each arm is 2 in %i', (size, assignments, printed) => {
    const { oneSided, twoSided } = attainablePValue({ arm: size, control: size });
    expect(oneSided).toBe(1 / assignments);
    expect(twoSided).toBe(2 / assignments);
    expect(Math.abs(twoSided - printed)).toBeLessThan(printed * 0.03);
  });

  test('of unequal arms is the same one- and two-sided, for no mirror image is as extreme', () => {
    expect(attainablePValue({ arm: 2, control: 5 })).toEqual({
      oneSided: 1 / 21,
      twoSided: 1 / 21,
    });
    expect(attainablePValue({ arm: 5, control: 2 })).toEqual({
      oneSided: 1 / 21,
      twoSided: 1 / 21,
    });
    expect(attainablePValue({ arm: 1, control: 39 }).oneSided).toBe(1 / 40);
    expect(attainablePValue({ arm: 1, control: 1 })).toEqual({ oneSided: 0.5, twoSided: 1 });
  });

  test('of many units is tiny, and never NaN', () => {
    const { oneSided } = attainablePValue({ arm: 50, control: 50 });
    // In R: 1 / choose(100, 50).
    expect(oneSided / 9.9116530214184495e-30).toBeCloseTo(1, 9);
    expect(attainablePValue({ arm: 10_000, control: 10_000 }).oneSided).toBe(0);
  });

  test('is one in the number of ways to choose the arm', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 14 }),
        fc.integer({ min: 1, max: 14 }),
        (arm, control) => {
          const ways = choose(arm + control, arm);
          const { oneSided, twoSided } = attainablePValue({ arm, control });
          expect(oneSided).toBeCloseTo(1 / ways, 15);
          expect(twoSided).toBeCloseTo((arm === control ? 2 : 1) / ways, 15);
        },
      ),
    );
  });

  test('is what complete re-randomisation of the most extreme arms gives', () => {
    const units = [9, 8, 7, 1, 2, 3].map((numerator, i) => ({
      numerator,
      denominator: 1,
      treated: i < 3,
    }));
    const test = rerandomize(units, {
      procedure: { kind: 'complete' },
      seed: 1,
      statistic: 'difference',
      studentized: false,
    });
    if (!test.estimable) throw new Error(test.reason);
    const floor = attainablePValue({ arm: 3, control: 3 });
    expect(test.pGreater).toBeCloseTo(floor.oneSided, 15);
    expect(test.pValue).toBeCloseTo(floor.twoSided, 15);
    expect(test.smallestPValue).toBeCloseTo(floor.oneSided, 15);
  });

  test.each([0, -1, 2.5, Number.NaN, Infinity])('refuses an arm of %p units', (size) => {
    expect(() => attainablePValue({ arm: size, control: 4 })).toThrow(RangeError);
    expect(() => attainablePValue({ arm: 4, control: size })).toThrow(
      /control must be a whole number of at least 1/,
    );
  });
});
