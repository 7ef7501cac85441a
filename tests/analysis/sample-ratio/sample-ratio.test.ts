import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  clusterSizes,
  independentCounts,
  permutedBlockCounts,
  sequentialSampleRatio,
  testSampleRatio,
  testSampleRatioByProcedure,
} from '../../../src/analysis/methods/sample-ratio/index.ts';
import { binomial, randomStream } from '../../../src/stats/index.ts';

interface Counted {
  readonly counts: readonly number[];
  readonly weights: readonly number[];
  readonly chi2: number;
  readonly chi2_p: number;
  readonly p: number;
}

// R 4.2.2: binom.test, chisq.test, dmultinom over all outcomes, lgamma, t.test (oracle.R).
const reference = JSON.parse(readFileSync(new URL('reference.json', import.meta.url), 'utf8')) as {
  readonly two: readonly Counted[];
  readonly several: readonly Counted[];
  readonly sequential: readonly {
    readonly increments: readonly (readonly number[])[];
    readonly weights: readonly number[];
    readonly concentration: number;
    readonly log_bf: readonly number[];
    readonly p: readonly number[];
  }[];
  readonly sizes: readonly (Readonly<Record<string, number>> & {
    readonly arm: never;
    readonly control: never;
  })[];
};

const close = (got: number, expected: number | undefined, relative = 1e-9): void => {
  expect(expected).not.toBeUndefined();
  expect(Math.abs(got - (expected ?? 0))).toBeLessThanOrEqual(
    Math.max(1e-12, relative * Math.abs(expected ?? 0)),
  );
};

describe('The sample-ratio test agrees with R', () => {
  test.each(reference.two)('for two arms of $counts', ({ counts, weights, p, chi2, chi2_p }) => {
    const exact = testSampleRatio(counts, weights);
    expect(exact.method).toBe('exact-binomial');
    close(exact.pValue, p);
    close(exact.chiSquared, chi2);
    const large = testSampleRatio(counts, weights, { method: 'chi-squared' });
    expect(large.method).toBe('chi-squared');
    close(large.pValue, chi2_p);
  });

  test.each(reference.several)(
    'for several arms of $counts',
    ({ counts, weights, p, chi2, chi2_p }) => {
      const exact = testSampleRatio(counts, weights);
      expect(exact.method).toBe('exact-multinomial');
      close(exact.pValue, p);
      close(exact.chiSquared, chi2);
      close(testSampleRatio(counts, weights, { method: 'chi-squared' }).pValue, chi2_p);
    },
  );

  // The reference cases of 821 v 920 (R chisq.test, exact binomial) and 12, 3, 9 (enumeration).
  test('in the two cases that stand in the specification', () => {
    const two = testSampleRatio([821, 920], [1, 1]);
    close(two.chiSquared, 5.62952326249282, 1e-8);
    close(two.pValue, 0.0188136149745173, 1e-8);
    const asked = testSampleRatio([821, 920], [1, 1], { method: 'chi-squared' });
    close(asked.pValue, 0.017660433849767, 1e-8);
    const three = testSampleRatio([12, 3, 9], [1, 1, 1]);
    close(three.pValue, 0.0625409399423353, 1e-8);
  });
});

