import type { KeyObject } from 'node:crypto';
import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { KeyError } from '../../errors.ts';
import { keysOf, pseudonymBytes, renewal, returnToFirst } from './key-ring.ts';
import { ringLength } from './key.ts';
import type { PersonKind } from '../port.ts';

/** Whether a value can stand for a person or an organisation: a non-empty text that has a UTF-8 form. */
export function isUsableId(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id.isWellFormed();
}

/** What a person is known as in place of an id. */
export type NameOf = (kind: PersonKind, id: string) => string;

/** Replaces the id of a person by a keyed hash. */
export interface Pseudonymizer extends NameOf {
  /**
   * From a pseudonym to the one that the person had under the first key of a ring, of which arms are
   * hashed. Undefined where the key was never changed: then they are the same.
   */
  readonly original: ((pseudonym: string) => string) | undefined;
}

const rememberedPseudonyms = 10_000;

/** A function that remembers what it gave last. */
function remembering(give: (input: string) => string): (input: string) => string {
  const remembered = new LRUCache<string, string>({ max: rememberedPseudonyms });
  return (input) => {
    let given = remembered.get(input);
    if (given === undefined) {
      given = give(input);
      remembered.set(input, given);
    }
    return given;
  };
}

/**
 * A pseudonymizer: the first 128 bits of HMAC-SHA-256 of `kind:id`, as 22 characters of base64url.
 * No kind holds a colon, so the same id of two kinds has two pseudonyms and no two inputs are one.
 * Of a ring, that is the pseudonym under its first key, and `renewal` gives the one under all.
 *
 * Source: RFC 2104; truncation to at least half of the output, RFC 2104 section 5.
 *
 * @returns a function that throws a RangeError for an id that is empty, not a text, or not
 *   well-formed Unicode
 */
export function pseudonymizer(ring: KeyObject): Pseudonymizer {
  const [first = new Uint8Array()] = keysOf(ring);
  const renew = ringLength(ring) === 1 ? undefined : renewal(ring, 1);
  const pseudonymsOfKind = (kind: PersonKind): ((id: string) => string) =>
    remembering((id) => {
      const digest = createHmac('sha256', first).update(`${kind}:${id}`, 'utf8').digest();
      const pseudonym = digest.subarray(0, pseudonymBytes).toString('base64url');
      return renew?.(pseudonym) ?? pseudonym;
    });
  // Apart, because to look up an id is several times cheaper than to look up one put together.
  const pseudonymOf: Readonly<Record<PersonKind, (id: string) => string>> = {
    patient: pseudonymsOfKind('patient'),
    clinician: pseudonymsOfKind('clinician'),
    encounter: pseudonymsOfKind('encounter'),
  };
  const pseudonym: NameOf = (kind, id) => {
    if (!isUsableId(id)) {
      throw new RangeError(`the id of a ${kind} must be a non-empty, well-formed text`);
    }
    return pseudonymOf[kind](id);
  };
  const original = renew === undefined ? undefined : remembering(returnToFirst(ring));
  return Object.assign(pseudonym, { original });
}

/** The pseudonymizer of a ledger; of one that was opened without its key, a refusal. */
export function pseudonymsOf(ring: KeyObject | undefined): Pseudonymizer {
  if (ring !== undefined) return pseudonymizer(ring);
  const refuse: NameOf = () => {
    throw new KeyError('the ledger was opened without its key, so it cannot give pseudonyms');
  };
  return Object.assign(refuse, { original: undefined });
}
