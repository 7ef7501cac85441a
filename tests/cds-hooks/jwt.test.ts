import { describe, expect, test } from '@jest/globals';
import { alertService } from '../../src/cds-hooks/index.ts';
import { jwtAuthorizer } from '../../src/cds-hooks/jwt/authorizer.ts';
import type { JwtClient } from '../../src/cds-hooks/jwt/clients.ts';
import type { JwtOptions } from '../../src/cds-hooks/jwt/options.ts';
import { base, callBody, card, fakeLog, noon, patientOf, post, served, trial } from './support.ts';
import {
  claimsFor,
  ellipticSigner,
  rsaSigner,
  signed,
  signedBySecret,
  unsigned,
} from './tokens.ts';

const publicUrl = 'https://cds.example/alerts';
const issuer = 'https://ehr.example/fhir/r4';
const elliptic = ellipticSigner('ec-1');
const rsa = rsaSigner('rsa-1');
const stranger = ellipticSigner('ec-1');
const jwks = { keys: [elliptic.jwk, rsa.jwk] };
const endpoint = `${publicUrl}/cds-services/influenza`;
const addresses = {
  discovery: `${publicUrl}/cds-services`,
  call: endpoint,
  feedback: `${endpoint}/feedback`,
};

const claims = (change: Readonly<Record<string, unknown>> = {}, audience = endpoint) =>
  claimsFor({ issuer, audience, at: noon }, change);

/** A service that lets in who has a token; `url` is where it listens, which tokens do not name. */
async function setUp(client: Partial<JwtClient> = {}, options: Partial<JwtOptions> = {}) {
  const log = fakeLog(trial);
  const service = alertService(log, {
    ...base,
    cards: { usual: () => [card('old')], redesign: () => [card('new')] },
  });
  const authorize = jwtAuthorizer({
    publicUrl,
    clients: [{ issuer, jwks, ...client }],
    now: () => noon,
    ...options,
  });
  const server = await served([service], { authorize });
  const url = `${server.url}/cds-services`;
  const patient = patientOf(log, 'usual');
  const call = (token: string) =>
    post(`${url}/influenza`, callBody(patient), { authorization: `Bearer ${token}` });
  return { log, url, call, [Symbol.asyncDispose]: server.close };
}

