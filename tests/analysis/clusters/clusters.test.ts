import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  clusterAverage,
  compareEstimands,
  donnerKlar,
  oddsRatioOfTotals,
} from '../../../src/analysis/methods/clusters/index.ts';
import type { Effect } from '../../../src/analysis/methods/effect.ts';
import {
  differenceOf,
  influenceOf,
  ratioOfTotals,
  relativeOf,
} from '../../../src/analysis/methods/ratio-of-totals.ts';
import type { Numbers } from './reference.ts';
import { close, made, reference, smallTrial, unitsOf } from './reference.ts';

const cases = Object.entries(reference.proportions);
const accepted = {
  arm: smallTrial('treatment', 'accepted', 'alerts'),
  control: smallTrial('control', 'accepted', 'alerts'),
};
const corrections = ['CR0', 'delta', 'KC', 'MD'] as const;

describe('The chi-squared test of Donner and Klar', () => {
  test.each(cases)('agrees with R for %s, with two and three arms', (_, of) => {
    const [a, b] = [unitsOf(of.arm), unitsOf(of.control)];
    const two = made(donnerKlar([a, b]));
    close(two.icc, of.donnerKlar['icc']);
    close(two.chiSquared, of.donnerKlar['chiSquared']);
    close(two.pValue, of.donnerKlar['pValue']);
    expect(two.degreesOfFreedom).toBe(1);
    const floored = made(donnerKlar([a, b], { floorAtZero: true }));
    close(floored.chiSquared, of.donnerKlar['chiSquaredFloored']);
    expect(floored.icc).toBe(two.icc);
    const three = made(donnerKlar([a.slice(0, 2), a.slice(2), b]));
    close(three.icc, of.threeArms['icc']);
    close(three.chiSquared, of.threeArms['chiSquared']);
    close(three.pValue, of.threeArms['pValue']);
    expect(three.degreesOfFreedom).toBe(2);
  });

  test('agrees with the reference trial', () => {
    const found = made(donnerKlar([accepted.arm, accepted.control]));
    close(found.icc, 0.0764921989726446);
    close(found.chiSquared, 0.641402684582806);
    close(found.pValue, 0.423203320772496);
    expect(found.arms[1]).toMatchObject({ clusters: 5, observations: 723 });
    close(found.arms[1]?.proportion, 0.326417704011065);
  });

  test("is Pearson's test where every patient is a unit of one and correlation plays no part", () => {
    const singles = (yes: number, no: number) => [
      ...Array.from({ length: yes }, () => ({ numerator: 1, denominator: 1 })),
      ...Array.from({ length: no }, () => ({ numerator: 0, denominator: 1 })),
    ];
    // One pair, so that a correlation exists; with floorAtZero it counts for nothing.
    const pair = { numerator: 1, denominator: 2 };
    const found = made(
      donnerKlar([[...singles(9, 29), pair], singles(24, 16)], { floorAtZero: true }),
    );
    // chisq.test(matrix(c(10, 24, 30, 16), 2), correct = FALSE) in R.
    expect(found.icc).toBeLessThan(0);
    close(found.chiSquared, 10.0255754475703, 1e-12);
    expect(found.arms[0]?.inflation).toBe(1);
  });

  test('leaves out empty clusters', () => {
    const none = { numerator: 0, denominator: 0 };
    expect(donnerKlar([[...accepted.arm, none], accepted.control])).toEqual(
      donnerKlar([accepted.arm, accepted.control]),
    );
  });

  test('is not estimable without clusters, variation, or variance left', () => {
    const none = { numerator: 0, denominator: 0 };
    expect(donnerKlar([accepted.arm, [none]])).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/no cluster with observations/),
    });
    const zero = [5, 8].map((denominator) => ({ numerator: 0, denominator }));
    expect(donnerKlar([zero, zero])).toMatchObject({
      reason: expect.stringMatching(/varies within itself/),
    });
    // Clusters exactly alike: ρ = -1/(m - 1), which makes the inflation 0.
    const alike = [1, 1].map((numerator) => ({ numerator, denominator: 2 }));
    expect(donnerKlar([alike, alike])).toMatchObject({
      reason: expect.stringMatching(/leaves no variance/),
      instead: expect.stringMatching(/floorAtZero/),
    });
    expect(made(donnerKlar([alike, alike], { floorAtZero: true })).pValue).toBe(1);
  });

  test('refuses fewer than two arms, and counts that are none', () => {
    expect(() => donnerKlar([accepted.arm])).toThrow(/needs two arms, not 1/);
    expect(() => donnerKlar([[{ numerator: 3, denominator: 2 }], accepted.arm])).toThrow(
      RangeError,
    );
  });
});

