import { describe, expect, test } from '@jest/globals';
import { permutedBlocks } from '../../src/allocation/randomizers/blocks.ts';
import type { Randomizer } from '../../src/allocation/randomizers/index.ts';
import { matchedSets, randomizerOf } from '../../src/allocation/randomizers/index.ts';
import { procedureOf } from '../../src/analysis/design.ts';
import { randomStream } from '../../src/stats/index.ts';
import type {
  AllocationMethod,
  ConstrainedMethod,
  MatchedMethod,
  MinimisationMethod,
} from '../../src/trial/allocation-plan.ts';
import type { Practices, Test } from '../calibration/allocated-trial.ts';
import { comparePair, outcomesOf, practicesOf } from '../calibration/allocated-trial.ts';
import type { PValue } from './exact-level.ts';
import {
  allOf,
  bestOf,
  byReplay,
  evenly,
  expectExactLevel,
  groupsIn,
  jointly,
  pathChances,
  pValueOf,
  weighted,
} from './exact-level.ts';
import type { Chances } from './randomizers/practices.ts';
import { blockChances } from './randomizers/practices.ts';

const eight = practicesOf(8);
const covariates = [{ name: 'baseline' }, { name: 'urban', kind: 'categorical' }] as const;
const constrained = (cutoff: ConstrainedMethod['cutoff']): ConstrainedMethod => ({
  method: 'constrained',
  covariates,
  cutoff,
});
const blocks = (sizes: readonly number[]) =>
  ({ method: 'blocks', sizes, strata: ['volume'] }) as const;
const minimisation: MinimisationMethod = {
  method: 'minimisation',
  factors: [{ name: 'volume' }, { name: 'urban' }],
};
const prepare = (
  method: AllocationMethod,
  { practices = eight, arms = 2, seed = 'design' } = {},
): Randomizer =>
  randomizerOf(method, {
    clusters: [practices.clusters],
    weights: Array<number>(arms).fill(1),
    seed,
  });

const seven = practicesOf(7);

/** The chances of eight practices, by design. */
const candidates = evenly(bestOf(allOf([4, 4]), { rank: 42, practices: eight }));
const matched: MatchedMethod = { method: 'matched', covariates };
const pairs = blockChances(
  matchedSets(matched, { clusters: [eight.clusters], weights: [1, 1] }).map(({ clusters }) => ({
    clusters,
    places: [1, 1],
  })),
);
const paths = pathChances(minimisation, eight);

/** Where the practices of the third arm are. */
const third = (key: string): string => key.replaceAll('1', '0');

describe('Over all allocations that a design could have drawn, for fixed outcomes, P(p ≤ a) is a', () => {
  test.each([1, 0.6])('complete randomisation, even and odd numbers, at a ratio of %d', (ratio) => {
    const pValue = byReplay(prepare({ method: 'complete' }), { practices: eight, ratio });
    expectExactLevel(evenly(allOf([4, 4])), { pValue });

    expectExactLevel(evenly([...allOf([3, 4]), ...allOf([4, 3])]), {
      pValue: byReplay(prepare({ method: 'complete' }, { practices: seven }), {
        practices: seven,
        ratio,
      }),
      held: (key) => String(key.split('1').length),
    });
  });

  test.each([1, 0.6])('covariate-constrained, at a ratio of %d', (ratio) => {
    expect(candidates.size).toBe(42);
    expectExactLevel(candidates, {
      pValue: byReplay(prepare(constrained({ quantile: 0.6 })), { practices: eight, ratio }),
    });
  });

  test.each(['a', 'b', 'c', 'd'])(
    'blocks of random sizes in strata, as seed %s has them',
    (seed) => {
      const method = blocks([2, 4]);
      const structure = permutedBlocks(method, {
        clusters: [eight.clusters],
        weights: [1, 1],
        seed,
      });
      expectExactLevel(blockChances(structure.flat()), {
        pValue: byReplay(prepare(method, { seed }), { practices: eight, ratio: 0.6 }),
      });
    },
  );

  test('matched pairs, whose smallest p value of 8 practices is 2/16', () => {
    const pValue = byReplay(prepare(matched), { practices: eight });
    expect(pairs.size).toBe(16);
    expectExactLevel(pairs, { pValue });
    const least = Math.min(...[...pairs.keys()].map((key) => pValue(groupsIn(key)) ?? 1));
    expect(least).toBeCloseTo(2 / 16, 12);
  });

  test.each([
    ['of one size', 9, [[3, 3, 3]]],
    ['with places left over', 8, [[3, 3, 2], [3, 2, 3], [2, 3, 3]]], // prettier-ignore
  ] as const)('two of three constrained arms %s, wherever the third is', (_, count, sizes) => {
    const practices = practicesOf(count);
    const best = bestOf(sizes.flatMap(allOf), { rank: 504, practices });
    const randomizer = prepare(constrained({ quantile: 0.3 }), { practices, arms: 3 });
    expectExactLevel(evenly(best), {
      pValue: byReplay(randomizer, { practices, among: [0, 1] }),
      held: third,
    });
  });

  test.each(['a', 'b'])('two of three arms in blocks, as seed %s has them', (seed) => {
    const method = blocks([3, 6]);
    const setting = { clusters: [eight.clusters], weights: [1, 1, 1], seed };
    expectExactLevel(blockChances(permutedBlocks(method, setting).flat()), {
      pValue: byReplay(prepare(method, { arms: 3, seed }), { practices: eight, among: [0, 1] }),
      held: third,
    });
  });

  test('all three constrained arms jointly', () => {
    const best = bestOf([...allOf([3, 2, 2]), ...allOf([2, 3, 2]), ...allOf([2, 2, 3])], {
      rank: 189,
      practices: seven,
    });
    const randomizer = prepare(constrained({ quantile: 0.3 }), { practices: seven, arms: 3 });
    expectExactLevel(evenly(best), { pValue: jointly(randomizer, seven) });
  });

  test('all three arms in blocks jointly', () => {
    const method = blocks([3]);
    const setting = { clusters: [seven.clusters], weights: [1, 1, 1], seed: 'design' };
    expectExactLevel(blockChances(permutedBlocks(method, setting).flat()), {
      pValue: jointly(prepare(method, { practices: seven, arms: 3 }), seven),
    });
  });

  test.each([1, 0.6])('minimisation by the chances of its paths, at a ratio of %d', (ratio) => {
    expectExactLevel(paths, {
      pValue: (groups) => pValueOf(groups, { practices: eight, procedure: weighted(paths), ratio }),
    });
  });

  test('but not where a constrained, matched or minimised allocation is taken for a complete one', () => {
    const asComplete: PValue = (groups) =>
      pValueOf(groups, { practices: eight, procedure: { kind: 'complete' } });
    for (const law of [candidates, pairs, paths]) {
      expect(() => expectExactLevel(law, { pValue: asComplete })).toThrow('toBeCloseTo');
    }
  });
});

