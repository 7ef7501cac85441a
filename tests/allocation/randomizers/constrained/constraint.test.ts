import { describe, expect, test } from '@jest/globals';
import { constraintOf } from '../../../../src/allocation/randomizers/constrained/index.ts';
import { lockedPairs } from '../../../../src/allocation/randomizers/constrained/pairs.ts';
import type { ConstrainedMethod } from '../../../../src/trial/allocation-plan.ts';
import { method, near, synthetic } from './data.ts';

const shown = (
  change: Partial<ConstrainedMethod>,
  { count, weights = [1, 1] }: { readonly count: number; readonly weights?: readonly number[] },
) =>
  constraintOf({ ...method, ...change }, { clusters: [synthetic(count)], weights, seed: 'shown' });

describe('What a planner is shown', () => {
  test('from a sample agrees with all allocations, within its error', () => {
    const exact = shown({}, { count: 16 });
    const sampled = shown({ enumerateUpTo: 0 }, { count: 16 });
    expect([exact.enumerated, sampled.enumerated]).toEqual([true, false]);
    expect([exact.looked, sampled.looked]).toEqual([12_870, 100_000]);
    expect(sampled.possible).toEqual(exact.possible);
    expect(sampled.candidates.count).toBeNull();
    near(sampled.candidates.share, exact.candidates.share, { rel: 0.02 });
    near(sampled.candidates.standardError, Math.sqrt(0.09 / 100_000), { rel: 1e-3 });
    near(sampled.candidates.log10, exact.candidates.log10, { rel: 0.005 });
    near(sampled.cutoff, exact.cutoff, { rel: 0.03 });
    sampled.scores.forEach(({ quantile, score }, i) => {
      expect(quantile).toBe([0, 0.05, 0.1, 0.25, 0.5, 0.75, 1][i]);
      near(score, exact.scores[i]?.score ?? 0, { rel: 0.05 });
    });
    near(sampled.meanScore.complete, exact.meanScore.complete, { rel: 0.01 });
    near(sampled.meanScore.constrained, exact.meanScore.constrained, { rel: 0.02 });
    sampled.covariates.forEach(({ name, complete, constrained }, k) => {
      expect(name).toBe(exact.covariates[k]?.name);
      near(complete, exact.covariates[k]?.complete ?? 0, { rel: 0.05 });
      near(constrained, exact.covariates[k]?.constrained ?? 0, { rel: 0.05 });
      expect(constrained).toBeLessThan(complete);
    });
    expect(sampled.together.exact).toBe(false);
    expect(sampled.together.allocations).toBeGreaterThanOrEqual(10_000);
    sampled.together.shares.forEach((share, pair) =>
      near(share, exact.together.shares[pair] ?? 0, { abs: 0.025 }),
    );
    expect(shown({ enumerateUpTo: 0 }, { count: 16 })).toEqual(sampled);
  });

  test('draws more candidates where the sample holds few, within bounds', () => {
    const few = { enumerateUpTo: 0, sample: 2_000, covariates: [{ name: 'rate' }] };
    expect(shown(few, { count: 10 }).together.allocations).toBe(10_000);
    const { together, candidates } = shown({ ...few, cutoff: { count: 20 } }, { count: 9 });
    const found = candidates.share * 2_000;
    expect(found).toBeLessThan(40);
    expect(together.allocations).toBe(Math.min(10_000, found + Math.floor(candidates.share * 1e6)));
  });

  test('says how many allocations 100 clusters have', () => {
    const { possible, candidates, cost } = shown(
      { sample: 200, cutoff: { quantile: 0.5 } },
      { count: 100 },
    );
    // In R: lchoose(100, 50) / log(10)
    const log10 = 29.003_853_909_771_71;
    expect(possible.count).toBeNull();
    near(possible.log10, log10);
    near(candidates.log10, log10 + Math.log10(0.5));
    near(cost.smallestPValue.constrained, 4 / 10 ** log10);
    near(cost.excluded, 0.5);
  });

  test('counts the chances of unequal arms', () => {
    const { chances } = shown({}, { count: 10, weights: [2, 1] });
    expect(chances.map(({ expected }) => expected)).toEqual([2 / 3, 1 / 3]);
    for (const { expected, least, most } of chances) {
      expect(least).toBeLessThan(expected);
      expect(most).toBeGreaterThan(expected);
      expect(most - least).toBeLessThan(0.6);
    }
    for (const { least, most } of shown({}, { count: 11 }).chances) {
      near(least, 0.5);
      near(most, 0.5);
    }
  });

  test('takes the first wave', () => {
    const clusters = synthetic(18);
    const setting = { weights: [1, 1], seed: 'shown' };
    expect(
      constraintOf(method, { ...setting, clusters: [clusters.slice(0, 10), clusters.slice(10)] }),
    ).toEqual(shown({}, { count: 10 }));
  });
});

