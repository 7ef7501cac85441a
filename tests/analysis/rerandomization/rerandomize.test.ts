import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RerandomizationOptions } from '../../../src/analysis/methods/rerandomization/index.ts';
import {
  rerandomize,
  rerandomizeResiduals,
} from '../../../src/analysis/methods/rerandomization/index.ts';
import { close, designOf, made, small, unitsOf } from './data.ts';

const options = { procedure: { kind: 'complete' }, seed: 1, statistic: 'logRatio' } as const;
const reasonOf = (...given: Parameters<typeof rerandomize>): string => {
  const result = rerandomize(...given);
  return result.estimable ? 'estimable' : result.reason;
};

const drawnUnits = fc
  .array(
    fc.record({
      numerator: fc.integer({ min: 0, max: 60 }),
      denominator: fc.integer({ min: 1, max: 90 }),
      treated: fc.boolean(),
    }),
    { minLength: 4, maxLength: 9 },
  )
  .filter((units) => {
    const treated = units.filter((unit) => unit.treated).length;
    return treated >= 2 && units.length - treated >= 2;
  });

describe('A re-randomisation test', () => {
  test('does not depend on the order of the units', () => {
    fc.assert(
      fc.property(drawnUnits, fc.constantFrom('logRatio', 'difference'), (units, statistic) => {
        const there = rerandomize(units, { ...options, statistic });
        const back = rerandomize([...units].reverse(), { ...options, statistic });
        expect(back.estimable).toBe(there.estimable);
        if (!there.estimable || !back.estimable) return;
        close(back.pValue, there.pValue);
        close(back.pLess, there.pLess);
        close(back.observed, there.observed);
      }),
    );
  });

  test('of arms renamed turns round', () => {
    fc.assert(
      fc.property(drawnUnits, fc.boolean(), (units, studentized) => {
        const there = rerandomize(units, { ...options, studentized });
        const renamed = units.map((unit) => ({ ...unit, treated: !unit.treated }));
        const back = rerandomize(renamed, { ...options, studentized });
        expect(back.estimable).toBe(there.estimable);
        if (!there.estimable || !back.estimable) return;
        close(back.observed, -there.observed);
        close(back.pValue, there.pValue);
        close(back.pLess, there.pGreater);
        close(back.pGreater, there.pLess);
      }),
    );
  });

  test('does not depend on the unit of exposure, and is a probability', () => {
    fc.assert(
      fc.property(drawnUnits, fc.constantFrom('logRatio', 'meanDifference'), (units, statistic) => {
        const days = rerandomize(units, { ...options, statistic });
        const hours = rerandomize(
          units.map((unit) => ({ ...unit, denominator: 24 * unit.denominator })),
          { ...options, statistic },
        );
        expect(hours.estimable).toBe(days.estimable);
        if (!days.estimable || !hours.estimable) return;
        close(hours.pValue, days.pValue);
        expect(days.pValue).toBeGreaterThanOrEqual(days.smallestTwoSidedPValue * (1 - 1e-9));
        expect(days.pLess).toBeGreaterThanOrEqual(days.smallestPValue * (1 - 1e-9));
        expect(days.pValue).toBeLessThanOrEqual(1);
        expect(days.pLess + days.pGreater).toBeGreaterThanOrEqual(1 - 1e-9);
      }),
    );
  });

  test('is studentised unless told otherwise', () => {
    close(made(rerandomize(small, options)).observed, -3.18034769651398);
    close(
      made(rerandomize(small, { ...options, studentized: false })).observed,
      -0.778283492696594,
    );
  });

  test('counts ties as extreme', () => {
    const twins = unitsOf([3, 3, 5, 5, 8, 8], [10, 10, 10, 10, 10, 10], [1, 0, 1, 0, 1, 0]);
    const tied = made(rerandomize(twins, { ...options, statistic: 'difference' }));
    expect(tied).toMatchObject({ observed: 0, pValue: 1 });
    // 2 × 2 × 2 ways to take one of each pair give the same, besides other sums of 16.
    expect(tied.pLess).toBe(tied.pGreater);
    close(tied.pLess, 0.5 + 8 / 20 / 2);
    const plain = { ...options, statistic: 'difference', studentized: false } as const;
    close(made(rerandomize(twins, plain)).pLess, 0.7);
  });

  test('of one unit in an arm needs no variance only when not studentised', () => {
    const one = unitsOf([3, 9, 4, 20], [5, 6, 7, 8], [1, 0, 0, 0]);
    expect(rerandomize(one, options)).toEqual({
      estimable: false,
      reason: 'each arm needs at least two units with a denominator above 0',
      instead: 'a test that needs no variance (studentized: false)',
    });
    const found = made(rerandomize(one, { ...options, studentized: false }));
    expect(found).toMatchObject({ draws: 4, pLess: 0.5 });
    const none = unitsOf([3, 9], [5, 6], [0, 0]);
    const empty = rerandomize(none, { ...options, studentized: false });
    expect(empty).toMatchObject({
      reason: 'each arm needs at least one unit with a denominator above 0',
    });
    expect(empty).not.toHaveProperty('instead');
  });

  test('says why there is none', () => {
    expect(reasonOf([], options)).toMatch(/two units/);
    const silent = unitsOf([0, 0, 3, 4], [5, 6, 7, 8], [1, 1, 0, 0]);
    expect(rerandomize(silent, options)).toEqual({
      estimable: false,
      reason: 'an arm has no events, so the ratio has no logarithm',
      instead: 'the difference of the ratios (statistic: difference)',
    });
    expect(made(rerandomize(silent, { ...options, statistic: 'difference' })).pLess).toBeCloseTo(
      1 / 6,
      12,
    );
    const alike = unitsOf([0.3, 0.6, 0.9, 1.2], [1, 2, 3, 4], [1, 0, 1, 0]);
    for (const studentized of [true, false]) {
      expect(reasonOf(alike, { ...options, studentized })).toMatch(/do not differ in their ratio/);
    }
    expect(
      reasonOf(unitsOf([0, 0, 0, 0], [1, 2, 3, 4], [1, 0, 1, 0]), {
        ...options,
        statistic: 'difference',
      }),
    ).toMatch(/do not differ/);
    const apart = unitsOf([0.3, 0.6, 9, 12], [1, 2, 3, 4], [1, 1, 0, 0]);
    expect(rerandomize(apart, options)).toMatchObject({
      reason: expect.stringMatching(/do not differ among themselves/),
      instead: expect.stringContaining('studentized: false'),
    });
    expect(made(rerandomize(apart, { ...options, studentized: false })).pValue).toBeCloseTo(
      1 / 3,
      12,
    );
    expect(rerandomize(silent, { ...options, statistic: 'meanLogRatio' })).toMatchObject({
      reason: 'a unit without events has no logarithm',
      instead: expect.stringContaining('0.5'),
    });
  });

  test('counts a draw without spread within its arms as extreme', () => {
    // Only the division {1, 1} against {2, 2} has no variance; the actual one has.
    const units = unitsOf([1, 2, 1, 2], [1, 1, 1, 1], [1, 1, 0, 0]);
    const found = made(rerandomize(units, { ...options, statistic: 'difference' }));
    expect(found).toMatchObject({ draws: 6, observed: 0, pValue: 1 });
    const tilted = unitsOf([1, 2, 1.2, 2, 1, 2], [1, 1, 1, 1, 1, 1], [1, 0, 1, 0, 1, 0]);
    const clear = made(rerandomize(tilted, { ...options, statistic: 'difference' }));
    close(clear.pValue, 2 / 20);
  });

  test.each<readonly [RegExp, Partial<RerandomizationOptions>]>([
    [/draws must be a whole number of at least 1, not 0/, { draws: 0 }],
    [/draws/, { draws: 1.5 }],
    [/draws/, { draws: Number.NaN }],
    [/scale must be a number above 0, not 0/, { scale: 0 }],
    [/scale/, { scale: Number.POSITIVE_INFINITY }],
    [/shift must be a number, not NaN/, { shift: Number.NaN }],
    [/continuity must be a number of at least 0, not -1/, { continuity: -1 }],
    [/continuity/, { continuity: Number.POSITIVE_INFINITY }],
    [/not as `shift`/, { statistic: 'meanLogRatio', shift: 0.1 }],
  ])('refuses %p', (message, change) => {
    expect(() => rerandomize(small, { ...options, ...change })).toThrow(RangeError);
    expect(() => rerandomize(small, { ...options, ...change })).toThrow(message);
  });

  test.each([
    [/numerator of unit 1/, { numerator: Number.NaN }],
    [/denominator of unit 1 must be a number of at least 0, not -1/, { denominator: -1 }],
    [/denominator of unit 1/, { denominator: Number.POSITIVE_INFINITY }],
  ] as const)('refuses units with a broken value: %p', (message, change) => {
    const broken = small.map((unit, i) => (i === 1 ? { ...unit, ...change } : unit));
    expect(() => rerandomize(broken, options)).toThrow(RangeError);
    expect(() => rerandomize(broken, options)).toThrow(message);
  });

  test('with a single draw is a p value of a half or 1', () => {
    const found = made(rerandomize(small, { ...options, draws: 1, enumerateUpTo: 0 }));
    expect([0.5, 1]).toContain(found.pValue);
    expect(found).toMatchObject({ draws: 1, smallestPValue: 0.5 });
  });
});

