import type { Pair, Together } from '../together.ts';
import type { Space } from './space.ts';

/** Pairs of clusters that a constraint ties together. */
export interface LockedPairs {
  /** In the same group in every candidate. */
  readonly always: readonly Pair[];
  /** In the same group in none, though the sizes of the groups would allow it. */
  readonly never: readonly Pair[];
}

/** Which pairs of clusters are always, or never, in the same group. */
export function lockedPairs(
  { often, seldom }: Pick<Together, 'often' | 'seldom'>,
  { strata }: Space,
): LockedPairs {
  // Strata in which no group has two clusters keep these apart by themselves.
  const apart = new Map<number, number>();
  strata.forEach(({ places, sizes }, s) => {
    if (sizes.flat().every((size) => size <= 1)) for (const place of places) apart.set(place, s);
  });
  return {
    always: often.filter(({ share }) => share === 1),
    never: seldom.filter(
      ({ first, second, share }) =>
        share === 0 && !(apart.has(first) && apart.get(first) === apart.get(second)),
    ),
  };
}
