import type { KeyObject } from 'node:crypto';
import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';

/** A key pair whose public part can be put into a key set. */
export interface Signer {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** An elliptic key pair of P-384, as ES384 needs it. */
export function ellipticSigner(kid: string): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES384' };
  return { kid, alg: 'ES384', privateKey, publicKey, jwk };
}

/** An RSA key pair, as RS384 needs it. */
export function rsaSigner(kid: string, modulusLength = 2_048): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' };
  return { kid, alg: 'RS384', privateKey, publicKey, jwk };
}

type Part = Readonly<Record<string, unknown>>;

function encoded(part: Part): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** What a token is made of besides its signer. */
export interface TokenParts {
  readonly header?: Part;
  readonly claims: Part;
}

/** A token signed by Node's own cryptography, apart from the library that checks it. */
export function signed(signer: Signer, { header = {}, claims }: TokenParts): string {
  const head = encoded({ alg: signer.alg, kid: signer.kid, typ: 'JWT', ...header });
  const text = `${head}.${encoded(claims)}`;
  const signature = sign('sha384', Buffer.from(text), {
    key: signer.privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  return `${text}.${signature.toString('base64url')}`;
}

/** A token whose signature is what somebody makes of a text that is no secret. */
export function signedBySecret(secret: string, { header = {}, claims }: TokenParts): string {
  const text = `${encoded({ alg: 'HS256', typ: 'JWT', ...header })}.${encoded(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** A token without a signature. */
export function unsigned({ header = {}, claims }: TokenParts): string {
  return `${encoded({ alg: 'none', typ: 'JWT', ...header })}.${encoded(claims)}.`;
}

/** The claims that CDS Hooks wants, with changes. */
export function claimsFor(
  {
    issuer,
    audience,
    at,
  }: { readonly issuer: string; readonly audience: string; readonly at: number },
  change: Part = {},
): Part {
  const iat = Math.floor(at / 1_000);
  return { iss: issuer, aud: audience, iat, exp: iat + 300, jti: randomUUID(), ...change };
}
