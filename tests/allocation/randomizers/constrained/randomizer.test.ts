import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { candidatesOf } from '../../../../src/allocation/randomizers/constrained/candidates.ts';
import { cutoffOf, rankOf } from '../../../../src/allocation/randomizers/constrained/cutoff.ts';
import { constrainedRandomizer } from '../../../../src/allocation/randomizers/constrained/index.ts';
import { chiSquared, randomStream } from '../../../../src/stats/index.ts';
import type { ConstrainedMethod } from '../../../../src/trial/allocation-plan.ts';
import { listOf, method, near, samplerOf, sizesOf, synthetic, unevenness } from './data.ts';

const made = (
  change: Partial<ConstrainedMethod>,
  { count = 8, weights = [1, 1] }: { readonly count?: number; readonly weights?: number[] } = {},
) => {
  const setting = { clusters: [synthetic(count)], weights, seed: 'test' };
  return constrainedRandomizer({ ...method, ...change }, setting);
};

const fixed = () => randomStream('draw');

describe('A constrained draw', () => {
  test.each([
    ['all allocations gone through', {}],
    ['a sample', { enumerateUpTo: 0 }],
  ])('is one of the candidates, all equally likely: %s', (_, change) => {
    const settings = { ...method, ...change, cutoff: { quantile: 0.33 } };
    const { draw } = made(settings);
    const { visit, holds } = candidatesOf(
      { ...settings, enumerateUpTo: 100 },
      { clusters: synthetic(8), weights: [1, 1], seed: 'test' },
    );
    const counts = new Map<string, number>();
    visit((allocation, isCandidate) => {
      expect(holds(allocation)).toBe(isCandidate);
      if (isCandidate) counts.set(allocation.join(''), 0);
    });
    expect(counts.size).toBeGreaterThanOrEqual(23);
    expect(counts.size).toBeLessThan(30);
    const stream = randomStream('uniform');
    for (let i = 0; i < 300 * counts.size; i += 1) {
      const key = draw(() => stream).join('');
      counts.set(key, (counts.get(key) ?? Number.NaN) + 1);
    }
    expect(unevenness([...counts.values()])).toBeLessThan(
      chiSquared.quantile(0.999, counts.size - 1),
    );
  });

  test('is the same from the same stream, whatever was drawn before', () => {
    for (const enumerateUpTo of [200_000, 0]) {
      const first = made({ enumerateUpTo }, { count: 12 });
      const second = made({ enumerateUpTo }, { count: 12 });
      second.draw(() => randomStream('another'));
      expect(second.draw(fixed)).toEqual(first.draw(fixed));
    }
  });

  test('of 40 clusters in three arms to two to one is balanced and of the right sizes', () => {
    const { draw, redraw } = made({ sample: 5_000 }, { count: 40, weights: [3, 2, 1] });
    const drawn = draw(fixed);
    expect(sizesOf(drawn, 3)[0]).toBe(20);
    expect([13, 14]).toContain(sizesOf(drawn, 3)[1]);
    const sample = samplerOf(redraw(drawn));
    const { holds } = candidatesOf(
      { ...method, sample: 5_000 },
      {
        clusters: synthetic(40),
        weights: [3, 2, 1],
        seed: 'test',
      },
    );
    const stream = randomStream('again');
    for (let i = 0; i < 50; i += 1) expect(holds(sample(stream))).toBe(true);
  });

  test('gives the same groups to weights in other terms', () => {
    expect(made({}, { weights: [50, 50] }).draw(fixed)).toEqual(made({}).draw(fixed));
  });
});

