import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Sides } from '../../../src/analysis/methods/rerandomization/index.ts';
import {
  rerandomizationInterval,
  rerandomize,
} from '../../../src/analysis/methods/rerandomization/index.ts';
import { close, designOf, made, small, unitsOf } from './data.ts';

const options = { procedure: { kind: 'complete' }, seed: 1, statistic: 'logRatio' } as const;
const uneven = designOf('uneven').units;
const larger = Array.from({ length: 30 }, (_, i) => ({
  numerator: 20 + ((i * 37) % 23) - (i % 2 === 0 ? 6 : 0),
  denominator: 40 + ((i * 11) % 13),
  treated: i % 2 === 0,
}));

describe('The ends of an interval are where the test of the same draws begins to reject', () => {
  const cases = [
    ['two-sided', 'pValue', 'pValue', 0.1],
    ['equal-tailed', 'pGreater', 'pLess', 0.05],
    ['lower', 'pGreater', null, 0.1],
    ['upper', null, 'pLess', 0.1],
  ] as const satisfies readonly (readonly [Sides, string | null, string | null, number])[];

  test.each(
    cases.flatMap((each) =>
      (['logRatio', 'difference', 'meanDifference', 'meanLogRatio'] as const).flatMap((statistic) =>
        [true, false].map((studentized) => [...each, statistic, studentized] as const),
      ),
    ),
  )(
    '%s, %p, %p at %p: %s, studentised %p',
    (sides, below, above, alpha, statistic, studentized) => {
      const shared = { ...options, statistic, studentized, draws: 499, continuity: 0.5 };
      const found = made(rerandomizationInterval(larger, { ...shared, sides, level: 0.9 }));
      const isRatio = statistic === 'logRatio' || statistic === 'meanLogRatio';
      const p = (effect: number, pick: 'pValue' | 'pLess' | 'pGreater') =>
        made(
          rerandomize(larger, {
            ...shared,
            ...(isRatio ? { scale: 1 / effect } : { shift: effect }),
          }),
        )[pick];
      for (const [end, pick, out] of [
        [found.lower, below, -1],
        [found.upper, above, 1],
      ] as const) {
        if (pick === null) {
          expect(end).toBeNull();
          continue;
        }
        const step = 1e-6 * Math.abs(found.estimate - (end ?? Number.NaN));
        expect(p((end ?? Number.NaN) + out * step, pick)).toBeLessThanOrEqual(alpha + 1e-9);
        expect(p((end ?? Number.NaN) - out * step, pick)).toBeGreaterThan(alpha);
      }
      expect(found).toMatchObject({
        method: 'monte-carlo',
        draws: 499,
        level: 0.9,
        statistic,
        studentized,
      });
      close(found.monteCarloError, Math.sqrt((alpha * (1 - alpha)) / 499));
    },
  );
});