describe('The odds ratio of totals', () => {
  test.each(cases)('agrees with the clustered logistic regression of R for %s', (_, of) => {
    const found = made(
      oddsRatioOfTotals(
        made(ratioOfTotals(unitsOf(of.arm), 'CR0')),
        made(ratioOfTotals(unitsOf(of.control), 'CR0')),
      ),
    );
    for (const name of ['estimate', 'standardError', 'pValue', 'lower', 'upper'] as const) {
      close(found[name], of.oddsRatio[name], 1e-9);
    }
  });

  test('agrees with the reference trial', () => {
    const [arm, control] = [
      made(ratioOfTotals(accepted.arm, 'delta')),
      made(ratioOfTotals(accepted.control, 'delta')),
    ];
    const found = made(oddsRatioOfTotals(arm, control));
    close(Math.log(found.estimate), -0.323148490598684);
    close(found.standardError, 0.326752736163253);
    expect(found.degreesOfFreedom).toBe(8);
    close(found.statistic, -0.323148490598684 / 0.326752736163253);
    const relative = made(relativeOf(arm, control, 0.95));
    close(Math.log(relative.estimate), -0.228689548397497);
    close(relative.standardError, 0.225204253453517);
    const narrow = made(oddsRatioOfTotals(arm, control, { level: 0.5 }));
    expect(narrow.upper).toBeLessThan(found.upper);
    expect(() => oddsRatioOfTotals(arm, control, { level: 0 })).toThrow(/level/);
  });

  test('does not exist for none, all, more than all, or units alike', () => {
    const some = made(ratioOfTotals(accepted.arm));
    const cases = [
      [0, /none or all/],
      [1, /none or all/],
      [1.01, /no proportion/],
      [-0.01, /no proportion/],
    ] as const;
    for (const [ratio, reason] of cases) {
      const expected = { estimable: false, reason: expect.stringMatching(reason) };
      expect(oddsRatioOfTotals({ ...some, ratio }, some)).toMatchObject(expected);
      expect(oddsRatioOfTotals(some, { ...some, ratio })).toMatchObject(expected);
    }
    const still = { ...some, standardError: 0 };
    expect(oddsRatioOfTotals(still, still)).toMatchObject({
      reason: expect.stringMatching(/every unit has the same ratio/),
    });
    expect(oddsRatioOfTotals({ ...some, standardError: Infinity }, some).estimable).toBe(false);
  });
});

describe('The cluster average', () => {
  test.each(cases)('is mean and sd/√k of R for %s', (_, of) => {
    const found = made(clusterAverage(unitsOf(of.arm)));
    close(found.mean, of.pooled['mean']);
    close(found.standardError, (of.pooled['standardDeviation'] ?? 0) / Math.sqrt(of.arm.length));
    expect(found.units).toBe(of.arm.length);
  });

  test('needs two units with a denominator', () => {
    const [unit = { numerator: 1, denominator: 1 }] = accepted.arm;
    expect(clusterAverage([{ numerator: 2, denominator: 0 }])).toMatchObject({
      reason: expect.stringMatching(/no unit has a denominator/),
    });
    expect(clusterAverage([unit])).toMatchObject({
      reason: expect.stringMatching(/one unit alone/),
    });
    expect(() => clusterAverage([{ numerator: -2, denominator: 1 }])).toThrow(RangeError);
  });
});

