import type { RandomStream } from '../../stats/index.ts';
import { freeGroups } from './free.ts';
import type { Randomizer, Redraw, RedrawOptions } from './randomizer.ts';
import { total } from './setting.ts';

/** Clusters that share out a fixed number of places of each group. */
export interface Block {
  /** Indices of the clusters, which may be fewer than the places. */
  readonly clusters: readonly number[];
  /** The places of each group. */
  readonly places: readonly number[];
}

/** Shuffles the places of a block and gives the first of them to its clusters, in their order. */
export function dealInto(
  groups: Uint8Array,
  { clusters, places, stream }: Block & { readonly stream: RandomStream },
): void {
  const deck = Int32Array.from(places.flatMap((count, group) => Array<number>(count).fill(group)));
  stream.shuffle(deck, clusters.length);
  clusters.forEach((cluster, place) => (groups[cluster] = deck[place] ?? 0));
}

/** How many of some clusters have each group; groups that there are not are left out. */
export function countsIn(
  clusters: readonly number[],
  { actual, groups }: { readonly actual: Uint8Array; readonly groups: number },
): readonly number[] {
  const counts = new Int32Array(groups);
  for (const cluster of clusters) {
    const group = actual[cluster] ?? 0;
    counts[group] = (counts[group] ?? 0) + 1;
  }
  return [...counts];
}

/**
 * The reference set of groups dealt out in blocks: given the held clusters, the free ones of a block
 * get any of the places that its free groups have, each order of places as likely as the others.
 *
 * @param blocks which hold each of the clusters once
 * @throws RangeError if `actual` gives a group to more clusters of a block than it has places
 */
export function redrawBlocks(
  actual: Uint8Array,
  { blocks, among }: RedrawOptions & { readonly blocks: readonly Block[] },
): Redraw {
  const clusters = total(blocks.map((block) => block.clusters.length));
  const groups = blocks[0]?.places.length ?? 0;
  const free = freeGroups(actual, { among, clusters, groups });
  const blockOf = new Uint32Array(clusters);
  const sizes: Record<string, readonly number[]> = {};
  blocks.forEach((block, index) => {
    for (const cluster of block.clusters) blockOf[cluster] = index;
    const counts = countsIn(block.clusters, { actual, groups });
    if (counts.some((count, group) => count > (block.places[group] ?? 0))) {
      throw new RangeError(
        'the actual allocation has more clusters of a group in a block than the block has places: ' +
          'this method, with this seed, could not have made it',
      );
    }
    const places = block.places.map((count, group) => (free[group] === true ? count : 0));
    const dealt = counts.filter((_, group) => free[group] === true);
    if (total(places) > total(dealt)) sizes[index] = places;
  });
  const strata: number[] = [];
  actual.forEach((group, cluster) => {
    if (free[group] === true) strata.push(blockOf[cluster] ?? 0);
  });
  return Object.keys(sizes).length === 0
    ? { kind: 'stratified', strata }
    : { kind: 'stratified', strata, sizes };
}

/**
 * Deals out blocks that are known before the draw.
 *
 * @param waves the blocks of each wave
 */
export function blockRandomizer(waves: readonly (readonly Block[])[]): Randomizer {
  const blocks = waves.flat();
  const clusters = total(blocks.map((block) => block.clusters.length));
  return {
    draw: (streamOf) => {
      const groups = new Uint8Array(clusters);
      waves.forEach((wave, number) => {
        const stream = streamOf(number);
        for (const block of wave) dealInto(groups, { ...block, stream });
      });
      return groups;
    },
    redraw: (actual, { among } = {}) => redrawBlocks(actual, { blocks, among }),
  };
}
