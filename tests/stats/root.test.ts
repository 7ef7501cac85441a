import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { findRoot, normal } from '../../src/stats/index.ts';

describe('where a function changes its sign', () => {
  test('is found to the last digits', () => {
    expect(findRoot((x) => x * x - 2, { lower: 0, upper: 2 })).toBeCloseTo(Math.SQRT2, 14);
    expect(findRoot((x) => Math.cos(x) - x, { lower: 0, upper: 1 })).toBeCloseTo(
      0.7390851332151607,
      14,
    );
    // Wallis's cubic, the usual test of root finders.
    expect(findRoot((x) => x ** 3 - 2 * x - 5, { lower: 2, upper: 3 })).toBeCloseTo(
      2.0945514815423265,
      14,
    );
    expect(findRoot((z) => normal.cdf(z).upper - 0.025, { lower: -10, upper: 10 })).toBeCloseTo(
      1.9599639845400538,
      13,
    );
  });

  test('is found whichever end comes first and whichever way the function goes', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        fc.constantFrom(1, -1),
        fc.constantFrom(1, 3, 7),
        (root, left, right, sign, power) => {
          const f = (x: number): number => sign * Math.sign(x - root) * Math.abs(x - root) ** power;
          const close = 2e-14 * (Math.abs(root) + 1);
          const [low, high] = [root - left, root + right];
          expect(Math.abs(findRoot(f, { lower: low, upper: high }) - root)).toBeLessThan(close);
          expect(Math.abs(findRoot(f, { lower: high, upper: low }) - root)).toBeLessThan(close);
        },
      ),
    );
  });

  test('takes few calls where the function is smooth and no more than bisection would where not', () => {
    let calls = 0;
    const counted = (f: (x: number) => number) => (x: number) => {
      calls += 1;
      return f(x);
    };
    findRoot(
      counted((x) => Math.exp(x) - 5),
      { lower: 0, upper: 10 },
    );
    expect(calls).toBeLessThan(16);
    calls = 0;
    const step = findRoot(
      counted((x) => (x < 0.3 ? -1 : 1)),
      { lower: 0, upper: 1, tolerance: 1e-12 },
    );
    expect(Math.abs(step - 0.3)).toBeLessThan(2e-12);
    expect(calls).toBeLessThan(100);
  });

  test('is as near as the tolerance says', () => {
    for (const tolerance of [1e-2, 1e-4, 1e-8]) {
      const root = findRoot((x) => Math.atan(x - 5) ** 3, { lower: -40, upper: 90, tolerance });
      expect(Math.abs(root - 5)).toBeLessThan(2 * tolerance * 5.001);
    }
    const calls = (tolerance: number): number => {
      let n = 0;
      findRoot((x) => ((n += 1), x ** 3 - 2), { lower: 0, upper: 50, tolerance });
      return n;
    };
    expect(calls(1e-3)).toBeLessThan(calls(1e-14));
  });

  test('a zero at an end is that end', () => {
    expect(findRoot((x) => x, { lower: 0, upper: 1 })).toBe(0);
    expect(findRoot((x) => x - 1, { lower: 0, upper: 1 })).toBe(1);
  });

  test('infinite and tiny values have signs too', () => {
    expect(findRoot((x) => Math.log(x), { lower: 0, upper: 5 })).toBeCloseTo(1, 14);
    expect(findRoot((x) => (x - 2) * 1e-300, { lower: 0, upper: 5 })).toBeCloseTo(2, 13);
  });

  test('ends of the same sign and values that are not numbers are refused', () => {
    const same = (): number => findRoot((x) => x * x + 1, { lower: -1, upper: 2 });
    expect(same).toThrow(/no change of sign between -1 \(2\) and 2 \(5\)/);
    expect(same).toThrow(RangeError);
    expect(() => findRoot(() => NaN, { lower: 0, upper: 1 })).toThrow(/no change of sign/);
    const broken = (): number =>
      findRoot((x) => (x === 0 ? -1 : x === 1 ? 1 : NaN), { lower: 0, upper: 1 });
    expect(broken).toThrow(/must be a number, got NaN at 0.5/);
    expect(broken).toThrow(RangeError);
  });
});
