import type { KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { keyBytes, ringLength } from './key.ts';

/** How many bytes a pseudonym stands for: one block of AES. */
export const pseudonymBytes = 16;

/** Gives a person another pseudonym: no two persons the same one. */
export type Renaming = (pseudonym: string) => string;

function blockOf(pseudonym: string): Buffer {
  const block = Buffer.from(pseudonym, 'base64url');
  if (block.length !== pseudonymBytes || block.toString('base64url') !== pseudonym) {
    throw new RangeError('this is no pseudonym: one has 22 characters of base64url');
  }
  return block;
}

/** What can encipher or decipher block after block: without padding, none depends on another. */
interface Step {
  update(block: Buffer): Buffer;
}

function through(steps: readonly Step[], pseudonym: string): string {
  let block = blockOf(pseudonym);
  for (const step of steps) block = step.update(block);
  return block.toString('base64url');
}

/** The keys of a ring, the oldest first. */
export function keysOf(ring: KeyObject): readonly Uint8Array[] {
  const bytes = ring.export();
  return Array.from({ length: ringLength(ring) }, (_key, index) =>
    bytes.subarray(index * keyBytes, (index + 1) * keyBytes),
  );
}

/** The key of the permutation that a key of a ring stands for. */
function permutationKey(key: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update('rapidcycle re-key', 'utf8').digest();
}

/**
 * From the pseudonym under the first keys of a ring to the one under all of them: AES-256 of its 16 bytes
 * under a key that comes from each further key. A block cipher is a permutation, so no two persons
 * become one, and without the further keys nobody can follow.
 *
 * Source: FIPS 197; the key of each step is HMAC-SHA-256 of `rapidcycle re-key` (RFC 2104).
 *
 * @param known how many of the keys the pseudonym is under already
 * @returns a function that throws a RangeError for what is no pseudonym
 */
export function renewal(ring: KeyObject, known: number): Renaming {
  const steps = keysOf(ring)
    .slice(known)
    .map((key) => createCipheriv('aes-256-ecb', permutationKey(key), null).setAutoPadding(false));
  return (pseudonym) => through(steps, pseudonym);
}

/**
 * The way back: from the pseudonym under all keys of a ring to the one under its first key, of which arms
 * are hashed.
 *
 * @returns a function that throws a RangeError for what is no pseudonym
 */
export function returnToFirst(ring: KeyObject): Renaming {
  const steps = keysOf(ring)
    .slice(1)
    .reverse()
    .map((key) => createDecipheriv('aes-256-ecb', permutationKey(key), null).setAutoPadding(false));
  return (pseudonym) => through(steps, pseudonym);
}