describe('A token of the CDS client', () => {
  test.each([
    ['ES384', elliptic],
    ['RS384', rsa],
  ])('signed with %s lets discovery, calls and feedback in', async (_alg, signer) => {
    await using service = await setUp();
    const bearer = (audience: string) => ({
      authorization: `Bearer ${signed(signer, { claims: claims({}, audience) })}`,
    });
    const list = await fetch(service.url, { headers: bearer(addresses.discovery) });
    expect(list.status).toBe(200);
    const called = await post(
      `${service.url}/influenza`,
      callBody(patientOf(service.log, 'usual')),
      bearer(addresses.call),
    );
    expect([called.status, called.body.cards[0]?.summary]).toEqual([200, 'old']);
    const item = {
      card: called.body.cards[0]?.uuid,
      outcome: 'overridden',
      outcomeTimestamp: '2026-10-20T16:05:00Z',
    };
    const sent = await post(
      `${service.url}/influenza/feedback`,
      { feedback: [item] },
      bearer(addresses.feedback),
    );
    expect([sent.status, service.log.rows.at(-1)?.type]).toEqual([200, 'dismissal']);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['the claims that Epic adds', { sub: 'client-1', nbf: noon / 1_000 - 300 }],
    ['the claims that Oracle adds', { tenant: 'org-1', client: { id: 1 }, version: '1.0' }],
    ['a list of audiences', { aud: ['https://other.example', endpoint] }],
    ['a slash at the end of its audience', { aud: `${endpoint}/` }],
    ['a clock that is a minute fast', { iat: noon / 1_000 + 60, exp: noon / 1_000 + 300 }],
    ['a clock that is a minute slow', { iat: noon / 1_000 - 400, exp: noon / 1_000 - 59 }],
    ['instants with fractions', { iat: noon / 1_000 - 0.5, exp: noon / 1_000 + 10.25 }],
  ])('is taken with %s', async (_what, change) => {
    await using service = await setUp();
    expect((await service.call(signed(elliptic, { claims: claims(change) }))).status).toBe(200);
  });

  test('is taken without typ and kid where one key fits', async () => {
    await using service = await setUp();
    const header = { typ: undefined, kid: undefined };
    expect((await service.call(signed(elliptic, { header, claims: claims() }))).status).toBe(200);
  });

  test('is tried with each key of one name', async () => {
    await using service = await setUp({ jwks: { keys: [stranger.jwk, elliptic.jwk] } });
    expect((await service.call(signed(elliptic, { claims: claims() }))).status).toBe(200);
    const other = ellipticSigner('ec-1');
    expect((await service.call(signed(other, { claims: claims() }))).status).toBe(401);
  });

  test('is taken for an audience that a site has typed by hand, and for no other', async () => {
    await using service = await setUp({ audiences: ['https://cds.example'] });
    const of = (aud: string) => signed(elliptic, { claims: claims({ aud }) });
    expect((await service.call(of('https://cds.example'))).status).toBe(200);
    expect((await service.call(of(endpoint))).status).toBe(200);
    expect((await service.call(of('https://cds.example/'))).status).toBe(401);
  });

  test('is asked for by the browser’s preflight only in name', async () => {
    const log = fakeLog(trial);
    const service = alertService(log, { ...base, cards: () => [] });
    const authorize = jwtAuthorizer({ publicUrl, clients: [{ issuer, jwks }] });
    await using server = await served([service], { authorize, cors: { origins: '*' } });
    const response = await fetch(`${server.url}/cds-services/influenza`, {
      method: 'OPTIONS',
      headers: { origin: 'https://ehr.example', 'access-control-request-headers': 'authorization' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-headers')).toContain('authorization');
  });
});

const seconds = noon / 1_000;
const spki = elliptic.publicKey.export({ type: 'spki', format: 'pem' }).toString();
type Attack = readonly [string, () => string, number, string, string];

const attacks: readonly Attack[] = [
  ['no signature: alg none', () => unsigned({ claims: claims() }), 401, 'alg', 'ES384 or RS384'],
  [
    'alg none, written otherwise',
    () => unsigned({ header: { alg: 'nOnE' }, claims: claims() }),
    401,
    'alg',
    'ES384',
  ],
  [
    'HS256 with the public key as its secret',
    () => signedBySecret(spki, { header: { kid: 'ec-1' }, claims: claims() }),
    401,
    'alg',
    'ES384',
  ],
  [
    'HS256 with the text of the key set as its secret',
    () => signedBySecret(JSON.stringify(elliptic.jwk), { claims: claims() }),
    401,
    'alg',
    'ES384',
  ],
  [
    'an algorithm that is not allowed here',
    () => signed(rsa, { header: { alg: 'RS256' }, claims: claims() }),
    401,
    'alg',
    'ES384',
  ],
  [
    'the key of somebody else under the same name',
    () => signed(stranger, { claims: claims() }),
    401,
    'signature',
    'private key',
  ],
  [
    'a key that nobody knows',
    () => signed(ellipticSigner('ec-9'), { claims: claims() }),
    401,
    'kid',
    'key of its issuer',
  ],
  [
    'a key that it brings along',
    () => signed(stranger, { header: { kid: undefined, jwk: stranger.jwk }, claims: claims() }),
    401,
    'signature',
    'private key',
  ],
  [
    'claims that were changed after it was signed',
    () => {
      const [head, , signature] = signed(elliptic, { claims: claims() }).split('.');
      const forged = Buffer.from(JSON.stringify(claims({ tenant: 'other' }))).toString('base64url');
      return `${head}.${forged}.${signature}`;
    },
    401,
    'signature',
    'private key',
  ],
  [
    'a header extension that must be understood',
    () => signed(elliptic, { header: { crit: ['b64'], b64: false }, claims: claims() }),
    401,
    'header',
    'crit',
  ],
  [
    'the type of another token',
    () => signed(elliptic, { header: { typ: 'at+jwt' }, claims: claims() }),
    401,
    'typ',
    'JWT',
  ],
  [
    'the audience of another service',
    () => signed(elliptic, { claims: claims({}, `${publicUrl}/cds-services/other`) }),
    401,
    'aud',
    endpoint,
  ],
  [
    'the audience of discovery',
    () => signed(elliptic, { claims: claims({}, addresses.discovery) }),
    401,
    'aud',
    endpoint,
  ],
  [
    'an audience that begins like this one',
    () => signed(elliptic, { claims: claims({}, `${endpoint}/..`) }),
    401,
    'aud',
    endpoint,
  ],
  [
    'no audience',
    () => signed(elliptic, { claims: claims({ aud: undefined }) }),
    401,
    'aud',
    endpoint,
  ],
  [
    'an issuer that nobody knows',
    () => signed(elliptic, { claims: claims({ iss: 'https://evil.example' }) }),
    403,
    'iss',
    'configured',
  ],
  [
    'no issuer',
    () => signed(elliptic, { claims: claims({ iss: undefined }) }),
    403,
    'iss',
    'configured',
  ],
  [
    'an expiry beyond what clocks may differ',
    () => signed(elliptic, { claims: claims({ iat: seconds - 400, exp: seconds - 60 }) }),
    401,
    'exp',
    'expired',
  ],
  [
    'no expiry',
    () => signed(elliptic, { claims: claims({ exp: undefined }) }),
    401,
    'exp',
    'must be there',
  ],
  [
    'an expiry that is a text',
    () => signed(elliptic, { claims: claims({ exp: '9999999999' }) }),
    401,
    'exp',
    'number',
  ],
  [
    'an expiry in the year 10000',
    () => signed(elliptic, { claims: claims({ exp: 253_402_300_800 }) }),
    401,
    'exp',
    'after iat',
  ],
  [
    'an expiry before its issue',
    () => signed(elliptic, { claims: claims({ exp: seconds - 1, iat: seconds }) }),
    401,
    'exp',
    'after iat',
  ],
  [
    'an issue in the future',
    () => signed(elliptic, { claims: claims({ iat: seconds + 61, exp: seconds + 300 }) }),
    401,
    'iat',
    'future',
  ],
  [
    'no issue',
    () => signed(elliptic, { claims: claims({ iat: undefined }) }),
    401,
    'iat',
    'must be there',
  ],
  [
    'a beginning in the future',
    () => signed(elliptic, { claims: claims({ nbf: seconds + 61 }) }),
    401,
    'nbf',
    'future',
  ],
  [
    'a beginning that is a text',
    () => signed(elliptic, { claims: claims({ nbf: 'now' }) }),
    401,
    'nbf',
    'number',
  ],
  [
    'no jti',
    () => signed(elliptic, { claims: claims({ jti: undefined }) }),
    401,
    'jti',
    'must be there',
  ],
  [
    'an endless jti',
    () => signed(elliptic, { claims: claims({ jti: 'x'.repeat(257) }) }),
    401,
    'jti',
    '256',
  ],
  [
    'a tenant that is no text',
    () => signed(elliptic, { claims: claims({ tenant: 7 }) }),
    401,
    'tenant',
    'text',
  ],
  ['a text that is no token', () => 'a.b.c', 401, 'header', 'JSON Web Token'],
  [
    'claims that are a list',
    () => `${signed(elliptic, { claims: claims() }).split('.')[0]}.W10.AA`,
    401,
    'header',
    'JSON Web Token',
  ],
  [
    'a token too large',
    () => signed(elliptic, { claims: claims({ pad: 'x'.repeat(9_000) }) }),
    401,
    'header',
    '8192',
  ],
];

describe('A call is refused, with the part that is wrong and what would be right, for', () => {
  test.each(attacks)('%s', async (_what, make, status, part, message) => {
    await using service = await setUp();
    const token = make();
    const refused = await service.call(token);
    expect(refused.status).toBe(status);
    const diagnostics = refused.body.issue.map((issue) => issue.diagnostics).join('\n');
    expect(diagnostics).toContain(`token.${part}: `);
    expect(diagnostics).toContain(message);
    const challenge = status === 401 ? 'Bearer error="invalid_token"' : null;
    expect(refused.headers.get('www-authenticate')).toBe(challenge);
    for (const piece of [...token.split('.'), 'evil', 'ec-9']) {
      if (piece.length > 3) expect(diagnostics).not.toContain(piece);
    }
    expect(service.log.rows).toEqual([]);
  });

  test('no token', async () => {
    await using service = await setUp();
    const refused = await post(`${service.url}/influenza`, {});
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });

  test.each(['Basic YTpi', 'Bearer', 'Bearer  ', 'Token a.b.c', 'Bearer a.b.c d'])(
    'the header "%s"',
    async (authorization) => {
      await using service = await setUp();
      const refused = await post(`${service.url}/influenza`, {}, { authorization });
      expect([refused.status, refused.body.issue[0]?.diagnostics]).toEqual([
        401,
        'token.header: must be "Bearer" and one JSON Web Token',
      ]);
    },
  );

  test('two tokens, in whichever order', async () => {
    await using service = await setUp();
    const good = `Bearer ${signed(elliptic, { claims: claims() })}`;
    const bad = `Bearer ${unsigned({ claims: claims() })}`;
    const headers: [string, string][] = [
      ['host', 'cds.example'],
      ['content-type', 'application/json'],
      ['authorization', good],
      ['authorization', bad],
    ];
    for (const pair of [headers, headers.toReversed()]) {
      // Two headers are sent as two lines by `node:http` only.
      const response = await sendLines(`${service.url}/influenza`, pair);
      expect(response).toBe(401);
    }
  });

  test('everything that is wrong with its claims at once', async () => {
    await using service = await setUp({ subject: 'client-1' });
    const wrong = claims({
      aud: 'x',
      exp: seconds - 100,
      iat: seconds - 200,
      jti: '',
      sub: 'other',
    });
    const { body } = await service.call(signed(elliptic, { claims: wrong }));
    const parts = body.issue.map(({ expression }) => expression?.[0]);
    expect(parts).toEqual(['token.aud', 'token.exp', 'token.sub', 'token.jti']);
  });
});

async function sendLines(url: string, lines: readonly [string, string][]): Promise<number> {
  const { request } = await import('node:http');
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, path: pathname, method: 'POST', headers: lines.flat(), agent: false },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    sent.on('error', reject);
    sent.end('{}');
  });
}

