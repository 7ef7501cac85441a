import { generateKeyPairSync } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { FhirError, KeyError } from '../../src/errors.ts';
import { fhirSource } from '../../src/fhir/client.ts';
import type { SmartBackendOptions } from '../../src/fhir/smart/backend.ts';
import { smartBackend } from '../../src/fhir/smart/backend.ts';
import { inFolder } from '../store/place.ts';
import type { Heard, HostileServer } from './hostile-server.ts';
import { hostileServer, rejection, sendJson } from './hostile-server.ts';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ecPem = ec.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const rsaPem = rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

type Part = (request: Heard & { readonly number: number }, response: ServerResponse) => void;

/** A FHIR server with a token endpoint. Each token is `synthetic-token-<n>`. */
function authority(parts: { readonly token?: Part; readonly configuration?: unknown } = {}) {
  const state = { given: 0, url: '' };
  const give: Part = (_request, response) => {
    state.given += 1;
    sendJson(response, {
      access_token: `synthetic-token-${state.given}`,
      token_type: 'BEARER',
      expires_in: 300,
    });
  };
  return hostileServer((request, response) => {
    if (request.url === '/fhir/.well-known/smart-configuration') {
      const { host } = request.headers;
      const document = parts.configuration ?? { token_endpoint: `http://${host}/auth/token` };
      return sendJson(response, document);
    }
    if (request.url === '/auth/token') return (parts.token ?? give)(request, response);
    sendJson(response, { resourceType: 'Patient', id: 'a' });
  });
}

const tokensOf = (server: HostileServer): readonly Heard[] =>
  server.heard.filter(({ url }) => url === '/auth/token');

function backend(server: HostileServer, options: Partial<SmartBackendOptions> = {}) {
  const all: SmartBackendOptions = {
    baseUrl: `${server.url}/fhir`,
    clientId: 'synthetic-client',
    privateKey: ecPem,
    kid: 'key-1',
    scope: 'system/Patient.rs',
    sleep: () => Promise.resolve(),
    ...options,
  } as SmartBackendOptions;
  return smartBackend(all);
}

describe('a backend service', () => {
  test.each([
    ['EC', ecPem, 'ES384', ec.publicKey],
    ['RSA', rsaPem, 'RS384', rsa.publicKey],
  ] as const)(
    'signs in with a key of %s as SMART asks',
    async (_kind, privateKey, alg, publicKey) => {
      await using server = await authority();
      const now = Date.parse('2026-10-05T12:00:00.900Z');
      const jku = 'https://client.example/jwks.json';
      const token = backend(server, { privateKey, jku, now: () => now });
      expect(await token({})).toBe('synthetic-token-1');
      const [asked] = tokensOf(server);
      expect(asked?.method).toBe('POST');
      expect(asked?.headers['content-type']).toBe('application/x-www-form-urlencoded');
      expect(asked?.headers.authorization).toBeUndefined();
      const form = new URLSearchParams(asked?.body);
      expect(form.get('grant_type')).toBe('client_credentials');
      expect(form.get('scope')).toBe('system/Patient.rs');
      expect(form.get('client_assertion_type')).toBe(
        'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      );
      const assertion = form.get('client_assertion') ?? '';
      expect(decodeProtectedHeader(assertion)).toEqual({ alg, kid: 'key-1', typ: 'JWT', jku });
      const { payload } = await jwtVerify(assertion, publicKey, {
        audience: `${server.url}/auth/token`,
        issuer: 'synthetic-client',
        subject: 'synthetic-client',
        currentDate: new Date(now),
      });
      expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/);
      expect((payload.exp ?? 0) - now / 1_000).toBeLessThanOrEqual(300);
      expect(payload.iat).toBe(Math.floor(now / 1_000));
    },
  );

  test('takes a JWK with its kid, as an object, a text or a file', async () => {
    await inFolder(async (folder) => {
      const jwk = { ...ec.privateKey.export({ format: 'jwk' }), kty: 'EC', kid: 'own' };
      const file = join(folder, 'client.jwk');
      await writeFile(file, JSON.stringify(jwk), { mode: 0o600 });
      await using server = await authority();
      for (const privateKey of [jwk, JSON.stringify(jwk), { file }]) {
        await backend(server, { privateKey, kid: undefined })({});
      }
      const kids = tokensOf(server).map(({ body }) => {
        const assertion = new URLSearchParams(body).get('client_assertion') ?? '';
        return decodeProtectedHeader(assertion).kid;
      });
      expect(kids).toEqual(['own', 'own', 'own']);
    });
  });

  test('keeps a token until shortly before its end', async () => {
    let now = 1_000_000;
    await using server = await authority();
    const token = backend(server, { now: () => now });
    expect(await token({})).toBe('synthetic-token-1');
    now += 239_000;
    expect(await token({})).toBe('synthetic-token-1');
    now += 2_000;
    expect(await token({})).toBe('synthetic-token-2');
    expect(server.heard.filter(({ url }) => url.includes('.well-known'))).toHaveLength(1);
  });

  test('asks once for all that want a token at once, and anew when one is refused', async () => {
    await using server = await authority();
    const token = backend(server);
    expect(new Set(await Promise.all(Array.from({ length: 30 }, () => token({}))))).toEqual(
      new Set(['synthetic-token-1']),
    );
    expect(await token({ refused: 'synthetic-token-1' })).toBe('synthetic-token-2');
    // One that was refused long ago is no reason for another.
    expect(await token({ refused: 'synthetic-token-1' })).toBe('synthetic-token-2');
    expect(tokensOf(server)).toHaveLength(2);
  });

  test('serves a source whose server forgets its tokens', async () => {
    await using server = await hostileServer(({ url, headers, number }, response) => {
      if (url === '/auth/token') {
        return sendJson(response, { access_token: `t${number}`, token_type: 'bearer' });
      }
      const isGood = headers.authorization === 'Bearer t3';
      sendJson(response, { resourceType: 'Patient', id: 'a' }, { status: isGood ? 200 : 401 });
    });
    const tokenUrl = `${server.url}/auth/token`;
    const source = fhirSource({
      baseUrl: server.url,
      token: backend(server, { baseUrl: undefined, tokenUrl }),
    });
    expect(await source.read('Patient', 'a')).toMatchObject({ id: 'a' });
    expect(server.heard.map(({ url }) => url)).toEqual([
      '/auth/token',
      '/Patient/a',
      '/auth/token',
      '/Patient/a',
    ]);
  });

  test('tries again with another assertion when the endpoint is busy', async () => {
    await using server = await authority({
      token: ({ number }, response) => {
        if (number < 4) return sendJson(response, {}, { status: 503 });
        sendJson(response, { access_token: 'synthetic', token_type: 'bearer', expires_in: '60' });
      },
    });
    expect(await backend(server)({})).toBe('synthetic');
    const bodies = tokensOf(server).map(({ body }) => body);
    expect(bodies).toHaveLength(3);
    expect(new Set(bodies).size).toBe(3);
  });
});

