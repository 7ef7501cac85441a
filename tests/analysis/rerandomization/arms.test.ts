import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RerandomizeArmsOptions } from '../../../src/analysis/methods/rerandomization/index.ts';
import {
  rerandomize,
  rerandomizeArms,
} from '../../../src/analysis/methods/rerandomization/index.ts';
import { close, made, reference, small } from './data.ts';

const [three] = reference.arms;
const units = (three?.units.y ?? []).map((numerator, i) => ({
  numerator,
  denominator: three?.units.e[i] ?? 0,
  arm: three?.units.g[i] ?? 0,
}));
const options = {
  procedure: { kind: 'complete' },
  seed: 1,
  statistic: 'logRatio',
  arms: 3,
} as const;

describe('A joint re-randomisation of several arms', () => {
  test.each([
    ['two-sided', 'pValue'],
    ['less', 'pLess'],
    ['greater', 'pGreater'],
  ] as const)('of two arms is that of two arms: %s', (alternative, pick) => {
    const two = small.map((unit) => ({ ...unit, arm: unit.treated ? 1 : 0 }));
    const joint = made(rerandomizeArms(two, { ...options, arms: 2, alternative }));
    const plain = made(rerandomize(small, options));
    const [pair] = joint.pairs;
    close(pair?.observed ?? 0, plain.observed);
    close(joint.omnibus.observed, plain.observed ** 2);
    close(joint.omnibus.pValue, plain.pValue);
    expect(pair).toMatchObject({
      pValue: plain[pick],
      singleStep: plain[pick],
      stepDown: plain[pick],
    });
    close(joint.smallestPValue, 1 / 252);
    expect(joint).toMatchObject({ assignments: 252, floor: plain.floor });
  });

  test.each<readonly [string, RerandomizeArmsOptions['procedure']]>([
    ['complete', { kind: 'complete' }],
    ['hashed', { kind: 'hashed', weights: [2, 1, 1] }],
    ['stratified', { kind: 'stratified', strata: [1, 1, 1, 1, 1, 2, 2, 2, 2, 2] }],
    ['complete with free places', { kind: 'complete', sizes: [4, 3, 4] }],
  ])('drawn agrees with all assignments, within Monte Carlo error: %s', (_, procedure) => {
    const exact = made(rerandomizeArms(units, { ...options, procedure }));
    const drawn = made(
      rerandomizeArms(units, { ...options, procedure, draws: 5_000, enumerateUpTo: 0 }),
    );
    expect([exact.method, drawn.method]).toEqual(['enumeration', 'monte-carlo']);
    const near = (got: number, p: number) =>
      expect(Math.abs(got - p)).toBeLessThanOrEqual(
        4 * Math.sqrt((p * (1 - p)) / drawn.draws) + 1e-4,
      );
    near(drawn.omnibus.pValue, exact.omnibus.pValue);
    expect(drawn.omnibus.monteCarloError).toBe(
      Math.sqrt((drawn.omnibus.pValue * (1 - drawn.omnibus.pValue)) / drawn.draws),
    );
    exact.pairs.forEach((pair, i) => {
      near(drawn.pairs[i]?.pValue ?? 2, pair.pValue);
      near(drawn.pairs[i]?.singleStep ?? 2, pair.singleStep);
      near(drawn.pairs[i]?.stepDown ?? 2, pair.stepDown);
    });
  });

  test('gives each of three arms its chance in every unit', () => {
    const six = [9, 3, 14, 8, 21, 5].map((numerator, i) => ({
      numerator,
      denominator: 10 + i,
      arm: i % 3,
    }));
    const hashed = { kind: 'hashed', weights: [2, 1, 1] } as const;
    const drawn = made(
      rerandomizeArms(six, { ...options, procedure: hashed, draws: 8_000, enumerateUpTo: 0 }),
    );
    // Two units in each arm: 6! / (2! 2! 2!) ways of chance (1/2)² (1/4)⁴.
    const share = 90 / 4 / 4 ** 4;
    expect(Math.abs(drawn.draws / 8_000 - share)).toBeLessThan(4 * Math.sqrt(share / 8_000));
    const all = made(rerandomizeArms(six, { ...options, procedure: hashed }));
    expect(all).toMatchObject({ draws: 90, assignments: 729 });
    close(all.smallestPValue, 1 / 90);
    close(all.smallestTwoSidedPValue, 1 / 90);
    const complete = made(rerandomizeArms(units, options));
    close(complete.smallestTwoSidedPValue, 1 / 4_200);
  });

  test('adjusts upwards, single step at most by the number of arms, and in the order of the statistics', () => {
    const unit = fc.record({
      numerator: fc.integer({ min: 1, max: 60 }),
      denominator: fc.integer({ min: 1, max: 90 }),
    });
    fc.assert(
      fc.property(fc.array(unit, { minLength: 9, maxLength: 9 }), (drawn) => {
        const given = drawn.map((each, i) => ({ ...each, arm: i % 3 }));
        const found = rerandomizeArms(given, options);
        if (!found.estimable) return;
        for (const { pValue, stepDown, singleStep } of found.pairs) {
          expect(stepDown).toBeGreaterThanOrEqual(pValue);
          expect(singleStep).toBeGreaterThanOrEqual(stepDown);
          expect(singleStep).toBeLessThanOrEqual(1);
        }
        const [first, second] = [...found.pairs].sort(
          (a, b) => Math.abs(b.observed) - Math.abs(a.observed),
        );
        expect(first?.stepDown).toBe(first?.singleStep);
        expect(second?.stepDown ?? 0).toBeGreaterThanOrEqual(first?.stepDown ?? 1);
      }),
      { numRuns: 40 },
    );
  });

  test('does not depend on the order of the units or on the names of the arms', () => {
    const there = made(rerandomizeArms(units, options));
    const back = made(rerandomizeArms([...units].reverse(), options));
    close(back.omnibus.pValue, there.omnibus.pValue);
    const renamed = units.map((unit) => ({ ...unit, arm: (unit.arm + 1) % 3 }));
    const turned = made(rerandomizeArms(renamed, { ...options, control: 1 }));
    close(turned.omnibus.observed, there.omnibus.observed);
    expect(turned.pairs.map(({ arm }) => arm)).toEqual([0, 2]);
    close(turned.pairs[1]?.stepDown ?? 2, there.pairs[0]?.stepDown);
    close(turned.pairs[0]?.stepDown ?? 2, there.pairs[1]?.stepDown);
    expect(there).toMatchObject({ alternative: 'two-sided', statistic: 'logRatio' });
  });

  test('of an arm without spread has W by its own estimate', () => {
    const level = units.map((unit) =>
      unit.arm === 0 ? { ...unit, numerator: unit.denominator } : unit,
    );
    const found = made(rerandomizeArms(level, options));
    const [one, two] = found.pairs;
    close(found.omnibus.observed, (one?.observed ?? 0) ** 2 + (two?.observed ?? 0) ** 2);
    const alsoOne = level.map((unit) =>
      unit.arm === 1 ? { ...unit, numerator: 2 * unit.denominator } : unit,
    );
    const reason = { estimable: false, reason: expect.stringMatching(/no standard error/) };
    expect(rerandomizeArms(alsoOne, options)).toMatchObject(reason);
    // With arm 2 for a control both pairs have a standard error, and W has none.
    expect(rerandomizeArms(alsoOne, { ...options, control: 2 })).toMatchObject(reason);
  });

  test('takes two arms without events for equal, whatever the rounding', () => {
    // Many draws leave two arms without any event or variance. All 1,680 gone through in R.
    const sparse = [0, 0, 0, 0, 0, 0, 0, 3, 8].map((numerator, i) => ({
      numerator,
      denominator: [7.3, 3.1, 11.7, 13.9, 5.3, 9.1, 17.7, 6.1, 19.3][i] ?? 0,
      arm: [0, 0, 1, 1, 2, 2, 0, 1, 2][i] ?? 0,
    }));
    const difference = { ...options, statistic: 'difference' } as const;
    const found = made(rerandomizeArms(sparse, difference));
    expect(found).toMatchObject({
      draws: 1680,
      omnibus: { pValue: expect.closeTo(654 / 1680, 9) },
    });
    expect(found.pairs.map(({ pValue }) => pValue)).toEqual([
      expect.closeTo(0.622619, 6),
      expect.closeTo(0.2261905, 7),
    ]);
    expect(found.pairs.map(({ singleStep }) => singleStep)).toEqual([
      expect.closeTo(0.9452381, 7),
      expect.closeTo(0.3690476, 7),
    ]);
  });

  test('says why there is none', () => {
    const silent = units.map((unit) => (unit.arm === 2 ? { ...unit, numerator: 0 } : unit));
    expect(rerandomizeArms(silent, options)).toMatchObject({
      reason: 'an arm has no events, so the ratio has no logarithm',
    });
    expect(rerandomizeArms(silent, { ...options, statistic: 'difference' }).estimable).toBe(true);
    expect(rerandomizeArms(units, { ...options, arms: 4 })).toMatchObject({
      reason: expect.stringMatching(/each arm needs at least two units/),
    });
    expect(rerandomizeArms(silent, { ...options, statistic: 'meanLogRatio' })).toMatchObject({
      reason: 'a unit without events has no logarithm',
    });
    const strata = units.map(({ arm }) => arm);
    expect(
      rerandomizeArms(units, { ...options, procedure: { kind: 'stratified', strata } }),
    ).toMatchObject({ reason: expect.stringMatching(/no other assignment/) });
  });

  test.each<readonly [RegExp, Partial<RerandomizeArmsOptions>]>([
    [/unit 2 has the arm 2, not one of 0 to 1/, { arms: 2 }],
    [/arms must be a whole number from 2 to 255, not 1/, { arms: 1 }],
    [/arms must be/, { arms: 256 }],
    [/arms must be/, { arms: 2.5 }],
    [/control must be one of 0 to 2, not 3/, { control: 3 }],
    [/control must be/, { control: -1 }],
    [/control must be/, { control: 0.5 }],
    [/weights must be 3/, { procedure: { kind: 'hashed', weights: [1, 1] } }],
    [/draws/, { draws: 0 }],
  ])('refuses %p', (message, change) => {
    expect(() => rerandomizeArms(units, { ...options, ...change })).toThrow(RangeError);
    expect(() => rerandomizeArms(units, { ...options, ...change })).toThrow(message);
  });
});
