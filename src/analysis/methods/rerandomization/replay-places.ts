import { logGamma, sum } from '../../../stats/index.ts';
import type { CompleteProcedure, StratifiedProcedure } from './procedure.ts';
import type { Actual, Replay } from './draw.ts';
import { emptyDraw, fillDraw, largestOf } from './draw.ts';

/** The places of one stratum. */
interface Places {
  /** The units of the stratum, and behind them places that nobody took. */
  readonly items: Int32Array;
  /** How many of the places are of each arm. */
  readonly sizes: readonly number[];
  /** How many units with data have each arm. */
  readonly taken: readonly number[];
}

/**
 * The places of complete (one stratum) or stratified randomisation.
 *
 * @throws RangeError when there is not one stratum a unit or there are fewer places than units took
 */
export function placesOf(
  procedure: CompleteProcedure | StratifiedProcedure,
  { labels, used, arms }: Actual,
): readonly Places[] {
  const isStratified = procedure.kind === 'stratified';
  if (isStratified && procedure.strata.length !== labels.length) {
    throw new RangeError(
      `strata must name one for each of the ${labels.length} units, not ${procedure.strata.length}`,
    );
  }
  const members = new Map<string, number[]>();
  labels.forEach((_, i) => {
    const stratum = isStratified ? String(procedure.strata[i]) : '';
    const list = members.get(stratum);
    if (list === undefined) members.set(stratum, [i]);
    else list.push(i);
  });
  let free = labels.length;
  return [...members].map(([stratum, units]) => {
    const count = (among: readonly number[]): number[] =>
      Array.from({ length: arms }, (_, arm) => among.filter((i) => labels[i] === arm).length);
    const assigned = count(units);
    const given = isStratified ? procedure.sizes?.[stratum] : procedure.sizes;
    const sizes = given ?? assigned;
    if (
      sizes.length !== arms ||
      !sizes.every((size, arm) => Number.isInteger(size) && size >= (assigned[arm] ?? 0))
    ) {
      const where = isStratified ? ` in stratum ${stratum}` : '';
      throw new RangeError(
        `sizes${where} must be ${arms} whole numbers, at least the ${assigned.join(', ')} units that the arms have, not ${sizes.join(', ')}`,
      );
    }
    const items = Int32Array.from({ length: sum(sizes) }, (_, place) => units[place] ?? free++);
    return { items, sizes, taken: count(units.filter((i) => used[i] === 1)) };
  });
}

/** Replays assignment to arms of fixed sizes within strata. */
export function replayPlaces(strata: readonly Places[], { arms }: Actual): Replay {
  const total = Array.from({ length: arms }, (_, arm) =>
    sum(strata.map(({ sizes }) => sizes[arm] ?? 0)),
  );
  const places = sum(total);
  const draw = emptyDraw(places, arms, largestOf(total));
  const { listed, units, ends } = draw;
  const starts = listed.map((_, j) => sum(listed.slice(0, j).map((arm) => total[arm] ?? 0)));
  const plans = strata.map(({ items, sizes }) => ({
    items: items.slice(),
    counts: listed.map((arm) => sizes[arm] ?? 0),
    placed: items.length - (sizes[draw.rest] ?? 0),
  }));

  return {
    draw,
    places,
    assignments: strata.reduce((product, { sizes }) => product * waysTo(sizes), 1),
    chance: chanceOf(strata, (arm) => arm),
    mirrored: arms === 2 ? chanceOf(strata, (arm) => 1 - arm) : 0,
    next: (stream) => {
      for (let j = 0; j < starts.length; j += 1) ends[j] = starts[j] ?? 0;
      for (const { items, counts, placed } of plans) {
        stream.shuffle(items, placed);
        let from = 0;
        for (let j = 0; j < counts.length; j += 1) {
          let at = ends[j] ?? 0;
          const end = from + (counts[j] ?? 0);
          for (; from < end; from += 1) {
            units[at] = items[from] ?? 0;
            at += 1;
          }
          ends[j] = at;
        }
      }
    },
    each: (visit) => {
      const orders = strata.map(({ sizes }) =>
        Uint8Array.from(sizes.flatMap((size, arm) => Array.from({ length: size }, () => arm))),
      );
      const drawn = new Uint8Array(places);
      for (let turned = 0; turned < orders.length;) {
        strata.forEach(({ items }, s) => {
          items.forEach((place, i) => (drawn[place] = orders[s]?.[i] ?? 0));
        });
        fillDraw(draw, drawn);
        visit(1);
        // The next order of the first stratum; when it has been through all, of the second, …
        turned = orders.findIndex((order) => nextOrder(order));
        if (turned < 0) return;
      }
    },
  };
}

/** The ways to order things of some kinds, exact as far as whole numbers are. */
function waysTo(sizes: readonly number[]): number {
  let [ways, n] = [1, 0];
  for (const size of sizes) {
    for (let i = 1; i <= size; i += 1) {
      n += 1;
      ways = (ways * n) / i;
    }
  }
  return ways;
}

/** The logarithm of the ways to order things of some kinds: n! / Π sizes!. */
function logWays(sizes: readonly number[]): number {
  return logGamma(sum(sizes) + 1) - sum(sizes.map((size) => logGamma(size + 1)));
}

/** The chance that units with data get the arms that they have, renamed. */
function chanceOf(strata: readonly Places[], renamed: (arm: number) => number): number {
  let log = 0;
  for (const { sizes, taken } of strata) {
    const spare = sizes.map((size, arm) => size - (taken[renamed(arm)] ?? 0));
    if (spare.some((places) => places < 0)) return 0;
    log += logWays(spare) - logWays(sizes);
  }
  return Math.exp(log);
}

/**
 * The lexicographically next order of labels, in place; from the last back to the first, and then
 * false (Narayana's algorithm; Knuth, The Art of Computer Programming 4A, 7.2.1.2, algorithm L).
 */
function nextOrder(labels: Uint8Array): boolean {
  let i = labels.length - 2;
  while (i >= 0 && (labels[i] ?? 0) >= (labels[i + 1] ?? 0)) i -= 1;
  if (i >= 0) {
    let j = labels.length - 1;
    while ((labels[j] ?? 0) <= (labels[i] ?? 0)) j -= 1;
    const kept = labels[i] ?? 0;
    labels[i] = labels[j] ?? 0;
    labels[j] = kept;
  }
  labels.subarray(i + 1).reverse();
  return i >= 0;
}