describe('A null other than no effect', () => {
  const { units } = designOf('uneven');
  const tests = [
    ['logRatio', { scale: 1 / 0.49201408731 }],
    ['difference', { shift: -0.1939777522056 }],
    ['meanDifference', { shift: -0.25599272525125 }],
  ] as const;

  test.each(tests)('at the estimate itself leaves nothing: %s', (statistic, effect) => {
    const found = made(rerandomize(units, { ...options, statistic, ...effect }));
    expect(Math.abs(found.observed)).toBeLessThan(1e-6);
    expect(found.pValue).toBeGreaterThan(0.99);
  });

  test('is taken out of the treated units', () => {
    const scaled = units.map((unit) =>
      unit.treated ? { ...unit, numerator: 1.7 * unit.numerator } : unit,
    );
    expect(made(rerandomize(units, { ...options, scale: 1.7 }))).toEqual(
      made(rerandomize(scaled, options)),
    );
    const lifted = units.map((unit) =>
      unit.treated ? { ...unit, numerator: unit.numerator - 0.2 * unit.denominator } : unit,
    );
    for (const statistic of ['difference', 'meanDifference'] as const) {
      const shifted = made(rerandomize(units, { ...options, statistic, shift: 0.2 }));
      const plain = made(rerandomize(lifted, { ...options, statistic }));
      close(shifted.observed, plain.observed);
      expect(shifted.pValue).toBe(plain.pValue);
    }
    const means = {
      ...options,
      statistic: 'meanLogRatio',
      studentized: false,
      continuity: 1,
    } as const;
    const before = made(rerandomize(units, means)).observed;
    close(made(rerandomize(units, { ...means, scale: 2 })).observed, before + Math.log(2));
  });

  test('that leaves an arm below 0 has no logarithm', () => {
    expect(reasonOf(small, { ...options, shift: 5 })).toMatch(/no logarithm/);
  });
});

