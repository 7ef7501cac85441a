import type { CompleteMethod } from '../../trial/allocation-plan.ts';
import type { RandomStream } from '../../stats/index.ts';
import { countsIn, dealInto, redrawBlocks } from './block.ts';
import type { Randomizer } from './randomizer.ts';
import type { RandomizerSetting } from './setting.ts';
import { indicesOf, lowestTerms, total } from './setting.ts';

/**
 * Complete randomisation (the random allocation rule): fixed group sizes, and every allocation of
 * these sizes equally likely. Each wave is dealt out by itself.
 *
 * Of n clusters group g gets ⌊n·w_g/Σw⌋ places. The places left over go to different groups, drawn by
 * systematic sampling from the groups in random order with chances equal to the fractional parts
 * of n·w_g/Σw; so the chance of group g is w_g/Σw for each cluster exactly, and with equal weights
 * every choice of groups for the places left over is equally likely.
 *
 * Re-randomisation keeps the sizes of each wave as they were drawn.
 *
 * Sources: Rosenberger & Lachin 2016, Randomization in Clinical Trials, section 3.3; Madow 1949, Ann
 * Math Stat 20:333 (systematic sampling). In R: `sample(rep(groups, times = sizes))`.
 *
 * @throws RangeError if the weights are not positive whole numbers, there is no wave, or the first
 *   wave has so few clusters that a group could get none of them
 */
export function completeRandomizer(
  _method: CompleteMethod,
  setting: RandomizerSetting,
): Randomizer {
  const weights = lowestTerms(setting.weights);
  const waves = indicesOf(setting);
  const first = waves[0]?.length ?? 0;
  const needed = Math.ceil(total(weights) / Math.min(...weights));
  if (first < needed) {
    throw new RangeError(
      `there must be at least ${needed} clusters at the start, or a group could get none, got ${first}`,
    );
  }
  const clusters = total(waves.map((wave) => wave.length));
  return {
    draw: (streamOf) => {
      const groups = new Uint8Array(clusters);
      waves.forEach((wave, number) => {
        const stream = streamOf(number);
        const places = drawSizes(wave.length, { weights, stream });
        dealInto(groups, { clusters: wave, places, stream });
      });
      return groups;
    },
    redraw: (actual, { among } = {}) => {
      const blocks = waves.map((wave) => ({
        clusters: wave,
        places: countsIn(wave, { actual, groups: weights.length }),
      }));
      const redraw = redrawBlocks(actual, { blocks, among });
      for (const { clusters, places } of blocks) {
        checkSizes(places, sharesOf(clusters.length, weights));
      }
      return redraw;
    },
  };
}

/** The places of each group that are certain, and the Σw-ths of a place by which it falls short. */
interface Shares {
  readonly certain: readonly number[];
  readonly fractions: readonly number[];
}

function sharesOf(count: number, weights: readonly number[]): Shares {
  const whole = total(weights);
  return {
    certain: weights.map((weight) => Math.floor((count * weight) / whole)),
    fractions: weights.map((weight) => (count * weight) % whole),
  };
}

function drawSizes(
  count: number,
  { weights, stream }: { readonly weights: readonly number[]; readonly stream: RandomStream },
): readonly number[] {
  const whole = total(weights);
  const { certain, fractions } = sharesOf(count, weights);
  const order = Int32Array.from(weights.keys());
  stream.shuffle(order);
  // The fractions are laid end to end; a place goes to each group in which one of the points
  // start, start + whole, start + 2·whole… falls.
  const sizes = [...certain];
  let point = stream.integer(whole);
  let end = 0;
  for (const group of order) {
    end += fractions[group] ?? 0;
    if (point < end) {
      sizes[group] = (sizes[group] ?? 0) + 1;
      point += whole;
    }
  }
  return sizes;
}

function checkSizes(sizes: readonly number[], { certain, fractions }: Shares): void {
  sizes.forEach((size, group) => {
    const least = certain[group] ?? 0;
    const most = least + ((fractions[group] ?? 0) > 0 ? 1 : 0);
    if (size < least || size > most) {
      throw new RangeError(
        `the actual allocation has ${size} clusters in group ${group} of a wave, where complete ` +
          `randomisation gives ${least === most ? least : `${least} or ${most}`}`,
      );
    }
  });
}