describe('A token that was used before', () => {
  const feedback = {
    feedback: [{ card: 'c', outcome: 'overridden', outcomeTimestamp: '2026-10-20T16:05:00Z' }],
  };
  const send = (url: string, token: string) =>
    post(`${url}/influenza/feedback`, feedback, { authorization: `Bearer ${token}` });

  test('is refused for a second call, and taken where feedback or the list is asked for again', async () => {
    await using service = await setUp();
    const token = signed(elliptic, { claims: claims() });
    expect((await service.call(token)).status).toBe(200);
    const again = await service.call(token);
    expect([again.status, again.body.issue[0]?.diagnostics]).toEqual([
      401,
      'token.jti: must be new: this token was used before',
    ]);
    const answer = signed(elliptic, { claims: claims({}, addresses.feedback) });
    for (let time = 0; time < 2; time += 1) {
      expect((await send(service.url, answer)).status).toBe(200);
    }
    const authorization = `Bearer ${signed(elliptic, { claims: claims({}, addresses.discovery) })}`;
    for (let time = 0; time < 2; time += 1) {
      expect((await fetch(service.url, { headers: { authorization } })).status).toBe(200);
    }
  });

  test('is refused for feedback too, or taken for calls, as the client is configured', async () => {
    await using strict = await setUp({ reuse: 'never' });
    const answer = signed(elliptic, { claims: claims({}, addresses.feedback) });
    expect((await send(strict.url, answer)).status).toBe(200);
    expect((await send(strict.url, answer)).status).toBe(401);
    await using lenient = await setUp({ reuse: 'always' });
    const token = signed(elliptic, { claims: claims() });
    expect((await lenient.call(token)).status).toBe(200);
    expect((await lenient.call(token)).status).toBe(200);
  });

  test('is not burnt by whoever cannot sign it', async () => {
    await using service = await setUp();
    const good = claims();
    expect((await service.call(signed(stranger, { claims: good }))).status).toBe(401);
    expect((await service.call(signed(elliptic, { claims: good }))).status).toBe(200);
  });

  test('is refused by a store that processes share, and taken while that fails', async () => {
    const used = new Set<string>();
    let broken = false;
    const replayStore = {
      use: async (key: string, until: number) => {
        if (broken) throw new Error('down');
        expect(until).toBe(noon + 360_000);
        const first = !used.has(key);
        used.add(key);
        return first;
      },
    };
    await using one = await setUp({}, { replayStore });
    await using two = await setUp({}, { replayStore });
    const token = signed(elliptic, { claims: claims() });
    expect((await one.call(token)).status).toBe(200);
    expect((await two.call(token)).status).toBe(401);
    broken = true;
    expect((await two.call(token)).status).toBe(200);
  });

  test('is taken while the store does not answer, so that no alert waits for it', async () => {
    await using service = await setUp(
      {},
      { replayStore: { use: () => new Promise(() => undefined) } },
    );
    expect((await service.call(signed(elliptic, { claims: claims() }))).status).toBe(200);
  });
});

