import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import express from 'express';
import fastify from 'fastify';
import type { ExistingService } from '../../src/cds-hooks/existing/index.ts';
import {
  fromFastify,
  fromFetch,
  fromListener,
  fromUrl,
} from '../../src/cds-hooks/existing/index.ts';
import { toExpress } from '../../src/cds-hooks/express.ts';
import type { CdsHandler, CdsRequest, CdsResponse } from '../../src/cds-hooks/index.ts';
import { contextIds, createCdsService, serveCds, withTrial } from '../../src/cds-hooks/index.ts';
import { RequestError } from '../../src/errors.ts';
import { listening } from '../listening.ts';
import { base, callBody, card, fakeLog, noon, patientOf, post, served, trial } from './support.ts';

const path = '/cds-services/flu';
const discovery = {
  services: [
    {
      id: 'flu',
      hook: 'patient-view',
      title: 'Flu',
      description: 'Reminds of the vaccine',
      prefetch: { patient: 'Patient/{{context.patientId}}' },
      version: '3.1',
    },
    { id: 'two', hook: 'patient-view', description: 'a' },
    { id: 'two', hook: 'order-sign', description: 'b' },
  ],
};

/** What a service written by others does with a call. */
type Behaviour = (request: CdsRequest) => { readonly status: number; readonly body: unknown };

const wellBehaved: Behaviour = ({ context }) => ({
  status: 200,
  body: { cards: [{ ...card(`for ${String(context['patientId'])}`), uuid: 'theirs' }] },
});

interface Place extends AsyncDisposable {
  readonly service: ExistingService;
}

type Reach = (behave: Behaviour, headers?: () => Record<string, string>) => Promise<Place>;

function expressApp(behave: Behaviour): express.Express {
  const app = express().use(express.json());
  app.get('/cds-services', (_request, response) => void response.json(discovery));
  app.post(path, (request, response) => {
    const { status, body } = behave(request.body);
    response
      .status(status)
      .set('x-token', request.get('authorization') ?? '')
      .json(body);
  });
  return app;
}

const nothing = { [Symbol.asyncDispose]: async () => undefined };
const reaches: readonly [string, Reach][] = [
  [
    'an application of Express',
    async (behave) => ({ service: fromListener(expressApp(behave), { path }), ...nothing }),
  ],
  [
    'a router of Express',
    async (behave) => {
      const router = express.Router().use(expressApp(behave));
      return { service: fromListener(router, { path }), ...nothing };
    },
  ],
  [
    'a listener of node:http',
    async (behave) => ({
      service: fromListener(
        async (request, response) => {
          let text = '';
          for await (const chunk of request) text += String(chunk);
          const { status, body } =
            request.method === 'GET' ? { status: 200, body: discovery } : behave(JSON.parse(text));
          response.writeHead(status, { 'content-type': 'application/json' });
          response.write(JSON.stringify(body).slice(0, 3));
          response.end(JSON.stringify(body).slice(3));
        },
        { path },
      ),
      ...nothing,
    }),
  ],
  [
    'an application of Fastify',
    async (behave) => {
      const app = fastify();
      app.get('/cds-services', async () => discovery);
      app.post(path, async (request, reply) => {
        const { status, body } = behave(request.body as CdsRequest);
        return reply.code(status).send(body);
      });
      return { service: fromFastify(app, { path }), [Symbol.asyncDispose]: () => app.close() };
    },
  ],
  [
    'a fetch handler',
    async (behave) => ({
      service: fromFetch(
        async (request) => {
          if (request.method === 'GET') return Response.json(discovery);
          const { status, body } = behave((await request.json()) as CdsRequest);
          return Response.json(body, { status });
        },
        { path },
      ),
      ...nothing,
    }),
  ],
  [
    'a service at an address',
    async (behave) => {
      const { url, ...server } = await listening(expressApp(behave));
      return { ...server, service: fromUrl(`${url}${path}`) };
    },
  ],
];

const redesign = async (
  _request: CdsRequest,
  { usual }: { readonly usual: () => Promise<CdsResponse> },
): Promise<CdsResponse> => {
  const { cards } = await usual();
  return { cards: cards.map((shown) => ({ ...shown, detail: 'new' })) };
};