describe('A test that draws from a design agrees with one that goes through all that it can draw', () => {
  const draws = 1_999;
  const agrees = (
    law: Chances,
    {
      randomizer,
      practices = eight,
    }: { readonly randomizer: Randomizer; readonly practices?: Practices },
  ): void => {
    const stream = randomStream('actual');
    for (let trial = 0; trial < 10; trial += 1) {
      const groups = randomizer.draw(() => stream);
      const redraw = randomizer.redraw(groups);
      expect(redraw.kind).toBe('sampler');
      const replay = procedureOf(redraw, [0, 1]);
      const exact = pValueOf(groups, { practices, procedure: weighted(law) });
      const drawn = replay.estimable
        ? pValueOf(groups, { practices, procedure: replay.procedure, draws, seed: `${trial}` })
        : undefined;
      expect(drawn === undefined).toBe(exact === undefined);
      const [p = 1, q = 1] = [exact, drawn];
      expect(Math.abs(q - p)).toBeLessThan(3.5 * Math.sqrt((p * (1 - p)) / draws) + 1 / draws);
    }
  };

  test('minimisation', () => {
    agrees(paths, { randomizer: prepare(minimisation) });
  });

  test('constrained, from a sample', () => {
    const method = { ...constrained({ quantile: 0.6 }), enumerateUpTo: 0, sample: 20_000 };
    // A cut-off far from the neighbouring scores, so that the sample finds that of all allocations.
    agrees(candidates, { randomizer: prepare(method) });
  });

  test('constrained, in two waves', () => {
    const twelve = practicesOf(12);
    const first = bestOf(allOf([2, 2]), { rank: 3, practices: twelve });
    expect(first).toHaveLength(4);
    const law = first.flatMap((start) => {
      const both = allOf([4, 4]).map((rest) => start + rest);
      const best = bestOf(both, { rank: 42, practices: twelve });
      return best.map((key) => [key, 1 / first.length / best.length] as const);
    });
    const randomizer = randomizerOf(constrained({ quantile: 0.6 }), {
      clusters: [twelve.clusters.slice(0, 4), twelve.clusters.slice(4)],
      weights: [1, 1],
      seed: 'design',
    });
    agrees(new Map(law), { randomizer, practices: twelve });
  });
});

describe('In simulated trials in which rates go with what the design balances', () => {
  const trials = 200;
  const designs = [
    ['constrained', 8, constrained({ quantile: 0.6 })],
    ['constrained', 16, constrained({ count: 200 })],
    ['blocks', 8, blocks([2, 4])],
    ['blocks', 16, blocks([2, 4])],
    ['minimisation', 8, minimisation],
    ['minimisation', 16, minimisation],
  ] as const;
  /** How often p values come up to a level. */
  const simulate = (
    method: AllocationMethod,
    { count, ratio }: { readonly count: number; readonly ratio: number },
  ): ((kind: Test, level: number) => number) => {
    const practices = practicesOf(count);
    const fixed = prepare(method, { practices });
    const all = Array.from({ length: trials }, (_, trial) => {
      const stream = randomStream([method.method, count, ratio], trial);
      const randomizer =
        method.method === 'blocks' ? prepare(method, { practices, seed: `${trial}` }) : fixed;
      const groups = randomizer.draw(() => stream);
      const outcomes = outcomesOf(practices, { groups, ratios: [1, ratio], stream });
      const simulated = { practices, randomizer, groups, outcomes, seed: [method.method, trial] };
      return comparePair({ ...simulated, draws: 99, enumerateUpTo: 1_000 }).pValues;
    });
    return (kind, level) => all.filter((own) => (own[kind] ?? 1) <= level).length / trials;
  };

  test.each(designs)('%s of %i practices: no p value comes too often', (_, count, method) => {
    const share = simulate(method, { count, ratio: 1 });
    for (const kind of ['replayed', 'adjusted'] as const) {
      for (const level of [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9]) {
        const error = Math.sqrt((level * (1 - level)) / trials);
        expect(share(kind, level)).toBeLessThanOrEqual(level + 3.5 * error);
      }
    }
  });

  test('the right reference set finds an effect more often than a wrong one', () => {
    const share = simulate(constrained({ count: 200 }), { count: 16, ratio: 0.6 });
    expect(share('replayed', 0.05)).toBeGreaterThan(0.6);
    expect(share('replayed', 0.05)).toBeGreaterThan(share('as complete', 0.05));
  });
});
