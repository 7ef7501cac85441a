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
  return {
    draw,
    places: labels.length,
    assignments: arms ** ids.length,
    chance: chanceOf((label) => label),
    mirrored: arms === 2 ? chanceOf((label) => 1 - label) : 0,
    next: tossesOf(draw, ids, weights),
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
 * Draws the listed arms, 32 units at a time: bit by bit from the last, a random word is joined by `or`
 * where the binary fraction of a probability has a 1 and by `and` where it has a 0, which leaves every
 * bit set with that probability. A fair coin takes one word for 32 units. Of several arms each takes
 * its share of the units that those before it have left.
 */
function tossesOf(
  { units, ends, listed }: Draw,
  ids: Int32Array,
  weights: readonly number[],
): (stream: RandomStream) => void {
  let left = sum(weights);
  const fractions = listed.map((arm) => {
    const weight = weights[arm] ?? 0;
    const share = weight / left;
    left -= weight;
    return binaryFraction(share);
  });
  const blocks = Math.ceil(ids.length / 32);
  const words = listed.map(() => new Int32Array(blocks));
  return (stream) => {
    for (let block = 0; block < blocks; block += 1) {
      const size = ids.length - 32 * block;
      let free = size < 32 ? (1 << size) - 1 : -1;
      for (let j = 0; j < fractions.length; j += 1) {
        let word = 0;
        for (const isOne of fractions[j] ?? []) {
          if (isOne) word |= stream.uint32();
          else word &= stream.uint32();
        }
        word &= free;
        free ^= word;
        const own = words[j];
        if (own !== undefined) own[block] = word;
      }
    }
    let k = 0;
    for (let j = 0; j < words.length; j += 1) {
      const own = words[j] ?? ids;
      for (let block = 0; block < blocks; block += 1) {
        for (let word = own[block] ?? 0; word !== 0;) {
          const lowest = word & -word;
          units[k] = ids[32 * block + 31 - clz32(lowest)] ?? 0;
          k += 1;
          word ^= lowest;
        }
      }
      ends[j] = k;
    }
  };
}

/** The bits of a probability in units of 2^-32, the precision of hashed assignment itself, the last 1 first. */
function binaryFraction(probability: number): readonly boolean[] {
  const fraction = Math.max(1, Math.round(probability * 2 ** 32));
  const digits = fraction.toString(2).padStart(32, '0').replace(/0+$/, '');
  return Array.from(digits, (bit) => bit === '1').reverse();
}
