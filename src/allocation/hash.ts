import murmurhash from 'murmurhash';

const encoder = new TextEncoder();

/** Joins parts so that no two different lists give one key: `\` and `|` inside a part are escaped. */
export function joinKey(parts: readonly string[]): string {
  return parts.map(escapePart).join('|');
}

function escapePart(part: string): string {
  return part.includes('|') || part.includes('\\') ? part.replace(/[\\|]/g, '\\$&') : part;
}

/** Gives a unit id its place, a whole number from 0 to 2^32 - 1. */
export type Hasher = (unitId: string) => number;

/**
 * A hasher for keys that differ in their last part only: the bytes of the prefix are laid down once
 * and the id is encoded behind them, which is several times faster than hashing a new string.
 *
 * @param prefix the parts of the key before the unit id
 */
export function hasherOf(prefix: readonly string[]): Hasher {
  const head = encoder.encode(`${joinKey(prefix)}|`);
  let scratch = new Uint8Array(0);
  let tail = scratch;
  // Ids of a trial have few lengths: a view made once for each spares an allocation at every call.
  let views: (Uint8Array | undefined)[] = [];
  const grow = (bytes: number): void => {
    scratch = new Uint8Array(head.length + bytes);
    scratch.set(head);
    tail = scratch.subarray(head.length);
    views = [];
  };
  grow(192);
  return (unitId) => {
    const id = escapePart(unitId);
    // A UTF-16 unit takes at most three bytes; encodeInto would cut a longer id short without a word.
    if (id.length * 3 > tail.length) grow(id.length * 3);
    const { written } = encoder.encodeInto(id, tail);
    const key = (views[written] ??= scratch.subarray(0, head.length + written));
    return murmurhash.v3(key, 0);
  };
}

/**
 * MurmurHash3 x86_32 of the UTF-8 bytes of a key, with seed 0.
 *
 * Source: Appleby, MurmurHash3 (2011), verification value 0xB0F57EE3.
 *
 * @returns a whole number from 0 to 2^32 - 1
 */
export function hashKey(key: string): number {
  return murmurhash.v3(encoder.encode(key), 0);
}