describe('Event average and cluster average side by side', () => {
  const rows = cases.flatMap(([name, of]) =>
    Object.entries(of.estimands).map(([how, expected]) => [name, how, of, expected] as const),
  );

  test.each(rows)('agree with R for %s, %s', (_, how, of, expected) => {
    const found = made(
      compareEstimands(unitsOf(of.arm), unitsOf(of.control), {
        scale: how.startsWith('difference') ? 'difference' : 'logRatio',
        correction: corrections.find((each) => how.toLowerCase().endsWith(each.toLowerCase())),
      }),
    );
    for (const name of ['eventAverage', 'clusterAverage', 'difference'] as const) {
      const numbers: Numbers = expected[name] ?? {};
      const effect = made(found[name]);
      expect(effect.degreesOfFreedom).toBe(of.arm.length + of.control.length - 2);
      for (const [field, value] of Object.entries(numbers)) {
        close(effect[field as keyof Effect], value, 1e-8);
      }
    }
    const apart = Math.abs(expected['difference']?.['statistic'] ?? 0) > 1;
    expect(found.differs).toBe(apart);
    expect(found.warning !== undefined).toBe(apart);
  });

  test('take logarithms and MD when nothing is said', () => {
    const found = compareEstimands(accepted.arm, accepted.control);
    expect(found).toEqual(
      compareEstimands(accepted.arm, accepted.control, {
        scale: 'logRatio',
        correction: 'MD',
        level: 0.95,
      }),
    );
    const [a, b] = [made(ratioOfTotals(accepted.arm)), made(ratioOfTotals(accepted.control))];
    const [got, expected] = [made(made(found).eventAverage), made(relativeOf(a, b, 0.95))];
    for (const name of ['estimate', 'lower', 'upper', 'standardError', 'pValue'] as const) {
      close(got[name], expected[name], 1e-13);
    }
    const delta = { scale: 'difference', correction: 'delta', level: 0.9 } as const;
    const other = made(compareEstimands(accepted.arm, accepted.control, delta));
    const event = differenceOf(
      made(ratioOfTotals(accepted.arm, 'delta')),
      made(ratioOfTotals(accepted.control, 'delta')),
      0.9,
    );
    expect(made(other.eventAverage)).toEqual(made(event));
    expect(made(other.difference).degreesOfFreedom).toBe(8);
    close(made(other.clusterAverage).estimate, -0.116464813333589);
  });

  test('warn where large units have other rates than small ones', () => {
    const unit = (denominator: number, rate: number) => ({
      numerator: denominator * rate,
      denominator,
    });
    const arm = [unit(10, 0.1), unit(12, 0.13), unit(100, 0.5), unit(120, 0.55), unit(11, 0.12)];
    const control = [unit(10, 0.3), unit(12, 0.33), unit(100, 0.31), unit(120, 0.28)];
    const found = made(compareEstimands(arm, control));
    expect(found.differs).toBe(true);
    expect(found.warning).toMatch(/name the estimand/);
  });

  test('are the same for units of one size, so their difference is not estimated', () => {
    const same = (list: readonly number[]) =>
      list.map((numerator) => ({ numerator, denominator: 7 }));
    const found = made(compareEstimands(same([1, 3, 5]), same([2, 2, 4, 6])));
    expect(found.difference).toEqual({
      estimable: false,
      reason: expect.stringMatching(/same size/),
    });
    expect(found.differs).toBe(false);
    expect(found).not.toHaveProperty('warning');
    close(made(found.eventAverage).estimate, made(found.clusterAverage).estimate, 1e-14);
  });

  test('are not estimable without events (as a ratio), units or spread', () => {
    const zero = [5, 8].map((denominator) => ({ numerator: 0, denominator }));
    expect(compareEstimands(zero, accepted.control)).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/no events/),
      instead: expect.stringMatching(/difference/),
    });
    expect(compareEstimands(accepted.control, zero).estimable).toBe(false);
    expect(compareEstimands(zero, accepted.control, { scale: 'difference' }).estimable).toBe(true);
    expect(compareEstimands([], accepted.control)).toMatchObject({
      reason: expect.stringMatching(/no unit/),
    });
    expect(compareEstimands(accepted.arm, zero.slice(1))).toMatchObject({
      reason: expect.stringMatching(/one unit alone/),
    });
    const still = made(compareEstimands(zero, zero, { scale: 'difference' }));
    expect(still.eventAverage).toMatchObject({ reason: expect.stringMatching(/same ratio/) });
    expect(still.clusterAverage).toMatchObject({ reason: expect.stringMatching(/same ratio/) });
  });

  test('say so where one unit holds nearly everything', () => {
    const whale = [...accepted.arm, { numerator: 1e14, denominator: 1e15 }];
    const found = made(compareEstimands(whale, accepted.control));
    expect(found.eventAverage).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/nearly all/),
    });
    expect(found.difference.estimable).toBe(false);
    expect(found.clusterAverage.estimable).toBe(true);
  });

  test('refuse numbers and levels that are none', () => {
    const bad = [...accepted.arm, { numerator: -1, denominator: 3 }];
    expect(() => compareEstimands(bad, accepted.control)).toThrow(RangeError);
    expect(() => compareEstimands(accepted.arm, accepted.control, { level: 2 })).toThrow(/level/);
  });
});

describe('Influence values', () => {
  test.each(cases)('agree with closed forms in R for %s', (_, of) => {
    for (const correction of corrections) {
      const { values } = made(influenceOf(unitsOf(of.arm), correction));
      const scale = Math.max(...of.influence[correction].map(Math.abs));
      of.influence[correction].forEach((expected, i) => {
        expect(Math.abs((values[i] ?? Number.NaN) - expected)).toBeLessThan(1e-12 * scale);
      });
    }
    expect(influenceOf(unitsOf(of.arm))).toEqual(influenceOf(unitsOf(of.arm), 'MD'));
  });

  test('make up the variance, in the order of the units, with 0 for those left out', () => {
    const unit = fc.record({
      numerator: fc.integer({ min: 0, max: 500 }),
      denominator: fc.integer({ min: 0, max: 2000 }),
    });
    fc.assert(
      fc.property(
        fc.array(unit, { minLength: 1, maxLength: 30 }),
        fc.constantFrom(...corrections),
        (units, correction) => {
          const ratio = ratioOfTotals(units, correction);
          const influence = influenceOf(units, correction);
          expect(influence.estimable).toBe(ratio.estimable);
          if (!ratio.estimable || !influence.estimable) return;
          expect(influence.values).toHaveLength(units.length);
          expect(Math.hypot(...influence.values)).toBeCloseTo(ratio.standardError, 12);
          units.forEach(({ denominator }, i) => {
            if (denominator === 0) expect(influence.values[i]).toBe(0);
          });
        },
      ),
    );
  });
});

