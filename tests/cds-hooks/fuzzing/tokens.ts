import { randomUUID } from 'node:crypto';
import type { Authorize } from '../../../src/cds-hooks/index.ts';
import { jwtAuthorizer } from '../../../src/cds-hooks/index.ts';
import { planted } from '../../planted.ts';
import { noon } from '../support.ts';
import {
  claimsFor,
  ellipticSigner,
  rsaSigner,
  signed,
  signedBySecret,
  unsigned,
} from '../tokens.ts';

/** Where the service is for those who call it. */
const publicUrl = 'https://cds.example';

const elliptic = ellipticSigner('ec-1');
const rsa = rsaSigner('rsa-1');
const stranger = rsaSigner('rsa-1');
const jwks = { keys: [elliptic.jwk, rsa.jwk] };
const shared = 'https://ehr.example';

/** Who may call: two organisations of one issuer, and one of its own. */
const issuers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  north: { iss: shared, tenant: 'north' },
  south: { iss: shared, tenant: 'south' },
  west: { iss: 'https://west.example/fhir', tenant: '' },
};

/** The names of those who may call. */
export const callers: readonly string[] = Object.keys(issuers);

/** Lets in who has a token of theirs. */
export function guard(): Authorize {
  return jwtAuthorizer({
    publicUrl,
    clients: [
      { issuer: shared, tenant: 'north', name: 'north', jwks },
      { issuer: shared, tenant: 'south', name: 'south', jwks },
      { issuer: 'https://west.example/fhir', name: 'west', jwks },
    ],
    now: () => noon,
  });
}

interface Maker {
  readonly claims: Readonly<Record<string, unknown>>;
}

const bearer = (token: string): string => `Bearer ${token}`;
const iat = Math.floor(noon / 1_000);
const broken = (change: Readonly<Record<string, unknown>>, header = {}) => {
  return ({ claims }: Maker): string =>
    bearer(signed(rsa, { header, claims: { ...claims, ...change } }));
};

/** What may be sent in place of a token, the statuses that it is refused with, and what they name. */
const badTokens: readonly {
  readonly make: (maker: Maker) => string | readonly string[] | undefined;
  readonly status: 401 | 403;
  readonly names: RegExp;
}[] = [
  { make: () => undefined, status: 401, names: /token/ },
  { make: () => 'Basic dXNlcjpwYXNz', status: 401, names: /token\.header/ },
  { make: () => bearer(planted('name', 9)), status: 401, names: /token\.header/ },
  { make: () => bearer('a.b.c'), status: 401, names: /token\.header/ },
  { make: () => bearer('x'.repeat(9_000)), status: 401, names: /token\.header/ },
  { make: ({ claims }) => bearer(unsigned({ claims })), status: 401, names: /token\.alg/ },
  {
    make: ({ claims }) => bearer(signedBySecret(JSON.stringify(rsa.jwk), { claims })),
    status: 401,
    names: /token\.alg/,
  },
  {
    make: ({ claims }) => bearer(signed(stranger, { claims })),
    status: 401,
    names: /token\.signature/,
  },
  { make: broken({}, { kid: 'unheard-of' }), status: 401, names: /token\.kid/ },
  { make: broken({}, { kid: 17 }), status: 401, names: /token\.kid/ },
  { make: broken({}, { crit: ['x'], x: 1 }), status: 401, names: /token\.header/ },
  { make: broken({ iss: planted('name', 8) }), status: 403, names: /token\.iss/ },
  { make: broken({ iss: shared, tenant: 'east' }), status: 403, names: /token\.tenant/ },
  { make: broken({ aud: 'https://elsewhere.example' }), status: 401, names: /token\.aud/ },
  { make: broken({ aud: null }), status: 401, names: /token\.aud/ },
  { make: broken({ exp: iat - 61 }), status: 401, names: /token\.exp/ },
  { make: broken({ exp: iat + 1e9 }), status: 401, names: /token\.exp/ },
  { make: broken({ exp: 'tomorrow' }), status: 401, names: /token\.exp/ },
  { make: broken({ iat: iat + 100 }), status: 401, names: /token\.iat/ },
  { make: broken({ nbf: iat + 100 }), status: 401, names: /token\.nbf/ },
  { make: broken({ jti: undefined }), status: 401, names: /token\.jti/ },
  { make: broken({ jti: 'x'.repeat(300) }), status: 401, names: /token\.jti/ },
  {
    make: ({ claims }) => [bearer(signed(rsa, { claims })), bearer(signed(rsa, { claims }))],
    status: 401,
    names: /token\.header/,
  },
];

function claimsOf(caller: string, path: string): Readonly<Record<string, unknown>> {
  const { iss = '', tenant = '' } = issuers[caller] ?? {};
  const audience = publicUrl + path.replace(/\/$/, '');
  const others = { jti: randomUUID(), sub: 'client-1', ...(tenant === '' ? {} : { tenant }) };
  return claimsFor({ issuer: iss, audience, at: noon }, others);
}

/** A token of somebody who may call, for one address. Most are of the kind that costs less. */
export function goodToken(caller: string, path: string): string {
  const signer = path.length % 8 === 0 ? elliptic : rsa;
  return bearer(signed(signer, { claims: claimsOf(caller, path) }));
}

/** Something that is no token of anybody who may call. */
export function badToken(
  index: number,
  path: string,
): (typeof badTokens)[number] & {
  readonly authorization: string | readonly string[] | undefined;
} {
  const bad = badTokens[index % badTokens.length];
  if (bad === undefined) throw new Error('there is no such token');
  return { ...bad, authorization: bad.make({ claims: claimsOf('north', path) }) };
}