describe('a backend service that is turned away', () => {
  const failing = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    authority({ token: (_request, response) => sendJson(response, body, { status, headers }) });

  test('as invalid_client says what to check, and not what the server wrote', async () => {
    await using server = await failing(401, {
      error: 'invalid_client',
      error_description: 'synthetic-client of ward 7 is unknown',
    });
    const error = await rejection(backend(server)({}));
    expect(error).toBeInstanceOf(FhirError);
    expect(error.message).toMatch(
      /answered 401 \(invalid_client\): check .* client id .* key set .* kid/,
    );
    expect(error.message).not.toMatch(/ward|clock/);
    expect(tokensOf(server)).toHaveLength(1);
  });

  test.each([
    [-420_000, /420 s behind the server's/],
    [420_000, /420 s ahead of the server's/],
  ])('while its clock is off by %i ms says so', async (off, message) => {
    const served = Date.parse('2026-10-05T12:00:00Z');
    await using server = await failing(
      400,
      { error: 'invalid_client' },
      { date: new Date(served).toUTCString() },
    );
    const error = await rejection(backend(server, { now: () => served + off })({}));
    expect(error.message).toMatch(message);
  });

  test('with an error of its own does not repeat it', async () => {
    await using server = await failing(400, { error: 'mrn_12345_locked' });
    const error = await rejection(backend(server)({}));
    expect(error.message).toBe('access token: the token endpoint answered 400');
  });

  test.each<[string, unknown, RegExp]>([
    ['no token', { token_type: 'bearer' }, /no access_token/],
    ['a number for a token', { access_token: 5, token_type: 'bearer' }, /no access_token/],
    ['another kind of token', { access_token: 'x', token_type: 'mac' }, /no bearer token/],
    ['a life of nothing', { access_token: 'x', token_type: 'bearer', expires_in: 0 }, /expires_in/],
    [
      'a life of words',
      { access_token: 'x', token_type: 'bearer', expires_in: 'long' },
      /expires_in/,
    ],
    ['a list', [], /no access_token/],
  ])('by an answer with %s is told so', async (_what, body, message) => {
    await using server = await failing(200, body);
    expect((await rejection(backend(server)({}))).message).toMatch(message);
  });

  test('by a redirect does not follow it with its assertion', async () => {
    await using thief = await authority();
    await using server = await failing(307, {}, { location: `${thief.url}/auth/token` });
    const error = await rejection(backend(server)({}));
    expect(error.message).toMatch(/the token endpoint redirects, which is not followed/);
    expect(thief.heard).toHaveLength(0);
  });

  test('once may succeed the next time', async () => {
    let isDown = true;
    await using server = await authority({
      token: (_request, response) =>
        sendJson(
          response,
          { access_token: 'synthetic', token_type: 'bearer' },
          { status: isDown ? 400 : 200 },
        ),
    });
    const token = backend(server);
    await rejection(token({}));
    isDown = false;
    expect(await token({})).toBe('synthetic');
  });
});

describe('a token endpoint', () => {
  test('on another origin is refused unless it is named', async () => {
    await using other = await authority();
    await using server = await authority({
      configuration: { token_endpoint: `${other.url}/auth/token` },
    });
    const error = await rejection(backend(server)({}));
    expect(error.message).toMatch(/another|names a token endpoint on http.*tokenUrl/);
    expect(other.heard).toHaveLength(0);
    const named = backend(server, { tokenUrl: `${other.url}/auth/token` });
    expect(await named({})).toBe('synthetic-token-1');
  });

  test.each<[string, unknown, RegExp]>([
    ['that is not named', {}, /names no token_endpoint/],
    ['that is no address', { token_endpoint: 'auth/token' }, /must be an http or https address/],
    [
      'over http elsewhere',
      { token_endpoint: 'http://login.example/token' },
      /must begin with https/,
    ],
  ])('%s is refused', async (_what, configuration, message) => {
    await using server = await authority({ configuration });
    expect((await rejection(backend(server)({}))).message).toMatch(message);
    expect(tokensOf(server)).toHaveLength(0);
  });

  test('that does not take the algorithm or the method is not asked', async () => {
    for (const [name, listed] of [
      ['token_endpoint_auth_signing_alg_values_supported', ['RS384']],
      ['token_endpoint_auth_methods_supported', ['client_secret_basic']],
    ] as const) {
      await using server = await hostileServer((request, response) =>
        sendJson(response, {
          token_endpoint: `http://${request.headers.host}/auth/token`,
          [name]: listed,
        }),
      );
      const error = await rejection(backend(server)({}));
      expect(error.message).toContain(name);
      expect(tokensOf(server)).toHaveLength(0);
    }
  });
});

describe('a private key', () => {
  const failure = async (options: Partial<SmartBackendOptions>): Promise<Error> => {
    await using server = await authority();
    const error = await rejection(backend(server, options)({}));
    expect(tokensOf(server)).toHaveLength(0);
    return error;
  };

  test('that others may read is refused', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'client.pem');
      await writeFile(file, ecPem, { mode: 0o600 });
      await chmod(file, 0o640);
      const error = await failure({ privateKey: { file } });
      expect(error).toBeInstanceOf(KeyError);
      expect(error.message).toMatch(/mode 640.*chmod 600/);
    });
  });

  test.each<[string, Partial<SmartBackendOptions>, RegExp]>([
    [
      'on another curve',
      { privateKey: pemOn('P-256') },
      /kind that SMART servers need not take.*P-384/,
    ],
    ['of 1,024 bits', { privateKey: shortRsa() }, /2,048 bits/],
    ['that is none', { privateKey: 'secret words' }, /cannot be read.*PEM.*\{ file \}/],
    [
      'that is a public one',
      { privateKey: ec.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
      /cannot be read/,
    ],
    ['that is null', { privateKey: 'null' }, /cannot be read/],
    ['in no file', { privateKey: { file: '/nowhere/client.pem' } }, /cannot be read \(ENOENT\)/],
    ['without a kid', { kid: undefined }, /kid must be given/],
    ['for another algorithm', { algorithm: 'RS384' }, /signs with ES384, not RS384/],
  ])('%s is refused', async (_what, options, message) => {
    const error = await failure(options);
    expect(error).toBeInstanceOf(KeyError);
    expect(error.message).toMatch(message);
    expect(JSON.stringify([error, error.message])).not.toMatch(/secret words|BEGIN/);
  });
});

test('what is missing or malformed is said before anything is sent', () => {
  const good = {
    clientId: 'c',
    scope: 's',
    privateKey: ecPem,
    tokenUrl: 'https://ehr.example/token',
  };
  expect(() => smartBackend({ ...good, clientId: ' ' })).toThrow(RangeError);
  expect(() => smartBackend({ ...good, scope: '' })).toThrow(/scope must be a text/);
  expect(() => smartBackend({ ...good, tokenUrl: 'http://ehr.example/token' })).toThrow(/https/);
  expect(() => smartBackend({ ...good, tries: 0 })).toThrow(RangeError);
});

function pemOn(namedCurve: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function shortRsa(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