describe('The ratio of totals at its limits', () => {
  test('finds no spread in units alike, whatever the rounding', () => {
    for (const ratio of [0.1, 1 / 3, 0.7, 1e-9, 123.456]) {
      const units = [1, 3, 7, 11.3, 1e6].map((denominator) => ({
        numerator: ratio * denominator,
        denominator,
      }));
      expect(made(ratioOfTotals(units, 'delta')).standardError).toBe(0);
      const alike = made(ratioOfTotals(units));
      expect(alike.standardError).toBe(0);
      for (const compare of [relativeOf, differenceOf]) {
        expect(compare(alike, { ...alike, ratio: 2 * ratio }, 0.95)).toEqual({
          estimable: false,
          reason: expect.stringMatching(/every unit has the same ratio/),
          instead: expect.stringMatching(/ratio itself/),
        });
      }
    }
  });

  test('has an infinite standard error by leverage where one unit holds all but a billionth', () => {
    const units = (denominator: number) => [
      { numerator: 1, denominator: 1 },
      { numerator: denominator / 3, denominator },
    ];
    expect(made(ratioOfTotals(units(1e10))).standardError).toBe(Infinity);
    expect(made(ratioOfTotals(units(1e10), 'KC')).standardError).toBe(Infinity);
    expect(made(ratioOfTotals(units(1e8))).standardError).toBeLessThan(1);
    expect(made(ratioOfTotals(units(1e10), 'delta')).standardError).toBeLessThan(1e-9);
    expect(made(ratioOfTotals(units(1e10))).largestShare).toBeCloseTo(1, 9);
    const some = made(ratioOfTotals(accepted.arm));
    expect(differenceOf(made(ratioOfTotals(units(1e10))), some, 0.95)).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/nearly all of a denominator/),
    });
  });

  test('sums a million units without losing digits', () => {
    const units = Array.from({ length: 1_000_000 }, (_, i) => ({
      numerator: 0.1 + (i % 2),
      denominator: 0.3,
    }));
    const found = made(ratioOfTotals(units, 'delta'));
    expect(found.numerator).toBe(600_000);
    expect(found.denominator).toBe(300_000);
    // Every ratio is 2 ± 5/3: s/√k.
    close(found.standardError, 5 / 3 / Math.sqrt(999_999), 1e-13);
  });

  test('takes a negative ratio as a difference and not as a ratio', () => {
    const below = made(
      ratioOfTotals([
        { numerator: -3, denominator: 4 },
        { numerator: 1, denominator: 4 },
      ]),
    );
    expect(below.ratio).toBe(-0.25);
    const some = made(ratioOfTotals(accepted.arm));
    expect(differenceOf(below, some, 0.95).estimable).toBe(true);
    for (const [a, b] of [
      [below, some],
      [some, below],
    ] as const) {
      expect(relativeOf(a, b, 0.95)).toMatchObject({
        estimable: false,
        reason: expect.stringMatching(/below 0 has no logarithm/),
      });
    }
  });

  test.each([
    [{ numerator: Number.NaN, denominator: 1 }],
    [{ numerator: Number.NEGATIVE_INFINITY, denominator: 1 }],
    [{ numerator: 1, denominator: -1 }],
    [{ numerator: 1, denominator: Number.NaN }],
    [{ numerator: 1, denominator: Number.POSITIVE_INFINITY }],
  ])('refuses %j', (unit) => {
    expect(() => ratioOfTotals([...accepted.arm, unit])).toThrow(RangeError);
    expect(() => influenceOf([...accepted.arm, unit])).toThrow(/a unit needs a finite numerator/);
  });

  test('has no influence values without two units', () => {
    expect(influenceOf([{ numerator: 1, denominator: 0 }])).toMatchObject({
      reason: expect.stringMatching(/no unit/),
    });
    expect(influenceOf([{ numerator: 1, denominator: 2 }])).toMatchObject({
      reason: expect.stringMatching(/one unit alone/),
    });
  });
});