describe('The cost of a constraint', () => {
  test('is plain where nothing is wrong', () => {
    const { cost, warnings, locked } = shown({}, { count: 14 });
    expect(warnings).toEqual([]);
    expect(locked).toEqual({ always: [], never: [] });
    expect(cost).toMatchObject({ pairsLocked: 0 });
    near(cost.smallestPValue.complete, 2 / 3_432);
  });

  test('is said where there are few candidates', () => {
    const { warnings, cost } = shown({ cutoff: { count: 20 } }, { count: 10 });
    expect(warnings.join(' ')).toMatch(/only 20 candidates; with fewer than 100/);
    expect(warnings.join(' ')).toMatch(/No two-sided p value below 0.10 is possible/);
    expect(warnings.join(' ')).toMatch(/without the constraint 0.0079 would be/);
    near(cost.smallestPValue.constrained, 0.1);
    expect(shown({ cutoff: { count: 100 } }, { count: 10 }).warnings).toEqual([]);
  });

  test('is said where pairs are locked', () => {
    const { warnings, locked, cost, together } = shown({ cutoff: { count: 2 } }, { count: 8 });
    // Two mirror images: of 28 pairs 12 are always together and 16 never.
    expect([locked.always.length, locked.never.length]).toEqual([12, 16]);
    expect(cost.pairsLocked).toBe(28);
    expect(warnings[1]).toMatch(
      /^12 pairs of clusters are always and 16 pairs of clusters are never in the same arm/,
    );
    expect(together.expected).toBeCloseTo(12 / 28, 12);
    near(cost.smallestPValue.constrained, 1);
  });

  test('does not blame the constraint for what strata keep apart', () => {
    const clusters = synthetic(12).map((cluster, i) => ({
      ...cluster,
      values: { ...cluster.values, pair: Math.floor(i / 2) },
    }));
    const { locked, possible, together } = constraintOf(
      { ...method, strata: ['pair'], cutoff: { quantile: 0.5 } },
      { clusters: [clusters], weights: [1, 1], seed: 1 },
    );
    expect(possible.count).toBe(64);
    expect(together.shares[1]).toBe(0);
    expect(together.seldom.filter(({ share }) => share === 0)).toHaveLength(6);
    expect(locked.never).toEqual([]);
  });

  test('is found in pairs of clusters from different strata', () => {
    const strata = [
      { places: Int32Array.of(0, 1), sizes: [[1, 1]] },
      { places: Int32Array.of(2, 3), sizes: [[1, 1]] },
      { places: Int32Array.of(4, 5, 6), sizes: [[2, 1]] },
    ];
    const pair = (first: number, second: number, share: number) => ({ first, second, share });
    const found = lockedPairs(
      {
        often: [pair(0, 2, 1), pair(0, 3, 0.99)],
        seldom: [pair(0, 1, 0), pair(1, 2, 0), pair(4, 5, 0), pair(4, 6, 0.01), pair(0, 6, 0)],
      },
      { strata, least: [4, 3], most: [4, 3] },
    );
    expect(found.always).toEqual([pair(0, 2, 1)]);
    expect(found.never).toEqual([pair(1, 2, 0), pair(4, 5, 0), pair(0, 6, 0)]);
  });

  test('is not blamed where there are too few clusters', () => {
    const { warnings, cost } = shown({}, { count: 5 });
    near(cost.smallestPValue.complete, 0.1);
    // All that are possible are candidates: there is no cut-off to loosen.
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/No two-sided p value below 0.10 .*: there are too few clusters/);
  });

  test('of several arms is that of a joint test, arms of one weight being alike', () => {
    const three = shown({ cutoff: { count: 30 } }, { count: 9, weights: [1, 1, 1] });
    near(three.cost.smallestPValue.complete, 6 / 1_680);
    near(three.cost.smallestPValue.constrained, 6 / 30);
    expect(three.warnings.at(-1)).toMatch(/No joint p value below 0.20/);
    near(shown({}, { count: 8, weights: [2, 1, 1] }).cost.smallestPValue.complete, 2 / 420);
    near(shown({}, { count: 9, weights: [2, 1] }).cost.smallestPValue.complete, 1 / 84);
  });
});
