import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type {
  ClusterSummary,
  IntraclassCorrelation,
} from '../../../src/analysis/methods/icc/index.ts';
import {
  designEffect,
  effectiveSampleSize,
  iccOfMeans,
  iccOfProportions,
  rateVariation,
} from '../../../src/analysis/methods/icc/index.ts';
import type { UnitTotals } from '../../../src/analysis/methods/ratio-of-totals.ts';

interface Cluster extends ClusterSummary {
  readonly arm: number;
  readonly sum: number;
}
type Expected = Readonly<Record<string, number>>;
interface Case {
  readonly level: number;
  readonly clusters: readonly Cluster[];
  readonly expected: Expected;
}
interface Reference {
  readonly proportions: Readonly<Record<string, Case>>;
  readonly ohio: { readonly counts: readonly number[]; readonly expected: Expected };
  readonly means: Readonly<Record<string, Case>>;
  readonly lme4: Case & { readonly icc: number };
  readonly rates: readonly (Expected & {
    readonly y: readonly number[];
    readonly e: readonly number[];
  })[];
}

const reference = JSON.parse(
  readFileSync(new URL('reference.json', import.meta.url), 'utf8'),
) as unknown as Reference;

function made<T extends object>(
  result:
    ({ readonly estimable: true } & T) | { readonly estimable: false; readonly reason: string },
): T {
  if (!result.estimable) throw new Error(result.reason);
  return result;
}

const close = (got: number | undefined, expected: number | undefined, relative = 1e-11): void => {
  expect(typeof expected).toBe('number');
  expect(Math.abs((got ?? Number.NaN) - (expected ?? 0))).toBeLessThanOrEqual(
    Math.max(1e-13, relative * Math.abs(expected ?? 0)),
  );
};

const closeAll = (got: IntraclassCorrelation, expected: Expected, relative?: number): void => {
  const values: Readonly<Record<string, unknown>> = { ...got };
  for (const [name, value] of Object.entries(expected)) {
    close(values[name] as number | undefined, value, relative);
  }
};

const byArm = <T>(clusters: readonly Cluster[], pick: (cluster: Cluster) => T) =>
  [...new Set(clusters.map(({ arm }) => arm))].map((arm) =>
    clusters.filter((cluster) => cluster.arm === arm).map(pick),
  );

const totals = ({ sum, n }: Cluster): UnitTotals => ({ numerator: sum, denominator: n });