describe('An interval', () => {
  test('is two-sided, at 95 % and studentised unless told otherwise', () => {
    const found = made(rerandomizationInterval(small, options));
    expect(found).toEqual(
      made(
        rerandomizationInterval(small, {
          ...options,
          level: 0.95,
          sides: 'two-sided',
          studentized: true,
          draws: 9_999,
        }),
      ),
    );
    expect(found).toMatchObject({
      level: 0.95,
      sides: 'two-sided',
      studentized: true,
      method: 'enumeration',
      assignments: 252,
      draws: 252,
    });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  test('holds an effect exactly when the test does not reject it', () => {
    const unit = fc.record({
      numerator: fc.integer({ min: 1, max: 60 }),
      denominator: fc.integer({ min: 10, max: 90 }),
    });
    fc.assert(
      fc.property(
        fc.array(unit, { minLength: 8, maxLength: 9 }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (drawn, away) => {
          const units = drawn.map((each, i) => ({ ...each, treated: i < 4 }));
          // Unstudentised differences: each draw crosses once, so the kept effects are an interval.
          const plain = { ...options, statistic: 'difference', studentized: false } as const;
          const found = rerandomizationInterval(units, { ...plain, level: 0.9 });
          if (!found.estimable) return;
          const { estimate, lower, upper } = found;
          const ends = [lower ?? Number.NaN, upper ?? Number.NaN] as const;
          expect(ends[0]).toBeLessThanOrEqual(estimate);
          expect(ends[1]).toBeGreaterThanOrEqual(estimate);
          const effect = estimate + 2 * away * (ends[1] - ends[0]);
          if (ends.some((end) => Math.abs(effect - end) < 1e-6)) return;
          const { pValue } = made(rerandomize(units, { ...plain, shift: effect }));
          expect(pValue > 0.1 + 1e-9).toBe(effect > ends[0] && effect < ends[1]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('of arms renamed turns round', () => {
    const renamed = uneven.map((unit) => ({ ...unit, treated: !unit.treated }));
    const there = made(rerandomizationInterval(uneven, options));
    const back = made(rerandomizationInterval(renamed, options));
    close(back.estimate, 1 / there.estimate);
    close(back.lower, 1 / (there.upper ?? Number.NaN), { rel: 1e-8, abs: 0 });
    close(back.upper, 1 / (there.lower ?? Number.NaN), { rel: 1e-8, abs: 0 });
    const difference = { ...options, statistic: 'difference' } as const;
    const one = made(rerandomizationInterval(uneven, difference));
    const other = made(rerandomizationInterval(renamed, difference));
    close(other.lower, -(one.upper ?? Number.NaN), { rel: 1e-8, abs: 0 });
  });

  test('is wider at a higher level, and moves with the data', () => {
    const at = (level: number) => made(rerandomizationInterval(uneven, { ...options, level }));
    expect(at(0.99).lower ?? 1).toBeLessThan(at(0.9).lower ?? 0);
    expect(at(0.99).upper ?? 0).toBeGreaterThan(at(0.9).upper ?? 1);
    const tripled = uneven.map((unit) =>
      unit.treated ? { ...unit, numerator: 3 * unit.numerator } : unit,
    );
    const moved = made(rerandomizationInterval(tripled, options));
    close(moved.lower, 3 * (made(rerandomizationInterval(uneven, options)).lower ?? 0), {
      rel: 1e-8,
      abs: 0,
    });
  });

  test('covers the truth as often as it says, over all assignments', () => {
    // Every unit's count is halved by treatment: the interval misses 0.5 when the test rejects it.
    const y = [8, 12, 20, 14, 30, 6, 18, 26];
    const e = [10, 14, 22, 31, 38, 12, 25, 33];
    let missed = 0;
    let all = 0;
    for (let mask = 0; mask < 256; mask += 1) {
      const a = y.map((_, i) => (mask >> i) & 1);
      if (a.reduce((total, arm) => total + arm, 0) !== 4) continue;
      const units = unitsOf(
        y.map((value, i) => (a[i] === 1 ? value / 2 : value)),
        e,
        a,
      );
      const found = made(rerandomizationInterval(units, { ...options, level: 0.9 }));
      all += 1;
      if (!((found.lower ?? 0) <= 0.5 && (found.upper ?? Number.POSITIVE_INFINITY) >= 0.5))
        missed += 1;
    }
    expect(all).toBe(70);
    expect(missed / all).toBeLessThanOrEqual(0.1);
    // 6 of 70 is the most that a two-sided test at 10 % can reject, the assignments being in pairs.
    expect(missed).toBe(6);
  });

  test('exists for the difference when an arm has no events, and not for the ratio', () => {
    const silent = unitsOf(
      [0, 0, 0, 0, 0, 9, 4, 7, 12, 3],
      [9, 14, 8, 11, 10, 10, 9, 12, 14, 6],
      [1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
    );
    expect(rerandomizationInterval(silent, options)).toMatchObject({
      estimable: false,
      reason: 'an arm has no events, so the ratio has no logarithm',
      instead: 'the difference of the ratios (statistic: difference)',
    });
    const difference = { ...options, statistic: 'difference' } as const;
    const bound = made(rerandomizationInterval(silent, { ...difference, sides: 'upper' }));
    expect(bound.lower).toBeNull();
    close(bound.estimate, -35 / 51);
    expect(bound.upper ?? 0).toBeLessThan(0);
    const both = made(rerandomizationInterval(silent, difference));
    expect(both.upper ?? 0).toBeGreaterThan(bound.upper ?? 0);
  });

  test('is open where so many units have no events that no ratio is too large', () => {
    const sparse = (y: readonly number[], e: readonly number[]) =>
      rerandomizationInterval(
        unitsOf(
          y,
          e,
          y.map((_, i) => (i + 1) % 2),
        ),
        options,
      );
    const found = made(
      rerandomizationInterval(
        unitsOf(
          [0, 3, 6, 0, 7, 0, 0, 2, 0, 1, 0],
          [3, 18, 15, 20, 17, 10, 17, 10, 3, 17, 16],
          [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1],
        ),
        options,
      ),
    );
    expect(found.lower).toBeNull();
    close(found.upper, 22.55962861944063, { rel: 1e-6, abs: 0 });
    expect(sparse([0, 0, 0, 5, 9, 0, 0, 0], [9, 8, 7, 9, 8, 7, 6, 5])).toEqual({
      estimable: false,
      reason: 'so many units have no events that the test rejects no ratio, however large or small',
      instead: 'the difference of the ratios (statistic: difference)',
    });
  });
});

describe('There is no interval', () => {
  const six = unitsOf([3, 9, 4, 20, 11, 30], [5, 6, 7, 8, 9, 10], [1, 1, 1, 0, 0, 0]);

  test('where so few units could never reject anything', () => {
    expect(rerandomizationInterval(six, options)).toEqual({
      estimable: false,
      reason:
        'From the 20 assignments that could be compared no p value below 0.050 one-sided or 0.10 two-sided is possible, however large the effect. An interval at the level 0.95 needs one of at most 0.05, so it would exclude nothing.',
      instead: 'more units, a lower level, or an interval by t',
    });
    // Two-sided 0.1 and one-sided 0.05 are just possible.
    expect(rerandomizationInterval(six, { ...options, level: 0.9 }).estimable).toBe(true);
    expect(rerandomizationInterval(six, { ...options, level: 0.901 }).estimable).toBe(false);
    expect(rerandomizationInterval(six, { ...options, sides: 'upper' }).estimable).toBe(true);
    const tails = { ...options, sides: 'equal-tailed' } as const;
    expect(rerandomizationInterval(six, { ...tails, level: 0.9 }).estimable).toBe(true);
    expect(rerandomizationInterval(six, { ...tails, level: 0.91 }).estimable).toBe(false);
  });

  test('from fewer draws than the level takes', () => {
    const drawn = { ...options, enumerateUpTo: 0 } as const;
    expect(rerandomizationInterval(small, { ...drawn, draws: 18 })).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/^From 18 draws no p value below 0.053/),
      instead: 'more draws (at least 19) or units, a lower level, or an interval by t',
    });
    expect(
      rerandomizationInterval(small, { ...drawn, draws: 18, sides: 'equal-tailed' }),
    ).toMatchObject({
      instead: expect.stringContaining('at least 39'),
    });
  });

  test('of units without spread or without a statistic', () => {
    const apart = unitsOf([0.3, 0.6, 9, 12], [1, 2, 3, 4], [1, 1, 0, 0]);
    for (const studentized of [true, false]) {
      expect(rerandomizationInterval(apart, { ...options, studentized, level: 0.5 })).toEqual({
        estimable: false,
        reason:
          'the units of each arm do not differ among themselves, so there is nothing to judge an effect by',
      });
    }
    const zeros = unitsOf([0, 3, 5, 9], [1, 2, 3, 4], [1, 1, 0, 0]);
    expect(rerandomizationInterval(zeros, { ...options, statistic: 'meanLogRatio' })).toMatchObject(
      {
        reason: 'a unit without events has no logarithm',
      },
    );
    expect(rerandomizationInterval(small.slice(0, 1), options)).toMatchObject({
      reason: expect.stringMatching(/at least two units/),
    });
    const four = unitsOf([3, 9, 4, 20], [5, 6, 7, 8], [1, 1, 0, 0]);
    const hashed = {
      ...options,
      procedure: { kind: 'hashed' },
      enumerateUpTo: 0,
      draws: 150,
    } as const;
    expect(rerandomizationInterval(four, hashed)).toMatchObject({
      reason: expect.stringMatching(/only \d+ of 150 draws/),
    });
  });

  test.each([0, 1, -0.1, 1.5, Number.NaN])('at a level of %p', (level) => {
    expect(() => rerandomizationInterval(small, { ...options, level })).toThrow(RangeError);
  });

  test('one-sided at a level below a half', () => {
    for (const sides of ['lower', 'upper'] as const) {
      const at = (level: number) => () =>
        rerandomizationInterval(small, { ...options, sides, level });
      expect(at(0.49)).toThrow(/at least 0.5, not 0.49/);
      expect(at(0.5)).not.toThrow();
    }
    expect(rerandomizationInterval(small, { ...options, level: 0.4 }).estimable).toBe(true);
  });
});
