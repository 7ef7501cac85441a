import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  numberNeeded,
  proportionDifference,
} from '../../../src/analysis/methods/independent/index.ts';
import { expectClose, made } from './expectations.ts';

describe('The number needed to alert', () => {
  test('is the reciprocal of a difference and of its limits', () => {
    expect(numberNeeded({ estimate: 0.1, lower: 0.05, upper: 0.2 })).toEqual({
      estimate: 10,
      direction: 'benefit',
      benefit: { lower: 5, upper: 20 },
      harm: undefined,
    });
    expect(numberNeeded({ estimate: -0.1, lower: -0.2, upper: -0.05 })).toEqual({
      estimate: 10,
      direction: 'harm',
      benefit: undefined,
      harm: { lower: 5, upper: 20 },
    });
  });

  test('runs from benefit through infinity to harm when the interval holds 0', () => {
    expect(numberNeeded({ estimate: 0.05, lower: -0.02, upper: 0.1 })).toEqual({
      estimate: 20,
      direction: 'benefit',
      benefit: { lower: 10, upper: Infinity },
      harm: { lower: 50, upper: Infinity },
    });
  });

  test('has no end where a limit is 0, and none at all where the difference is', () => {
    expect(numberNeeded({ estimate: 0.05, lower: 0, upper: 0.1 })).toEqual({
      estimate: 20,
      direction: 'benefit',
      benefit: { lower: 10, upper: Infinity },
      harm: undefined,
    });
    expect(numberNeeded({ estimate: -0.05, lower: -0.1, upper: 0 })).toEqual({
      estimate: 20,
      direction: 'harm',
      benefit: undefined,
      harm: { lower: 10, upper: Infinity },
    });
    expect(numberNeeded({ estimate: 0, lower: -0.1, upper: 0.1 })).toMatchObject({
      estimate: Infinity,
      direction: 'neither',
    });
  });

  // D. G. Altman, BMJ 1998;317:1309: an absolute risk reduction of 10 % (-5 % to 25 %) is
  // "NNT(benefit) 10 (NNT(harm) 20 to infinity to NNT(benefit) 4)".
  test('of an unwanted outcome is as Altman writes it', () => {
    const needed = numberNeeded({ estimate: -0.1, lower: -0.25, upper: 0.05 }, { better: 'lower' });
    expectClose(needed.estimate, 10);
    expect(needed.direction).toBe('benefit');
    expect(needed.benefit).toEqual({ lower: 4, upper: Infinity });
    expect(needed.harm).toEqual({ lower: 20, upper: Infinity });
  });

  test('takes the difference of two proportions as it is', () => {
    const difference = made(
      proportionDifference({ successes: 56, n: 70 }, { successes: 48, n: 80 }),
    );
    const needed = numberNeeded(difference);
    expectClose(needed.estimate, 5);
    expectClose(needed.benefit?.lower ?? 0, 1 / 0.338172940015868);
    expectClose(needed.benefit?.upper ?? 0, 1 / 0.0528297132458447);
  });

  test.each([
    { estimate: 0.3, lower: 0.1, upper: 0.2 },
    { estimate: 0, lower: 0.1, upper: 0.2 },
    { estimate: Number.NaN, lower: 0.1, upper: 0.2 },
    { estimate: 0.1, lower: Number.NaN, upper: 0.2 },
    { estimate: 0.1, lower: 0, upper: Number.NaN },
  ])('refuses limits that do not hold the estimate: %j', (effect) => {
    expect(() => numberNeeded(effect)).toThrow(RangeError);
    expect(() => numberNeeded(effect)).toThrow(/must hold the estimate between them/);
  });

  test('turns benefit into harm when the other way is better', () => {
    const sorted = fc
      .tuple(...[0, 1, 2].map(() => fc.double({ min: -1, max: 1, noNaN: true })))
      .map((three) => [...three].sort((a, b) => a - b));
    fc.assert(
      fc.property(sorted, ([lower = 0, estimate = 0, upper = 0]) => {
        const one = numberNeeded({ estimate, lower, upper });
        const other = numberNeeded({ estimate, lower, upper }, { better: 'lower' });
        expect(one.benefit).toEqual(other.harm);
        expect(one.harm).toEqual(other.benefit);
        expect(one.estimate).toBe(other.estimate);
      }),
    );
  });
});
