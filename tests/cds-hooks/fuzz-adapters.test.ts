import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import express from 'express';
import { RequestError } from '../../src/errors.ts';
import {
  alertService,
  contextIds,
  createCdsService,
  fromListener,
  serveCds,
  toExpress,
  toFetchHandler,
  toNodeListener,
  withTrial,
} from '../../src/cds-hooks/index.ts';
import { memoryStore, openLog } from '../../src/store/index.ts';
import { planted } from '../planted.ts';
import { listening } from '../listening.ts';
import { bytesOf, overSocket } from './fuzzing/fronts.ts';
import { callOf, eventsOf, idsOf, key, posted, running } from './fuzzing/running.ts';
import { base, callBody, noon, orderCard, patientsOf, trial } from './support.ts';

describe('On sockets', () => {
  async function served() {
    const store = memoryStore({ key });
    const { handler, log, patient } = await running(store);
    const server = await serveCds(handler, { port: 0 });
    return {
      store,
      log,
      patient,
      url: server.url,
      port: Number(new URL(server.url).port),
      [Symbol.asyncDispose]: async () => {
        await server.close();
        await log.close();
      },
    };
  }

  test('1,000 connections at once are all answered, beside as many that say nothing', async () => {
    await using server = await served();
    const { store, log, port, patient } = server;
    const silent = Array.from({ length: 200 }, () => connect(port, '127.0.0.1'));
    for (const socket of silent) socket.on('error', () => undefined).write('POST / HTTP/1.1\r\nho');
    const send = overSocket(server.url);
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => send(callOf(patient))));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    for (const socket of silent) socket.destroy();
    await log.flush();
    expect(idsOf(await eventsOf(store), 'impression').length).toBe(1_000);
  }, 20_000);

  test('requests that are sent in one go are answered in their order', async () => {
    await using server = await served();
    const socket = connect(server.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => (received += String(chunk)));
    const unknown = posted({}, '/cds-services/unknown');
    const shots = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? callOf(server.patient) : unknown,
    );
    socket.write(Buffer.concat(shots.map(bytesOf)));
    const statuses = (): readonly string[] =>
      [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = '']) => status);
    while (statuses().length < shots.length) await wait(5);
    socket.destroy();
    expect(statuses()).toEqual(shots.map((_, index) => (index % 2 === 0 ? '200' : '404')));
  });

  test('bodies that break off leave no impression, and the next call is served', async () => {
    await using server = await served();
    const bytes = bytesOf(callOf(server.patient));
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const socket = connect(server.port, '127.0.0.1');
        socket.on('error', () => undefined);
        const half = bytes.subarray(0, bytes.byteLength - 1 - index);
        await new Promise((resolve) => socket.write(half, resolve));
        if (index % 2 === 0) socket.resetAndDestroy();
        else socket.end();
      }),
    );
    expect((await overSocket(server.url)(callOf(server.patient))).status).toBe(200);
    await server.log.flush();
    expect(idsOf(await eventsOf(server.store), 'impression').length).toBe(1);
  });
});

describe('A refusal', () => {
  test.each([200, 204, 304, 399, 600, 999, 1_000, 0, Number.NaN])(
    'with the status %d is a 500 behind every adapter',
    async (status) => {
      const { handler } = await running(memoryStore({ key }), {
        eligible: () => {
          throw new RequestError('The age is needed.', { status });
        },
      });
      const shot = callOf(planted('mrn', 1));
      await using server = await listening(toNodeListener(handler));
      expect((await overSocket(server.url)(shot)).status).toBe(500);
      const request = new Request(`http://cds.example${shot.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: String(shot.body),
      });
      expect((await toFetchHandler(handler)(request)).status).toBe(500);
    },
  );

  test('is what a body gets that Express has read and nobody can write again', async () => {
    const { handler, patient } = await running(memoryStore({ key }));
    const app = express()
      .use(express.json({ limit: '1mb' }))
      .use(toExpress(handler));
    await using server = await listening(app);
    const deep = '['.repeat(10_000) + ']'.repeat(10_000);
    const body = JSON.stringify(callBody(patient)).replace(/\}$/, `,"extension":${deep}}`);
    const answer = await overSocket(server.url)({ ...callOf(patient), body });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ diagnostics: 'The body is nested too deeply to be read here.' }],
    });
  });
});

describe('Beside a handler that asks for tokens, within one application,', () => {
  test.each(['POST', 'GET', 'OPTIONS'])(
    'a service of the application itself is reached by %s as before',
    async (method) => {
      const log = await openLog(trial, memoryStore({ key }), { now: () => noon });
      const handler = createCdsService({
        services: [alertService(log, { ...base, cards: () => [] })],
        authorize: () => {
          throw new RequestError('The caller is not known here.', { status: 403 });
        },
      });
      const app = express().use(toExpress(handler));
      app.all('/cds-services/own', (_request, response) => void response.json({ cards: [] }));
      await using server = await listening(app);
      const send = overSocket(server.url);
      const own = await send({ method, path: '/cds-services/own', headers: {} });
      expect([own.status, own.body]).toEqual([200, '{"cards":[]}']);
      expect((await send(callOf('1'))).status).toBe(403);
    },
  );
});

describe('An existing application of Express on trial', () => {
  const usual = { cards: [{ ...orderCard('as ever'), uuid: undefined }] };

  async function onTrial(answer: express.RequestHandler) {
    const app = express();
    app.post('/cds-services/flu', answer);
    const log = await openLog(trial, memoryStore({ key }), { now: () => noon });
    const service = withTrial(fromListener(app, { path: '/cds-services/flu', timeout: 200 }), log, {
      ...base,
      subject: contextIds,
      arms: { redesign: () => ({ cards: [orderCard('new')] }) },
    });
    const handler = createCdsService({ services: [service], now: () => noon });
    const [patient] = patientsOf(log, 'usual');
    const { status, body, headers } = await handler(callOf(patient));
    return {
      status,
      headers,
      summaries: JSON.parse(body).cards?.map((card: { summary: string }) => card.summary),
    };
  }

  test.each<[string, express.RequestHandler, number, readonly string[] | undefined]>([
    [
      'answers in pieces',
      async (_request, response) => {
        response.type('json');
        for (const letter of JSON.stringify(usual)) {
          response.write(letter);
          await Promise.resolve();
        }
        response.end();
      },
      200,
      ['as ever'],
    ],
    [
      'sets cookies',
      (_request, response) => void response.cookie('session', planted('name', 2)).json(usual),
      200,
      ['as ever'],
    ],
    ['redirects', (_request, response) => response.redirect(307, '/elsewhere'), 200, []],
    ['never answers', () => undefined, 200, []],
    [
      'breaks off',
      (_request, response) => void response.write('{"cards":[', () => response.destroy()),
      200,
      [],
    ],
    ['refuses', (_request, response) => void response.status(412).json({}), 412, undefined],
    ['has a status of its own', (_request, response) => void response.status(799).end(), 200, []],
    [
      'fails',
      () => {
        throw new Error(planted('name', 3));
      },
      500,
      undefined,
    ],
  ])('that %s', async (_what, answer, status, summaries) => {
    const seen = await onTrial(answer);
    expect([seen.status, seen.summaries]).toEqual([status, summaries]);
    expect(Object.keys(seen.headers)).not.toContain('set-cookie');
    expect(JSON.stringify(seen)).not.toContain('planted-');
  });
});
