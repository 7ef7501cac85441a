import { describe, expect, test } from '@jest/globals';
import pino from 'pino';
import type { Caller } from '../../src/cds-hooks/caller.ts';
import { alertService, createCdsService, serveCds } from '../../src/cds-hooks/index.ts';
import type { CdsServiceOptions } from '../../src/cds-hooks/options.ts';
import { RequestError } from '../../src/errors.ts';
import { newImpressionId } from '../../src/events/ids.ts';
import type { Settlement } from '../../src/store/log/port.ts';
import { planted } from '../planted.ts';
import type { Row } from './support.ts';
import { base, callBody, card, fakeLog, noon, patientOf, post, served, trial } from './support.ts';

const dismissed = (card: string) => ({
  card,
  outcome: 'overridden',
  outcomeTimestamp: '2026-10-20T16:05:00Z',
});

async function setUp(
  options: Omit<Partial<CdsServiceOptions>, 'services'> = {},
  settle?: (row: Row) => Settlement,
) {
  const log = fakeLog(trial, settle);
  const service = alertService(log, {
    ...base,
    cards: {
      usual: () => [card('old')],
      redesign: () => {
        throw new Error(planted('name', 1));
      },
    },
  });
  const server = await served([service], { metrics: true, ...options });
  const read = async (path = '/metrics', headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${server.url}${path}`, { headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const call = `${server.url}/cds-services/influenza`;
  return { log, server, read, call, [Symbol.asyncDispose]: server.close };
}

/** The value of a metric, by its name and labels as they are written. */
function valueOf(text: string, name: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

describe('Metrics', () => {
  test('are not given unless they are asked for', async () => {
    await using service = await setUp({ metrics: false });
    const { read } = service;
    expect((await read()).status).toBe(404);
  });

  test('count calls by what the alert did, and how long they took', async () => {
    await using service = await setUp();
    const { log, read, call } = service;
    for (const arm of ['usual', 'usual', 'none', 'redesign']) {
      expect((await post(call, callBody(patientOf(log, arm)))).status).toBe(200);
    }
    const { status, headers, text } = await read();
    expect([status, headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    const labels = 'service="influenza",hook="patient-view"';
    const calls = (outcome: string) =>
      valueOf(text, `rapidcycle_calls_total{${labels},caller="",outcome="${outcome}"}`);
    expect([calls('returned'), calls('silent'), calls('fault')]).toEqual([2, 1, 1]);
    expect(valueOf(text, `rapidcycle_faults_total{${labels},fault="arm-failed"}`)).toBe(1);
    const duration = 'rapidcycle_call_duration_seconds';
    expect(valueOf(text, `${duration}_count{${labels}}`)).toBe(4);
    expect(valueOf(text, `${duration}_bucket{le="5",${labels}}`)).toBe(4);
    expect(text).toContain(`${duration}_bucket{le="0.5",${labels}}`);
    const request = `rapidcycle_requests_total{to="call",${labels},status="200"}`;
    expect(valueOf(text, request)).toBe(4);
    const start = valueOf(text, 'process_start_time_seconds') ?? 0;
    expect(Math.abs(start - (Date.now() / 1_000 - process.uptime()))).toBeLessThan(5);
  });

  test('count feedback by outcome and result, strays and what the log holds', async () => {
    let status: Settlement['status'] = 'durable';
    await using service = await setUp({}, () => ({ status }));
    const { read, call } = service;
    const send = (...feedback: readonly object[]) => post(`${call}/feedback`, { feedback });
    await send(dismissed(newImpressionId()), dismissed('card-17'), {
      ...dismissed(newImpressionId()),
      outcome: 'accepted',
      acceptedSuggestions: [{ id: 'a' }, { id: 'b' }],
    });
    status = 'lost';
    await send(dismissed(newImpressionId()));
    const { text } = await read();
    const answers = (outcome: string, result: string) =>
      valueOf(
        text,
        `rapidcycle_feedback_total{service="influenza",outcome="${outcome}",result="${result}"}`,
      );
    expect([
      answers('overridden', 'durable'),
      answers('overridden', 'unknown'),
      answers('overridden', 'lost'),
      answers('accepted', 'durable'),
    ]).toEqual([1, 1, 1, 2]);
    const log = 'trial="influenza",round="1"';
    expect(valueOf(text, `rapidcycle_events_total{${log},result="durable"}`)).toBe(3);
    expect(valueOf(text, `rapidcycle_events_total{${log},result="lost"}`)).toBe(1);
    expect(valueOf(text, `rapidcycle_events_waiting{${log}}`)).toBe(0);
    expect(valueOf(text, `rapidcycle_events_spooled{${log}}`)).toBe(0);
  });

  test('count what was refused by its reason, in words of their own only', async () => {
    const refusals = [
      ['token.aud', 401],
      ['token.made-up', 401],
      ['hook', 403],
    ] as const;
    let next = 0;
    await using service = await setUp({
      authorize: () => {
        const [path, status] = refusals[next] ?? [];
        next += 1;
        if (path !== undefined) {
          throw new RequestError('No.', { status, problems: [{ path, message: 'no' }] });
        }
      },
    });
    const { server, read, call } = service;
    for (let time = 0; time < 3; time += 1) await post(call, {});
    await post(call, 'x');
    await post(`${server.url}/cds-services/${planted('name', 2)}`, {});
    await fetch(`${server.url}/nothing/${planted('name', 3)}`);
    const { text } = await read();
    const refused = (to: string, reason: string) =>
      valueOf(text, `rapidcycle_refused_total{to="${to}",reason="${reason}"}`);
    expect([
      refused('call', 'unauthorized-aud'),
      refused('call', 'unauthorized'),
      refused('call', 'forbidden'),
      refused('call', 'malformed'),
      refused('call', 'not-found'),
      refused('', 'not-found'),
    ]).toEqual([1, 1, 1, 1, 1, 1]);
    expect(text).not.toContain('planted');
    expect(text).not.toContain('made-up');
  });

  test('name the caller as it is configured, and no tenant', async () => {
    const caller: Caller = { issuer: 'https://ehr.example', tenant: 'T-9', alias: 'North' };
    const lines: string[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(line) });
    await using service = await setUp({ authorize: () => caller, logger });
    const { log, read, call } = service;
    await post(call, callBody(patientOf(log, 'usual')));
    const { text } = await read();
    expect(text).toContain('caller="North",outcome="returned"');
    expect(lines[0]).toContain('"caller":"North"');
    for (const told of [text, ...lines]) {
      expect(told).not.toContain('T-9');
      expect(told).not.toContain('ehr.example');
    }
  });

  test('hold no id, whatever is called', async () => {
    await using service = await setUp();
    const { log, read, call } = service;
    const patient = patientOf(log, 'redesign');
    await post(call, callBody(patient));
    await post(call, { ...callBody(patient), hook: planted('name', 4) });
    const { text } = await read();
    expect(text).not.toContain('planted');
  });

  test('can stand elsewhere, and ask for a token', async () => {
    await using service = await setUp({ metrics: { path: '/internal/metrics', token: 'hush' } });
    const { server, read } = service;
    expect((await read('/metrics')).status).toBe(404);
    expect((await read('/metrics/')).status).toBe(404);
    const path = '/internal/metrics';
    expect((await read(path)).status).toBe(401);
    expect((await read(path, { authorization: 'Bearer hus' })).status).toBe(401);
    expect((await read(path, { authorization: 'hush' })).status).toBe(401);
    expect((await read(path, { authorization: 'Bearer hush' })).status).toBe(200);
    expect((await fetch(`${server.url}${path}`, { method: 'POST' })).status).toBe(405);
  });

  test('are refused with a path or a token that is none', () => {
    for (const path of ['metrics', '/', '/metrics/', '/a?b', '']) {
      expect(() => createCdsService({ services: [], metrics: { path } })).toThrow('metrics.path');
    }
    expect(() => createCdsService({ services: [], metrics: { token: ' ' } })).toThrow(
      'metrics.token',
    );
  });

  test('of two handlers in one process are kept apart', async () => {
    await using one = await setUp();
    await using two = await setUp();
    await post(one.call, callBody(patientOf(one.log, 'usual')));
    expect((await one.read()).text).toContain('outcome="returned"} 1');
    expect((await two.read()).text).not.toContain('outcome="returned"');
  });
});

describe('Readiness', () => {
  const ready = async (url: string) => {
    const response = await fetch(`${url}/ready`);
    return [response.status, await response.json()];
  };

  test('comes when the start has ended, and calls are answered before', async () => {
    let start: () => void = () => undefined;
    const starting = new Promise<void>((resolve) => {
      start = resolve;
    });
    await using service = await setUp({ starting });
    const { log, server, call } = service;
    expect(await ready(server.url)).toEqual([503, { status: 'starting' }]);
    expect((await post(call, callBody(patientOf(log, 'usual')))).status).toBe(200);
    start();
    await starting;
    expect(await ready(server.url)).toEqual([200, { status: 'ready' }]);
  });

  test('never comes when the start has failed', async () => {
    await using service = await setUp({ starting: Promise.reject(new Error('down')) });
    const { server } = service;
    expect(await ready(server.url)).toEqual([503, { status: 'starting' }]);
  });

  test('goes before the server takes no more requests', async () => {
    const log = fakeLog(trial);
    const service = alertService(log, { ...base, cards: () => [] });
    const handler = createCdsService({ services: [service], now: () => noon });
    await using server = await serveCds(handler, { port: 0, drain: 300 });
    expect(await ready(server.url)).toEqual([200, { status: 'ready' }]);
    const closed = server.close();
    expect(await ready(server.url)).toEqual([503, { status: 'closing' }]);
    const called = await post(`${server.url}/cds-services/influenza`, callBody('p'));
    expect(called.status).toBe(200);
    await closed;
    await expect(ready(server.url)).rejects.toThrow('fetch failed');
  });

  test('is not asked for with a time that is none', async () => {
    const handler = createCdsService({ services: [] });
    for (const times of [{ drain: -1 }, { grace: NaN }, { keepAlive: Infinity }]) {
      await expect(serveCds(handler, { port: 0, ...times })).rejects.toThrow(RangeError);
    }
  });
});
