import type { RandomStream } from '../../../stats/index.ts';
import { binomial, sum } from '../../../stats/index.ts';
import { sharesOf } from './counts.ts';

/** Draws the counts that an assignment procedure gives, one number for each arm (or arm and stratum). */
export type CountSampler = (stream: RandomStream) => readonly number[];

/** Up to so many expected units, searching from 0 on is quicker than a quantile. */
const searched = 30;

/** A binomial draw by inversion. */
function drawBinomial(stream: RandomStream, n: number, probability: number): number {
  const u = stream.next();
  if (n === 0) return 0;
  if (n * probability > searched) return binomial.quantile(u, n, probability);
  let mass = Math.exp(n * Math.log1p(-probability));
  let [k, below] = [0, mass];
  while (below <= u && k < n) {
    mass *= ((n - k) / (k + 1)) * (probability / (1 - probability));
    k += 1;
    below += mass;
  }
  return k;
}

/**
 * Draws how hashed assignment divides n units: each by itself, so that the counts are multinomial
 * (one binomial after another, the smallest shares first). In R: `rmultinom(1, n, weights)`.
 *
 * @throws RangeError when n is no whole number or a weight is not positive
 * @see Davis 1993, Comput Stat Data Anal 16:205 (conditional binomials).
 */
export function independentCounts(n: number, weights: readonly number[]): CountSampler {
  const { shares } = sharesOf([n, ...weights.slice(1).map(() => 0)], weights);
  const order = shares
    .map((share, arm) => ({ share, arm }))
    .sort((a, b) => a.share - b.share || a.arm - b.arm);
  return (stream) => {
    const counts = shares.map(() => 0);
    let [rest, left] = [n, 1];
    order.forEach(({ share, arm }, i) => {
      const units =
        i === order.length - 1 ? rest : drawBinomial(stream, rest, Math.min(1, share / left));
      counts[arm] = units;
      rest -= units;
      left -= share;
    });
    return counts;
  };
}

/** How permuted blocks are made up. */
export interface BlockPlan {
  /** Places of each arm in one block, such as `[2, 2]` for two arms in blocks of four. */
  readonly block: readonly number[];
}

/**
 * Draws the counts by stratum and arm that permuted blocks of one size give: complete blocks divide
 * exactly, and only the block that each stratum has begun last is left to chance, so that a
 * stratum's imbalance is at most half a block. Stratum by stratum, all arms of a stratum together.
 *
 * @param sizes units in each stratum
 * @throws RangeError when a size is no whole number, or a block has no place for an arm
 * @see Matts & Lachin 1988, Controlled Clinical Trials 9:327. R has no counterpart.
 */
export function permutedBlockCounts(sizes: readonly number[], { block }: BlockPlan): CountSampler {
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new RangeError('the size of every stratum must be a whole number of at least 0');
  }
  if (block.length < 2 || !block.every((places) => Number.isSafeInteger(places) && places > 0)) {
    throw new RangeError('a block needs a whole number of places, 1 or more, for each of its arms');
  }
  const length = sum(block);
  const deck = Int32Array.from(block.flatMap((places, arm) => Array<number>(places).fill(arm)));
  return (stream) => {
    const cards = Int32Array.from(deck);
    return sizes.flatMap((size) => {
      const complete = Math.floor(size / length);
      const counts = block.map((places) => complete * places);
      const begun = size % length;
      stream.shuffle(cards, begun);
      for (const arm of cards.subarray(0, begun)) counts[arm] = (counts[arm] ?? 0) + 1;
      return counts;
    });
  };
}