describe.each(reaches)('As %s, an existing service', (_name, reach) => {
  test('is put on trial with the description that it has', async () => {
    await using place = await reach(wellBehaved);
    const log = fakeLog(trial);
    const alert = withTrial(place.service, log, {
      ...(await place.service.describe()),
      subject: contextIds,
      arms: { redesign },
    });
    expect(alert.description).toMatchObject({
      id: 'flu',
      hook: 'patient-view',
      title: 'Flu',
      description: 'Reminds of the vaccine',
      prefetch: { patient: 'Patient/{{context.patientId}}' },
    });
    await using server = await served([alert]);
    const [usual, redesigned] = [patientOf(log, 'usual'), patientOf(log, 'redesign')];
    const control = await post(`${server.url}${path}`, callBody(usual));
    expect(control.body.cards).toMatchObject([{ summary: `for ${usual}` }]);
    expect(control.body.cards[0]?.uuid).not.toBe('theirs');
    const variant = await post(`${server.url}${path}`, callBody(redesigned));
    expect(variant.body.cards).toMatchObject([{ summary: `for ${redesigned}`, detail: 'new' }]);
    expect(log.rows.map(({ assignment }) => assignment?.randomized)).toEqual([true, true]);
  });

  test('gets the call as the client sent it', async () => {
    const seen: unknown[] = [];
    await using place = await reach((request) => {
      seen.push(request);
      return { status: 200, body: { cards: [] } };
    });
    const log = fakeLog(trial);
    const alert = withTrial(place.service, log, { ...base, arms: { redesign } });
    const call = {
      ...callBody(patientOf(log, 'usual')),
      prefetch: { patient: null, text: 'Zoë 💉' },
      fhirServer: 'https://ehr.example/fhir',
      fhirAuthorization: { access_token: 't' },
      extension: { 'org.example.x': 1 },
    };
    await alert.answer(call, { at: noon });
    expect(seen).toEqual([call]);
  });

  test.each([412, 404, 500, 503])('refuses with %d through the trial too', async (status) => {
    await using place = await reach(() => ({ status, body: { secret: 'p-1' } }));
    const log = fakeLog(trial);
    const alert = withTrial(place.service, log, { ...base, arms: { redesign } });
    await using server = await served([alert]);
    for (const arm of ['usual', 'redesign']) {
      const address = `${server.url}/cds-services/influenza`;
      const answer = await post(address, callBody(patientOf(log, arm)));
      expect([answer.status, answer.body.resourceType]).toEqual([status, 'OperationOutcome']);
      expect(JSON.stringify(answer.body)).not.toContain('secret');
    }
    const impressions = log.rows.filter(({ type }) => type === 'impression');
    expect(impressions.map(({ assignment }) => assignment?.reason)).toEqual(['fault', 'fault']);
    expect(alert.counters.faults['arm-failed']).toBeGreaterThan(1);
  });
});

