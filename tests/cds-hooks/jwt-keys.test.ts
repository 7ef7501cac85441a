import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { RequestError } from '../../src/errors.ts';
import { jwtAuthorizer } from '../../src/cds-hooks/jwt/authorizer.ts';
import { clientsFrom } from '../../src/cds-hooks/jwt/clients-from.ts';
import type { JwtClient } from '../../src/cds-hooks/jwt/clients.ts';
import type { JwtAuthorizer, JwtOptions } from '../../src/cds-hooks/jwt/options.ts';
import { memoryReplayStore } from '../../src/cds-hooks/jwt/replay.ts';
import { inFolder } from '../store/place.ts';
import { noon } from './support.ts';
import type { Signer } from './tokens.ts';
import { listening } from '../listening.ts';
import { claimsFor, ellipticSigner, rsaSigner, signed } from './tokens.ts';

const publicUrl = 'https://cds.example';
const issuer = 'https://ehr.example';
const audience = `${publicUrl}/cds-services/influenza`;
const first = ellipticSigner('key-1');
const second = ellipticSigner('key-2');

/** A server of keys that says what it is told, and counts how often it is asked. */
async function keyServer(keys: readonly Signer[] = [first]) {
  const state = { keys, status: 200, asked: 0, body: undefined as string | undefined };
  const server = await listening((_request, response) => {
    state.asked += 1;
    const location = state.status === 302 ? { location: '/elsewhere' } : {};
    response.writeHead(state.status, { 'content-type': 'application/json', ...location });
    response.end(state.body ?? JSON.stringify({ keys: state.keys.map(({ jwk }) => jwk) }));
  });
  return Object.assign(state, {
    url: `${server.url}/jwks`,
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  });
}

/** An authoriser and a clock that the test moves. */
function authorizing(client: Partial<JwtClient>, options: Partial<JwtOptions> = {}) {
  let now = noon;
  const authorize = jwtAuthorizer({
    publicUrl,
    clients: [{ issuer, ...client }],
    now: () => now,
    ...options,
  });
  /** The status that a token gets. */
  const ask = async (signer: Signer, header: Readonly<Record<string, unknown>> = {}) => {
    const token = signed(signer, { header, claims: claimsFor({ issuer, audience, at: now }) });
    return statusOf(authorize, token);
  };
  return { authorize, ask, wait: (milliseconds: number) => void (now += milliseconds) };
}

async function statusOf(authorize: JwtAuthorizer, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  try {
    await authorize(
      { method: 'POST', path: '/cds-services/influenza', headers },
      { to: 'call', id: 'influenza' },
    );
    return 200;
  } catch (error) {
    if (error instanceof RequestError) return error.status;
    throw error;
  }
}

const minute = 60_000;
const day = 24 * 60 * minute;

