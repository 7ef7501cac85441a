import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { wilcoxonTest } from '../../../src/analysis/methods/clusters/index.ts';
import type { RankCase } from './reference.ts';
import { close, made, reference, smallTrial } from './reference.ts';

const rows = reference.ranks.map((of) => {
  const name = `${of.arm.length} against ${of.control.length}, ${of.method}, ${of.ties ? 'ties' : 'no ties'}`;
  return [name, of] as const;
});

const optionsOf = ({ method }: RankCase) => ({
  method: method === 'exact' ? ('exact' as const) : ('normal' as const),
  continuity: method !== 'plain',
});

describe('The rank-sum test', () => {
  test.each(rows)('agrees with R: %s', (_, of) => {
    for (const alternative of ['two-sided', 'greater', 'less'] as const) {
      const found = made(wilcoxonTest(of.arm, of.control, { ...optionsOf(of), alternative }));
      close(found.pValue, of.p[alternative]);
      close(found.statistic, of.statistic);
      close(found.shift, of.shift);
      expect(found.alternative).toBe(alternative);
      expect(found.method).toBe(
        of.method === 'exact' ? (of.ties ? 'exact-permutation' : 'exact') : 'normal',
      );
    }
  });

  test.each(rows.filter(([, { intervals }]) => intervals !== undefined))(
    'has the interval of R: %s',
    (_, of) => {
      for (const { level, lower, upper, coverage } of of.intervals ?? []) {
        const { interval } = made(wilcoxonTest(of.arm, of.control, { level }));
        if (coverage < level) {
          // R gives the whole range there, with a warning.
          expect(interval).toEqual({
            estimable: false,
            reason: expect.stringMatching(/too few for an interval at the level of 0\.9/),
          });
        } else {
          close(made(interval).lower, lower);
          close(made(interval).upper, upper);
          close(made(interval).coverage, coverage);
        }
      }
    },
  );

  // Closed form (exact distribution of the ranks of ten practices).
  test('agrees with the reference trial', () => {
    const shares = (arm: 'treatment' | 'control') =>
      smallTrial(arm, 'accepted', 'alerts').map((unit) => unit.numerator / unit.denominator);
    close(made(wilcoxonTest(shares('treatment'), shares('control'))).pValue, 0.222222222222222);
  });

  test('is exact below 50 values in each arm, and normal from there, unless it is told', () => {
    const values = (n: number) => Array.from({ length: n }, (_, i) => (i * 97 + (n % 2) / 2) % 101);
    expect(made(wilcoxonTest(values(49), values(48))).method).toBe('exact');
    expect(made(wilcoxonTest(values(50), values(3))).method).toBe('normal');
    expect(made(wilcoxonTest(values(3), values(50))).method).toBe('normal');
    expect(made(wilcoxonTest(values(3), values(50), { method: 'exact' })).method).toBe('exact');
    expect(made(wilcoxonTest(values(5), values(4), { method: 'normal' })).method).toBe('normal');
  });

  test('finds nothing between arms that mirror each other', () => {
    const found = made(wilcoxonTest([1, 4], [2, 3]));
    expect(found).toMatchObject({ pValue: 1, statistic: 2, shift: 0 });
  });

  test('can only give a p of 2/C(m + n, m) at best', () => {
    close(made(wilcoxonTest([7, 8, 9], [1, 2, 3])).pValue, 0.1, 1e-12);
    close(made(wilcoxonTest([7, 8, 9], [1, 2, 2])).pValue, 0.1, 1e-12);
    close(made(wilcoxonTest([9], [1, 2, 3])).pValue, 0.5, 1e-12);
  });

  test('counts the smaller arm of the two, with the same answer', () => {
    const [few, many] = [
      [3, 1, 1],
      [1, 2, 3, 4, 4, 5],
    ];
    const there = made(wilcoxonTest(few ?? [], many ?? [], { alternative: 'less' }));
    const back = made(wilcoxonTest(many ?? [], few ?? [], { alternative: 'greater' }));
    expect(there.pValue).toBe(back.pValue);
    expect(there.method).toBe('exact-permutation');
    expect(there.pValue).toBeLessThan(0.5);
  });

  test.each([
    ['an empty arm', [], [1, 2], /an arm has no unit/],
    ['one unit against one', [1], [2], /one unit against one/],
    ['identical units', [0.3, 0.3, 0.3], [0.3, 0.3], /the same value/],
  ])('is not estimable from %s', (_, arm, control, reason) => {
    const expected = { estimable: false, reason: expect.stringMatching(reason) };
    expect(wilcoxonTest(arm, control)).toEqual(expected);
    expect(wilcoxonTest(control, arm)).toEqual(expected);
  });

  test('refuses values and levels that are none, and counting too much', () => {
    expect(() => wilcoxonTest([1, Number.NaN], [2])).toThrow(/finite number/);
    expect(() => wilcoxonTest([1, 2], [Number.POSITIVE_INFINITY])).toThrow(RangeError);
    expect(() => wilcoxonTest([1, 2], [3, 4], { level: 1 })).toThrow(/level/);
    const many = Array.from({ length: 201 }, (_, i) => i);
    expect(() => wilcoxonTest(many, [200.5, 201.5], { method: 'exact' })).not.toThrow();
    expect(() => wilcoxonTest(many, [3], { method: 'exact' })).toThrow(
      /at most 200 values .* not 202/,
    );
    const most = Array.from({ length: 200 }, (_, i) => i + (i === 199 ? -1 : 0));
    expect(made(wilcoxonTest(most.slice(1), [0.5], { method: 'exact' })).method).toBe(
      'exact-permutation',
    );
    const doubled = Array.from({ length: 400 }, (_, i) => i);
    expect(() => wilcoxonTest(doubled, [0.5], { method: 'exact' })).toThrow(/400 or less/);
  });

  test('gives large trials a normal interval close to the exact one', () => {
    const of = (n: number, seed: number) =>
      Array.from({ length: n }, (_, i) => Math.sin(seed * (i + 1) ** 2) * 3);
    const [x, y] = [of(300, 1.3), of(250, 0.7)];
    const { interval, shift } = made(wilcoxonTest(x, y));
    const sorted = x.flatMap((a) => y.map((b) => a - b)).sort((a, b) => a - b);
    close(shift, ((sorted[37_499] ?? 0) + (sorted[37_500] ?? 0)) / 2, 1e-14);
    // In R: floor(37500 - qnorm(0.975) * sqrt(75000 * 551 / 12) + 0.5).
    const rank = 33_863;
    const { lower, upper, coverage } = made(interval);
    expect(lower).toBe(sorted[rank - 1]);
    expect(upper).toBe(sorted[75_000 - rank]);
    close(coverage, 0.9500206250399643, 1e-12);
  });

  test('has no interval for one unit against very many', () => {
    const many = Array.from({ length: 500 }, (_, i) => i);
    expect(made(wilcoxonTest([3.5], many, { level: 0.9999 })).interval.estimable).toBe(false);
  });

  test('takes a hundred thousand units, ties and all', () => {
    const of = (n: number, step: number) => Array.from({ length: n }, (_, i) => (i * step) % 1000);
    const found = made(wilcoxonTest(of(50_000, 7), of(50_000, 11)));
    expect(found.shift).toBe(0);
    expect(found.pValue).toBeGreaterThan(0.99);
    expect(made(found.interval).lower).toBeLessThan(0);
    close(made(found.interval).upper, -made(found.interval).lower);
  });

  test('finds the shift by which one arm is moved, for any data', () => {
    const values = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 14 });
    fc.assert(
      fc.property(values, values, (one, other) => {
        const there = wilcoxonTest(one, other);
        if (!there.estimable) return;
        const differences = one.flatMap((a) => other.map((b) => a - b)).sort((a, b) => a - b);
        const half = differences.length / 2;
        const median =
          ((differences[Math.ceil(half) - 1] ?? 0) + (differences[Math.floor(half)] ?? 0)) / 2;
        expect(there.shift).toBe(median);
        const moved = made(
          wilcoxonTest(
            one.map((value) => value + 8),
            other.map((value) => value + 3),
          ),
        );
        expect(moved.shift).toBe(median + 5);
        const back = made(wilcoxonTest(other, one));
        expect(back.statistic).toBe(one.length * other.length - there.statistic);
        expect(back.pValue).toBeCloseTo(there.pValue, 12);
        const pairs = one.flatMap((a) => other.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
        expect(there.statistic).toBe(pairs.reduce<number>((a, b) => a + b, 0));
      }),
    );
  });
});
