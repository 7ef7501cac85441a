import { randomStream, sum } from '../../stats/index.ts';
import type { RandomStream } from '../../stats/index.ts';
import type { AllocationMethod, MinimisationMethod } from '../../trial/allocation-plan.ts';
import type { Block } from './block.ts';
import { permutedBlocks } from './blocks.ts';
import { correctGuesses, furthestBehind } from './correct-guesses.ts';
import { matchedSets } from './matched.ts';
import { arrivals, minimisationRandomizer } from './minimisation.ts';
import { randomizerOf } from './randomizer-of.ts';
import type { Randomizer } from './randomizer.ts';
import type { SeededSetting, RandomizerSetting } from './setting.ts';
import { indicesOf, lowestTerms, seedParts, total } from './setting.ts';

/** What is guessed, and how often where there is no exact way. */
export interface GuessSetting extends SeededSetting {
  /** Draws of a simulation; default 1,000. */
  readonly draws?: number | undefined;
}

/** How predictable the next group is. */
export interface GuessProbability {
  /** Expected share of the clusters whose group is guessed correctly. */
  readonly share: number;
  /** Standard error that the draws leave in `share`; 0 where it is exact. */
  readonly standardError: number;
  readonly exact: boolean;
  /** The share by always guessing a group of the greatest weight, which knows nothing. */
  readonly byWeight: number;
}

/**
 * How well somebody who sees all earlier groups can guess the next: the danger where clusters are
 * recruited one by one by people who may prefer a group. In complete and constrained randomisation,
 * blocks and matched sets the guess is the group furthest behind its share (the convergence strategy
 * of Blackwell and Hodges), counted within the wave, the stratum or the set; it takes no knowledge of
 * the sizes of blocks. In minimisation it is the group with the greatest chance, which takes knowing
 * the factors.
 *
 * Exact for blocks, of the sizes that the seed gives, for matched sets, and for complete
 * randomisation where the sizes of the groups are certain or there are two groups of one weight;
 * else, or with more than a million states of a block, the mean of seeded draws.
 *
 * Source: Blackwell & Hodges 1957, Ann Math Stat 28:449. In R: `randomizeR::assess(sequences,
 * corGuess("CS"))`.
 *
 * @throws RangeError if there is no cluster, `draws` is not a whole number above 1, or the method
 *   cannot be had with the setting
 */
export function guessProbability(
  method: AllocationMethod,
  setting: GuessSetting,
): GuessProbability {
  const { draws = 1000 } = setting;
  if (!(Number.isSafeInteger(draws) && draws > 1)) {
    throw new RangeError(`draws must be a whole number above 1, got ${draws}`);
  }
  const clusters = total(setting.clusters.map((wave) => wave.length));
  if (clusters === 0) throw new RangeError('there must be at least one cluster');
  const weights = lowestTerms(setting.weights);
  const byWeight = Math.max(...weights) / total(weights);

  const blocks = blocksOf(method, setting);
  const exact = exactGuesses(blocks);
  if (exact !== undefined) {
    return { share: exact / clusters, standardError: 0, exact: true, byWeight };
  }
  const guesses =
    method.method === 'minimisation'
      ? guessesOfMinimisation(method, setting)
      : guessesByConvergence(randomizerOf(method, setting), {
          weights,
          runs: blocks?.map((block) => block.clusters) ?? indicesOf(setting),
        });
  const shares = Array.from(
    { length: draws },
    (_, draw) => guesses(randomStream(['guess', ...seedParts(setting.seed)], draw)) / clusters,
  );
  const share = sum(shares) / draws;
  const variance = sum(shares.map((own) => (own - share) ** 2)) / (draws - 1);
  return { share, standardError: Math.sqrt(variance / draws), exact: false, byWeight };
}

/** Draws an allocation and counts, or expects, the correct guesses. */
type Guesses = (stream: RandomStream) => number;

function exactGuesses(blocks: readonly Block[] | undefined): number | undefined {
  return blocks
    ?.map(correctGuesses)
    .reduce(
      (all, count) => (all === undefined || count === undefined ? undefined : all + count),
      0,
    );
}

/** The blocks, if any, that the method deals out. */
function blocksOf(method: AllocationMethod, setting: GuessSetting): readonly Block[] | undefined {
  if (method.method === 'blocks') return permutedBlocks(method, setting).flat();
  const weights = lowestTerms(setting.weights);
  if (method.method === 'matched') {
    return matchedSets(method, setting).map(({ clusters }) => ({ clusters, places: weights }));
  }
  if (method.method !== 'complete') return undefined;
  const whole = total(weights);
  const waves = indicesOf(setting);
  // Two groups of one weight share an odd number as they do a block that lacks its last cluster; other
  // places left over are not those of any block.
  const certain = waves.every((wave) => wave.length % whole === 0);
  if (!certain && whole > 2) return undefined;
  return waves.map((clusters) => {
    const times = Math.ceil(clusters.length / whole);
    return { clusters, places: weights.map((weight) => weight * times) };
  });
}

function guessesOfMinimisation(method: MinimisationMethod, setting: RandomizerSetting): Guesses {
  const clusters = setting.clusters.flat();
  const { draw } = minimisationRandomizer(method, setting);
  const step = arrivals(method, { ...setting, clusters });
  return (stream) => {
    step.restart();
    let correct = 0;
    draw(() => stream).forEach((group, cluster) => {
      correct += Math.max(...step.chances(cluster));
      step.add(cluster, group);
    });
    return correct;
  };
}

/** @param runs the clusters of each wave, block or set, over which the groups so far are counted */
function guessesByConvergence(
  { draw }: Randomizer,
  options: {
    readonly weights: readonly number[];
    readonly runs: readonly (readonly number[])[];
  },
): Guesses {
  const { weights, runs } = options;
  return (stream) => {
    const groups = draw(() => stream);
    let correct = 0;
    for (const run of runs) {
      const given = new Int32Array(weights.length);
      for (const cluster of run) {
        const group = groups[cluster] ?? 0;
        const guesses = furthestBehind(given, weights);
        if (guesses.includes(group)) correct += 1 / guesses.length;
        given[group] = (given[group] ?? 0) + 1;
      }
    }
    return correct;
  };
}