describe('Keys at an address', () => {
  test('are fetched once for all who wait, and kept', async () => {
    await using server = await keyServer();
    const { ask } = authorizing({ jwksUrl: server.url });
    expect(await Promise.all([ask(first), ask(first), ask(first)])).toEqual([200, 200, 200]);
    expect(await ask(first)).toBe(200);
    expect(server.asked).toBe(1);
  });

  test('are there before the first call when they were made ready', async () => {
    await using server = await keyServer();
    const { authorize, ask } = authorizing({ jwksUrl: server.url });
    expect(await authorize.ready()).toEqual([]);
    expect(server.asked).toBe(1);
    server.status = 500;
    expect(await ask(first)).toBe(200);
    authorize.close();
  });

  test('that are new are fetched at the first token that was signed with one, and not for every token', async () => {
    await using server = await keyServer();
    const { ask, wait } = authorizing({ jwksUrl: server.url });
    expect(await ask(first)).toBe(200);
    server.keys = [second];
    expect(await ask(second)).toBe(401);
    expect(server.asked).toBe(1);
    wait(30_000);
    expect(await ask(second)).toBe(200);
    expect(await ask(first)).toBe(401);
    expect(server.asked).toBe(2);
    for (let time = 0; time < 5; time += 1) await ask(ellipticSigner('key-9'));
    expect(server.asked).toBe(2);
  });

  test('are fetched again in time without a call that waits, so that a key that was withdrawn goes', async () => {
    await using server = await keyServer();
    const { ask, wait } = authorizing({ jwksUrl: server.url });
    expect(await ask(first)).toBe(200);
    server.keys = [second];
    wait(10 * minute);
    expect(await ask(first)).toBe(200);
    while (server.asked < 2) await new Promise(setImmediate);
    // One that signs with the new key waits for what is on its way.
    expect(await ask(second)).toBe(200);
    expect(await ask(first)).toBe(401);
  });

  test('serve for a day while they cannot be fetched, and no longer', async () => {
    await using server = await keyServer();
    const { ask, wait } = authorizing({ jwksUrl: server.url });
    expect(await ask(first)).toBe(200);
    server.status = 503;
    wait(day - minute);
    expect(await ask(first)).toBe(200);
    wait(2 * minute);
    expect(await ask(first)).toBe(503);
    server.status = 200;
    wait(minute);
    expect(await ask(first)).toBe(200);
  });

  test('that were never had cost one attempt in a while, and are said to be missing', async () => {
    await using server = await keyServer();
    server.status = 500;
    const { ask, authorize } = authorizing({ jwksUrl: server.url, name: 'North' });
    expect(await authorize.ready()).toEqual([
      { client: 'North', message: 'it answers with the status 500' },
    ]);
    authorize.close();
    expect([await ask(first), await ask(first)]).toEqual([503, 503]);
    expect(server.asked).toBe(1);
  });

  test.each<[string, Partial<{ status: number; body: string; keys: readonly Signer[] }>, RegExp]>([
    ['a redirect', { status: 302 }, /redirects, which is not followed/],
    ['no JSON', { body: '<html>' }, /is not JSON/],
    ['another document', { body: '{"issuer":"x"}' }, /no JSON Web Key Set/],
    ['no key', { body: '{"keys":[]}' }, /holds no public key/],
    ['a shared secret', { body: '{"keys":[{"kty":"oct","k":"AAAA"}]}' }, /holds no public key/],
    ['too many keys', { body: JSON.stringify({ keys: Array(101).fill(first.jwk) }) }, /100 keys/],
    ['too much', { body: `{"keys":[],"pad":"${'x'.repeat(600_000)}"}` }, /larger than 524288/],
  ])('are not taken from an answer with %s', async (_what, change, message) => {
    await using server = await keyServer();
    Object.assign(server, change);
    const { ask, authorize } = authorizing({ jwksUrl: server.url });
    const [fault] = await authorize.ready();
    authorize.close();
    expect(fault?.message).toMatch(message);
    expect(server.asked).toBe(1);
    expect(await ask(first)).toBe(503);
  });

  test('are given up on when there is no answer in time', async () => {
    await using server = await listening(() => undefined);
    const { authorize } = authorizing({ jwksUrl: server.url }, { keyTimeout: 50 });
    expect(await authorize.ready()).toMatchObject([{ message: 'no answer within 50 ms' }]);
    authorize.close();
  });

  test('are said to be out of reach, and why', async () => {
    const server = await listening(() => undefined);
    await server[Symbol.asyncDispose]();
    const { authorize } = authorizing({ jwksUrl: server.url });
    expect(await authorize.ready()).toMatchObject([
      { message: 'it cannot be reached (ECONNREFUSED)' },
    ]);
    authorize.close();
  });

  test('with too few bits, or of a kind that does not fit, verify nothing and break nothing', async () => {
    const short = rsaSigner('short', 1_024);
    await using server = await keyServer([short, first]);
    const { ask } = authorizing({ jwksUrl: server.url });
    expect(await ask(short)).toBe(401);
    expect(await ask(first)).toBe(200);
  });
});

