import type { RandomStream } from '../../../stats/index.ts';
import { sum } from '../../../stats/index.ts';
import type { HashedProcedure } from './procedure.ts';
import type { Actual, Draw, Replay } from './draw.ts';
import { emptyDraw, fillDraw, largestOf } from './draw.ts';

// Held here because looking up a global each time is slow where globals are proxied, as in test runners.
const { clz32 } = Math;

/** Replays assignment of each unit by itself. Units without data make no difference and are left out. */
export function replayHashed(procedure: HashedProcedure, { labels, used, arms }: Actual): Replay {
  const weights = procedure.weights ?? Array.from({ length: arms }, () => 1);
  if (weights.length !== arms || !weights.every((w) => Number.isFinite(w) && w > 0)) {
    throw new RangeError(`weights must be ${arms} numbers above 0, not ${weights.join(', ')}`);
  }
  const ids = Int32Array.from(labels.keys()).filter((i) => used[i] === 1);
  const draw = emptyDraw(labels.length, arms, largestOf(weights));
  const total = sum(weights);
  const logs = weights.map((weight) => Math.log(weight / total));
  const chanceOf = (armOf: (label: number) => number): number =>
    Math.exp(sum(Array.from(ids, (i) => logs[armOf(labels[i] ?? 0)] ?? 0)));
  const largest = Math.max(...weights);
  const relative = weights.map((weight) => weight / largest);

  const drawn = new Uint8Array(labels.length).fill(draw.rest);
  const ends = Float64Array.from(weights, (_, arm) => sum(weights.slice(0, arm + 1)) / total);
  const bounds = ends.map((end) => end * 2 ** 32).subarray(0, arms - 1);
  const weighted = (stream: RandomStream): void => {
    for (let j = 0; j < ids.length; j += 1) {
      const word = stream.uint32();
      let arm = 0;
      for (let a = 0; a < bounds.length; a += 1) if (word >= (bounds[a] ?? 0)) arm += 1;
      drawn[ids[j] ?? 0] = arm;
    }
    fillDraw(draw, drawn);
  };

  return {
    draw,
    places: labels.length,
    assignments: arms ** ids.length,
    chance: chanceOf((label) => label),
    mirrored: arms === 2 ? chanceOf((label) => 1 - label) : 0,
    next: arms === 2 ? tossesOf(draw, ids, Math.min(...weights) / total) : weighted,
    each: (visit) => {
      for (const i of ids) drawn[i] = 0;
      // Counts in base `arms`, one digit a unit.
      for (let digit = 0; digit < ids.length;) {
        fillDraw(draw, drawn);
        visit(ids.reduce((product, i) => product * (relative[drawn[i] ?? 0] ?? 0), 1));
        for (digit = 0; digit < ids.length; digit += 1) {
          const i = ids[digit] ?? 0;
          const arm = ((drawn[i] ?? 0) + 1) % arms;
          drawn[i] = arm;
          if (arm > 0) break;
        }
      }
    },
  };
}

/**
 * Lists each unit with some probability, 32 units at a time: bit by bit from the last, a random word
 * is joined by `or` where the binary fraction of the probability has a 1 and by `and` where it has a 0,
 * which leaves every bit set with that probability. A fair coin takes one word for 32 units.
 */
function tossesOf(
  { units, ends }: Draw,
  ids: Int32Array,
  probability: number,
): (stream: RandomStream) => void {
  // In units of 2^-32, the precision of hashed assignment itself.
  const fraction = Math.max(1, Math.round(probability * 2 ** 32));
  const places = Array.from(
    { length: 32 },
    (_, place) => Math.floor(fraction / 2 ** place) % 2 === 1,
  );
  const bits = places.slice(places.indexOf(true));
  return (stream) => {
    let k = 0;
    for (let base = 0; base < ids.length; base += 32) {
      const left = ids.length - base;
      let word = 0;
      for (const isOne of bits) {
        if (isOne) word |= stream.uint32();
        else word &= stream.uint32();
      }
      if (left < 32) word &= (1 << left) - 1;
      while (word !== 0) {
        const lowest = word & -word;
        units[k] = ids[base + 31 - clz32(lowest)] ?? 0;
        k += 1;
        word ^= lowest;
      }
    }
    ends[0] = k;
  };
}
