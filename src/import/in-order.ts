import type { Showing } from './showing.ts';
import { mergeShowings } from './showing.ts';

/** Puts showings in order of time, as far as a stretch of them reaches. */
export interface Ordered {
  /** Showings that came later than one after them was given out. */
  readonly late: number;
  /** What was told of showings beside the first row of each. */
  readonly merged: number;
  /** Takes a showing, or says in what it contradicts what was told of it before. */
  add(showing: Showing): string | undefined;
  /** Whether there are more than are kept back. */
  readonly isFull: boolean;
  /** The first ones, in order of time, leaving as many as are kept back; at the end, all of them. */
  take(isEnd: boolean): readonly Showing[];
}

const compare = (one: Showing, other: Showing): number =>
  one.at - other.at || (one.key < other.key ? -1 : 1);

/** How many showings are kept back. */
export interface KeptBack {
  /** As long as all come in order. */
  readonly inOrder: number;
  /** From the first on that does not. */
  readonly outOfOrder: number;
}

/**
 * Which opening of a chart a firing belongs to follows from those before it, so firings are told in order
 * of time. Extracts come in order or nearly so; what lies further apart than what is kept back is told
 * as it comes.
 */
export function inOrder(least: KeptBack): Ordered {
  let kept = new Map<string, Showing>();
  let keptBack = least.inOrder;
  let newest = -Infinity;
  let given = -Infinity;
  let late = 0;
  let merged = 0;
  return {
    get late() {
      return late;
    },
    get merged() {
      return merged;
    },
    add: (showing) => {
      const known = kept.get(showing.key);
      if (known === undefined) {
        if (showing.at < given) late += 1;
        if (showing.at < newest) keptBack = least.outOfOrder;
        else newest = showing.at;
        kept.set(showing.key, showing);
        return undefined;
      }
      const both = mergeShowings(known, showing);
      if (typeof both === 'string') return both;
      merged += 1;
      kept.set(showing.key, both);
      return undefined;
    },
    get isFull() {
      return kept.size >= 2 * keptBack;
    },
    take: (isEnd) => {
      const sorted = [...kept.values()].sort(compare);
      const first = isEnd ? sorted : sorted.slice(0, -keptBack);
      kept = new Map(isEnd ? [] : sorted.slice(-keptBack).map((each) => [each.key, each]));
      given = Math.max(given, first.at(-1)?.at ?? given);
      return first;
    },
  };
}