describe('The jku of a token', () => {
  test('is followed to an address that is allowed for its issuer', async () => {
    await using one = await keyServer([first]);
    await using two = await keyServer([second]);
    const { ask } = authorizing({ jku: [one.url, two.url] });
    expect(await ask(second, { jku: two.url })).toBe(200);
    expect(await ask(second, { jku: one.url })).toBe(401);
    expect(await ask(first)).toBe(401);
    expect(await ask(first, { jku: one.url })).toBe(200);
  });

  test('may be left out where one address is allowed', async () => {
    await using server = await keyServer();
    expect(await authorizing({ jku: [server.url] }).ask(first)).toBe(200);
  });

  test('to anywhere else is never asked', async () => {
    await using allowed = await keyServer();
    await using evil = await keyServer([second]);
    const { ask } = authorizing({ jku: [allowed.url] });
    const { host } = new URL(allowed.url);
    const other = new URL(evil.url).host;
    for (const jku of [
      evil.url,
      `http://${host}@${other}/jwks`,
      `http://${other}/jwks#${allowed.url}`,
      `${allowed.url}?next=${evil.url}`,
      `${allowed.url}/../jwks`,
      allowed.url.toUpperCase(),
      `${allowed.url} `,
      '',
      7,
      [allowed.url],
      { toString: 'x' },
    ]) {
      expect(await ask(second, { jku })).toBe(401);
    }
    expect([allowed.asked, evil.asked]).toEqual([0, 0]);
  });

  test('that redirects is not followed', async () => {
    await using evil = await keyServer([second]);
    await using allowed = await listening((_request, response) => {
      response.writeHead(302, { location: evil.url }).end();
    });
    const { ask } = authorizing({ jku: [`${allowed.url}/jwks`] });
    expect(await ask(second)).toBe(503);
    expect(evil.asked).toBe(0);
  });

  test('is not looked at where the keys are configured', async () => {
    await using evil = await keyServer([second]);
    const { ask } = authorizing({ jwks: { keys: [first.jwk] } });
    expect(await ask(second, { jku: evil.url })).toBe(401);
    expect(await ask(first, { jku: evil.url })).toBe(200);
    expect(evil.asked).toBe(0);
  });
});

describe('Keys in a file', () => {
  test('are read again when they have changed', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'keys.json');
      const write = (...signers: readonly Signer[]) =>
        writeFile(file, JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }));
      await write(first);
      const { ask, wait } = authorizing({ jwksFile: file });
      expect(await ask(first)).toBe(200);
      await write(second);
      wait(minute);
      expect(await ask(second)).toBe(200);
    }));

  test('that is missing or no JSON are said to be missing', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'keys.json');
      const { authorize } = authorizing({ jwksFile: file });
      expect(await authorize.ready()).toMatchObject([{ message: expect.stringMatching(/ENOENT/) }]);
      await writeFile(file, '{');
      expect(await authorize.ready()).toMatchObject([{ message: 'the file is not JSON' }]);
      authorize.close();
    }));
});

describe('Tenants of one issuer', () => {
  const of = (tenant: unknown) =>
    signed(first, { claims: claimsFor({ issuer, audience, at: noon }, { tenant }) });
  const jwks = { keys: [first.jwk] };

  test('are let in by name where they are named', async () => {
    const authorize = jwtAuthorizer({
      publicUrl,
      clients: [
        { issuer, tenant: 'north', jwks },
        { issuer, tenant: 'south', jwks },
      ],
      now: () => noon,
    });
    expect(await statusOf(authorize, of('north'))).toBe(200);
    expect(await statusOf(authorize, of('south'))).toBe(200);
    expect(await statusOf(authorize, of('east'))).toBe(403);
    expect(await statusOf(authorize, of(undefined))).toBe(403);
  });

  test('are told apart where they are not named', async () => {
    const authorize = jwtAuthorizer({
      publicUrl,
      clients: [{ issuer, jwks, name: 'Health system' }],
      now: () => noon,
    });
    const request = (token: string) => ({
      method: 'POST',
      path: '/',
      headers: { authorization: `Bearer ${token}` },
    });
    const route = { to: 'call', id: 'influenza' } as const;
    expect(await authorize(request(of('east')), route)).toEqual({
      issuer,
      tenant: 'east',
      alias: 'Health system',
    });
  });
});

