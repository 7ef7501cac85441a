/** A set of texts that keeps 53 bits of each: 11 to 22 bytes a member, however long the texts are. */
export interface KeySet {
  /** Adds a text; false when it was there. */
  readonly add: (text: string) => boolean;
  readonly isEmpty: () => boolean;
  /** How many members another set has that this one has not. */
  readonly missing: (other: KeySet) => number;
  /** The keys of the members, in no order. */
  readonly keys: () => Iterable<number>;
}

const { imul } = Math;

/**
 * A 53-bit key of a text, from two 32-bit FNV-1a lanes. Among ten million texts, two share a key with
 * a chance of about 1 in 180.
 *
 * @see Fowler, Noll & Vo, RFC 9923.
 */
function keyOf(text: string): number {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    a = imul(a ^ code, 0x01000193);
    b = imul(b ^ code ^ (b >>> 15), 0x85ebca6b);
  }
  a = imul(a ^ (a >>> 16), 0xc2b2ae35);
  b ^= b >>> 13;
  // 0 stands for an empty place.
  return (b >>> 11) * 0x100000000 + (a >>> 0) || 1;
}

/** Makes an empty set. */
export function keySet(): KeySet {
  let places = new Float64Array(16);
  let size = 0;
  const placeOf = (key: number): number => {
    const mask = places.length - 1;
    let place = key & mask;
    while (places[place] !== 0 && places[place] !== key) place = (place + 1) & mask;
    return place;
  };
  const grow = (): void => {
    const before = places;
    places = new Float64Array(before.length * 2);
    for (const key of before) if (key !== 0) places[placeOf(key)] = key;
  };
  const hasKey = (key: number): boolean => places[placeOf(key)] === key;
  const keys = (): Iterable<number> => places.filter((key) => key !== 0);
  return {
    add: (text) => {
      const key = keyOf(text);
      const place = placeOf(key);
      if (places[place] === key) return false;
      places[place] = key;
      size += 1;
      if (size > 0.7 * places.length) grow();
      return true;
    },
    isEmpty: () => size === 0,
    missing: (other) => {
      let count = 0;
      for (const key of other.keys()) if (!hasKey(key)) count += 1;
      return count;
    },
    keys,
  };
}