describe('An existing service', () => {
  const hanging = (timeout = 100): ExistingService =>
    fromListener(() => undefined, { path, timeout });

  test('that hangs is given up', async () => {
    let gone = false;
    const service = fromListener(
      (request) => {
        request.resume();
        request.on('close', () => (gone = true));
      },
      { path, timeout: 60 },
    );
    await expect(service.ask(callBody('p-1'))).rejects.toThrow('did not answer within 60 ms');
    await wait(20);
    expect(gone).toBe(true);
  });

  test('that cannot be reached or read is served as no card', async () => {
    const log = fakeLog(trial);
    const services = [
      hanging(),
      fromUrl('http://127.0.0.1:1/cds-services/flu'),
      fromFetch(() => new Response('<html>'), { path }),
      fromFetch(() => Response.json([1]), { path }),
      fromFetch(() => Response.redirect('http://127.0.0.1:1/', 302), { path }),
      fromFetch(() => new Response(null, { status: 204 }), { path }),
      fromListener((_request, response) => void response.destroy(), { path }),
      fromListener((_request, response) => void response.end('x'.repeat(9_000_000)), { path }),
    ];
    for (const service of services) {
      const alert = withTrial(service, log, { ...base, arms: { redesign } });
      const call = callBody(patientOf(log, 'usual'));
      const { response, reason } = await alert.answer(call, { at: noon });
      expect([response, reason]).toEqual([{ cards: [] }, 'fault']);
    }
  });

  test('that throws is answered for with 500', async () => {
    for (const listener of [
      () => {
        throw new Error('bug');
      },
      async () => {
        throw new Error('bug');
      },
    ]) {
      const service = fromListener(listener, { path });
      await expect(service.ask(callBody('p-1'))).rejects.toMatchObject({ status: 500 });
    }
  });

  test('that is slower than a variant may be is served all the same', async () => {
    const log = fakeLog(trial);
    const slow: CdsHandler = async () => {
      await wait(80);
      return { cards: [card('slow')] };
    };
    const alert = withTrial(slow, log, { ...base, arms: { redesign }, timeBudget: 20 });
    for (const arm of ['usual', 'redesign']) {
      const { response } = await alert.answer(callBody(patientOf(log, arm)), { at: noon });
      expect(response.cards).toMatchObject([{ summary: 'slow' }]);
    }
    expect(log.rows.map(({ type, assignment }) => [type, assignment?.reason])).toEqual([
      ['impression', 'hashed'],
      ['deviation', 'hashed'],
      ['impression', 'fault'],
    ]);
  });

  test('is asked once, though a variant asked it and failed', async () => {
    const log = fakeLog(trial);
    let asked = 0;
    const counting: CdsHandler = () => {
      asked += 1;
      return { cards: [card('usual')] };
    };
    const alert = withTrial(counting, log, {
      ...base,
      arms: {
        redesign: async (_request, { usual }) => {
          (await usual()).cards.map((shown) => Object.assign(shown, { summary: 'spoilt' }));
          throw new Error('bug');
        },
      },
    });
    const call = callBody(patientOf(log, 'redesign'));
    const { response } = await alert.answer(call, { at: noon });
    expect([asked, response.cards[0]?.summary]).toEqual([1, 'usual']);
    await alert.answer(call, { at: noon });
    expect(asked).toBe(2);
  });

  test('refuses nothing for a variant that can do without it', async () => {
    const log = fakeLog(trial);
    const refusing: CdsHandler = () => {
      throw new RequestError('The patient is needed.', { status: 412 });
    };
    const alert = withTrial(refusing, log, {
      ...base,
      arms: { redesign: async (_request, { usual }) => usual().catch(() => ({ cards: [] })) },
    });
    const call = callBody(patientOf(log, 'redesign'));
    expect(await alert.answer(call, { at: noon })).toMatchObject({ randomized: true });
    await expect(
      alert.answer(callBody(patientOf(log, 'usual')), { at: noon }),
    ).rejects.toMatchObject({ status: 412 });
  });

  test('is not waited for by an eligibility that hangs', async () => {
    const log = fakeLog(trial);
    const alert = withTrial(() => ({ cards: [card('usual')] }), log, {
      ...base,
      arms: { redesign },
      eligible: async () => new Promise<boolean>(() => undefined),
      timeBudget: 20,
    });
    const answer = await alert.answer(callBody(patientOf(log, 'usual')), { at: noon });
    expect(answer).toMatchObject({ fired: false, fault: 'eligibility-failed' });
  });

  test('may be the application that the trial is mounted in, with sockets and without', async () => {
    const log = fakeLog(trial);
    const app = express();
    const flu = fromListener(app, { path });
    const alert = withTrial(flu, log, {
      ...base,
      id: 'flu',
      arms: { redesign },
    });
    app.use(toExpress(createCdsService({ services: [alert], now: () => noon })));
    app.use(expressApp(wellBehaved));
    await using server = await listening(app);
    const { url } = server;
    const first = patientOf(log, 'redesign');
    for (let turn = 0; turn < 3; turn += 1) {
      const { status, body } = await post(`${url}${path}`, callBody(first));
      expect([status, body.cards[0]]).toMatchObject([
        200,
        { summary: `for ${first}`, detail: 'new' },
      ]);
    }
    expect((await flu.describe()).title).toBe('Flu');
  });

  test('that is the trial itself is found out', async () => {
    const log = fakeLog(trial);
    let resolve: (url: string) => void = () => undefined;
    const promise = new Promise<string>((done) => (resolve = done));
    const alert = withTrial(
      async (request) => fromUrl(`${await promise}/cds-services/influenza`).ask(request),
      log,
      { ...base, arms: { redesign } },
    );
    await using server = await serveCds(createCdsService({ services: [alert], now: () => noon }), {
      port: 0,
    });
    resolve(server.url);
    const address = `${server.url}/cds-services/influenza`;
    const { status } = await post(address, callBody(patientOf(log, 'usual')));
    expect(status).toBe(508);
    expect(log.rows.filter(({ type }) => type === 'impression')).toHaveLength(1);
  });

  test('gets its own credentials and not those of the client', async () => {
    const seen: (string | undefined)[] = [];
    const service = fromListener(
      (request, response) => {
        seen.push(request.headers.authorization, request.url);
        request.resume();
        response.end('{"cards":[]}');
      },
      { path, headers: async (address) => ({ authorization: `Bearer for ${address}` }) },
    );
    const log = fakeLog(trial);
    const alert = withTrial(service, log, { ...base, arms: { redesign } });
    await using server = await served([alert]);
    const address = `${server.url}/cds-services/influenza`;
    const client = { authorization: 'Bearer of the client' };
    await post(address, callBody(patientOf(log, 'usual')), client);
    expect(seen).toEqual([`Bearer for ${path}`, path]);
  });
});