describe('An authoriser is refused with', () => {
  const good: JwtOptions = { publicUrl, clients: [{ issuer, jwks }] };
  test.each<[string, Partial<JwtOptions>, RegExp]>([
    ['an address that is none', { publicUrl: 'cds.example' }, /must be a URL/],
    ['an address without TLS', { publicUrl: 'http://cds.example' }, /https/],
    ['an address with a query', { publicUrl: 'https://cds.example/?a=1' }, /no name, query/],
    ['the address of discovery', { publicUrl: `${publicUrl}/cds-services` }, /end before/],
    ['an address written otherwise', { publicUrl: 'https://CDS.example:443' }, /cds\.example\/$/],
    ['no algorithm', { algorithms: [] }, /must name one/],
    ['a shared secret', { algorithms: ['HS256' as 'ES384'] }, /shared secrets/],
    ['no signature', { algorithms: ['none' as 'ES384'] }, /forbids "none"/],
    ['no client', { clients: [] }, /must name a client/],
  ])('%s', (_what, change, message) => {
    expect(() => jwtAuthorizer({ ...good, ...change })).toThrow(message);
    expect(() => jwtAuthorizer({ ...good, ...change })).toThrow(TypeError);
  });

  test('times that are none', () => {
    expect(() => jwtAuthorizer({ ...good, clockSkew: -1 })).toThrow(RangeError);
    expect(() => jwtAuthorizer({ ...good, maxLifetime: NaN })).toThrow(/maxLifetime/);
  });

  test('an address of this machine may do without TLS', () => {
    for (const local of ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:1/x/']) {
      expect(() => jwtAuthorizer({ ...good, publicUrl: local })).not.toThrow();
    }
  });
});
