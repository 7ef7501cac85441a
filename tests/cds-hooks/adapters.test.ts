import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import express from 'express';
import fastify from 'fastify';
import { toExpress } from '../../src/cds-hooks/express.ts';
import { fastifyCds } from '../../src/cds-hooks/fastify.ts';
import type { CdsServiceOptions, HttpHandler } from '../../src/cds-hooks/index.ts';
import {
  alertService,
  createCdsService,
  toFetchHandler,
  toNodeListener,
} from '../../src/cds-hooks/index.ts';
import type { Listening } from '../listening.ts';
import { listening } from '../listening.ts';
import { base, callBody, card, fakeLog, noon, patientOf, post, trial } from './support.ts';

const log = fakeLog(trial);
const patient = patientOf(log, 'usual');
const call = callBody(patient);

function handlerWith(options: Omit<Partial<CdsServiceOptions>, 'services'> = {}): HttpHandler {
  const service = alertService(log, { ...base, cards: () => [card('due')] });
  return createCdsService({ services: [service], now: () => noon, ...options });
}

/** An application with the handler in it, below a path, and a route of its own beside it. */
type Host = (handler: HttpHandler) => Promise<Listening>;

const hosts: readonly [string, Host][] = [
  [
    'Express, before express.json()',
    async (handler) => {
      const app = express();
      app.use('/alerts', toExpress(handler));
      app.use(express.json());
      app.post('/alerts/own', (request, response) => void response.json({ own: request.body }));
      return listening(app);
    },
  ],
  [
    'Express, after express.json()',
    async (handler) => {
      const app = express();
      app.use(express.json({ limit: '1mb' }));
      app.use('/alerts', toExpress(handler));
      app.post('/alerts/own', (request, response) => void response.json({ own: request.body }));
      return listening(app);
    },
  ],
  [
    'Fastify',
    async (handler) => {
      const app = fastify();
      await app.register(fastifyCds(handler), { prefix: '/alerts' });
      app.post('/alerts/own', async ({ body }) => ({ own: body }));
      const url = await app.listen({ port: 0, host: '127.0.0.1' });
      return { url, [Symbol.asyncDispose]: () => app.close() };
    },
  ],
];

async function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk)));
  socket.on('error', () => undefined);
  socket.write(text);
  await wait(100);
  socket.destroy();
  return received;
}