describe('The candidates', () => {
  const settings = fc.record({
    count: fc.integer({ min: 4, max: 9 }),
    quantile: fc.double({ min: 0.01, max: 1, noNaN: true }),
    score: fc.constantFrom('l1' as const, 'l2' as const),
    seed: fc.integer(),
  });

  test.each([
    ['an even number of two arms', [1, 1], 2],
    ['a multiple of six of three arms', [1, 1, 1], 6],
    ['an even number where two of three arms have one weight', [2, 1, 1], 2],
  ])('are, mirror images being kept together, %s', (_, weights, multiple) => {
    fc.assert(
      fc.property(settings, ({ count, quantile, score, seed }) => {
        const clusters = synthetic(count, seed);
        const { draw, redraw } = constrainedRandomizer(
          { ...method, covariates: method.covariates.slice(0, 2), score, cutoff: { quantile } },
          { clusters: [clusters], weights, seed },
        );
        const list = listOf(redraw(draw(fixed)));
        expect(list.length % multiple).toBe(0);
        expect(new Set(list.map((own) => own.join(''))).size).toBe(list.length);
      }),
      { numRuns: 40 },
    );
  });

  test('of perfect balance are all kept, although rounding makes their scores differ', () => {
    const clusters = Array.from({ length: 8 }, (_, i) => ({
      id: `c${i}`,
      values: { share: i % 2 === 0 ? 0.1 : 0.7, other: i < 4 ? 1 / 3 : 2 / 7 },
    }));
    const sharing = (names: readonly string[]): number => {
      const { draw, redraw } = constrainedRandomizer(
        {
          method: 'constrained',
          covariates: names.map((name) => ({ name })),
          cutoff: { count: 1 },
        },
        { clusters: [clusters], weights: [1, 1], seed: 1 },
      );
      return listOf(redraw(draw(fixed))).length;
    };
    // choose(4, 2)² of one half and half; of both, the 2 × 2 table of each arm is one of 3: 1 + 2^4 + 1.
    expect(sharing(['share'])).toBe(36);
    expect(sharing(['share', 'other'])).toBe(18);
  });

  test.each([
    [1e6, 1],
    [1e12, 1],
    [1e15, 1],
    [-2e9, 3],
    [0, 1e-300],
    [0, 1e300],
  ])(
    'are the same, ties with them, where a covariate begins at %d and counts in %d',
    (from, unit) => {
      const listed = (value: (i: number) => number): readonly string[] => {
        const clusters = Array.from({ length: 12 }, (_, i) => ({
          id: `c${i}`,
          values: { x: value(i) },
        }));
        const { draw, redraw } = constrainedRandomizer(
          { method: 'constrained', covariates: [{ name: 'x' }], cutoff: { quantile: 0.1 } },
          { clusters: [clusters], weights: [1, 1], seed: 1 },
        );
        return listOf(redraw(draw(fixed))).map((own) => own.join(''));
      };
      const plain = listed((i) => i);
      // Sums of 6 of 1 to 12 that are 38, 39 or 40: 55 + 58 + 55.
      expect(plain).toHaveLength(168);
      expect(listed((i) => from + unit * i)).toEqual(plain);
    },
  );

  test('are at least 100 unless a cut-off says otherwise', () => {
    const candidates = (change: Partial<ConstrainedMethod>, count: number): number => {
      const { draw, redraw } = made(change, { count });
      return listOf(redraw(draw(fixed))).length;
    };
    expect(candidates({}, 8)).toBe(70);
    expect(candidates({}, 10)).toBe(100);
    expect(candidates({ cutoff: { quantile: 0.1 } }, 10)).toBe(26);
    expect(candidates({ cutoff: { count: 40 } }, 10)).toBe(40);
    expect(candidates({ cutoff: { count: 39 } }, 10)).toBe(40);
    expect(candidates({ cutoff: { count: 5_000 } }, 10)).toBe(252);
    expect(candidates({ cutoff: { quantile: 1e-9 } }, 10)).toBe(2);
  });

  test('depend on the seed only where a sample is needed', () => {
    const cutoff = (seed: number | readonly string[], enumerateUpTo: number): number =>
      candidatesOf(
        { ...method, enumerateUpTo, sample: 1_000 },
        { clusters: synthetic(14), weights: [1, 1], seed },
      ).cutoff;
    expect(cutoff(1, 3_432)).toBe(cutoff(2, 3_432));
    expect(cutoff(1, 3_431)).not.toBe(cutoff(2, 3_431));
    expect(cutoff(1, 3_431)).toBe(cutoff(1, 0));
    expect(cutoff(['a'], 0)).not.toBe(cutoff(['b'], 0));
    expect(cutoff(1, 0)).not.toBe(cutoff(1, 3_432));
    near(cutoff(1, 0), cutoff(1, 3_432), { rel: 0.2 });
  });
});