describe('The sample-ratio test', () => {
  // R 4.2.2: chisq.test(c(70, 22, 38), p = c(2, 1, 1) / 4) gives X-squared = 4.7077, p = 0.09500.
  test('draws with unequal weights what the chi-squared distribution says of many units', () => {
    const counts = [70, 22, 38];
    const drawn = testSampleRatio(counts, [2, 1, 1], { method: 'monte-carlo', draws: 20_000 });
    const { pValue } = testSampleRatio(counts, [2, 1, 1], { method: 'chi-squared' });
    expect(Math.abs(drawn.pValue - pValue)).toBeLessThan(0.012);
  });

  test('of three arms by draws lies within Monte Carlo error of chi-squared by simulation', () => {
    // Σ over all outcomes of 24 units whose Pearson statistic is at least 5.25; by enumeration.
    let exact = 0;
    for (let a = 0; a <= 24; a += 1) {
      for (let b = 0; a + b <= 24; b += 1) {
        const c = 24 - a - b;
        if ((a - 8) ** 2 + (b - 8) ** 2 + (c - 8) ** 2 < 42) continue;
        exact += binomial.density(a, 24, 1 / 3) * binomial.density(b, 24 - a, 1 / 2);
      }
    }
    const drawn = testSampleRatio([12, 3, 9], [1, 1, 1], { method: 'monte-carlo', draws: 50_000 });
    expect(drawn.method).toBe('monte-carlo');
    expect(Math.abs(drawn.pValue - exact)).toBeLessThan(4 * Math.sqrt((exact * 0.93) / 50_000));
    const again = testSampleRatio([12, 3, 9], [1, 1, 1], { method: 'monte-carlo', draws: 50_000 });
    expect(again.pValue).toBe(drawn.pValue);
    expect(
      testSampleRatio([24, 0, 0], [1, 1, 1], { method: 'monte-carlo', draws: 99 }).pValue,
    ).toBe(0.01);
  });

  test('enumerates up to a million outcomes, and then takes chi-squared or draws', () => {
    expect(testSampleRatio([470, 470, 470], [1, 1, 1]).method).toBe('exact-multinomial');
    expect(testSampleRatio([472, 471, 471], [1, 1, 1]).method).toBe('chi-squared');
    // 5 expected in the least arm, and then fewer.
    const methodOf = (counts: readonly number[]) =>
      testSampleRatio(counts, [200, 200, 1], { draws: 99 }).method;
    expect(methodOf([1_000, 1_000, 5])).toBe('chi-squared');
    expect(methodOf([1_000, 1_000, 4])).toBe('monte-carlo');
    expect(() => testSampleRatio([500, 500, 500], [1, 1, 1], { method: 'exact' })).toThrow(
      /more than a million outcomes/,
    );
  });

  test('of two arms is exact for any number of units, and never 0', () => {
    expect(testSampleRatio([2_000, 0], [1, 1]).pValue).toBe(Number.MIN_VALUE);
    expect(testSampleRatio([900, 0, 0], [1, 1, 1]).pValue).toBe(Number.MIN_VALUE);
    expect(testSampleRatio([0, 0], [1, 1]).pValue).toBe(1);
    expect(testSampleRatio([0, 0, 0], [1, 1, 1]).pValue).toBe(1);
  });

  test('sums every outcome no likelier than the one seen, for any two arms', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        (a, b, weight) => {
          const [n, share] = [a + b, weight / (weight + 2)];
          const limit = binomial.density(a, n, share) * (1 + 1e-7);
          let p = 0;
          for (let x = 0; x <= n; x += 1) {
            const density = binomial.density(x, n, share);
            if (density <= limit) p += density;
          }
          close(testSampleRatio([a, b], [weight, 2]).pValue, Math.min(1, p));
        },
      ),
    );
  });

  test('does not depend on the order of the arms or the size of the weights', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 12 }), { minLength: 3, maxLength: 4 }), (counts) => {
        const weights = counts.map((_, i) => i + 1);
        const { pValue } = testSampleRatio(counts, weights);
        close(testSampleRatio([...counts].reverse(), [...weights].reverse()).pValue, pValue, 1e-8);
        close(
          testSampleRatio(
            counts,
            weights.map((weight) => 7 * weight),
          ).pValue,
          pValue,
          1e-8,
        );
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    ['one weight missing', [1, 2], [1], /one positive weight for each count/],
    ['one arm', [3], [1], /two arms or more/],
    ['a weight of 0', [1, 2], [1, 0], /positive/],
    ['a weight beyond numbers', [1, 2], [1, Infinity], /positive/],
    ['half a unit', [1.5, 2], [1, 1], /whole number/],
    ['a negative count', [-1, 2], [1, 1], /whole number/],
  ])('refuses %s', (_, counts, weights, message) => {
    expect(() => testSampleRatio(counts, weights)).toThrow(RangeError);
    expect(() => testSampleRatio(counts, weights)).toThrow(message);
  });

  test.each([98, 99.5, Number.NaN])('refuses %p draws', (draws) => {
    expect(() => testSampleRatio([1, 1], [1, 1], { method: 'monte-carlo', draws })).toThrow(
      /draws must be a whole number of at least 99/,
    );
  });
});

