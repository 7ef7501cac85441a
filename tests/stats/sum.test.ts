import { expect, test } from '@jest/globals';
import { sum } from '../../src/stats/index.ts';

test('a small number survives between two large ones', () => {
  expect(sum([1, 1e100, 1, -1e100])).toBe(2);
});

test('a million tenths are exactly a hundred thousand', () => {
  const tenths = new Float64Array(1_000_000).fill(0.1);
  expect(tenths.reduce((a, b) => a + b, 0)).not.toBe(100_000);
  expect(sum(tenths)).toBe(100_000);
});

test('the order of the terms does not change the sum', () => {
  const terms = Array.from({ length: 10_001 }, (_, i) => Math.sin(i) * 10 ** (i % 20));
  expect(sum(terms)).toBe(sum(terms.toReversed()));
});

test('the sum of nothing is 0, and infinities and NaN pass through', () => {
  expect(sum([])).toBe(0);
  expect(sum([1, Infinity, 2])).toBe(Infinity);
  expect(sum([Infinity, -Infinity])).toBeNaN();
  expect(sum([1, NaN])).toBeNaN();
});
