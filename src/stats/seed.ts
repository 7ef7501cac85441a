/**
 * What a stream of random numbers is named by: a text, a finite number, or several of them. The
 * parts keep their type and their borders: `7`, `'7'`, `['a', 'bc']` and `['ab', 'c']` all differ,
 * while `'a'` and `['a']` are the same.
 */
export type Seed = string | number | readonly (string | number)[];

/** The finaliser of MurmurHash3: every bit of the word reaches every other. */
function finalise(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** One word into one lane, as the body of MurmurHash3 x86-32 does it. */
function absorb(lane: number, word: number): number {
  const scaled = Math.imul(word, 0xcc9e2d51);
  const h = lane ^ Math.imul((scaled << 15) | (scaled >>> 17), 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function canonical(part: string | number): string {
  if (typeof part === 'string') return `s${part.length}:${part}`;
  if (!Number.isFinite(part)) throw new RangeError(`a seed must be finite, got ${part}`);
  const text = String(part);
  return `n${text.length}:${text}`;
}

/**
 * Four words of generator state from a seed and a block number.
 *
 * Each part is written as `s` or `n`, its length, a colon and its text; the UTF-16 units of that
 * writing, then the low and the high word of the block, go through four lanes of MurmurHash3,
 * which are then mixed with one another.
 *
 * @param seed the name of the stream.
 * @param block a whole number from 0 to 2^53 − 1.
 * @throws RangeError if the seed is an empty list or holds a number that is not finite, or if
 *   the block is not a whole number.
 * @see A. Appleby, MurmurHash3 (2011, public domain), whose mixing functions these are.
 */
export function seedState(seed: Seed, block: number): Int32Array {
  const parts = typeof seed === 'object' ? seed : [seed];
  if (parts.length === 0) throw new RangeError('a seed list must hold at least one part');
  if (!Number.isSafeInteger(block) || block < 0) {
    throw new RangeError(`block must be a whole number, 0 or more, got ${block}`);
  }
  const text = parts.map(canonical).join('');
  const state = new Int32Array(4);
  for (let i = 0; i < 4; i++) {
    let lane = Math.imul(i + 1, 0x9e3779b9);
    for (let j = 0; j < text.length; j++) lane = absorb(lane, text.charCodeAt(j));
    lane = absorb(lane, block | 0);
    state[i] = absorb(lane, Math.floor(block / 2 ** 32));
  }
  mixLanes(state);
  state.forEach((word, i) => (state[i] = finalise(word)));
  mixLanes(state);
  // The one state the generator cannot leave; one seed in 2^128 meets it.
  if (state.every((word) => word === 0)) state[0] = 1;
  return state;
}

/** Every lane gets the sum of all, the first counted once more in the others. */
function mixLanes(state: Int32Array): void {
  const total = state.reduce((sum, word) => (sum + word) | 0, 0);
  state.forEach((word, i) => (state[i] = i === 0 ? total : word + total));
}