describe('The procedure that is replayed', () => {
  test('by independent units gives multinomial counts, whatever the size', () => {
    for (const [n, weights] of [
      [40, [1, 2, 5]],
      [4_000, [1, 1]],
      [100_000, [1, 5_000]],
    ] as const) {
      const sampler = independentCounts(n, weights);
      const stream = randomStream(['counts', n]);
      const share = weights[0] / weights.reduce((a, b) => a + b, 0);
      const draws = 4_000;
      let [total, squares] = [0, 0];
      for (let draw = 0; draw < draws; draw += 1) {
        const counts = sampler(stream);
        expect(counts.reduce((a, b) => a + b, 0)).toBe(n);
        total += counts[0] ?? 0;
        squares += ((counts[0] ?? 0) - n * share) ** 2;
      }
      const variance = n * share * (1 - share);
      expect(Math.abs(total / draws - n * share)).toBeLessThan(4 * Math.sqrt(variance / draws));
      expect(squares / draws / variance).toBeGreaterThan(0.88);
      expect(squares / draws / variance).toBeLessThan(1.12);
    }
  });

  test('by permuted blocks leaves at most half a block to chance in each stratum', () => {
    const sampler = permutedBlockCounts([20, 7, 2], { block: [2, 2] });
    const stream = randomStream('blocks');
    const seen = new Set<string>();
    for (let draw = 0; draw < 500; draw += 1) seen.add(sampler(stream).join());
    // 20 is five blocks; 7 is one block and 3 places: 2 + 1 or 1 + 2; 2 places: any split.
    expect([...seen].sort()).toEqual([
      '10,10,3,4,0,2',
      '10,10,3,4,1,1',
      '10,10,3,4,2,0',
      '10,10,4,3,0,2',
      '10,10,4,3,1,1',
      '10,10,4,3,2,0',
    ]);
  });

  test('tells the two divisions of a begun block by how often they come: 1/6, 2/3, 1/6', () => {
    const sampler = permutedBlockCounts([2], { block: [2, 2] });
    const stream = randomStream('odds');
    let even = 0;
    for (let draw = 0; draw < 6_000; draw += 1) if (sampler(stream)[0] === 1) even += 1;
    expect(Math.abs(even / 6_000 - 2 / 3)).toBeLessThan(4 * Math.sqrt(2 / 9 / 6_000));
  });

  test('finds a mismatch in blocks that chi-squared would overlook', () => {
    const sampler = permutedBlockCounts([40, 40], { block: [2, 2] });
    const result = testSampleRatioByProcedure([23, 17, 20, 20], { sampler, seed: 1, draws: 999 });
    expect(result).toMatchObject({ pValue: 0.001, beyond: true, draws: 999 });
    expect(result.cells[0]).toEqual({ observed: 23, mean: 20, least: 20, most: 20 });
    expect(testSampleRatio([43, 37], [1, 1]).pValue).toBeGreaterThan(0.5);
    const right = testSampleRatioByProcedure([20, 20, 20, 20], { sampler, seed: 1, draws: 999 });
    expect(right).toMatchObject({ statistic: 0, pValue: 1, monteCarloError: 0, beyond: false });
  });

  test('agrees with the multinomial test where the procedure is multinomial', () => {
    const draws = 20_000;
    const { pValue, monteCarloError, statistic, beyond } = testSampleRatioByProcedure([40, 62], {
      sampler: independentCounts(102, [1, 1]),
      seed: 'multinomial',
      expected: [51, 51],
      draws,
    });
    const exact = testSampleRatio([40, 62], [1, 1]).pValue;
    expect(Math.abs(pValue - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / draws));
    close(monteCarloError, Math.sqrt((pValue * (1 - pValue)) / draws));
    close(statistic, (2 * 11 ** 2) / 51);
    expect(beyond).toBe(false);
  });

  test('holds its level when the counts come from it', () => {
    const sampler = permutedBlockCounts([5, 9, 3, 7, 11], { block: [1, 1, 2] });
    const stream = randomStream('level');
    let rejected = 0;
    for (let trial = 0; trial < 400; trial += 1) {
      const { pValue } = testSampleRatioByProcedure(sampler(stream), {
        sampler,
        seed: trial,
        draws: 99,
      });
      if (pValue <= 0.1) rejected += 1;
    }
    expect(rejected).toBeLessThan(40 + 4 * 6);
  });

  test('refuses a sampler of another shape, too few draws, and blocks without places', () => {
    const sampler = () => [1, 2, 3];
    expect(() => testSampleRatioByProcedure([1, 2], { sampler, seed: 1 })).toThrow(
      /gives 3 counts where 2 were seen/,
    );
    expect(() =>
      testSampleRatioByProcedure([1, 2, 3], { sampler, seed: 1, expected: [3, 3] }),
    ).toThrow(/2 counts are expected where 3 were seen/);
    for (const draws of [98, 99.5]) {
      expect(() => testSampleRatioByProcedure([1, 2, 3], { sampler, seed: 1, draws })).toThrow(
        /at least 99/,
      );
    }
    expect(testSampleRatioByProcedure([1, 2, 3], { sampler, seed: 1 }).draws).toBe(9_999);
    expect(() => permutedBlockCounts([1.5], { block: [1, 1] })).toThrow(/stratum/);
    expect(() => permutedBlockCounts([-1], { block: [1, 1] })).toThrow(/stratum/);
    expect(() => permutedBlockCounts([4], { block: [2, 0] })).toThrow(/places/);
    expect(() => permutedBlockCounts([4], { block: [4] })).toThrow(/places/);
    expect(() => independentCounts(2.5, [1, 1])).toThrow(/whole number/);
    expect(() => independentCounts(2, [1, 0])).toThrow(/positive/);
  });
});

