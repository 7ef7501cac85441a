import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Estimable } from '../../../src/analysis/estimable.ts';
import type { VarianceWithinPeriods } from '../../../src/plan/power/index.ts';
import {
  crossover,
  parallel,
  steppedWedge,
  varianceOverTime,
  varianceWithinPeriods,
} from '../../../src/plan/power/index.ts';

/** R 4.2.2, by `oracle.R` of the folder above. */
const reference: { readonly within: Readonly<Record<string, number>> } = JSON.parse(
  readFileSync(new URL('../reference.json', import.meta.url), 'utf8'),
);

function varianceIn(found: Estimable<{ readonly variance: number }>): number {
  if (!found.estimable) throw new Error(found.reason);
  return found.variance;
}

const latin = [
  [0, 1, 2],
  [1, 2, 0],
  [2, 0, 1],
  [0, 1, 2],
  [1, 2, 0],
  [2, 0, 1],
  [0, 2, 1],
];
/** Sizes of seven clusters in three periods. */
const latinSizes = latin.map((_, i) => [0, 5, 20].map((more) => 20 + 15 * i + more));
const three = [
  { between: 0.04, within: 3 },
  { between: 0.05, within: 2 },
  { between: 0.02, within: 4 },
];
const one = [
  { between: 0.04, within: 1 },
  { between: 0.04, within: 1 },
];

describe('The variance of an effect within periods', () => {
  test('is that of R for three arms, sizes of their own and weights by arm', () => {
    const found = varianceWithinPeriods(latin, {
      sizes: latinSizes,
      spreads: three,
      weights: [0.5, 0.4, 0.7],
      structure: 'nested-exchangeable',
      clusterAutocorrelation: 0.6,
    });
    expect(varianceIn(found)).toBeCloseTo(reference.within['latin'] ?? 0, 13);
  });

  test('is that of R where sizes vary beyond what is given', () => {
    const found = varianceWithinPeriods(latin, {
      sizes: latinSizes,
      spreads: three,
      structure: 'exponential-decay',
      clusterAutocorrelation: 0.6,
      uneven: { cv: 0.5, kappa: 0.3, overdispersion: 1.5 },
    });
    expect(varianceIn(found)).toBeCloseTo(reference.within['uneven'] ?? 0, 13);
  });

  test('is that of R for a stepped wedge whose clusters stay as they are', () => {
    const found = varianceWithinPeriods(steppedWedge({ steps: 4, clusters: 1 }), {
      sizes: 40,
      spreads: one,
    });
    expect(varianceIn(found)).toBeCloseTo(reference.within['exchangeable'] ?? 0, 13);
  });

  test('of one period is that of two groups of means, weighted by size', () => {
    const sizes = [10, 30, 20, 20];
    const found = varianceWithinPeriods(parallel({ clusters: 2 }), { sizes, spreads: one });
    // Σ (m/M)² (0.04 + 1/m) in each arm.
    const byHand = (m: readonly number[]): number => {
      const all = m.reduce((sum, own) => sum + own, 0);
      return m.reduce((sum, own) => sum + (own / all) ** 2 * (0.04 + 1 / own), 0);
    };
    expect(varianceIn(found)).toBeCloseTo(byHand([10, 30]) + byHand([20, 20]), 14);
  });

  test('is never below that of generalised least squares, and equal to it in a balanced crossover', () => {
    const design: VarianceWithinPeriods = {
      sizes: 25,
      spreads: one,
      structure: 'nested-exchangeable',
      clusterAutocorrelation: 0.7,
    };
    const balanced = crossover({ clusters: 3 });
    expect(varianceIn(varianceWithinPeriods(balanced, design))).toBeCloseTo(
      varianceIn(varianceOverTime(balanced, design)),
      14,
    );
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 5, max: 500, noNaN: true }), { minLength: 8, maxLength: 8 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (sizes, clusterAutocorrelation, between) => {
          const own = {
            sizes,
            spreads: [
              { between, within: 1 },
              { between: between / 2, within: 2 },
            ],
            structure: 'exponential-decay',
            clusterAutocorrelation,
          } as const;
          const matrix = steppedWedge({ steps: 4, clusters: 2 });
          const within = varianceIn(varianceWithinPeriods(matrix, own));
          expect(within).toBeGreaterThanOrEqual(
            varianceIn(varianceOverTime(matrix, own)) * (1 - 1e-9),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('compares any two arms, and leaves empty cells out', () => {
    const twoArms = varianceWithinPeriods(parallel({ clusters: 3 }), { sizes: 10, spreads: one });
    const third = varianceWithinPeriods(
      [...parallel({ clusters: 3 }), [null], ...parallel({ clusters: 1 }).map(() => [2])],
      { sizes: 10, spreads: [...one, { between: 1, within: 1 }] },
    );
    expect(varianceIn(third)).toBeCloseTo(varianceIn(twoArms), 14);
    const against = varianceWithinPeriods(latin, {
      sizes: 10,
      spreads: three,
      comparison: [2, 1],
    });
    const reversed = varianceWithinPeriods(latin, {
      sizes: 10,
      spreads: three,
      comparison: [1, 2],
    });
    expect(varianceIn(against)).toBeCloseTo(varianceIn(reversed), 14);
  });

  test('with subjects observed in all periods counts their likeness', () => {
    const design = { sizes: 10, spreads: one, subjectAutocorrelation: 1 };
    // In a crossover both parts cancel out within each cluster.
    expect(varianceIn(varianceWithinPeriods(crossover({ clusters: 4 }), design))).toBeCloseTo(
      0,
      14,
    );
  });

  test('is not there where no period has both arms', () => {
    const found = varianceWithinPeriods(
      [
        [0, 1],
        [0, 1],
      ],
      { sizes: 10, spreads: one },
    );
    expect(found).toMatchObject({
      estimable: false,
      reason: expect.stringContaining('side by side'),
    });
  });

  test.each<[string, Partial<VarianceWithinPeriods>, RegExp]>([
    ['sizes without end', { sizes: Infinity }, /sizes must be finite here, got Infinity/],
    ['a weight of 0', { weights: [1, 0] }, /weights\[1\]/],
    ['a cv below 0', { uneven: { cv: -1 } }, /cv/],
    ['a kappa that is none', { uneven: { kappa: Number.NaN } }, /kappa/],
    ['an overdispersion below 0', { uneven: { overdispersion: -0.1 } }, /overdispersion/],
    ['a size of 0', { sizes: 0 }, /must be above 0/],
    ['too few spreads', { spreads: one.slice(0, 1) }, /spreads are given of 1 arms/],
  ])('refuses %s', (_, change, message) => {
    const design: VarianceWithinPeriods = { sizes: 10, spreads: one, ...change };
    const run = (): unknown => varianceWithinPeriods(crossover({ clusters: 2 }), design);
    expect(run).toThrow(RangeError);
    expect(run).toThrow(message);
  });
});
