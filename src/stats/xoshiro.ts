// Held here because looking up a global each time is slow where globals are proxied, as in test runners.
const imul = Math.imul;

/**
 * One step of xoshiro128** 1.1 (period 2^128 − 1): changes `state` and returns 32 random bits.
 *
 * @param state four words, not all 0.
 * @returns a whole number from 0 to 2^32 − 1.
 * @see D. Blackman and S. Vigna, Scrambled linear pseudorandom number generators, ACM Trans. Math.
 *   Softw. 47 (2021) 36.
 */
export function xoshiro128(state: Int32Array): number {
  const a = state[0] ?? 0;
  const b = state[1] ?? 0;
  const c = (state[2] ?? 0) ^ a;
  const d = (state[3] ?? 0) ^ b;
  const scaled = imul(b, 5);
  const result = imul((scaled << 7) | (scaled >>> 25), 9);
  state[0] = a ^ d;
  state[1] = b ^ c;
  state[2] = c ^ (b << 9);
  state[3] = (d << 11) | (d >>> 21);
  return result >>> 0;
}
