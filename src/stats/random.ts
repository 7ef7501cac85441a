import { normalQuantile } from './normal-quantile.ts';
import { seedState } from './seed.ts';
import type { Seed } from './seed.ts';
import { xoshiro128 } from './xoshiro.ts';

/** A reproducible sequence of pseudorandom numbers. */
export interface RandomStream {
  /** The next 32 random bits: a whole number from 0 to 2^32 − 1. */
  readonly uint32: () => number;

  /** The next number uniform on [0, 1): a multiple of 2^−53, made from two draws of 32 bits. */
  readonly next: () => number;

  /**
   * The next whole number uniform on 0 … bound − 1, without bias.
   *
   * @param bound a whole number from 1 to 2^32.
   * @throws RangeError if `bound` is outside that range.
   * @see D. Lemire, Fast random integer generation in an interval, ACM Trans. Model. Comput.
   *   Simul. 29 (2019) 3.
   */
  readonly integer: (bound: number) => number;

  /** The next standard normal number, Φ⁻¹ of a uniform one, so that each takes the same draws. */
  readonly normal: () => number;

  /**
   * Shuffle the front of an array in place: afterwards its first `count` items are a random
   * sample without replacement, in random order, and it still holds the same items.
   *
   * @param items the array to change.
   * @param count how many front places to fill, from 0 to `items.length` (the default).
   * @throws RangeError if `count` is not a whole number in that range.
   * @see R. Durstenfeld, Algorithm 235, Comm. ACM 7 (1964) 420 (Fisher and Yates's shuffle).
   */
  readonly shuffle: (items: Int32Array, count?: number) => void;
}

const TWO_32 = 2 ** 32;

/** Up to this bound the 32-bit product is exact in a double. */
const EXACT_PRODUCT = 2 ** 21;

/**
 * The random numbers of one block of a seeded stream.
 *
 * Block b of a seed always holds the same numbers, whoever computes it and in whatever order, so
 * a simulation that gives each replicate its own block does not depend on how the replicates are
 * shared out. Blocks are started at hashed, in effect independent, states of one generator of
 * period 2^128 − 1 (xoshiro128**). Not for secrets.
 *
 * @param seed the name of the stream: a text, a finite number, or several of them.
 * @param block which block of the stream, a whole number, 0 or more.
 * @throws RangeError if a seed number is not finite, a seed list is empty, or the block is not a
 *   whole number.
 * @see D. Blackman and S. Vigna, ACM Trans. Math. Softw. 47 (2021) 36. R has no counterpart.
 */
export function randomStream(seed: Seed, block: number = 0): RandomStream {
  const state = seedState(seed, block);

  const draw = (bound: number): number => {
    // Lemire: the high word of a 32 × 32 bit product, drawn again where the low word is in the
    // short remainder that would favour some values.
    for (;;) {
      const word = xoshiro128(state);
      let high: number;
      let low: number;
      if (bound <= EXACT_PRODUCT) {
        const product = word * bound;
        high = Math.floor(product / TWO_32);
        low = product >>> 0;
      } else {
        const bottom = (word & 0xffff) * bound;
        const top = (word >>> 16) * bound + Math.floor(bottom / 0x10000);
        high = Math.floor(top / 0x10000);
        low = (top & 0xffff) * 0x10000 + (bottom & 0xffff);
      }
      if (low >= bound || low >= TWO_32 % bound) return high;
    }
  };

  const next = (): number => {
    const high = xoshiro128(state) >>> 5;
    const low = xoshiro128(state) >>> 6;
    return (high * 0x4000000 + low) / 2 ** 53;
  };

  return {
    uint32: () => xoshiro128(state),
    next,
    integer: (bound) => {
      if (!(Number.isInteger(bound) && bound >= 1 && bound <= TWO_32)) {
        throw new RangeError(`bound must be a whole number from 1 to 2^32, got ${bound}`);
      }
      return draw(bound);
    },
    normal: () => {
      const u = next();
      // The middle of each cell of width 2^−53, counted from the nearer end so that it is exact.
      return u < 0.5 ? normalQuantile(u + 2 ** -54) : -normalQuantile(1 - u - 2 ** -54);
    },
    shuffle: (items, count = items.length) => {
      if (!(Number.isInteger(count) && count >= 0 && count <= items.length)) {
        throw new RangeError(
          `count must be a whole number from 0 to the length ${items.length}, got ${count}`,
        );
      }
      const last = Math.min(count, items.length - 1);
      for (let i = 0; i < last; i++) {
        const j = i + draw(items.length - i);
        const item = items[j] ?? 0;
        items[j] = items[i] ?? 0;
        items[i] = item;
      }
    },
  };
}
