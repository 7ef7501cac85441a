import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  erfc,
  logBeta,
  logGamma,
  regularizedBeta,
  regularizedGamma,
} from '../../src/stats/index.ts';

interface Point {
  readonly name: string;
  readonly args: readonly number[];
  readonly value: number;
}

const { points }: { points: readonly Point[] } = JSON.parse(
  readFileSync(new URL('special-functions.json', import.meta.url), 'utf8'),
);

const functions: Readonly<Record<string, (x: number, y: number) => number>> = {
  logGamma: (x) => logGamma(x),
  logBeta: (a, b) => logBeta(a, b),
  erfc: (x) => erfc(x),
};

test.each(points)('$name($args) is $value', ({ name, args, value }) => {
  const [x = NaN, y = NaN] = args;
  const got = functions[name]?.(x, y) ?? NaN;
  expect(Math.abs(got - value)).toBeLessThanOrEqual(2e-14 * Math.abs(value));
});

describe('the incomplete functions', () => {
  test('the gamma function of a whole shape is a Poisson sum', () => {
    // Q(3, x) = exp(−x) (1 + x + x²/2)
    const x = 2.5;
    const { lower, upper } = regularizedGamma(3, x);
    expect(upper).toBeCloseTo(Math.exp(-x) * (1 + x + (x * x) / 2), 15);
    expect(lower + upper).toBe(1);
  });

  test('the beta function of shape 1 is a power', () => {
    expect(regularizedBeta(0.3, 0.7, 4, 1).lower).toBeCloseTo(0.3 ** 4, 16);
    expect(regularizedBeta(0.3, 0.7, 1, 4).upper).toBeCloseTo(0.7 ** 4, 15);
  });

  test('the complement passed in beside x keeps a tail that 1 − x has rounded away', () => {
    const y = 1e-20;
    expect(1 - y).toBe(1);
    expect(regularizedBeta(1 - y, y, 2, 1.5).upper).toBeCloseTo(2.5 * y ** 1.5, 43);
  });

  test('a shape of a thousand million still converges at the mean', () => {
    // By DLMF 8.11.12, P(a, a) = ½ + 1/(3 √(2πa)) + O(a^(−3/2)).
    const a = 1e9;
    const expected = 0.5 + 1 / (3 * Math.sqrt(2 * Math.PI * a));
    expect(Math.abs(regularizedGamma(a, a).lower - expected)).toBeLessThan(1e-12);
    expect(Math.abs(regularizedBeta(0.5, 0.5, a, a).lower - 0.5)).toBeLessThan(1e-12);
  });

  test('arguments without meaning are refused', () => {
    expect(() => logGamma(0)).toThrow(/x must be finite and greater than 0, got 0/);
    expect(() => logBeta(1, -1)).toThrow(RangeError);
    expect(() => erfc(NaN)).toThrow(/x must be a number/);
    expect(() => regularizedGamma(1, -1)).toThrow(/x must be 0 or more, got -1/);
    expect(() => regularizedGamma(0, 1)).toThrow(/a must be finite/);
    expect(() => regularizedBeta(0.2, 0.7, 1, 1)).toThrow(/x \+ y = 1, got 0.2 and 0.7/);
  });
});
