import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  digamma,
  erfc,
  logBeta,
  logGamma,
  regularizedBeta,
  regularizedGamma,
  trigamma,
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
  digamma: (x) => digamma(x),
  trigamma: (x) => trigamma(x),
};

test.each(points)('$name($args) is $value', ({ name, args, value }) => {
  const [x = NaN, y = NaN] = args;
  const got = functions[name]?.(x, y) ?? NaN;
  expect(Math.abs(got - value)).toBeLessThanOrEqual(2e-14 * Math.abs(value));
});

describe('the derivatives of log Γ', () => {
  /** Made by R 4.2.2 with `oracle.R`. */
  const reference: Readonly<
    Record<
      'digamma' | 'trigamma',
      { readonly x: readonly number[]; readonly value: readonly number[] }
    >
  > = JSON.parse(readFileSync(new URL('reference.json', import.meta.url), 'utf8'));

  test.each([
    ['digamma', digamma],
    ['trigamma', trigamma],
  ] as const)('%s is that of R', (name, f) => {
    const { x, value } = reference[name];
    x.forEach((x, i) => {
      const expected = value[i] ?? NaN;
      expect(Math.abs(f(x) - expected)).toBeLessThanOrEqual(1e-13 * Math.abs(expected));
    });
  });

  test('at 1 they are minus Euler’s constant and π²/6', () => {
    expect(digamma(1)).toBeCloseTo(-0.5772156649015329, 14);
    expect(trigamma(1)).toBeCloseTo(Math.PI ** 2 / 6, 14);
  });

  test('digamma is exact to 1e-15 at its zero', () => {
    expect(Math.abs(digamma(1.4616321449683622))).toBeLessThan(1e-15);
  });

  test('they follow their recurrences and take only numbers above 0', () => {
    for (const x of [0.01, 0.7, 5, 9.999, 10.001, 300]) {
      expect(digamma(x + 1) - digamma(x)).toBeCloseTo(1 / x, 12);
      expect(trigamma(x) - trigamma(x + 1)).toBeCloseTo(1 / (x * x), 10);
    }
    for (const f of [digamma, trigamma]) {
      for (const x of [0, -1.5, NaN, Infinity]) {
        expect(() => f(x)).toThrow(/x must be finite and greater than 0/);
      }
    }
  });
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
