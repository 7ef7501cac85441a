import type { Cluster } from '../../clusters/cluster.ts';
import { stratumOf } from '../column.ts';
import { roundedSizes, sizeBounds } from './sizes.ts';

/** Allocations among which the balanced ones are looked for. All of them are equally likely. */
export interface Space {
  readonly strata: readonly SpaceStratum[];
  /** The least and the most clusters of each group in all strata together. */
  readonly least: readonly number[];
  readonly most: readonly number[];
}

/** Clusters among which the sizes of the groups are fixed, but for places left over. */
export interface SpaceStratum {
  /** Their places in an allocation, in ascending order. */
  readonly places: Int32Array;
  /** The sizes that the groups may have. */
  readonly sizes: readonly (readonly number[])[];
}

/**
 * All allocations in which the size of each group, within each stratum and in all, is n·w/Σw rounded
 * down or up. There always is one (Bacharach 1966, Manag. Sci. 12:732: a table can be rounded with its
 * margins).
 *
 * @param clusters those to be allocated
 * @param options `first`: the place of the first of them in an allocation
 */
export function spaceOf(
  clusters: readonly Cluster[],
  {
    weights,
    strata = [],
    first = 0,
  }: {
    readonly weights: readonly number[];
    readonly strata?: readonly string[] | undefined;
    readonly first?: number | undefined;
  },
): Space {
  const places = new Map<string, number[]>();
  clusters.forEach((cluster, i) => {
    const key = stratumOf(cluster, strata);
    const own = places.get(key);
    if (own === undefined) places.set(key, [first + i]);
    else own.push(first + i);
  });
  return {
    strata: Array.from(places.values(), (own) => ({
      places: Int32Array.from(own),
      sizes: roundedSizes(own.length, weights),
    })),
    ...sizeBounds(clusters.length, weights),
  };
}

/**
 * Those allocations of a space in which the clusters outside some groups stay where they are.
 *
 * @param options `actual`: an allocation of the space; `free`: whether the clusters of each group may move
 */
export function conditionalSpace(
  { strata, least, most }: Space,
  { actual, free }: { readonly actual: Uint8Array; readonly free: readonly boolean[] },
): Space {
  const freeOnly = (sizes: readonly number[]): readonly number[] =>
    sizes.map((size, group) => (free[group] === true ? size : 0));
  return {
    strata: strata.map(({ places, sizes }) => {
      const taken = sizesIn(actual, { places, groups: least.length });
      return {
        places: places.filter((place) => free[actual[place] ?? 0]),
        sizes: sizes
          .filter((own) =>
            own.every((size, group) => free[group] === true || size === taken[group]),
          )
          .map(freeOnly),
      };
    }),
    least: freeOnly(least),
    most: freeOnly(most),
  };
}

/** Whether an allocation is one of a space. */
export function isIn({ strata, least, most }: Space, allocation: Uint8Array): boolean {
  const totals = least.map(() => 0);
  const areFixed = strata.every(({ places, sizes }) => {
    const taken = sizesIn(allocation, { places, groups: least.length });
    taken.forEach((size, group) => (totals[group] = (totals[group] ?? 0) + size));
    return sizes.some((own) => own.every((size, group) => size === taken[group]));
  });
  return areFixed && areWithin(totals, { least, most });
}

/** Whether the sizes of groups keep to their bounds. */
export function areWithin(
  totals: ArrayLike<number>,
  { least, most }: Pick<Space, 'least' | 'most'>,
): boolean {
  for (let group = 0; group < least.length; group += 1) {
    const total = totals[group] ?? 0;
    if (total < (least[group] ?? 0) || total > (most[group] ?? 0)) return false;
  }
  return true;
}

function sizesIn(
  allocation: Uint8Array,
  { places, groups }: { readonly places: Int32Array; readonly groups: number },
): readonly number[] {
  const sizes = Array.from({ length: groups }, () => 0);
  for (const place of places) {
    const group = allocation[place] ?? 0;
    sizes[group] = (sizes[group] ?? 0) + 1;
  }
  return sizes;
}