describe.each(hosts)('Within %s, a handler', (_name, host) => {
  test('is found by discovery, called, and given feedback', async () => {
    await using server = await host(handlerWith());
    const discovery = await fetch(`${server.url}/alerts/cds-services?page=1`);
    expect([discovery.status, await discovery.json()]).toMatchObject([
      200,
      { services: [{ id: 'influenza', hook: 'patient-view' }] },
    ]);
    const { status, headers, body } = await post(
      `${server.url}/alerts/cds-services/influenza`,
      call,
    );
    expect([status, body.cards[0]?.summary]).toEqual([200, 'due']);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
    const feedback = {
      feedback: [
        {
          card: body.cards[0]?.uuid,
          outcome: 'overridden',
          outcomeTimestamp: '2026-10-20T16:05:00Z',
        },
      ],
    };
    const told = await post(`${server.url}/alerts/cds-services/influenza/feedback`, feedback);
    expect([told.status, told.body]).toEqual([200, {}]);
  });

  test('leaves the other routes of the application as they are', async () => {
    await using server = await host(handlerWith());
    const own = await post(`${server.url}/alerts/own`, { a: [1, 'ü'] });
    expect(own.body).toEqual({ own: { a: [1, 'ü'] } });
    for (const path of ['/elsewhere', '/alerts/elsewhere', '/alerts/cds-services/unknown']) {
      const { status } = await fetch(`${server.url}${path}`, { method: 'POST' });
      expect(status).toBe(404);
    }
    const typed = await fetch(`${server.url}/alerts/own`, {
      method: 'POST',
      headers: { 'content-type': 'application/xml' },
      body: '<a/>',
    });
    expect(await typed.text()).not.toContain('OperationOutcome');
  });

  test.each<[string, number, string, string]>([
    ['that is not JSON', 400, 'application/json', '{"hook": '],
    ['that is no call', 400, 'application/json', '{"hook": "patient-view"}'],
    ['that is a list', 400, 'application/json', '[]'],
    ['that is empty', 400, 'application/json', ''],
    ['of another type', 415, 'text/plain', 'hello'],
    ['of a malformed type', 415, 'json;;', '{}'],
    ['in another character set', 415, 'application/json; charset=latin1', '{}'],
    ['that is too large', 413, 'application/json', JSON.stringify({ pad: 'x'.repeat(1_200_000) })],
  ])('refuses a body %s with %d and an OperationOutcome', async (_what, expected, type, text) => {
    await using server = await host(handlerWith({ bodyLimit: 1_000_000 }));
    const response = await fetch(`${server.url}/alerts/cds-services/influenza`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: text,
    });
    const body = await response.text();
    expect([response.status, JSON.parse(body)]).toMatchObject([
      expected,
      { resourceType: 'OperationOutcome' },
    ]);
    expect(body).not.toMatch(/html|stack|xxx/);
    const next = await post(`${server.url}/alerts/cds-services/influenza`, call);
    expect(next.status).toBe(200);
  });

  test('answers HEAD, OPTIONS and methods that it does not take', async () => {
    await using server = await host(handlerWith({ cors: { origins: ['https://ehr.example'] } }));
    const address = `${server.url}/alerts/cds-services`;
    const head = await fetch(address, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const preflight = await fetch(`${address}/influenza`, {
      method: 'OPTIONS',
      headers: { origin: 'https://ehr.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://ehr.example');
    for (const method of ['PUT', 'DELETE', 'GET']) {
      const { status, headers } = await fetch(`${address}/influenza`, { method });
      expect([status, headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    }
    const refused = await post(`${address}/influenza`, '{', { origin: 'https://ehr.example' });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([
      400,
      'https://ehr.example',
    ]);
  });

  test('outlives a client that goes away in the middle of its body', async () => {
    await using server = await host(handlerWith());
    const head = 'POST /alerts/cds-services/influenza HTTP/1.1\r\nhost: x\r\n';
    await raw(
      server.url,
      `${head}content-type: application/json\r\ncontent-length: 500\r\n\r\n{"a`,
    );
    const { status } = await post(`${server.url}/alerts/cds-services/influenza`, call);
    expect(status).toBe(200);
  });

  test('asks who may call before it looks at the body', async () => {
    await using server = await host(
      handlerWith({
        authorize: () => {
          throw new Error('the authority cannot be reached');
        },
      }),
    );
    const { status, body } = await post(`${server.url}/alerts/cds-services/influenza`, '{');
    expect([status, body.resourceType]).toEqual([500, 'OperationOutcome']);
  });
});

describe('An application of Express', () => {
  test('keeps its own error pages for what its own middleware refuses', async () => {
    const app = express();
    app.use((_request, _response, next) => next(Object.assign(new Error('who?'), { status: 401 })));
    app.use(toExpress(handlerWith()));
    app.use(((error, _request, response, _next) => {
      response.status(error.status).json({ mine: true });
    }) satisfies express.ErrorRequestHandler);
    await using server = await listening(app);
    for (const method of ['GET', 'POST']) {
      const response = await fetch(`${server.url}/cds-services`, { method });
      expect([response.status, await response.json()]).toEqual([401, { mine: true }]);
    }
  });

  test('keeps its own error pages for bodies that are refused on its own routes', async () => {
    const app = express();
    app.use(express.json());
    app.use(toExpress(handlerWith()));
    app.use(((error, _request, response, _next) => {
      response.status(error.status).json({ mine: true });
    }) satisfies express.ErrorRequestHandler);
    await using server = await listening(app);
    const { status, body } = await post(`${server.url}/own`, '{');
    expect([status, body]).toEqual([400, { mine: true }]);
  });

  test('may hand over the body as text or bytes, or have inflated it', async () => {
    for (const parser of [express.text({ type: '*/*' }), express.raw({ type: '*/*' })]) {
      const app = express().use(parser).use(toExpress(handlerWith()));
      await using server = await listening(app);
      expect((await post(`${server.url}/cds-services/influenza`, call)).status).toBe(200);
      expect((await post(`${server.url}/cds-services/influenza`, '{')).status).toBe(400);
    }
    const { gzipSync } = await import('node:zlib');
    await using server = await listening(
      express().use(express.json()).use(toExpress(handlerWith())),
    );
    const { status } = await fetch(`${server.url}/cds-services/influenza`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(call)),
    });
    expect(status).toBe(200);
  });

  test('is told when it read the body and left nothing', async () => {
    const app = express();
    app.use((request, _response, next) => {
      request.resume().on('end', () => next());
    });
    app.use(toExpress(handlerWith()));
    await using server = await listening(app);
    const { status, body } = await post(`${server.url}/cds-services/influenza`, call);
    expect([status, body.issue[0]?.diagnostics]).toEqual([
      500,
      expect.stringContaining('was read'),
    ]);
  });

  test('can be put before single addresses of an application, which keeps its others', async () => {
    const hospital = express();
    hospital.get(
      '/cds-services',
      (_request, response) => void response.json({ services: ['all'] }),
    );
    hospital.use((_request, response) => void response.json({ hospital: true }));
    const app = express();
    const address = '/cds-services/influenza';
    app.all([address, `${address}/feedback`], toExpress(handlerWith())).use(hospital);
    await using server = await listening(app);
    expect((await post(`${server.url}${address}`, call)).body.cards).toHaveLength(1);
    expect((await post(`${server.url}${address}/feedback`, '{}')).status).toBe(400);
    expect((await post(`${server.url}/cds-services/other`, call)).body).toEqual({ hospital: true });
    const discovery = await fetch(`${server.url}/cds-services`);
    expect(await discovery.json()).toEqual({ services: ['all'] });
  });

  test('takes what it does not know on to a later handler', async () => {
    const app = express();
    app.use(toExpress(createCdsService({ services: [] })));
    app.post('/cds-services/influenza', toExpress(handlerWith()));
    await using server = await listening(app);
    expect((await post(`${server.url}/cds-services/influenza`, call)).status).toBe(200);
  });
});

describe('An application of Fastify', () => {
  test('keeps its parsers, hooks and pages outside of the plugin', async () => {
    const app = fastify();
    let hooked = 0;
    app.addHook('onRequest', async () => {
      hooked += 1;
    });
    app.setNotFoundHandler(async (_request, reply) => reply.code(404).send({ nothing: 'here' }));
    app.setErrorHandler(async (_error, _request, reply) => reply.code(418).send({ mine: true }));
    await app.register(fastifyCds(handlerWith()));
    app.get('/health', async () => ({ mine: true }));
    app.post('/own', async ({ body }) => body);
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    try {
      expect((await post(`${url}/cds-services/influenza`, call)).status).toBe(200);
      expect((await post(`${url}/cds-services/influenza`, '{')).status).toBe(400);
      expect((await post(`${url}/own`, '{')).status).toBe(418);
      expect(await (await fetch(`${url}/health`)).json()).toEqual({ mine: true });
      expect(await (await fetch(`${url}/elsewhere`)).json()).toEqual({ nothing: 'here' });
      expect(hooked).toBe(5);
    } finally {
      await app.close();
    }
  });

  test.each(['', '/', '/alerts/', '/sites/:site/alerts'])(
    'may register the plugin with the prefix "%s"',
    async (prefix) => {
      const app = fastify({ routerOptions: { ignoreTrailingSlash: true } });
      await app.register(fastifyCds(handlerWith()), { prefix });
      const root = prefix.replace(':site', 'a%20b').replace(/\/$/, '');
      for (const url of ['/cds-services', '/cds-services/', '/cds-services?x=/1']) {
        const { statusCode, payload } = await app.inject({ method: 'GET', url: root + url });
        expect([statusCode, JSON.parse(payload).services]).toEqual([200, [expect.anything()]]);
      }
      const url = `${root}/cds-services/influenza`;
      expect((await app.inject({ method: 'POST', url, payload: call })).statusCode).toBe(200);
      expect((await app.inject({ method: 'GET', url: `${root}/%zz` })).statusCode).not.toBe(500);
      await app.close();
    },
  );

  test('has its own hooks refuse as they do elsewhere', async () => {
    const app = fastify();
    app.addHook('preHandler', async (_request, reply) => reply.code(401).send({ mine: true }));
    await app.register(fastifyCds(handlerWith()));
    const { statusCode, payload } = await app.inject({
      method: 'POST',
      url: '/cds-services/influenza',
      payload: call,
    });
    expect([statusCode, JSON.parse(payload)]).toEqual([401, { mine: true }]);
    await app.close();
  });

  test('has its error handler asked when a hook of its own throws', async () => {
    const app = fastify();
    app.setErrorHandler(async (_error, _request, reply) => reply.code(418).send({ mine: true }));
    app.addHook('preHandler', async () => {
      throw new Error('bug');
    });
    await app.register(fastifyCds(handlerWith()));
    const { statusCode } = await app.inject({ method: 'GET', url: '/cds-services' });
    expect(statusCode).toBe(418);
    await app.close();
  });
});

describe('A handler that breaks its promise and rejects', () => {
  const broken: HttpHandler = async () => {
    throw new Error('bug');
  };

  test('is answered for with 500 in every adapter', async () => {
    const app = fastify();
    await app.register(fastifyCds(broken));
    const viaFastify = await app.inject({ method: 'GET', url: '/cds-services' });
    await app.close();
    const viaFetch = await toFetchHandler(broken)(new Request('http://cds.example/cds-services'));
    await using plain = await listening(toNodeListener(broken));
    await using within = await listening(express().use(toExpress(broken)));
    const statuses = [
      viaFastify.statusCode,
      viaFetch.status,
      (await fetch(`${plain.url}/cds-services`)).status,
      (await fetch(`${within.url}/cds-services`)).status,
    ];
    expect(statuses).toEqual([500, 500, 500, 500]);
  });
});