describe('The cut-off', () => {
  test('is of the rank of the decimal number that is written', () => {
    expect(rankOf(100, { cutoff: { quantile: 0.29 }, fewest: 1 })).toBe(29);
    expect(rankOf(924, { cutoff: { quantile: 0.1 }, fewest: 100 })).toBe(92);
    expect(rankOf(12_870, { cutoff: undefined, fewest: 100 })).toBe(1_287);
    expect(rankOf(999, { cutoff: undefined, fewest: 100 })).toBe(100);
    expect(rankOf(7, { cutoff: { quantile: 1 }, fewest: 1 })).toBe(7);
  });

  test('leaves room for rounding of the size that mean differences have', () => {
    const sorted = Float64Array.of(0, 1, 4, 11);
    expect(cutoffOf(sorted, { rank: 1, power: 2 }).limit).toBeCloseTo(4e-24, 30);
    expect(cutoffOf(sorted, { rank: 1, power: 1 }).limit).toBeCloseTo(4e-12, 18);
    const { cutoff, limit } = cutoffOf(sorted, { rank: 3, power: 2 });
    expect(cutoff).toBe(4);
    near(limit - 4, 8e-12, { rel: 1e-3 });
  });
});

describe('What cannot be had is refused', () => {
  const refuse = (
    change: Partial<ConstrainedMethod>,
    options: Parameters<typeof made>[1],
    words: RegExp,
  ) => {
    expect(() => made(change, options)).toThrow(RangeError);
    expect(() => made(change, options)).toThrow(words);
  };

  test('settings out of range', () => {
    refuse({ cutoff: { quantile: 0 } }, {}, /quantile .* above 0 and at most 1, got 0/);
    refuse({ cutoff: { quantile: 1.01 } }, {}, /at most 1, got 1.01/);
    refuse({ cutoff: { count: 0 } }, {}, /whole number of at least 1, got 0/);
    refuse({ cutoff: { count: 1.5 } }, {}, /got 1.5/);
    refuse({ enumerateUpTo: -1 }, {}, /enumerateUpTo .* at least 0, got -1/);
    refuse({ enumerateUpTo: 0.5 }, {}, /got 0.5/);
    refuse({ sample: 99 }, {}, /at least 100 allocations, got 99/);
    refuse({}, { weights: [1] }, /2 to 256 groups/);
    refuse({}, { weights: [1, 0] }, /positive whole number, got 0/);
  });

  test('a cut-off that rests on too few of a sample', () => {
    const strict = { enumerateUpTo: 0, sample: 1_000 };
    refuse(
      { ...strict, cutoff: { quantile: 0.019 } },
      {},
      /at least 20 of the 1000 .* larger sample/,
    );
    refuse({ ...strict, cutoff: { count: 19 } }, {}, /at least 20/);
    expect(() => made({ ...strict, cutoff: { count: 20 } })).not.toThrow();
    expect(() => made({ cutoff: { count: 19 } })).not.toThrow();
  });

  test('groups that may stay empty', () => {
    refuse(
      {},
      { count: 1 },
      /1 clusters in the first wave may leave group 0 without any.*at least 2/,
    );
    refuse({}, { count: 4, weights: [5, 1] }, /leave group 1 without any.* at least 6/);
    refuse({}, { count: 5, weights: [10, 2] }, /at least 6/);
    expect(() => constrainedRandomizer(method, { clusters: [], weights: [1, 1], seed: 1 })).toThrow(
      /0 clusters in the first wave/,
    );
  });

  test('clusters without a value, or all with the same', () => {
    refuse({ covariates: [{ name: 'height' }] }, {}, /"c0" has no value in the column "height"/);
    refuse({ strata: ['street'] }, {}, /"c0" has no value in the column "street"/);
    refuse({ covariates: [{ name: 'area' }] }, {}, /must be a finite number/);
    refuse({ covariates: [] }, {}, /at least one covariate/);
  });
});
