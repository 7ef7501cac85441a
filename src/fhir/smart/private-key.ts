import type { KeyObject } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import { open } from 'node:fs/promises';
import { codeOf, KeyError } from '../../errors.ts';
import { valueOf } from '../value-of.ts';
import { jsonOf } from '../wire/body.ts';

/** How an assertion is signed, as SMART wants it of every server: P-384, or RSA. */
export type AssertionAlgorithm = 'ES384' | 'RS384';

/** A private key as JSON. */
export interface PrivateJwk {
  readonly kty: string;
  readonly kid?: string | undefined;
  readonly [member: string]: unknown;
}

/** Where a private key is: the text of a PEM or JWK, a JWK, or a file that holds either. */
export type PrivateKeySource = string | PrivateJwk | { readonly file: string | URL };

/** A private key that can sign. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly algorithm: AssertionAlgorithm;
  /** The id that the key itself names. */
  readonly kid: string | undefined;
}

const advice =
  'give an EC key on P-384 (ES384) or an RSA key of 2,048 bits or more (RS384), as PEM without a passphrase or as JWK';

async function textOfFile(file: string | URL): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { mode } = await handle.stat();
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
        throw new KeyError(
          `the file of the private key can be used by others than its owner (mode ${(mode & 0o777).toString(8)}): ` +
            'run chmod 600 on it, and consider who may have read it',
        );
      }
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof KeyError) throw error;
    throw new KeyError(
      `the file of the private key cannot be read (${codeOf(error) ?? 'unknown'})`,
    );
  }
}

function algorithmOf(key: KeyObject): AssertionAlgorithm {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'secp384r1') return 'ES384';
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= 2_048) return 'RS384';
  throw new KeyError(`the private key is of a kind that SMART servers need not take: ${advice}`);
}

function fromJwk(jwk: unknown): { readonly key: KeyObject; readonly kid: unknown } {
  if (typeof jwk !== 'object' || jwk === null) throw new TypeError('no JWK');
  return { key: createPrivateKey({ key: { ...jwk }, format: 'jwk' }), kid: valueOf(jwk, 'kid') };
}

/** @param input a PEM text, or a JWK; never repeated in a message */
function parsed(input: string | object): { readonly key: KeyObject; readonly kid: unknown } {
  try {
    if (typeof input !== 'string') return fromJwk(input);
    const document = jsonOf(input);
    if ('value' in document) return fromJwk(document.value);
    return { key: createPrivateKey(input), kid: undefined };
  } catch {
    throw new KeyError(`the private key cannot be read: ${advice}; the name of a file as { file }`);
  }
}

/**
 * Reads a private key.
 *
 * @throws KeyError when it cannot be read, is of another kind, or others may use its file
 */
export async function readPrivateKey(source: PrivateKeySource): Promise<SigningKey> {
  const { file } = typeof source === 'object' ? source : {};
  const isPlace = typeof file === 'string' || file instanceof URL;
  const { key, kid } = parsed(isPlace ? await textOfFile(file) : source);
  return { key, algorithm: algorithmOf(key), kid: typeof kid === 'string' ? kid : undefined };
}
