import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { openStore } from '../../src/store/index.ts';
import { planted } from '../planted.ts';
import { discard, makeFolder } from '../store/place.ts';
import { command } from './command.ts';
import type { Service } from './services.ts';
import { card, end, serve, served } from './services.ts';

const folder = makeFolder();

/** A protocol whose arms hold their cards, for a trial that runs today. */
function protocolFile(name: string, changes: object = {}): string {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ ...served, ...changes }));
  return file;
}

const post = async (url: string, body: unknown): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const call = (patientId: string | undefined) => ({
  hook: 'patient-view',
  hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
  context: { userId: `Practitioner/${planted('clinician', 7)}`, patientId },
});

async function cardOf(service: Service, patient: string | undefined) {
  const response = await post(`${service.url}/cds-services/influenza`, call(patient));
  const { cards } = (await response.json()) as { cards: { uuid: string; summary: string }[] };
  return { status: response.status, card: cards[0] };
}

afterAll(() => discard(folder));

describe('rapidcycle serve', () => {
  test('serves the cards of a protocol, keeps what happened, and ends cleanly', async () => {
    const ledger = join(folder, 'clean.db');
    const service = await serve([protocolFile('clean'), '--ledger', ledger]);
    expect(await (await fetch(`${service.url}/cds-services`)).json()).toMatchObject({
      services: [{ id: 'influenza', hook: 'patient-view' }],
    });
    const first = await cardOf(service, planted('mrn', 4711));
    expect(['Usual', 'Redesigned']).toContain(first.card?.summary);
    expect((await cardOf(service, planted('mrn', 4711))).card?.summary).toBe(first.card?.summary);
    expect((await cardOf(service, undefined)).card?.summary).toBe('Usual');
    const feedback = [
      {
        card: first.card?.uuid,
        outcome: 'overridden',
        outcomeTimestamp: new Date().toISOString(),
        overrideReason: { userComment: `${planted('name', 2)} is away` },
      },
    ];
    expect(
      (await post(`${service.url}/cds-services/influenza/feedback`, { feedback })).status,
    ).toBe(200);
    expect(await (await fetch(`${service.url}/health`)).json()).toMatchObject({ status: 'ok' });
    expect(await end(service, 'SIGTERM')).toBe(0);

    await using store = await openStore(ledger, { key: null });
    const [trial] = await store.trials();
    expect(await store.flow(trial?.fingerprint ?? '')).toEqual([
      expect.objectContaining({ type: 'dismissal', events: 1 }),
      expect.objectContaining({ type: 'impression', reason: 'hashed', events: 2 }),
      expect.objectContaining({
        type: 'impression',
        reason: 'unit-missing',
        arm: 'usual',
        events: 1,
      }),
    ]);
    for (const text of [service.log(), readFileSync(ledger, 'latin1')]) {
      expect(text).not.toMatch(/planted-/);
    }
  }, 60_000);

  test('randomises practices without code, by where they stand in the record', async () => {
    const ledger = join(folder, 'practices.db');
    const [unit, sites] = [join(folder, 'unit.json'), join(folder, 'sites.csv')];
    const practice = { from: 'Encounter.serviceProvider', crosswalk: 'sites.csv' };
    writeFileSync(unit, JSON.stringify({ practice }));
    writeFileSync(sites, 'source,practice\nOrganization/17,north\n');
    const words = [protocolFile('practices', { unit: 'practice' }), '--ledger', ledger];
    const service = await serve([...words, '--unit', unit]);
    const { services } = (await (await fetch(`${service.url}/cds-services`)).json()) as {
      services: readonly { prefetch: object }[];
    };
    expect(services[0]?.prefetch).toEqual({ encounter: 'Encounter/{{context.encounterId}}' });
    for (const organisation of ['17', '18']) {
      const { hook, hookInstance, context } = call(planted('mrn', 1));
      const encounterId = planted('encounter', 1);
      const serviceProvider = { reference: `Organization/${organisation}` };
      const encounter = { resourceType: 'Encounter', id: encounterId, serviceProvider };
      await post(`${service.url}/cds-services/influenza`, {
        hook,
        hookInstance,
        context: { ...context, encounterId },
        prefetch: { encounter },
      });
    }
    expect(await end(service, 'SIGTERM')).toBe(0);
    expect(service.log()).toMatch(/"resolved":1,.*"not-in-crosswalk":1/);
    await using store = await openStore(ledger, { key: null });
    const [trial] = await store.trials();
    const flow = await store.flow(trial?.fingerprint ?? '');
    expect(flow.map(({ reason }) => reason).sort()).toEqual(['hashed', 'unit-missing']);
  }, 60_000);

  test('takes calls of the clients it knows only, gives metrics to who has the token, and keeps strays', async () => {
    const clients = join(folder, 'clients.json');
    const strays = join(folder, 'strays.ndjson');
    writeFileSync(
      clients,
      JSON.stringify({
        clients: [{ issuer: 'https://ehr.example', jku: ['https://ehr.example/jwks.json'] }],
      }),
    );
    const words = [protocolFile('known'), '--ledger', join(folder, 'known.db')];
    const closed = await serve([
      ...words,
      '--clients',
      clients,
      '--public-url',
      'https://cds.example',
    ]);
    const refused = await post(`${closed.url}/cds-services/influenza`, call(planted('mrn', 1)));
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect((await fetch(`${closed.url}/metrics`)).status).toBe(404);
    expect(await end(closed, 'SIGTERM')).toBe(0);

    const open = await serve([...words, '--metrics', '--strays', strays]);
    const feedback = [
      {
        card: '018f0000-0000-7000-8000-000000000000',
        outcome: 'overridden',
        outcomeTimestamp: new Date().toISOString(),
        overrideReason: { userComment: planted('name', 1) },
      },
    ];
    expect((await post(`${open.url}/cds-services/influenza/feedback`, { feedback })).status).toBe(
      200,
    );
    expect(await (await fetch(`${open.url}/metrics`)).text()).toMatch(
      /rapidcycle_feedback_total\{.*result="unknown"\} 1/,
    );
    expect((await fetch(`${open.url}/ready`)).status).toBe(200);
    expect(await end(open, 'SIGTERM')).toBe(0);
    expect(JSON.parse(readFileSync(strays, 'utf8'))).toMatchObject({
      service: 'influenza',
      outcome: 'overridden',
    });
  }, 60_000);

  test('keeps every acknowledged answer through kill -9 and knows its cards after a restart', async () => {
    const words = [
      protocolFile('killed'),
      '--ledger',
      join(folder, 'killed.db'),
      '--log-level',
      'silent',
    ];
    let service = await serve(words);
    const cards: string[] = [];
    for (let n = 0; n < 20; n += 1) cards.push((await cardOf(service, `p-${n}`)).card?.uuid ?? '');
    const answer = (uuid: string) => ({
      card: uuid,
      outcome: 'overridden',
      outcomeTimestamp: '2026-01-01T00:00:00Z',
      overrideReason: { reason: { system: 'x', code: 'later' } },
    });
    const send = async (uuids: readonly string[]) =>
      (
        await post(`${service.url}/cds-services/influenza/feedback`, {
          feedback: uuids.map(answer),
        })
      ).status;
    expect(await send(cards.slice(0, 10))).toBe(200);
    await end(service, 'SIGKILL');
    service = await serve(words);
    // The first ten again, as a client would that saw no answer, and the rest for the first time.
    expect(await send(cards)).toBe(200);
    expect(await end(service, 'SIGINT')).toBe(0);

    await using store = await openStore(join(folder, 'killed.db'), { key: null });
    const [trial] = await store.trials();
    const rows = (await store.flow(trial?.fingerprint ?? ''))
      .filter(({ type }) => type === 'dismissal')
      .reduce((sum, { events }) => sum + events, 0);
    const units = await store.summaries(trial?.fingerprint ?? '');
    const dismissed = units.reduce((sum, unit) => sum + unit.dismissed, 0);
    // Twenty answers, ten of them sent twice, are twenty rows and twenty alerts.
    expect(rows).toBe(20);
    expect(dismissed).toBe(20);
  }, 60_000);

  test('gives everybody the control arm within seconds of `rapidcycle stop`', async () => {
    const ledger = join(folder, 'stopped.db');
    const arms = [
      { name: 'usual', weight: 1, content: card('Usual') },
      { name: 'redesign', weight: 1_000_000, content: card('Redesigned') },
    ];
    const service = await serve([protocolFile('stopped', { arms }), '--ledger', ledger]);
    expect((await cardOf(service, 'p-1')).card?.summary).toBe('Redesigned');
    const stopped = await command(['stop', ledger]);
    expect(stopped).toMatchObject({ code: 0, out: expect.stringMatching(/is stopped from/) });
    const deadline = Date.now() + 10_000;
    let shown = '';
    while (shown !== 'Usual' && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      shown = (await cardOf(service, 'p-1')).card?.summary ?? '';
    }
    expect(shown).toBe('Usual');
    expect((await command(['stop', ledger])).out).toMatch(/was stopped already/);
    await end(service, 'SIGTERM');
  }, 60_000);

  test('honours a list of those who opted out', async () => {
    const list = join(folder, 'opted-out.txt');
    writeFileSync(list, 'p-out\n\n');
    const file = protocolFile('opt-out', {
      arms: [
        { name: 'usual', weight: 1, content: card('Usual') },
        { name: 'redesign', weight: 1_000_000, content: card('Redesigned') },
      ],
    });
    const service = await serve([file, '--ledger', join(folder, 'opt-out.db'), '--opt-out', list]);
    expect((await cardOf(service, 'p-out')).card?.summary).toBe('Usual');
    expect((await cardOf(service, 'p-in')).card?.summary).toBe('Redesigned');
    await end(service, 'SIGTERM');
  }, 60_000);

  const busy = createServer();
  test.each([
    ['a protocol that is not there', () => [join(folder, 'absent.json')], /cannot read/],
    [
      'a protocol that is wrong',
      () => [protocolFile('wrong', { control: 'other' })],
      /control: "other" is not an arm/,
    ],
    [
      'cards that are none',
      () => [
        protocolFile('cards', {
          arms: [
            { name: 'usual', weight: 1, content: 'text' },
            { name: 'b', weight: 1, content: card('B') },
          ],
        }),
      ],
      /arms\[0\]\.content/,
    ],
    [
      'a trial by practice without code that knows the practice',
      () => [protocolFile('practice', { unit: 'practice' })],
      /give --module/,
    ],
    [
      'a module that is not there',
      () => [protocolFile('module'), '--module', join(folder, 'absent.mjs')],
      /cannot be loaded/,
    ],
    [
      'a module without alerts',
      () => {
        writeFileSync(join(folder, 'empty.mjs'), 'export const nothing = 1;');
        return [protocolFile('empty'), '--module', join(folder, 'empty.mjs')];
      },
      /must export a function/,
    ],
    [
      'a log level that does not exist',
      () => [protocolFile('level'), '--log-level', 'loud'],
      /no log level "loud"/,
    ],
    [
      'an opt-out list that is not there',
      () => [protocolFile('list'), '--opt-out', join(folder, 'absent.txt')],
      /cannot be read/,
    ],
    [
      'a port that is taken',
      () => [protocolFile('port'), '--port', String((busy.address() as { port: number }).port)],
      /Cannot listen/,
    ],
    [
      'a ledger that is no ledger',
      () => [protocolFile('ledger'), '--ledger', protocolFile('ledger-itself')],
      /cannot be used/,
    ],
  ])(
    'refuses %s with exit code 2',
    async (what, words, message) => {
      if (!busy.listening) await once(busy.listen(0, '127.0.0.1'), 'listening');
      const given = words();
      const ledger = given.includes('--ledger') ? [] : ['--ledger', join(folder, `${what}.db`)];
      const { code, err } = await command(['serve', ...given, ...ledger]);
      expect(err).toMatch(message);
      expect(code).toBe(2);
      // What is refused leaves no trace.
      expect(existsSync(join(folder, `${what}.db`))).toBe(false);
      busy.close();
    },
    30_000,
  );

  test('refuses a second service on its ledger, and hands it over when the first ends', async () => {
    const words = [protocolFile('second'), '--ledger', join(folder, 'second.db')];
    const one = await serve(words);
    const refused = await command(['serve', ...words, '--port', '0']);
    expect(refused.err).toMatch(/another service is running on this ledger/);
    expect(refused.code).toBe(2);
    const waiting = serve(words);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await end(one, 'SIGKILL');
    const two = await waiting;
    expect((await cardOf(two, 'p-1')).status).toBe(200);
    expect((await command(['verify', join(folder, 'second.db')])).code).toBe(0);
    await end(two, 'SIGTERM');
  }, 60_000);

  test('refuses a changed protocol of a round that has begun', async () => {
    const ledger = join(folder, 'changed.db');
    await end(await serve([protocolFile('begun'), '--ledger', ledger]), 'SIGTERM');
    const { code, err } = await command([
      'serve',
      protocolFile('changed', { title: 'Another' }),
      '--ledger',
      ledger,
    ]);
    expect(err).toMatch(/ERR_PROTOCOL_MISMATCH/);
    expect(code).toBe(2);
  }, 60_000);

  test('refuses the second of two steps in words, and leaves no ledger behind', async () => {
    const within = { trial: 'delivery', round: 1, fingerprint: 'a'.repeat(64), arms: ['nurse'] };
    const { code, err } = await command([
      'serve',
      protocolFile('second-step', { within }),
      '--ledger',
      join(folder, 'steps.db'),
    ]);
    expect(err).toMatch(
      /ERR_USAGE: influenza, round 1, lies within delivery, round 1: this command serves one trial/,
    );
    expect(code).toBe(2);
    expect(existsSync(join(folder, 'steps.db'))).toBe(false);
  }, 30_000);
});