describe('The description of an existing service', () => {
  const service = (document: unknown, id: string): ExistingService =>
    fromFetch(() => Response.json(document), { path: `/cds-services/${id}` });

  test('needs its hook where the id is on several', async () => {
    await expect(service(discovery, 'two').describe()).rejects.toThrow(
      'choose one of patient-view, order-sign',
    );
    expect(await service(discovery, 'two').describe({ hook: 'order-sign' })).toMatchObject({
      description: 'b',
    });
  });

  test.each([
    ['another service', discovery, 'lists no "x"'],
    ['none', { services: [] }, 'lists no "x"'],
    ['something else', 'hello', 'lists no "x"'],
  ])('is refused where discovery lists %s', async (_what, document, message) => {
    await expect(service(document, 'x').describe()).rejects.toThrow(message);
  });

  test('is refused where there is no discovery', async () => {
    const closed = fromFetch(() => new Response('', { status: 401 }), { path });
    await expect(closed.describe()).rejects.toThrow('discovery of the existing service could not');
  });
});

describe('The place of an existing service', () => {
  test.each([
    ['ftp://cds.example/cds-services/flu', 'http or https'],
    ['nonsense', 'http or https'],
    ['https://cds.example/cds-services/flu?x=1', 'without a query'],
    ['https://me:word@cds.example/cds-services/flu', 'no name and password'],
    ['http://cds.example/cds-services/flu', 'must be https'],
    ['http://localhost.example/cds-services/flu', 'must be https'],
  ])('is refused as %s', (url, message) => {
    expect(() => fromUrl(url)).toThrow(message);
  });

  test('may be another machine without TLS where somebody says so', () => {
    const url = 'http://cds:8080/cds-services/flu';
    expect(fromUrl(url, { insecure: true })).toHaveProperty('ask');
    expect(() => fromUrl(url, { insecure: true, timeout: 0 })).toThrow('timeout must be');
  });

  test('is refused when it is no address, or nothing that could be called', () => {
    expect(() => fromFetch(() => new Response(), { path: 'flu' })).toThrow('such as');
    expect(() => fromListener(JSON.parse('{}'), { path })).toThrow('takes a listener');
  });
});

describe('The time that a trial gives', () => {
  test.each([
    ['timeBudget', { timeBudget: 0 }],
    ['timeBudget', { timeBudget: Number.NaN }],
    ['patience', { patience: 60_001 }],
  ])('is refused when %s is malformed', (name, change) => {
    expect(() =>
      withTrial(() => ({ cards: [] }), fakeLog(trial), { ...base, arms: { redesign }, ...change }),
    ).toThrow(`${name} must be above 0`);
  });
});
