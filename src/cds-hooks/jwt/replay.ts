import { LRUCache } from 'lru-cache';

/**
 * Remembers which tokens were used. Several processes behind one address need one that they share,
 * such as a cache server that sets a key only where there is none.
 */
export interface ReplayStore {
  /**
   * Takes note of the use of a token, in one step for all who ask.
   *
   * @param key tells the token from all others
   * @param until after this instant, milliseconds, it may be forgotten
   * @returns whether this is its first use
   */
  readonly use: (key: string, until: number) => boolean | Promise<boolean>;
}

/**
 * A `ReplayStore` that remembers tokens in this process.
 *
 * @param options `capacity`: how many at most, those used last; default 200,000. `now`: milliseconds;
 *   default `Date.now`
 * @throws RangeError when `capacity` is not a whole number above 0
 */
export function memoryReplayStore(
  options: {
    readonly capacity?: number | undefined;
    readonly now?: (() => number) | undefined;
  } = {},
): { readonly use: (key: string, until: number) => boolean } {
  const { capacity = 200_000, now = Date.now } = options;
  if (!(Number.isInteger(capacity) && capacity > 0)) {
    throw new RangeError('capacity must be a whole number above 0');
  }
  const used = new LRUCache<string, number>({ max: capacity });
  return {
    use: (key, until) => {
      const known = used.get(key);
      if (known !== undefined && known > now()) return false;
      used.set(key, until);
      return true;
    },
  };
}
