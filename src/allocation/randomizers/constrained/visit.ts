import { areWithin } from './space.ts';
import type { Space } from './space.ts';

/**
 * Goes through all allocations of a space, always in the same order: by the sizes of the groups
 * stratum by stratum, larger first groups first, and within these in lexicographic order.
 *
 * @param allocation is written into, at the places of the space only
 * @param each is called with `allocation` in hand, which it must not change
 */
export function visitAll(
  { strata, least, most }: Space,
  { allocation, each }: { readonly allocation: Uint8Array; readonly each: () => void },
): void {
  const groups = least.length;
  const chosen: number[][] = [];

  const place = (s: number, i: number): void => {
    const places = strata[s]?.places;
    const left = chosen[s];
    if (places === undefined || left === undefined) {
      each();
      return;
    }
    if (i === places.length) {
      place(s + 1, 0);
      return;
    }
    const own = places[i] ?? 0;
    for (let group = 0; group < groups; group += 1) {
      const count = left[group] ?? 0;
      if (count === 0) continue;
      left[group] = count - 1;
      allocation[own] = group;
      place(s, i + 1);
      left[group] = count;
    }
  };

  const choose = (s: number, totals: readonly number[]): void => {
    if (s === strata.length) {
      if (areWithin(totals, { least, most })) place(0, 0);
      return;
    }
    for (const sizes of strata[s]?.sizes ?? []) {
      chosen[s] = [...sizes];
      choose(
        s + 1,
        totals.map((total, group) => total + (sizes[group] ?? 0)),
      );
    }
  };
  choose(
    0,
    Array.from({ length: groups }, () => 0),
  );
}
