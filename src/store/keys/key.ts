import { createHash, createHmac, createSecretKey, KeyObject } from 'node:crypto';
import { KeyError } from '../../errors.ts';

/**
 * A pseudonym key: 32 bytes, or those bytes as 64 hexadecimal digits or as base64. A ring of keys, of a
 * ledger whose key was changed: all of them, the oldest first, as an array or one a line. Or either as
 * `parseKey` made it.
 */
export type KeyMaterial = Uint8Array | string | KeyObject | readonly (Uint8Array | string)[];

/** How many bytes a key has. */
export const keyBytes = 32;

function bytesOf(material: unknown): Uint8Array | undefined {
  if (material instanceof Uint8Array) return material;
  if (typeof material !== 'string') return undefined;
  if (/^[0-9a-f]{64}$/i.test(material)) return Buffer.from(material, 'hex');
  if (/^[A-Za-z0-9+/]{43}=?$/.test(material)) return Buffer.from(material, 'base64');
  if (/^[A-Za-z0-9_-]{43}=?$/.test(material)) return Buffer.from(material, 'base64url');
  return undefined;
}

function isWhole(key: KeyObject): boolean {
  const length = ringLength(key);
  return key.type === 'secret' && length >= 1 && Number.isInteger(length);
}

/** The keys of a ring, each as it was given. */
function partsOf(material: unknown): readonly unknown[] {
  const parts: readonly unknown[] = Array.isArray(material) ? material : [material];
  return parts.flatMap((part) =>
    typeof part === 'string' ? part.trim().split(/\s*\n\s*/) : [part],
  );
}

/**
 * Makes a key, or a ring of keys, that does not show its bytes when it is printed. A ring is one
 * `KeyObject` too: the bytes of its keys in a row.
 *
 * @param source named in the error: where the key came from
 * @throws KeyError when a key is not 32 bytes, or stands in the ring twice; the error never holds what was
 *   given
 */
export function parseKey(material: unknown, source = 'the key'): KeyObject {
  if (material instanceof KeyObject && isWhole(material)) return material;
  const keys = partsOf(material).map((part) => {
    const bytes = bytesOf(part);
    if (bytes?.length === keyBytes) return bytes;
    throw new KeyError(
      `${source} is malformed: give 32 random bytes, as a Uint8Array, 64 hexadecimal digits or base64; of a ring of keys each, the oldest first`,
    );
  });
  if (keys.length === 0) throw new KeyError(`${source} is an empty ring: give at least one key`);
  if (new Set(keys.map((bytes) => Buffer.from(bytes).toString('hex'))).size < keys.length) {
    throw new KeyError(`${source} holds the same key twice: each key of a ring is a new one`);
  }
  return createSecretKey(Buffer.concat(keys));
}

/** How many keys a ring has. */
export function ringLength(ring: KeyObject): number {
  return (ring.symmetricKeySize ?? 0) / keyBytes;
}

/**
 * A value by which a ledger recognises its key and from which the key cannot be found: the first 8
 * bytes of SHA-256 of an HMAC under the key, in hexadecimal. That of a ring has the number of its keys and a
 * hyphen before it.
 */
export function keyCheckOf(key: KeyObject): string {
  const length = ringLength(key);
  const label = length === 1 ? 'rapidcycle key check' : `rapidcycle key check of ${length}`;
  const tag = createHmac('sha256', key).update(label, 'utf8').digest();
  const check = createHash('sha256').update(tag).digest('hex').slice(0, 16);
  return length === 1 ? check : `${length}-${check}`;
}

/** How many keys the ring of a ledger has, by its key check. */
export function keysBehind(keyCheck: string): number {
  const hyphen = keyCheck.indexOf('-');
  return hyphen === -1 ? 1 : Number(keyCheck.slice(0, hyphen));
}