describe('Residuals', () => {
  const units = small.map(({ numerator, treated }, i) => ({
    residual: numerator - 90,
    size: 10 + i,
    treated,
  }));
  const replay = { procedure: { kind: 'complete' }, seed: 1 } as const;

  test('are compared as means of units, studentised, unless told otherwise', () => {
    const asRates = units.map(({ residual, size, treated }) => ({
      numerator: residual / size,
      denominator: 1,
      treated,
    }));
    const plain = { ...replay, statistic: 'difference' } as const;
    const found = made(rerandomizeResiduals(units, replay));
    const expected = made(rerandomize(asRates, plain));
    close(found.observed, expected.observed);
    close(found.pValue, expected.pValue);
    expect(found).toMatchObject({ statistic: 'meanDifference', studentized: true });
  });

  test('of a unit of no size are not compared', () => {
    const gone = { residual: 0, size: 0, treated: true };
    for (const by of ['mean', 'sum'] as const) {
      const hashed = { procedure: { kind: 'hashed' }, seed: 1, by } as const;
      expect(rerandomizeResiduals([...units, gone], hashed)).toEqual(
        rerandomizeResiduals(units, hashed),
      );
    }
    expect(() => rerandomizeResiduals([{ ...gone, size: -2 }], replay)).toThrow(/denominator/);
  });
});
