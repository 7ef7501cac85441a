import type { KeyObject } from 'node:crypto';
import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { PersonKind } from './port.ts';

/** Whether a value can stand for a person or an organisation: a non-empty text that has a UTF-8 form. */
export function isUsableId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id.isWellFormed();
}

/** Replaces the id of a person by a keyed hash. */
export type Pseudonymizer = (kind: PersonKind, id: string) => string;

const rememberedPseudonyms = 10_000;

/**
 * A pseudonymizer: the first 128 bits of HMAC-SHA-256 of `kind:id`, as 22 characters of base64url.
 * No kind holds a colon, so the same id of two kinds has two pseudonyms and no two inputs are one.
 *
 * Source: RFC 2104; truncation to at least half of the output, RFC 2104 section 5.
 *
 * @returns a function that throws a RangeError for an id that is empty, not a text, or not
 *   well-formed Unicode
 */
export function pseudonymizer(key: KeyObject): Pseudonymizer {
  const remembered = new LRUCache<string, string>({ max: rememberedPseudonyms });
  return (kind, id) => {
    if (!isUsableId(id)) {
      throw new RangeError(`the id of a ${kind} must be a non-empty, well-formed text`);
    }
    const input = `${kind}:${id}`;
    let pseudonym = remembered.get(input);
    if (pseudonym === undefined) {
      const digest = createHmac('sha256', key).update(input, 'utf8').digest();
      pseudonym = digest.subarray(0, 16).toString('base64url');
      remembered.set(input, pseudonym);
    }
    return pseudonym;
  };
}