describe('The sequential sample-ratio test', () => {
  test('raises its alarm at the very first look, if it must', () => {
    expect(sequentialSampleRatio([[400, 100]], [1, 1]).alarm).toBe(0);
  });

  test.each(reference.sequential)(
    'agrees with the formula in R at concentration $concentration',
    ({ increments, weights, concentration, log_bf, p }) => {
      const result = sequentialSampleRatio(increments, weights, { concentration });
      result.looks.forEach((look, i) => {
        expect(Math.abs(look.logBayesFactor - (log_bf[i] ?? Number.NaN))).toBeLessThan(1e-9);
        close(look.pValue, p[i], 1e-8);
      });
      expect(result.pValue).toBe(result.looks.at(-1)?.pValue);
    },
  );

  test('sounds the alarm at the first look that is too unlikely, and keeps it', () => {
    const looks = [
      [50, 50],
      [10, 90],
      [90, 10],
    ];
    const result = sequentialSampleRatio(looks, [1, 1]);
    expect(result).toMatchObject({ alarm: 1, level: 0.01 });
    expect(result.looks.map(({ counts }) => counts)).toEqual([
      [50, 50],
      [60, 140],
      [150, 150],
    ]);
    expect(result.looks[2]?.pValue).toBe(result.looks[1]?.pValue);
    expect(sequentialSampleRatio(looks, [1, 1], { level: 1e-9 }).alarm).toBeNull();
    const edge = result.looks[1]?.pValue ?? 0;
    expect(sequentialSampleRatio(looks, [1, 1], { level: edge }).alarm).toBe(1);
  });

  test('looks with concentration 100 unless told otherwise, and knows nothing before a look', () => {
    const looks = [[30, 12]];
    expect(sequentialSampleRatio(looks, [1, 1])).toEqual(
      sequentialSampleRatio(looks, [1, 1], { concentration: 100 }),
    );
    expect(sequentialSampleRatio([], [1, 1])).toEqual({
      looks: [],
      pValue: 1,
      alarm: null,
      level: 0.01,
    });
  });

  test('rarely cries wolf over 60 looks, and never gives 0', () => {
    const sampler = independentCounts(50, [1, 2]);
    const stream = randomStream('wolf');
    let alarms = 0;
    for (let trial = 0; trial < 400; trial += 1) {
      const looks = Array.from({ length: 60 }, () => sampler(stream));
      if (sequentialSampleRatio(looks, [1, 2], { level: 0.05 }).alarm !== null) alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(20 + 4 * 5);
    expect(sequentialSampleRatio([[9_000, 0]], [1, 1]).pValue).toBe(Number.MIN_VALUE);
  });

  test('refuses what is no look', () => {
    expect(() => sequentialSampleRatio([[1, 2, 3]], [1, 1])).toThrow(/for each count/);
    expect(() => sequentialSampleRatio([[1, -2]], [1, 1])).toThrow(/whole number/);
    for (const concentration of [0, -1, Infinity, Number.NaN]) {
      expect(() => sequentialSampleRatio([], [1, 1], { concentration })).toThrow(/concentration/);
    }
    for (const level of [0, 1, Number.NaN]) {
      expect(() => sequentialSampleRatio([], [1, 1], { level })).toThrow(/level/);
    }
  });
});

describe('The sizes of clusters', () => {
  test.each(reference.sizes)('are compared as by Welch in R', (expected) => {
    const result = clusterSizes(expected);
    if (!result.estimable) throw new Error(result.reason);
    close(result.estimate, expected['difference']);
    close(result.standardError, expected['se']);
    close(result.degreesOfFreedom, expected['df']);
    close(result.lower, expected['lower']);
    close(result.upper, expected['upper']);
    close(result.statistic, expected['t']);
    close(result.pValue, expected['p']);
    const narrower = clusterSizes(expected, { level: 0.9 });
    close(narrower.estimable ? narrower.lower : Number.NaN, expected['lower90']);
  });

  test('of one cluster, or all alike, are not compared', () => {
    expect(clusterSizes({ arm: [3], control: [2, 4] })).toEqual({
      estimable: false,
      reason: expect.stringContaining('one cluster'),
    });
    expect(clusterSizes({ arm: [3, 4], control: [2] }).estimable).toBe(false);
    expect(clusterSizes({ arm: [3, 3], control: [2, 2] })).toMatchObject({
      reason: expect.stringContaining('same size'),
    });
    expect(clusterSizes({ arm: [3, 3], control: [2, 5] }).estimable).toBe(true);
    // The mean of three times 0.1 is not 0.1, and what is left is no variance.
    expect(clusterSizes({ arm: [0.1, 0.1, 0.1], control: [0.7, 0.7, 0.7] }).estimable).toBe(false);
  });

  test('that are no sizes are refused', () => {
    expect(() => clusterSizes({ arm: [1, -1], control: [1, 2] })).toThrow(/every size/);
    expect(() => clusterSizes({ arm: [1, 2], control: [1, Number.NaN] })).toThrow(RangeError);
    for (const level of [0, 1, Number.NaN]) {
      expect(() => clusterSizes({ arm: [1, 2], control: [1, 2] }, { level })).toThrow(/level/);
    }
  });
});
