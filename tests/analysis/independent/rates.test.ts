import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { poissonRate, poissonRateRatio } from '../../../src/analysis/methods/independent/index.ts';
import { expectClose, expectInterval, made } from './expectations.ts';
import { alternativeOf, reference } from './reference.ts';

describe('A Poisson rate', () => {
  test.each(reference.rates.map((each) => [`${each.events} in ${each.exposure}`, each] as const))(
    'of %s has the limits of R',
    (_, { events, exposure, level, interval }) => {
      const rate = made(poissonRate(events, exposure, { level }));
      expect(rate.estimate).toBe(events / exposure);
      expectInterval(rate, interval);
    },
  );

  test('has limits at 95 % unless told otherwise, and 0 below no event', () => {
    expect(poissonRate(4, 9)).toEqual(poissonRate(4, 9, { level: 0.95 }));
    // qgamma(.975, 1) is -log(.025)
    const none = made(poissonRate(0, 2));
    expect([none.estimate, none.lower]).toEqual([0, 0]);
    expectClose(none.upper, -Math.log(0.025) / 2);
  });

  test('without exposure is not estimated, and events in it are refused', () => {
    expect(poissonRate(0, 0)).toEqual({ estimable: false, reason: 'there is no exposure' });
    expect(() => poissonRate(3, 0)).toThrow(RangeError);
    expect(() => poissonRate(3, 0)).toThrow(/3 events cannot have happened in an exposure of 0/);
  });

  test.each([
    [1.5, 2, /events must be a whole number/],
    [-1, 2, /events must be a whole number/],
    [1, -2, /exposure must be finite and 0 or more/],
    [1, Infinity, /exposure must be finite/],
    [1, Number.NaN, /exposure must be finite/],
  ])('refuses %d in %d', (events, exposure, message) => {
    expect(() => poissonRate(events, exposure)).toThrow(RangeError);
    expect(() => poissonRate(events, exposure)).toThrow(message);
    expect(() => poissonRateRatio({ events, exposure }, { events: 1, exposure: 1 })).toThrow(
      message,
    );
    expect(() => poissonRateRatio({ events: 1, exposure: 1 }, { events, exposure })).toThrow(
      message,
    );
  });

  test('refuses a level that is none', () => {
    expect(() => poissonRate(1, 1, { level: 1 })).toThrow(/level/);
    const one = { events: 1, exposure: 1 };
    expect(() => poissonRateRatio(one, one, { level: 0 })).toThrow(/level/);
  });
});

describe('The ratio of two Poisson rates', () => {
  test.each(
    reference.ratios.map(
      (each) =>
        [
          `${each.arm.events}/${each.arm.exposure} over ${each.control.events}/${each.control.exposure} ` +
            `against ${each.ratio}, ${each.alternative}`,
          each,
        ] as const,
    ),
  )('of %s agrees with R', (_, { arm, control, ratio, alternative, level, ...expected }) => {
    const result = made(
      poissonRateRatio(arm, control, { ratio, alternative: alternativeOf(alternative), level }),
    );
    expectClose(result.estimate, expected.estimate);
    expectClose(result.pValue, expected.p, { rel: 1e-9, abs: 0 });
    expectInterval(result, expected.interval);
  });

  test('of 23 events in 310 over 41 in 295 has the reference numbers', () => {
    const result = made(
      poissonRateRatio({ events: 23, exposure: 310 }, { events: 41, exposure: 295 }),
    );
    const within = { rel: 1e-6, abs: 1e-9 };
    expectClose(result.estimate, 0.533831628638867, within);
    expectInterval(result, [0.30578759249782, 0.910779582350082], within);
    expectClose(result.pValue, 0.0169915934073599, within);
  });

  test('runs from 0 without events in the arm, and to infinity without any in the control', () => {
    const none = { events: 0, exposure: 50 };
    const six = { events: 6, exposure: 40 };
    const below = made(poissonRateRatio(none, six));
    expect([below.estimate, below.lower]).toEqual([0, 0]);
    const above = made(poissonRateRatio(six, none));
    expect([above.estimate, above.upper]).toEqual([Infinity, Infinity]);
    expectClose(above.lower, 1 / below.upper);
    expectClose(above.pValue, below.pValue);
  });

  test('without events in either arm, or exposure in one, is not estimated', () => {
    expect(poissonRateRatio({ events: 0, exposure: 5 }, { events: 0, exposure: 7 })).toEqual({
      estimable: false,
      reason: expect.stringContaining('neither arm has an event'),
      instead: expect.stringContaining('poissonRate'),
    });
    const some = { events: 2, exposure: 7 };
    const none = { events: 0, exposure: 0 };
    for (const pair of [[none, some] as const, [some, none] as const]) {
      expect(poissonRateRatio(...pair)).toEqual({
        estimable: false,
        reason: 'an arm has no exposure',
      });
    }
  });

  test.each([0, -1, Infinity, Number.NaN])('refuses a ratio of %d', (ratio) => {
    const one = { events: 1, exposure: 1 };
    expect(() => poissonRateRatio(one, one, { ratio })).toThrow(RangeError);
    expect(() => poissonRateRatio(one, one, { ratio })).toThrow(/ratio must be finite and above 0/);
  });

  test('has limits that are the ratios which one-sided tests at half of alpha just reject', () => {
    const rate = fc.record({
      events: fc.integer({ min: 1, max: 60 }),
      exposure: fc.double({ min: 0.5, max: 500, noNaN: true }),
    });
    fc.assert(
      fc.property(rate, rate, (arm, control) => {
        const { lower, upper } = made(poissonRateRatio(arm, control));
        const p = (ratio: number, alternative: 'less' | 'greater') =>
          made(poissonRateRatio(arm, control, { ratio, alternative })).pValue;
        expectClose(p(lower, 'greater'), 0.025, { rel: 1e-8 });
        expectClose(p(upper, 'less'), 0.025, { rel: 1e-8 });
      }),
      { numRuns: 50 },
    );
  });
});