describe('Clients of a configuration', () => {
  const jwks = { keys: [first.jwk] };

  test('are taken with each source of keys, files beside the configuration', () => {
    const clients = [
      { issuer: 'a', jwks },
      { issuer: 'a', tenant: 't', jwksFile: 'keys.json', subject: 's', audiences: ['x'] },
      { issuer: 'b', jwksUrl: 'https://ehr.example/jwks', reuse: 'always', name: 'B' },
      { issuer: 'c', jku: ['https://ehr.example/jwks'] },
    ];
    const taken = clientsFrom({ clients }, { folder: '/etc/alerts' });
    expect(taken[1]?.jwksFile).toBe('/etc/alerts/keys.json');
    expect(taken).toMatchObject([clients[0], { tenant: 't' }, clients[2], clients[3]]);
  });

  test('are refused with every fault and its place', () => {
    const faulty = {
      clients: [
        { issuer: '', jwks },
        { issuer: 'a' },
        { issuer: 'b', jwks, jwksUrl: 'https://x.example' },
        { issuer: 'c', jwksUrl: 'http://ehr.example/jwks' },
        { issuer: 'd', jku: ['https://user:word@ehr.example/', 'ehr'] },
        { issuer: 'e', jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } },
        { issuer: 'f', jwks: { keys: [first.privateKey.export({ format: 'jwk' })] } },
        { issuer: 'g', jwks: { keys: [rsaSigner('r', 1_024).jwk] } },
        { issuer: 'h', jwks, isuer: 'typo', reuse: 'sometimes' },
        { issuer: 'i', jwks },
        { issuer: 'i', jwks },
      ],
    };
    const told = (): string => {
      try {
        clientsFrom(faulty);
        return '';
      } catch (error) {
        return error instanceof TypeError ? error.message : '';
      }
    };
    for (const line of [
      'clients[0].issuer: must not be empty',
      'clients[1]: must have exactly one of jwks, jwksFile, jwksUrl, jku',
      'clients[2]: must have exactly one of',
      'clients[3].jwksUrl: must begin with https://',
      'clients[4].jku[0]: must hold no name and no password',
      'clients[4].jku[1]: must be a URL',
      'clients[5].jwks.keys[0]: must be a public key: this is a shared secret',
      'clients[6].jwks.keys[0]: must be a public key: leave "d"',
      'clients[7].jwks.keys[0]: must have at least 2,048 bits',
      'clients[8].reuse: ',
      'clients[8]: ',
    ]) {
      expect(told()).toContain(line);
    }
    expect(told()).not.toContain(String(first.privateKey.export({ format: 'jwk' }).d));
    faulty.clients.splice(0, 9);
    expect(told()).toContain('clients[1]: must differ from the others in issuer or tenant');
  });

  test.each([null, [], {}, { client: [] }, 'x'])('are not %j', (document) => {
    expect(() => clientsFrom(document)).toThrow('{ "clients": [ … ] }');
  });

  test('are the only thing that a configuration holds', () => {
    expect(() => clientsFrom({ clients: [{ issuer: 'a', jwks }], algorithm: 'none' })).toThrow(
      'leave out algorithm',
    );
  });
});

describe('A store of used tokens', () => {
  test('tells the first use from the others until it may be forgotten', () => {
    let now = 0;
    const store = memoryReplayStore({ now: () => now });
    expect([store.use('a', 10), store.use('a', 10), store.use('b', 10)]).toEqual([
      true,
      false,
      true,
    ]);
    now = 11;
    expect(store.use('a', 20)).toBe(true);
  });

  test('holds so many and no more', () => {
    const store = memoryReplayStore({ capacity: 2, now: () => 0 });
    for (const key of ['a', 'b', 'c']) store.use(key, 10);
    expect([store.use('c', 10), store.use('a', 10)]).toEqual([false, true]);
    for (const capacity of [0, 1.5, NaN]) {
      expect(() => memoryReplayStore({ capacity })).toThrow(RangeError);
    }
  });
});