describe('The intraclass correlation of proportions', () => {
  test.each(Object.entries(reference.proportions))('agrees with R for %s', (_, of) => {
    const found = made(iccOfProportions(byArm(of.clusters, totals), { level: of.level }));
    closeAll(found, of.expected);
    expect(found.truncated).toBe(Math.max(0, found.icc));
  });

  // Ridout, Demetrio & Firth 1999, of the wheeze of 537 children at four ages (ohio, Fitzmaurice & Laird).
  test('agrees with closed forms for the children of Ohio', () => {
    const children = reference.ohio.counts.flatMap((count, numerator) =>
      Array.from({ length: count }, () => ({ numerator, denominator: 4 })),
    );
    const found = made(iccOfProportions([children]));
    closeAll(found, {
      meanSquareBetween: 0.265901637066066,
      meanSquareWithin: 0.0831781502172564,
      averageSize: 4,
      icc: 0.354502704026494,
      fleissCuzick: 0.353882001171772,
      standardError: 0.0234823453858895,
      lower: 0.309219750041855,
      upper: 0.401192602874688,
    });
    closeAll(found, reference.ohio.expected);
    close(designEffect({ icc: found.icc, sizes: children.map(() => 4) }), 2.06350811207948);
  });

  test('leaves an estimate below 0 as it is and names the truncated one', () => {
    const found = made(
      iccOfProportions(byArm(reference.proportions['negative']?.clusters ?? [], totals)),
    );
    expect(found.icc).toBeLessThan(0);
    expect(found.truncated).toBe(0);
  });

  test('is within arms: a difference between arms is none between clusters', () => {
    const low = [1, 2, 1].map((numerator) => ({ numerator, denominator: 10 }));
    const high = [8, 9, 8].map((numerator) => ({ numerator, denominator: 10 }));
    expect(made(iccOfProportions([low, high])).icc).toBeLessThan(0);
    expect(made(iccOfProportions([[...low, ...high]])).icc).toBeGreaterThan(0.4);
  });

  test('leaves out clusters without observations and arms without clusters', () => {
    const some = [1, 5, 3].map((numerator) => ({ numerator, denominator: 7 }));
    const none = { numerator: 0, denominator: 0 };
    expect(iccOfProportions([[...some, none], [], [none]])).toEqual(iccOfProportions([some]));
  });

  test.each([
    ['no cluster', [], /two clusters/],
    ['one cluster', [[{ numerator: 1, denominator: 5 }]], /two clusters/],
    [
      'one cluster in each arm',
      [[{ numerator: 1, denominator: 5 }], [{ numerator: 2, denominator: 5 }]],
      /two clusters/,
    ],
    [
      'single observations',
      [
        [
          { numerator: 1, denominator: 1 },
          { numerator: 0, denominator: 1 },
        ],
      ],
      /two observations/,
    ],
    [
      'clusters of none and all',
      [
        [
          { numerator: 0, denominator: 4 },
          { numerator: 4, denominator: 4 },
        ],
      ],
      /varies within itself/,
    ],
  ])('is not estimable from %s', (_, arms, reason) => {
    expect(iccOfProportions(arms as readonly (readonly UnitTotals[])[])).toEqual({
      estimable: false,
      reason: expect.stringMatching(reason),
    });
  });

  test('is estimable from the least there is: two clusters, three observations', () => {
    const found = made(
      iccOfProportions([
        [
          { numerator: 1, denominator: 2 },
          { numerator: 0, denominator: 1 },
        ],
      ]),
    );
    // MSB = 2(1/6)² + (1/3)² = 1/6; MSW = 1/2; m0 = 3 - 5/3 = 4/3.
    close(found.icc, (1 / 6 - 1 / 2) / (1 / 6 + 1 / 6));
  });

  test.each([
    [{ numerator: 3, denominator: 2 }],
    [{ numerator: -1, denominator: 2 }],
    [{ numerator: 0.5, denominator: 2 }],
    [{ numerator: 1, denominator: 2.5 }],
    [{ numerator: Number.NaN, denominator: 2 }],
    [{ numerator: 0, denominator: Number.POSITIVE_INFINITY }],
  ])('refuses %j', (unit) => {
    expect(() => iccOfProportions([[unit, { numerator: 1, denominator: 3 }]])).toThrow(RangeError);
    expect(() => iccOfProportions([[unit]])).toThrow(/successes must be a whole number/);
  });

  test.each([0, 1, -0.5, 95, Number.NaN])('refuses a level of %p', (level) => {
    expect(() => iccOfProportions([[]], { level })).toThrow(/level must be between 0 and 1/);
  });
});

