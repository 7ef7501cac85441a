import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import pino from 'pino';
import { RequestError } from '../../src/errors.ts';
import { newImpressionId } from '../../src/events/ids.ts';
import type { CdsServiceOptions } from '../../src/cds-hooks/index.ts';
import {
  alertService,
  createCdsService,
  serveCds,
  toFetchHandler,
} from '../../src/cds-hooks/index.ts';
import { base, callBody, card, fakeLog, noon, patientOf, post, served, trial } from './support.ts';

const prefetch = { patient: 'Patient/{{context.patientId}}' };
const dismissal = {
  card: newImpressionId(),
  outcome: 'overridden',
  outcomeTimestamp: '2026-10-20T16:05:00Z',
};

async function setUp(options: Omit<Partial<CdsServiceOptions>, 'services'> = {}, text = 'old') {
  const log = fakeLog(trial);
  const cards = { usual: () => [card(text)], redesign: () => [card(`${text}, new`)] };
  const view = alertService(log, { ...base, prefetch, cards });
  const sign = alertService(log, { ...base, hook: 'order-sign', cards });
  const server = await served([view, sign], options);
  return { log, ...server, call: `${server.url}${options.basePath ?? ''}/cds-services/influenza` };
}

/** Sends bytes as they are and gives back what came until the other side closed or fell silent. */
async function raw(url: string, ...parts: readonly (string | Buffer)[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk)));
  socket.on('error', () => undefined);
  for (const part of parts) {
    socket.write(part);
    await wait(20);
  }
  await wait(80);
  socket.destroy();
  return received;
}

