import { compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors } from 'jose';
import type { CompactVerifyGetKey, JSONWebKeySet } from 'jose';

/** How a token may be signed. HMAC and `none` are not among them: CDS Hooks forbids both. */
export const jwtAlgorithms = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
] as const;

/** How a token is signed. */
export type JwtAlgorithm = (typeof jwtAlgorithms)[number];

/** A token whose signature has not been looked at. */
export interface UnverifiedToken {
  readonly text: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Opens a token without any check; undefined when it is none. */
export function openToken(text: string): UnverifiedToken | undefined {
  try {
    return { text, header: { ...decodeProtectedHeader(text) }, claims: decodeJwt(text) };
  } catch {
    return undefined;
  }
}

/** What a set of keys says of a token: `no-key` when none of them can have signed it. */
type Signature = 'good' | 'bad' | 'no-key';

/** Public keys that signatures are checked with. Never rejects. */
export type KeySet = (
  token: UnverifiedToken,
  algorithms: readonly JwtAlgorithm[],
) => Promise<Signature>;

async function isSigned(
  text: string,
  key: CompactVerifyGetKey,
  algorithms: readonly JwtAlgorithm[],
): Promise<boolean> {
  await compactVerify(text, key, { algorithms: [...algorithms] });
  return true;
}

// Keys of one kind without a `kid`, or a token that names none: each is tried.
const keysTried = 10;

/**
 * Takes a JSON Web Key Set up.
 *
 * @throws TypeError when it is none
 */
export function keySetOf(document: unknown): KeySet {
  let keys: ReturnType<typeof createLocalJWKSet>;
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it checks what it is given
    keys = createLocalJWKSet(document as JSONWebKeySet);
  } catch (cause) {
    throw new TypeError('it is no JSON Web Key Set: { "keys": [ … ] }', { cause });
  }
  return async ({ text }, algorithms) => {
    try {
      await isSigned(text, keys, algorithms);
      return 'good';
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return 'no-key';
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return 'bad';
      let tried = 0;
      for await (const key of error) {
        tried += 1;
        if (tried > keysTried) break;
        if (await isSigned(text, () => key, algorithms).catch(() => false)) return 'good';
      }
      return 'bad';
    }
  };
}