describe('The intraclass correlation of means', () => {
  test.each(Object.entries(reference.means))('agrees with R for %s', (_, of) => {
    closeAll(
      made(
        iccOfMeans(
          byArm(of.clusters, (c) => c),
          { level: of.level },
        ),
      ),
      of.expected,
      1e-10,
    );
  });

  test('agrees with lme4 where sizes are equal', () => {
    const found = made(iccOfMeans([reference.lme4.clusters]));
    closeAll(found, reference.lme4.expected, 1e-10);
    // The optimiser of lme4 stops at about eight digits.
    close(found.icc, reference.lme4.icc, 1e-6);
  });

  test('is that of proportions for zeros and ones', () => {
    const clusters = [2, 5, 3, 0].map((numerator) => ({ numerator, denominator: 6 }));
    const asMeans = clusters.map(({ numerator, denominator: n }) => {
      const p = numerator / n;
      return { n, mean: p, variance: (n * p * (1 - p)) / (n - 1) };
    });
    const found = made(iccOfProportions([clusters]));
    const means = made(iccOfMeans([asMeans]));
    for (const name of ['icc', 'standardError', 'lower', 'upper', 'averageSize'] as const) {
      close(means[name], found[name]);
    }
    expect(found.fleissCuzick).toBeLessThan(1);
  });

  test('does not read the variance of a single observation', () => {
    const clusters = [
      { n: 1, mean: 2, variance: Number.NaN },
      { n: 3, mean: 4, variance: 1 },
    ];
    expect(made(iccOfMeans([clusters])).meanSquareWithin).toBe(1);
  });

  test('finds clusters alike to differ by nothing, exactly', () => {
    const alike = [3, 5, 9].map((n) => ({ n, mean: 0.1, variance: 2 }));
    expect(made(iccOfMeans([alike])).meanSquareBetween).toBe(0);
    expect(iccOfMeans([alike.map((cluster) => ({ ...cluster, variance: 0 }))]).estimable).toBe(
      false,
    );
  });

  test.each([
    [{ n: 0, mean: 1, variance: 1 }, /whole number of observations above 0/],
    [{ n: 1.5, mean: 1, variance: 1 }, /whole number of observations above 0/],
    [{ n: 2, mean: Number.NaN, variance: 1 }, /finite mean/],
    [{ n: 2, mean: 1, variance: -1 }, /variance must be finite and at least 0/],
    [{ n: 2, mean: 1, variance: Number.NaN }, /variance must be finite/],
    [{ n: 2, mean: 1, variance: Number.POSITIVE_INFINITY }, /variance must be finite/],
  ])('refuses %j', (cluster, message) => {
    expect(() => iccOfMeans([[cluster]])).toThrow(RangeError);
    expect(() => iccOfMeans([[cluster]])).toThrow(message);
  });

  test('does not change when the outcome is shifted, scaled or the clusters reordered', () => {
    const cluster = fc.record({
      n: fc.integer({ min: 1, max: 30 }),
      mean: fc.double({ min: -10, max: 10, noNaN: true }),
      variance: fc.double({ min: 0.5, max: 20, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(cluster, { minLength: 3, maxLength: 15 }), (clusters) => {
        const plain = iccOfMeans([clusters]);
        if (!plain.estimable) return;
        const moved = made(
          iccOfMeans([
            clusters
              .map(({ n, mean, variance }) => ({ n, mean: 5 + 3 * mean, variance: 9 * variance }))
              .reverse(),
          ]),
        );
        expect(moved.icc).toBeCloseTo(plain.icc, 8);
        expect(moved.standardError).toBeCloseTo(plain.standardError, 8);
        expect(plain.icc).toBeLessThanOrEqual(1);
        expect(plain.lower).toBeLessThanOrEqual(plain.upper);
      }),
    );
  });
});

describe('The design effect', () => {
  // Killip, Mahfoud & Pearce 2004, Ann Fam Med 2:204: icc 0.017, 4 clusters.
  test.each([
    [10, 1.153, 34.7],
    [20, 1.323, 60.5],
    [40, 1.663, 96.2],
    [80, 2.343, 136.6],
  ])('agrees with a published table for clusters of %d', (meanSize, effect, worth) => {
    expect(designEffect({ icc: 0.017, meanSize })).toBeCloseTo(effect, 12);
    expect(effectiveSampleSize({ icc: 0.017, meanSize, clusters: 4 })).toBeCloseTo(worth, 1);
    const sizes = [meanSize, meanSize, meanSize, meanSize];
    expect(designEffect({ icc: 0.017, sizes })).toBeCloseTo(effect, 12);
    expect(effectiveSampleSize({ icc: 0.017, sizes })).toBeCloseTo(worth, 1);
  });

  test('takes unequal sizes, by Eldridge 2006', () => {
    // Sizes 10 and 30: mean 20, CV 0.5 with divisor k.
    expect(designEffect({ icc: 0.05, sizes: [10, 30] })).toBeCloseTo(1 + 24 * 0.05, 12);
    expect(designEffect({ icc: 0.05, meanSize: 20, cv: 0.5 })).toBeCloseTo(1 + 24 * 0.05, 12);
    expect(effectiveSampleSize({ icc: 0.05, sizes: [10, 30] })).toBeCloseTo(40 / 2.2, 12);
    expect(effectiveSampleSize({ icc: 0.05, meanSize: 20, cv: 0.5, clusters: 2 })).toBeCloseTo(
      40 / 2.2,
      12,
    );
  });

  test('is 1 without correlation and the mean size with a whole one', () => {
    expect(designEffect({ icc: 0, sizes: [3, 99] })).toBe(1);
    expect(designEffect({ icc: 1, meanSize: 12 })).toBe(12);
    expect(designEffect({ icc: -1, sizes: [1, 1, 0] })).toBe(1);
  });

  test.each([-1.01, 1.01, Number.NaN])('refuses a correlation of %p', (icc) => {
    expect(() => designEffect({ icc, meanSize: 5 })).toThrow(/icc must be from -1 to 1/);
  });

  test.each([[[]], [[-1, 5]], [[0, 0]], [[Number.NaN]], [[Number.POSITIVE_INFINITY]]])(
    'refuses the sizes %p',
    (sizes) => {
      expect(() => designEffect({ icc: 0.1, sizes })).toThrow(/sizes must be finite/);
    },
  );

  test('refuses a mean size, spread or number of clusters that cannot be', () => {
    expect(() => designEffect({ icc: 0.1, meanSize: 0 })).toThrow(/meanSize/);
    expect(() => designEffect({ icc: 0.1, meanSize: Number.POSITIVE_INFINITY })).toThrow(
      /meanSize/,
    );
    expect(() => designEffect({ icc: 0.1, meanSize: 5, cv: -0.1 })).toThrow(/cv must/);
    expect(() => designEffect({ icc: 0.1, meanSize: 5, cv: Number.POSITIVE_INFINITY })).toThrow(
      /cv must/,
    );
    const planned = { icc: 0.1, meanSize: 5 };
    expect(() => effectiveSampleSize({ ...planned, clusters: 0 })).toThrow(/clusters must/);
    expect(() => effectiveSampleSize({ ...planned, clusters: Number.POSITIVE_INFINITY })).toThrow(
      /clusters must/,
    );
    expect(() => effectiveSampleSize({ icc: -0.5, sizes: [3, 3] })).toThrow(/can have an icc/);
    expect(() => effectiveSampleSize({ icc: -0.25, sizes: [5, 5] })).toThrow(/can have an icc/);
    expect(effectiveSampleSize({ icc: -0.2, sizes: [5, 5] })).toBeCloseTo(50, 9);
  });
});

describe('The variation of rates between clusters', () => {
  test.each(reference.rates.map((of, i) => [i, of] as const))('agrees with R (%i)', (_, of) => {
    const units = of.y.map((numerator, i) => ({ numerator, denominator: of.e[i] ?? 0 }));
    const found = made(rateVariation(units));
    close(found.kappaSquared, of['kappaSquared']);
    close(found.kappa, Math.sqrt(of['kappaSquared'] ?? 0));
    close(found.observedVariance, of['observedVariance']);
    close(found.meanRate, of['meanRate']);
    expect(found.clusters).toBe(of.y.length);
  });

  test('is below 0, and κ 0, where rates differ less than chance makes them', () => {
    const found = made(
      rateVariation([
        { numerator: 1, denominator: 2 },
        { numerator: 1, denominator: 2 },
        { numerator: 0, denominator: 0 },
      ]),
    );
    // s² = 0, r̄ = 1/2, mean(1/E) = 1/2.
    expect(found).toMatchObject({ kappaSquared: -1, kappa: 0, clusters: 2 });
  });

  // R 4.2.2: s2 = (k - 1) * var(r) / qchisq(c((1 + level) / 2, (1 - level) / 2), k - 1).
  test.each([
    [0.95, 0.0830929965606293, 0.9761494771333622],
    [0.8, 0.18003751563184, 0.680804574192116],
  ])('of rates has an interval at level %s', (level, lower, upper) => {
    const exposures = [50, 90, 40, 100, 80, 61];
    const found = made(
      rateVariation(
        [12, 30, 7, 45, 22, 9].map((numerator, i) => ({
          numerator,
          denominator: exposures[i] ?? 0,
        })),
        { level },
      ),
    );
    expect(found.kappa).toBeCloseTo(0.3309649386001389, 12);
    expect(found.lower).toBeCloseTo(lower, 12);
    expect(found.upper).toBeCloseTo(upper, 12);
  });

  test('of rates has no end below 0, and refuses a level that is none', () => {
    const alike = [10, 11, 9, 10].map((numerator) => ({ numerator, denominator: 10 }));
    expect(made(rateVariation(alike))).toMatchObject({ kappa: 0, lower: 0 });
    expect(() => rateVariation(alike, { level: 1 })).toThrow(/level/);
  });

  test('is not estimable from one cluster, or without events', () => {
    expect(rateVariation([{ numerator: 3, denominator: 1 }])).toEqual({
      estimable: false,
      reason: expect.stringMatching(/two clusters with exposure/),
    });
    const empty = { numerator: 0, denominator: 4 };
    expect(rateVariation([empty, empty])).toEqual({
      estimable: false,
      reason: expect.stringMatching(/no cluster has events/),
    });
  });

  test.each([
    [{ numerator: -1, denominator: 1 }],
    [{ numerator: 1, denominator: -1 }],
    [{ numerator: Number.NaN, denominator: 1 }],
    [{ numerator: 1, denominator: Number.POSITIVE_INFINITY }],
  ])('refuses %j', (unit) => {
    expect(() => rateVariation([unit])).toThrow(/events and exposure must be finite/);
  });
});