describe('Discovery', () => {
  test('lists every service, one id on two hooks too', async () => {
    await using server = await setUp();
    const response = await fetch(`${server.url}/cds-services`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const common = {
      id: 'influenza',
      title: 'Influenza vaccine',
      description: 'Reminds of the influenza vaccine',
    };
    expect(await response.json()).toEqual({
      services: [
        { ...common, hook: 'patient-view', prefetch },
        { ...common, hook: 'order-sign' },
      ],
    });
  });

  test('of no service is an empty list', async () => {
    await using server = await served([]);
    expect(await (await fetch(`${server.url}/cds-services/`)).json()).toEqual({ services: [] });
  });

  test('refuses the same id twice on one hook, and a malformed base path', () => {
    const service = alertService(fakeLog(trial), { ...base, cards: () => [] });
    expect(() => createCdsService({ services: [service, service] })).toThrow(TypeError);
    expect(() => createCdsService({ services: [], basePath: 'alerts/' })).toThrow(
      'basePath must be',
    );
  });
});

describe('A call', () => {
  test('is answered by the service of its hook', async () => {
    await using server = await setUp();
    const patient = patientOf(server.log, 'usual');
    for (const hook of ['patient-view', 'order-sign']) {
      const { status, body } = await post(server.call, { ...callBody(patient), hook });
      expect([status, body.cards[0]?.summary]).toEqual([200, 'old']);
    }
    expect(server.log.rows.map(({ details }) => details['at'])).toEqual([noon, noon]);
  });

  test.each<[string, object]>([
    [
      'members that the specification does not know',
      { tenant: { id: 1 }, extension: { 'org.example.x': 1 } },
    ],
    ['prefetch of null', { prefetch: null }],
    ['a prefetch value of null', { prefetch: { patient: null } }],
    [
      'an OperationOutcome in prefetch',
      { prefetch: { patient: { resourceType: 'OperationOutcome' } } },
    ],
    ['a hookInstance that is no UUID', { hookInstance: 'call 1' }],
    ['a token without its other members', { fhirAuthorization: { access_token: 't' } }],
    ['nulls for what is absent', { fhirServer: null, fhirAuthorization: null }],
    ['a member named __proto__', JSON.parse('{"__proto__":{"hook":1}}')],
  ])('is tolerated with %s', async (_what, change) => {
    await using server = await setUp();
    const patient = patientOf(server.log, 'usual');
    const { status, body } = await post(server.call, { ...callBody(patient), ...change });
    expect([status, body.cards.length]).toEqual([200, 1]);
  });

  test('and its answer keep every script', async () => {
    const text = 'Impfung fällig · ワクチン · تطعيم · 💉';
    await using server = await setUp({}, text);
    const patient = 'Zoë-中-💉';
    const { body } = await post(server.call, callBody(patient), {
      'content-type': 'application/json; charset=UTF-8',
    });
    expect(server.log.rows[0]?.assignment?.unitId).toBe(patient);
    if (body.cards.length > 0) expect(body.cards[0]?.summary).toContain(text);
  });

  test('is taken as a text, as bytes or as a stream of bytes', async () => {
    await using server = await setUp();
    const text = JSON.stringify(callBody(patientOf(server.log, 'usual')));
    const chunks = async function* () {
      yield Buffer.from(text.slice(0, 40));
      yield Buffer.from(text.slice(40));
    };
    for (const body of [text, Buffer.from(text), new TextEncoder().encode(text), chunks()]) {
      const headers = { 'content-type': 'application/json' };
      const path = '/cds-services/influenza';
      const answer = await server.handler({ method: 'POST', path, headers, body });
      expect([answer.status, answer.body.includes('old')]).toEqual([200, true]);
    }
  });

  test('under a base path', async () => {
    await using server = await setUp({ basePath: '/hooks/v2' });
    expect((await post(server.call, callBody('p'))).status).toBe(200);
    expect((await fetch(`${server.url}/cds-services`)).status).toBe(404);
  });

  const good = callBody('p');
  const invalid = 'The body is not JSON.';
  test.each<[string, unknown, Record<string, string>, number, string | undefined, string]>([
    ['an empty body', '', {}, 400, undefined, invalid],
    ['half a body', '{"hook":', {}, 400, undefined, invalid],
    ['a text', '"hook"', {}, 400, undefined, 'expected object'],
    ['a list', [], {}, 400, undefined, 'expected object'],
    ['null', 'null', {}, 400, undefined, 'expected object'],
    ['a deep nest', '['.repeat(100_000), {}, 400, undefined, invalid],
    ['no hook', { ...good, hook: undefined }, {}, 400, 'hook', 'expected string'],
    ['an empty hook', { ...good, hook: '' }, {}, 400, 'hook', 'must not be empty'],
    ['a hook that is a number', { ...good, hook: 1 }, {}, 400, 'hook', 'expected string'],
    [
      'another hook',
      { ...good, hook: 'order-select' },
      {},
      400,
      'hook',
      'patient-view, order-sign',
    ],
    [
      'no hookInstance',
      { ...good, hookInstance: undefined },
      {},
      400,
      'hookInstance',
      'expected string',
    ],
    [
      'an empty hookInstance',
      { ...good, hookInstance: '' },
      {},
      400,
      'hookInstance',
      'must not be empty',
    ],
    ['no context', { ...good, context: undefined }, {}, 400, 'context', 'expected object'],
    ['a context of null', { ...good, context: null }, {}, 400, 'context', 'expected object'],
    ['a context that is a list', { ...good, context: [] }, {}, 400, 'context', 'expected object'],
    [
      'a prefetch that is a list',
      { ...good, prefetch: [] },
      {},
      400,
      'prefetch',
      'expected object',
    ],
    [
      'a fhirServer that is a number',
      { ...good, fhirServer: 1 },
      {},
      400,
      'fhirServer',
      'expected string',
    ],
    [
      'a token that is none',
      { ...good, fhirAuthorization: {} },
      {},
      400,
      'fhirAuthorization.access_token',
      'expected string',
    ],
    ['plain text', good, { 'content-type': 'text/plain' }, 415, undefined, 'application/json'],
    [
      'a form',
      'a=1',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      undefined,
      'application/json',
    ],
    [
      'Latin-1',
      good,
      { 'content-type': 'application/json; charset=iso-8859-1' },
      415,
      undefined,
      'UTF-8',
    ],
    [
      'a content encoding',
      good,
      { 'content-encoding': 'gzip' },
      415,
      undefined,
      'without a content encoding',
    ],
    [
      'too much',
      { ...good, prefetch: { x: 'x'.repeat(2_000_000) } },
      {},
      413,
      undefined,
      '1048576 bytes',
    ],
  ])(
    'is refused with %s, and nothing is logged',
    async (_what, document, headers, status, path, message) => {
      await using server = await setUp({ bodyLimit: 1_048_576 });
      const answer = await post(server.call, document, headers);
      expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome']);
      expect(answer.body.issue[0]?.expression).toEqual(path === undefined ? undefined : [path]);
      expect(answer.body.issue[0]?.diagnostics).toContain(message);
      expect(server.log.rows).toEqual([]);
    },
  );

  test('is refused when it is not UTF-8', async () => {
    await using server = await setUp();
    const head =
      'POST /cds-services/influenza HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
    const body = Buffer.concat([
      Buffer.from('{"hook":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]);
    expect(await raw(server.url, `${head}content-length: ${body.length}\r\n\r\n`, body)).toContain(
      'The body is not UTF-8.',
    );
  });
});

describe('An address', () => {
  test.each<[string, string, number, string | null]>([
    ['GET', '/', 404, null],
    ['GET', '/cds-service', 404, null],
    ['POST', '/cds-services/other', 404, null],
    ['POST', '/cds-services/other/feedback', 404, null],
    ['POST', '/cds-services/influenza/feed', 404, null],
    ['POST', '/cds-services/influenza/feedback/1', 404, null],
    ['POST', '/cds-services/%E0%A4%A', 404, null],
    ['POST', '/cds-services/__proto__', 404, null],
    ['POST', '/cds-services/%00', 404, null],
    ['POST', '/cds-services/influenza%00', 404, null],
    ['POST', '/cds-services/influenza%2Ffeedback', 404, null],
    ['POST', '//cds-services/influenza', 404, null],
    ['GET', '/metrics', 404, null],
    ['POST', '/ready', 405, 'GET, HEAD, OPTIONS'],
    ['GET', '/cds-services/influenza', 405, 'POST, OPTIONS'],
    ['PUT', '/cds-services/influenza', 405, 'POST, OPTIONS'],
    ['DELETE', '/cds-services/influenza/feedback', 405, 'POST, OPTIONS'],
    ['POST', '/cds-services', 405, 'GET, HEAD, OPTIONS'],
    ['POST', '/health', 405, 'GET, HEAD, OPTIONS'],
  ])('%s %s is %d', async (method, path, status, allow) => {
    await using server = await setUp();
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'GET' ? {} : { body: JSON.stringify(callBody('p')) }),
    });
    expect([response.status, response.headers.get('allow')]).toEqual([status, allow]);
    expect(await response.json()).toMatchObject({ resourceType: 'OperationOutcome' });
    expect(server.log.rows).toEqual([]);
  });

  test('answers HEAD without a body, and ignores the query', async () => {
    await using server = await setUp();
    const response = await fetch(`${server.url}/cds-services?tenant=1`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('Every response', () => {
  test('has an id of its own, whatever the client calls its request', async () => {
    await using server = await setUp();
    const ids: (string | null)[] = [];
    for (const path of ['/cds-services', '/nothing', '/health', '/ready']) {
      const response = await fetch(`${server.url}${path}`, {
        headers: { 'x-request-id': 'planted' },
      });
      ids.push(response.headers.get('x-request-id'));
    }
    expect(ids.every((id) => /^[0-9a-f-]{36}$/.test(id ?? ''))).toBe(true);
    expect(new Set(ids).size).toBe(4);
  });
});

describe('Browsers of other origins', () => {
  const preflight = (url: string, origin: string) =>
    fetch(url, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });

  test('are not let in unless they are named', async () => {
    await using closed = await setUp();
    const none = await preflight(closed.call, 'https://ehr.example');
    expect([none.status, none.headers.get('access-control-allow-origin')]).toEqual([204, null]);

    await using open = await setUp({ cors: { origins: ['https://ehr.example'] } });
    const named = await preflight(open.call, 'https://ehr.example');
    expect(Object.fromEntries(named.headers)).toMatchObject({
      'access-control-allow-origin': 'https://ehr.example',
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': 'authorization, content-type',
      vary: 'Origin',
    });
    const other = await preflight(open.call, 'https://evil.example');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    expect(other.headers.get('access-control-allow-methods')).toBeNull();
  });

  test('may be told apart by a cache, and never send cookies', async () => {
    await using server = await setUp({ cors: { origins: ['https://ehr.example'] } });
    for (const origin of ['https://ehr.example', 'https://evil.example', undefined]) {
      const { headers } = await post(server.call, 'x', origin === undefined ? {} : { origin });
      expect([headers.get('vary'), headers.get('access-control-allow-credentials')]).toEqual([
        'Origin',
        null,
      ]);
    }
  });

  test.each([
    'https://ehr.example/',
    'https://EHR.example',
    'https://ehr.example/app',
    'https://ehr.example:443',
    'ehr.example',
    'https://*.example',
    'null',
    '',
  ])('cannot be named as "%s"', (origin) => {
    expect(() => createCdsService({ services: [], cors: { origins: [origin] } })).toThrow(
      /such as https:\/\/ehr\.example/,
    );
  });

  test('cannot be remembered for a time that is none', () => {
    for (const maxAge of [-1, 1.5, NaN]) {
      expect(() => createCdsService({ services: [], cors: { origins: '*', maxAge } })).toThrow(
        'cors.maxAge',
      );
    }
  });

  test('can read errors too', async () => {
    await using server = await setUp({ cors: { origins: '*' } });
    const { status, headers } = await post(server.call, 'x', { origin: 'https://ehr.example' });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([400, '*']);
  });
});

describe('Authorisation', () => {
  test('is asked for discovery, calls and feedback before their bodies are read, and fails closed', async () => {
    const asked: string[] = [];
    let refuse: () => void = () => {
      throw new RequestError('A token is needed.', { status: 401 });
    };
    await using server = await setUp({
      authorize: (_request, route) => {
        asked.push(route.to);
        refuse();
      },
    });
    expect((await fetch(`${server.url}/cds-services`)).status).toBe(401);
    expect((await post(server.call, 'x')).status).toBe(401);
    expect((await post(`${server.call}/feedback`, 'x')).status).toBe(401);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect(asked).toEqual(['discovery', 'call', 'feedback']);
    refuse = () => {
      throw new Error('secret');
    };
    const broken = await post(server.call, callBody('p'));
    expect([broken.status, JSON.stringify(broken.body).includes('secret')]).toEqual([500, false]);
    expect(server.log.rows).toEqual([]);
  });
});

describe('Health', () => {
  test('counts what the logs and the alerts did', async () => {
    await using server = await setUp();
    await post(server.call, callBody(patientOf(server.log, 'none')));
    await post(server.call, callBody(patientOf(server.log, 'usual')));
    const response = await fetch(`${server.url}/health`);
    expect([response.status, await response.json()]).toMatchObject([
      200,
      {
        status: 'ok',
        logs: [{ trial: 'influenza', round: 1, durable: 2, lost: 0, waiting: 0 }],
        services: [
          { id: 'influenza', hook: 'patient-view', calls: 2, returned: 1, silent: 1 },
          { id: 'influenza', hook: 'order-sign', calls: 0 },
        ],
      },
    ]);
  });

  test('is 503 for a minute after a loss', async () => {
    let now = noon;
    let status: 'lost' | 'durable' = 'lost';
    const log = fakeLog(trial, () => ({ status }));
    await using server = await served([alertService(log, { ...base, cards: () => [card('x')] })], {
      now: () => now,
    });
    const look = async () => (await fetch(`${server.url}/health`)).status;
    expect(await look()).toBe(200);
    expect((await post(`${server.url}/cds-services/influenza`, callBody('p'))).status).toBe(200);
    status = 'durable';
    expect(await look()).toBe(503);
    now += 59_000;
    expect(await look()).toBe(503);
    now += 2_000;
    expect(await look()).toBe(200);
  });
});

describe('The logger', () => {
  test('gets one line for each request, without ids, tokens, comments or arms', async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = pino(
      { base: null, timestamp: false },
      { write: (line: string) => void lines.push(JSON.parse(line)) },
    );
    await using server = await setUp({ logger });
    const patient = patientOf(server.log, 'redesign');
    await fetch(`${server.url}/cds-services`);
    await post(server.call, { ...callBody(patient), fhirAuthorization: { access_token: 'hush' } });
    await post(`${server.call}/feedback`, {
      feedback: [{ ...dismissal, overrideReason: { userComment: 'Jones' } }],
    });
    await post(server.call, { ...callBody(patient), hook: 'Jones' });
    await post(`${server.url}/cds-services/Jones`, {});
    expect(new Set(lines.map(({ request }) => request)).size).toBe(lines.length);
    const known = lines.map(({ ms, request, ...line }) => {
      expect(typeof request).toBe('string');
      return [typeof ms, line];
    });
    expect(known).toEqual([
      ['number', { level: 30, to: 'discovery', status: 200, msg: 'cds-hooks' }],
      [
        'number',
        {
          level: 30,
          to: 'call',
          service: 'influenza',
          hook: 'patient-view',
          status: 200,
          fired: true,
          reason: 'hashed',
          randomized: true,
          msg: 'cds-hooks',
        },
      ],
      [
        'number',
        {
          level: 30,
          to: 'feedback',
          service: 'influenza',
          status: 200,
          durable: 1,
          duplicate: 0,
          unknown: 0,
          rejected: 0,
          lost: 0,
          foreign: 0,
          malformed: 0,
          late: 0,
          msg: 'cds-hooks',
        },
      ],
      ['number', { level: 40, to: 'call', service: 'influenza', status: 400, msg: 'cds-hooks' }],
      ['number', { level: 40, to: 'call', status: 404, msg: 'cds-hooks' }],
    ]);
    const text = JSON.stringify(lines);
    for (const secret of [patient, 'hush', 'Jones', 'Practitioner', 'redesign', dismissal.card])
      expect(text).not.toContain(secret);
  });

  test('that throws costs no alert', async () => {
    const logger = pino(
      {},
      {
        write: () => {
          throw new Error('full');
        },
      },
    );
    await using server = await setUp({ logger });
    expect((await post(server.call, callBody('p'))).status).toBe(200);
  });
});

describe('The adapters', () => {
  test('for node:http and the Fetch standard give the same answers', async () => {
    const requests: readonly (readonly [string, string, unknown?])[] = [
      ['GET', '/cds-services'],
      ['GET', '/cds-services?x=1'],
      ['GET', '/nothing'],
      ['POST', '/cds-services/influenza', callBody('Zoë')],
      ['POST', '/cds-services/influenza', '{'],
      ['POST', '/cds-services/influenza', { ...callBody('p'), pad: 'x'.repeat(5_000) }],
      ['POST', '/cds-services/influenza/feedback', { feedback: [dismissal] }],
      ['POST', '/cds-services/influenza/feedback', { feedback: [] }],
      ['PUT', '/cds-services/influenza', {}],
      ['OPTIONS', '/cds-services/influenza'],
    ];
    await using server = await setUp({ bodyLimit: 4_000 });
    const local = toFetchHandler(server.handler);
    const seen = async (send: (request: Request) => Promise<Response>) => {
      const answers: unknown[] = [];
      for (const [method, path, body] of requests) {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        const response = await send(
          new Request(`${server.url}${path}`, {
            method,
            headers: { 'content-type': 'application/json' },
            ...(body === undefined ? {} : { body: text }),
          }),
        );
        const { allow, 'content-type': type } = Object.fromEntries(response.headers);
        // Each call makes new cards.
        const answer = (await response.text()).replace(/[0-9a-f-]{36}/g, 'uuid');
        answers.push([method, path, response.status, type, allow, answer]);
      }
      return answers;
    };
    expect(await seen(local)).toEqual(await seen(fetch));
  });

  test('turn an unforeseen error of a handler into a 500 that says nothing', async () => {
    const failing = async (): Promise<never> => {
      throw new Error('secret');
    };
    const server = await serveCds(failing, { port: 0 });
    for (const response of [
      await fetch(server.url),
      await toFetchHandler(failing)(new Request(server.url)),
    ]) {
      expect([response.status, (await response.text()).includes('secret')]).toEqual([500, false]);
    }
    await server.close();
  });

  test('survive requests that are broken off, and bodies that grow beyond the limit', async () => {
    await using server = await setUp({ bodyLimit: 1_000 });
    const head =
      'POST /cds-services/influenza HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
    await raw(server.url, `${head}content-length: 500\r\n\r\n{"hook"`);
    await raw(server.url, 'nonsense\r\n\r\n');
    const chunk = `400\r\n${'x'.repeat(1_024)}\r\n`;
    const answer = await raw(
      server.url,
      `${head}transfer-encoding: chunked\r\n\r\n${chunk}`,
      chunk,
      chunk,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect((await post(server.call, callBody('p'))).status).toBe(200);
  });

  test('close gracefully: what is on its way is answered, what comes later is not', async () => {
    const log = fakeLog(trial);
    const service = alertService(log, {
      ...base,
      cards: async () => {
        await wait(100);
        return [card('slow')];
      },
    });
    const server = await served([service]);
    const running = post(`${server.url}/cds-services/influenza`, callBody(patientOf(log, 'usual')));
    await wait(40);
    const closed = server.close();
    expect((await running).body.cards[0]?.summary).toBe('slow');
    await closed;
    await server.close();
    await expect(fetch(`${server.url}/cds-services`)).rejects.toThrow('fetch failed');
  });

  test('say so when the port is taken', async () => {
    await using server = await setUp();
    const port = Number(new URL(server.url).port);
    await expect(serveCds(server.handler, { port })).rejects.toThrow('EADDRINUSE');
  });
});
