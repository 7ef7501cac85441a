import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clusterMeans } from '../../../src/analysis/methods/clusters/index.ts';
import type { Effect } from '../../../src/analysis/methods/effect.ts';
import type { Numbers } from './reference.ts';
import { close, made, reference, smallTrial, unitsOf } from './reference.ts';

const cases = Object.entries(reference.proportions);

const effectIs = (effect: Effect, expected: Numbers, scale = (x: number) => x): void => {
  close(effect.estimate, scale(expected['estimate'] ?? Number.NaN));
  close(effect.standardError, expected['standardError']);
  close(effect.degreesOfFreedom, expected['degreesOfFreedom']);
  close(effect.pValue, expected['pValue']);
  if (expected['statistic'] !== undefined) close(effect.statistic, expected['statistic']);
  if (expected['lower'] !== undefined) close(effect.lower, scale(expected['lower']));
  if (expected['upper'] !== undefined) {
    close(effect.upper, scale(expected['upper']));
  }
};

describe('Comparing mean units', () => {
  test.each(cases)('agrees with t.test of R, pooled, for %s', (_, of) => {
    const found = made(clusterMeans(unitsOf(of.arm), unitsOf(of.control)));
    expect(found.scale).toBe('difference');
    effectIs(found.effect, of.pooled);
    close(found.arm.mean, of.pooled['mean']);
    close(found.arm.standardDeviation, of.pooled['standardDeviation']);
    close(found.control.mean, of.pooled['controlMean']);
    close(found.control.standardDeviation, of.pooled['controlStandardDeviation']);
    expect(found.arm.units).toBe(of.arm.length);
    expect(found.control.units).toBe(of.control.length);
  });

  test.each(cases)('agrees with t.test of R, by Welch at 90 %%, for %s', (_, of) => {
    const options = { variance: 'welch', level: 0.9 } as const;
    effectIs(made(clusterMeans(unitsOf(of.arm), unitsOf(of.control), options)).effect, of.welch);
  });

  test.each(cases)('agrees with weighted lm of R for %s', (_, of) => {
    const [arm, control] = [unitsOf(of.arm), unitsOf(of.control)];
    effectIs(made(clusterMeans(arm, control, { icc: 0.08 })).effect, of.weighted);
    effectIs(
      made(clusterMeans(arm, control, { icc: 0.08, variance: 'welch' })).effect,
      of.weightedWelch,
    );
  });

  test.each(cases)('agrees with t.test of R on logarithms for %s', (_, of) => {
    const [arm, control] = [unitsOf(of.arm), unitsOf(of.control)];
    const half = made(clusterMeans(arm, control, { summary: 'logRatio', continuity: 0.5 }));
    expect(half.scale).toBe('ratio');
    effectIs(half.effect, of.logRatioHalf, Math.exp);
    close(half.arm.mean, Math.exp(of.logRatioHalf['mean'] ?? Number.NaN));
    close(half.arm.standardDeviation, of.logRatioHalf['standardDeviation']);
    const plain = clusterMeans(arm, control, { summary: 'logRatio', level: 0.99 });
    if (of.logRatio === undefined) {
      expect(plain).toEqual({
        estimable: false,
        reason: expect.stringMatching(/a unit has no events/),
        instead: expect.stringMatching(/continuity/),
      });
    } else {
      effectIs(made(plain).effect, of.logRatio, Math.exp);
    }
  });

  test.each(cases)('agrees with t.test of R on empirical logits for %s', (_, of) => {
    const [arm, control] = [unitsOf(of.arm), unitsOf(of.control)];
    const found = made(clusterMeans(arm, control, { summary: 'empiricalLogit' }));
    expect(found.scale).toBe('oddsRatio');
    effectIs(found.effect, of.logit, Math.exp);
    close(found.arm.mean, 1 / (1 + Math.exp(-(of.logit['mean'] ?? Number.NaN))));
    const quarter = { summary: 'empiricalLogit', continuity: 0.25, variance: 'welch' } as const;
    effectIs(made(clusterMeans(arm, control, quarter)).effect, of.logitQuarter, Math.exp);
  });

  // Closed forms; Donner & Klar 2000, chapter 6; Hayes & Moulton 2017, chapter 10.
  test('agrees with the reference trial in acceptance', () => {
    const arm = smallTrial('treatment', 'accepted', 'alerts');
    const control = smallTrial('control', 'accepted', 'alerts');
    const pooled = made(clusterMeans(arm, control));
    close(pooled.arm.mean, 0.242397331146587, 1e-12);
    close(pooled.control.mean, 0.358862144480176, 1e-12);
    effectIs(pooled.effect, {
      estimate: -0.116464813333589,
      standardError: -0.116464813333589 / -1.45331408248185,
      statistic: -1.45331408248185,
      degreesOfFreedom: 8,
      pValue: 0.184209397469406,
      lower: -0.301261991307947,
      upper: 0.0683323646407685,
    });
    const welch = made(clusterMeans(arm, control, { variance: 'welch' })).effect;
    close(welch.degreesOfFreedom, 5.83469418873115);
    close(welch.pValue, 0.197716541299309);
    const logit = made(clusterMeans(arm, control, { summary: 'empiricalLogit' })).effect;
    close(Math.log(logit.estimate), -0.511342998649275);
    close(logit.pValue, 0.228042715066827);
    close(Math.log(logit.lower), -1.4146284432847);
    close(Math.log(logit.upper), 0.391942445986152);
  });

  test('weighs by size with a correlation of 0, and alike with one of 1', () => {
    const arm = smallTrial('treatment', 'accepted', 'alerts');
    const control = smallTrial('control', 'accepted', 'alerts');
    const bySize = made(clusterMeans(arm, control, { icc: 0 }));
    close(bySize.arm.mean, 0.25968992248062);
    close(bySize.control.mean, 0.326417704011065);
    const { effect } = made(clusterMeans(arm, control, { icc: 1 }));
    expect(effect).toEqual(made(clusterMeans(arm, control)).effect);
  });

  test('counts the units without a denominator and the events they hold', () => {
    const arm = smallTrial('treatment', 'alerts', 'days');
    const control = smallTrial('control', 'alerts', 'days');
    const more = [...arm, { numerator: 3, denominator: 0 }, { numerator: 4, denominator: 0 }];
    const found = made(clusterMeans(more, control));
    expect(found.arm).toMatchObject({ units: 5, unitsLeftOut: 2, numeratorLeftOut: 7 });
    expect(found.control).toMatchObject({ units: 5, unitsLeftOut: 0, numeratorLeftOut: 0 });
    expect(found.effect).toEqual(made(clusterMeans(arm, control)).effect);
  });

  test.each([
    ['no unit', [], /no unit has a denominator/],
    [
      'units without a denominator',
      [{ numerator: 1, denominator: 0 }],
      /no unit has a denominator/,
    ],
    ['one unit', [{ numerator: 1, denominator: 3 }], /one unit alone/],
  ])('is not estimable with %s in an arm', (_, units, reason) => {
    const other = smallTrial('control', 'alerts', 'days');
    const expected = { estimable: false, reason: expect.stringMatching(reason) };
    expect(clusterMeans(units, other)).toEqual(expected);
    expect(clusterMeans(other, units)).toEqual(expected);
    expect(clusterMeans(other, units, { variance: 'welch' })).toEqual(expected);
  });

  test.each(['pooled', 'welch'] as const)(
    'is not estimable from identical units (%s)',
    (variance) => {
      const alike = (numerator: number) =>
        [1, 3, 7].map((times) => ({ numerator: numerator * times, denominator: 10 * times }));
      for (const summary of ['ratio', 'logRatio'] as const) {
        expect(clusterMeans(alike(1), alike(3), { variance, summary })).toEqual({
          estimable: false,
          reason: expect.stringMatching(/every unit has the same ratio/),
        });
      }
      const zero = [4, 9].map((denominator) => ({ numerator: 0, denominator }));
      expect(clusterMeans(zero, zero, { variance }).estimable).toBe(false);
      expect(
        clusterMeans(zero, smallTrial('control', 'alerts', 'days'), { variance }).estimable,
      ).toBe(true);
    },
  );

  test('has no logit of all with a continuity of 0', () => {
    const arm = [
      { numerator: 4, denominator: 4 },
      { numerator: 2, denominator: 4 },
    ];
    const options = { summary: 'empiricalLogit', continuity: 0 } as const;
    expect(clusterMeans(arm, arm, options)).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/nothing but events/),
    });
  });

  test('does not run out of numbers: an infinite ratio is a reason', () => {
    const arm = [
      { numerator: 1, denominator: 1 },
      { numerator: 1e300, denominator: 1 },
    ];
    const control = [
      { numerator: 1, denominator: 1 },
      { numerator: 2, denominator: 1 },
    ];
    expect(clusterMeans(arm, control, { summary: 'logRatio' }).estimable).toBe(false);
  });

  test.each([
    [{ level: 0 }, /level must be between 0 and 1/],
    [{ level: 1 }, /level must be between 0 and 1/],
    [{ level: Number.NaN }, /level/],
    [{ icc: -0.01 }, /icc must be from 0 to 1/],
    [{ icc: 1.01 }, /icc must be from 0 to 1/],
    [{ continuity: -0.5 }, /continuity must be finite and at least 0/],
    [{ continuity: Number.POSITIVE_INFINITY }, /continuity/],
  ])('refuses %j', (options, message) => {
    const units = smallTrial('control', 'accepted', 'alerts');
    expect(() => clusterMeans(units, units, options)).toThrow(RangeError);
    expect(() => clusterMeans(units, units, options)).toThrow(message);
  });

  test.each([
    [{ numerator: -1, denominator: 1 }],
    [{ numerator: Number.NaN, denominator: 1 }],
    [{ numerator: Number.POSITIVE_INFINITY, denominator: 1 }],
    [{ numerator: 1, denominator: -1 }],
    [{ numerator: 1, denominator: Number.NaN }],
    [{ numerator: 1, denominator: Number.POSITIVE_INFINITY }],
  ])('refuses the unit %j', (unit) => {
    const units = smallTrial('control', 'accepted', 'alerts');
    expect(() => clusterMeans([...units, unit], units)).toThrow(/must be finite and at least 0/);
    expect(() => clusterMeans(units, [...units, unit])).toThrow(RangeError);
  });

  test('refuses a proportion above 1 in logits only', () => {
    const units = [
      { numerator: 3, denominator: 2 },
      { numerator: 1, denominator: 2 },
    ];
    expect(() => clusterMeans(units, units, { summary: 'empiricalLogit' })).toThrow(
      /3 of 2: the numerator is the larger/,
    );
    expect(clusterMeans(units, units).estimable).toBe(true);
  });

  test('turns round when the arms are swapped, whatever the option', () => {
    const unit = fc.record({
      numerator: fc.integer({ min: 1, max: 50 }),
      denominator: fc.integer({ min: 50, max: 500 }),
    });
    const arms = fc.array(unit, { minLength: 2, maxLength: 12 });
    const options = fc.record({
      summary: fc.constantFrom('ratio', 'logRatio', 'empiricalLogit'),
      variance: fc.constantFrom('pooled', 'welch'),
      icc: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    });
    fc.assert(
      fc.property(arms, arms, options, (one, other, how) => {
        const there = clusterMeans(one, other, how);
        const back = clusterMeans(other, one, how);
        expect(there.estimable).toBe(back.estimable);
        if (!there.estimable || !back.estimable) return;
        expect(there.effect.statistic).toBeCloseTo(-back.effect.statistic, 8);
        expect(there.effect.pValue).toBeCloseTo(back.effect.pValue, 10);
        if (how.summary === 'ratio') {
          expect(there.effect.lower).toBeCloseTo(-back.effect.upper, 10);
        } else {
          expect(there.effect.estimate * back.effect.estimate).toBeCloseTo(1, 9);
        }
      }),
    );
  });
});
