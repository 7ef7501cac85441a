import { readFile } from 'node:fs/promises';
import { codeOf } from '../../errors.ts';
import type { JwtClient } from './clients.ts';
import { fetchKeys } from './fetch-keys.ts';
import type { KeySet, UnverifiedToken } from './jose.ts';
import { keySetOf } from './jose.ts';
import type { KeySource, KeyTimes } from './key-source.ts';
import { fixedKeys, loadedKeys } from './key-source.ts';
import { fault, refuseToken } from './refuse.ts';

/** How the keys of clients are loaded. */
export interface ClientKeysOptions extends KeyTimes {
  readonly fetch: typeof fetch;
  /** Milliseconds for one attempt. */
  readonly timeout: number;
  readonly now: () => number;
}

/** The keys of one client. */
export interface ClientKeys {
  readonly sources: readonly KeySource[];
  /**
   * Where the key of a token is to be looked for.
   *
   * @throws RequestError (401) when the token names an address that is not allowed
   */
  sourceOf(token: UnverifiedToken): KeySource;
}

// A key set is a few kilobytes.
const bytesOfKeys = 524_288;
const mostKeys = 100;

/** Keys as they came from outside: only public ones of kinds that sign. */
function keysIn(document: unknown): KeySet {
  if (typeof document !== 'object' || document === null || !('keys' in document)) {
    throw new TypeError('it is no JSON Web Key Set: { "keys": [ … ] }');
  }
  const keys: readonly unknown[] = Array.isArray(document.keys) ? document.keys : [];
  const usable = keys.filter(
    (key) =>
      typeof key === 'object' &&
      key !== null &&
      !('d' in key) &&
      'kty' in key &&
      ['RSA', 'EC', 'OKP'].includes(String(key.kty)),
  );
  if (usable.length === 0) throw new TypeError('it holds no public key');
  if (usable.length > mostKeys) throw new TypeError(`it holds more than ${mostKeys} keys`);
  return keySetOf({ keys: usable });
}

async function readKeys(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new Error(`the file cannot be read (${codeOf(cause) ?? 'unknown'})`, { cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error('the file is not JSON', { cause });
  }
}

/** The keys of a client that has been checked. */
export function keysOf(
  { jwks, jwksFile, jwksUrl, jku = [] }: JwtClient,
  { fetch, timeout, ...times }: ClientKeysOptions,
): ClientKeys {
  const fetched = (url: string): KeySource =>
    loadedKeys(
      async () => keysIn(await fetchKeys(url, { fetch, timeout, limit: bytesOfKeys })),
      times,
    );
  const always = (source: KeySource): ClientKeys => ({
    sources: [source],
    sourceOf: () => source,
  });
  if (jwks !== undefined) return always(fixedKeys(keysIn(jwks)));
  if (jwksUrl !== undefined) return always(fetched(jwksUrl));
  if (jwksFile !== undefined) {
    return always(loadedKeys(async () => keysIn(await readKeys(jwksFile)), times));
  }
  const byUrl = new Map(jku.map((url) => [url, fetched(url)]));
  const [only] = jku;
  return {
    sources: [...byUrl.values()],
    sourceOf: ({ header }) => {
      // A token need not say where its keys are where there is no choice.
      const named = header['jku'] ?? (byUrl.size === 1 ? only : undefined);
      const source = typeof named === 'string' ? byUrl.get(named) : undefined;
      if (source !== undefined) return source;
      throw refuseToken(fault('jku', 'must be one of the addresses allowed for its issuer'));
    },
  };
}
