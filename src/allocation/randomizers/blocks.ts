import { randomStream } from '../../stats/index.ts';
import type { BlocksMethod } from '../../trial/allocation-plan.ts';
import type { Block } from './block.ts';
import { blockRandomizer } from './block.ts';
import { stratumOf } from './column.ts';
import type { Randomizer } from './randomizer.ts';
import type { SeededSetting } from './setting.ts';
import { indicesOf, lowestTerms, seedParts, total } from './setting.ts';

/**
 * Permuted blocks of random sizes within strata. The clusters of a stratum fill blocks in the order
 * in which they stand; a block of size b has b·w_g/Σw places of group g, in random order, and the last
 * block of a stratum is cut off where the clusters end. A later wave begins with new blocks.
 *
 * The sizes of the blocks are drawn from random numbers of their own, named by `blocks`, the seed, the
 * stratum and the wave, and the order within the blocks from those of the wave: so the sizes can
 * be made again from the seed, whatever was drawn. Re-randomisation keeps them, which is right since
 * they do not depend on anything observed, and puts the places of each block in another order; in
 * a block that was cut off, the places that no cluster filled are dealt out too.
 *
 * Sources: Zelen 1974, J Chronic Dis 27:365; Rosenberger & Lachin 2016, section 3.5. In R:
 * `blockrand::blockrand()`, by stratum.
 *
 * @throws RangeError if the weights are not positive whole numbers, there is no wave, a block size is
 *   no multiple of their sum in lowest terms or is named twice, or a cluster has no value in one of
 *   the columns of strata
 */
export function blocksRandomizer(method: BlocksMethod, setting: SeededSetting): Randomizer {
  return blockRandomizer(permutedBlocks(method, setting));
}

/** The blocks of each wave with their clusters and places, as the seed makes them. */
export function permutedBlocks(
  { sizes, strata = [] }: BlocksMethod,
  setting: SeededSetting,
): readonly (readonly Block[])[] {
  const weights = lowestTerms(setting.weights);
  checkSizes(sizes, total(weights));
  const all = setting.clusters.flat();
  return indicesOf(setting).map((wave, number) => {
    const members = new Map<string, number[]>();
    for (const index of wave) {
      const cluster = all[index];
      const stratum = cluster === undefined ? '' : stratumOf(cluster, strata);
      const own = members.get(stratum);
      if (own === undefined) members.set(stratum, [index]);
      else own.push(index);
    }
    return [...members].flatMap(([stratum, own]) => {
      const stream = randomStream(['blocks', ...seedParts(setting.seed), stratum], number);
      const blocks: Block[] = [];
      for (let from = 0; from < own.length;) {
        const size = sizes[stream.integer(sizes.length)] ?? 0;
        const places = weights.map((weight) => (size / total(weights)) * weight);
        blocks.push({ clusters: own.slice(from, from + size), places });
        from += size;
      }
      return blocks;
    });
  });
}

function checkSizes(sizes: readonly number[], whole: number): void {
  if (sizes.length === 0) throw new RangeError('there must be at least one block size');
  for (const size of sizes) {
    if (!(Number.isSafeInteger(size) && size > 0 && size % whole === 0)) {
      throw new RangeError(
        `the block size ${size} must be a multiple of ${whole}, the sum of the weights in lowest terms`,
      );
    }
  }
  const twice = sizes.find((size, place) => sizes.indexOf(size) !== place);
  if (twice !== undefined) throw new RangeError(`the block size ${twice} is named twice`);
}
