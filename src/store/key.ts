import type { KeyObject } from 'node:crypto';
import { createHash, createHmac, createSecretKey } from 'node:crypto';
import { KeyError } from '../errors.ts';

/** A pseudonym key: 32 bytes, or those bytes as 64 hexadecimal digits or as base64. */
export type KeyMaterial = Uint8Array | string;

/** How many bytes a key has. */
export const keyBytes = 32;

function bytesOf(material: unknown): Uint8Array | undefined {
  if (material instanceof Uint8Array) return material;
  if (typeof material !== 'string') return undefined;
  const text = material.trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  if (/^[A-Za-z0-9_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64url');
  return undefined;
}

/**
 * Makes a key that does not show its bytes when it is printed.
 *
 * @param source named in the error: where the key came from
 * @throws KeyError when it is not 32 bytes; the error never holds what was given
 */
export function parseKey(material: unknown, source = 'the key'): KeyObject {
  const bytes = bytesOf(material);
  if (bytes?.length !== keyBytes) {
    throw new KeyError(
      `${source} is malformed: give 32 random bytes, as a Uint8Array, 64 hexadecimal digits or base64`,
    );
  }
  return createSecretKey(bytes);
}

/**
 * A value by which a ledger recognises its key and from which the key cannot be found: the first 8
 * bytes of SHA-256 of an HMAC under the key, in hexadecimal.
 */
export function keyCheckOf(key: KeyObject): string {
  const tag = createHmac('sha256', key).update('rapidcycle key check', 'utf8').digest();
  return createHash('sha256').update(tag).digest('hex').slice(0, 16);
}
