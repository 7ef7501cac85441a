import { randomBytes } from 'node:crypto';

/** A seed that nobody could have chosen: 128 random bits in hexadecimal. */
export function randomSeed(): string {
  return randomBytes(16).toString('hex');
}
