import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TrialEvent } from '../../src/events/event.ts';
import { newImpressionId } from '../../src/events/ids.ts';
import { alertService } from '../../src/cds-hooks/index.ts';
import type { AlertDefinition } from '../../src/cds-hooks/index.ts';
import type { Store, TrialLog } from '../../src/store/index.ts';
import { memoryStore, openLog, openStore } from '../../src/store/index.ts';
import { planted } from '../planted.ts';
import { discard, makeFolder } from '../store/place.ts';
import type { Influenza } from './support.ts';
import {
  base,
  callBody,
  noon,
  orderCard,
  patientOf,
  patientsOf,
  post,
  served,
  trial,
} from './support.ts';

const key = randomBytes(32);
let folder = '';
beforeAll(() => {
  folder = makeFolder();
});
afterAll(() => discard(folder));

const coded = { code: 'ill', system: 'https://example.org/reasons' };
// What is displayed is a text of the client's, and may hold anything.
const reason = { ...coded, display: 'Too ill' };

/** A service whose trial is logged on a store, with a clock that the test moves. */
async function running(store: Store, change: Partial<AlertDefinition<Influenza>> = {}) {
  let now = noon;
  const log: TrialLog<Influenza> = await openLog(trial, store, { now: () => now });
  const cards = {
    usual: () => [orderCard('old')],
    redesign: () => [orderCard('new'), orderCard('second')],
  };
  const server = await served([alertService(log, { ...base, cards, ...change })], {
    now: () => now,
    feedbackDeadline: 5_000,
  });
  const url = `${server.url}/cds-services/influenza`;
  const stop = async (): Promise<void> => {
    await server.close();
    await log.close();
  };
  return {
    log,
    health: `${server.url}/health`,
    call: (patient: string) => post(url, callBody(patient)),
    feedback: (...feedback: readonly object[]) => post(`${url}/feedback`, { feedback }),
    wait: (milliseconds: number) => void (now += milliseconds),
    events: async () => {
      await log.flush();
      const events: TrialEvent[] = [];
      for await (const { event } of store.read({ trial: trial.fingerprint })) events.push(event);
      return events;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const accepted = (card: string | undefined, minute: number) => ({
  card,
  outcome: 'accepted',
  acceptedSuggestions: [{ id: 'remind' }],
  outcomeTimestamp: new Date(noon + minute * 60_000).toISOString(),
});
const overridden = (card: string | undefined, minute: number) => ({
  card,
  outcome: 'overridden',
  overrideReason: { reason, userComment: `${planted('name', 1)} said no` },
  outcomeTimestamp: new Date(noon + minute * 60_000).toISOString(),
});

describe.each<[string, () => Promise<Store>]>([
  ['in memory', async () => memoryStore({ key: 'ab'.repeat(32) })],
  ['in a file', () => openStore(join(folder, `${newImpressionId()}.db`), { key })],
])('On a ledger %s', (_where, open) => {
  test('a call and its feedback are written with the arm, the unit and no name', async () => {
    await using store = await open();
    await using service = await running(store);
    const patient = patientOf(service.log, 'redesign');
    const { body } = await service.call(patient);
    const [first, second] = body.cards;
    expect(
      (await service.feedback(accepted(first?.uuid, 1), overridden(second?.uuid, 2))).status,
    ).toBe(200);
    const events = await service.events();
    const unitId = store.pseudonym('patient', patient);
    const common = {
      arm: 'redesign',
      randomized: true,
      reason: 'hashed',
      unitId,
      day: '2026-10-20',
    };
    const impression = first?.uuid;
    expect(events).toMatchObject([
      {
        ...common,
        type: 'impression',
        id: impression,
        opening: impression,
        stage: 'returned',
        alert: 'influenza',
        at: noon,
      },
      { ...common, type: 'acceptance', impression, suggestion: 'remind', delay: 60_000 },
      { ...common, type: 'dismissal', impression, override: coded, delay: 120_000 },
    ]);
    const text = JSON.stringify(events);
    expect(text).not.toContain('planted-');
    expect(text).not.toContain('Practitioner');
  });

  test('feedback that is sent again is counted once', async () => {
    await using store = await open();
    await using service = await running(store);
    const { body } = await service.call(patientOf(service.log, 'usual'));
    const batch = [accepted(body.cards[0]?.uuid, 1), overridden(body.cards[0]?.uuid, 3)];
    for (let time = 0; time < 3; time += 1)
      expect((await service.feedback(...batch)).status).toBe(200);
    const types = (await service.events()).map(({ type }) => type);
    expect(types).toEqual(['impression', 'acceptance', 'dismissal']);
    expect(service.log.counters).toMatchObject({ durable: 3, duplicate: 4, lost: 0 });
    const [summary] = await store.summaries(trial.fingerprint);
    expect(summary).toMatchObject({
      alerts: 1,
      accepted: 1,
      dismissed: 1,
      acceptedAndDismissed: 1,
    });
  });

  test('feedback that says something else under the same id is answered 422', async () => {
    await using store = await open();
    await using service = await running(store);
    const { body } = await service.call(patientOf(service.log, 'usual'));
    const item = overridden(body.cards[0]?.uuid, 1);
    expect((await service.feedback(item)).status).toBe(200);
    const other = { ...item, overrideReason: { reason: { ...reason, code: 'other' } } };
    expect((await service.feedback(other)).status).toBe(422);
    expect(await service.events()).toHaveLength(2);
  });

  test('feedback of a card that was never served is kept apart', async () => {
    await using store = await open();
    await using service = await running(store);
    expect((await service.feedback(accepted(newImpressionId(), 1))).status).toBe(200);
    expect(await service.events()).toEqual([]);
    expect(service.log.counters.unknown).toBe(1);
  });

  test('malformed feedback is not in the ledger, and the good items beside it are', async () => {
    await using store = await open();
    await using service = await running(store);
    const { body } = await service.call(patientOf(service.log, 'usual'));
    const good = accepted(body.cards[0]?.uuid, 1);
    expect((await service.feedback({ ...good, outcome: 'ignored' })).status).toBe(400);
    expect(await service.events()).toHaveLength(1);
    expect((await service.feedback(good, { ...good, outcome: 'ignored' })).status).toBe(400);
    const types = (await service.events()).map(({ type }) => type);
    expect(types).toEqual(['impression', 'acceptance']);
  });

  test.each([
    ['accepted, then overridden', [accepted, overridden]],
    ['overridden, then accepted', [overridden, accepted]],
  ])('a card that is %s counts as accepted, and both rows are kept', async (_order, answers) => {
    await using store = await open();
    await using service = await running(store);
    const { body } = await service.call(patientOf(service.log, 'usual'));
    for (const [index, answer] of answers.entries()) {
      const sent = await service.feedback(answer(body.cards[0]?.uuid, index + 1));
      expect(sent.status).toBe(200);
    }
    expect(await service.events()).toHaveLength(3);
    const [summary] = await store.summaries(trial.fingerprint);
    expect(summary).toMatchObject({
      alerts: 1,
      accepted: 1,
      dismissed: 1,
      acceptedAndDismissed: 1,
    });
  });

  test('a late answer is recorded and not counted; one before its card, by a clock that is slow, is', async () => {
    await using store = await open();
    await using service = await running(store);
    const [first, second] = patientsOf(service.log, 'usual', 2);
    const late = (await service.call(String(first))).body.cards[0]?.uuid;
    const early = (await service.call(String(second))).body.cards[0]?.uuid;
    const day = 24 * 60;
    expect((await service.feedback(accepted(late, day + 1), accepted(early, -5))).status).toBe(200);
    const events = await service.events();
    expect(events.filter(({ type }) => type === 'acceptance')).toMatchObject([
      { delay: (day + 1) * 60_000 },
      { delay: -5 * 60_000 },
    ]);
    const summaries = await store.summaries(trial.fingerprint);
    expect(summaries.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(1);
  });

  test('an answer from a year that no ledger holds is refused, and the others are not', async () => {
    await using store = await open();
    await using service = await running(store);
    const { body } = await service.call(patientOf(service.log, 'usual'));
    const good = accepted(body.cards[0]?.uuid, 1);
    const sent = await service.feedback(good, {
      ...overridden(body.cards[0]?.uuid, 1),
      outcomeTimestamp: '9999-12-31T23:59:59-10:00',
    });
    expect([sent.status, sent.body.issue[0]?.expression]).toEqual([422, ['feedback[1]']]);
    const types = (await service.events()).map(({ type }) => type);
    expect(types).toEqual(['impression', 'acceptance']);
  });

  test('the same chart opened again within the repeat window is the same opening', async () => {
    await using store = await open();
    await using service = await running(store);
    const patient = patientOf(service.log, 'usual');
    for (const pause of [0, 60_000, 60_000, 3_600_000]) {
      service.wait(pause);
      await service.call(patient);
    }
    const events = await service.events();
    const openings = events.map((event) => (event.type === 'impression' ? event.opening : ''));
    expect(openings).toEqual([events[0]?.id, events[0]?.id, events[0]?.id, events[3]?.id]);
    const [summary] = await store.summaries(trial.fingerprint);
    expect(summary).toMatchObject({ alerts: 4, alertsByOpening: 2 });
  });

  test('silent arms, suppressed variants and faults are counted each in its place', async () => {
    await using store = await open();
    let show = (): ReturnType<typeof orderCard>[] => [];
    await using service = await running(store, {
      cards: { usual: () => [orderCard('old')], redesign: () => show() },
    });
    const patient = patientOf(service.log, 'redesign');
    await service.call(patientOf(service.log, 'none'));
    await service.call(patient);
    show = () => {
      throw new Error('bug');
    };
    expect((await service.call(patient)).body.cards[0]?.summary).toBe('old');
    await service.call('');
    await service.log.flush();
    const flow = await store.flow(trial.fingerprint);
    expect(flow).toHaveLength(5);
    expect(flow).toEqual(
      expect.arrayContaining([
        { type: 'impression', kind: 'silent', arm: 'none', reason: 'hashed', events: 1 },
        { type: 'impression', kind: 'silent', arm: 'redesign', reason: 'hashed', events: 1 },
        { type: 'deviation', kind: 'arm-failed', arm: 'redesign', reason: 'hashed', events: 1 },
        { type: 'impression', kind: 'returned', arm: 'usual', reason: 'fault', events: 1 },
        { type: 'impression', kind: 'returned', arm: 'usual', reason: 'unit-missing', events: 1 },
      ]),
    );
    const sums = await store.summaries(trial.fingerprint);
    expect(sums.reduce((sum, { alerts }) => sum + alerts, 0)).toBe(0);
  });

  test('a stopped trial serves usual care to everybody, not random', async () => {
    await using store = await open();
    await store.register(trial);
    await store.stop(trial.fingerprint, noon - 1);
    await using service = await running(store);
    const { body } = await service.call('patient-1');
    expect(body.cards[0]?.summary).toBe('old');
    expect(await service.events()).toMatchObject([{ reason: 'stopped', randomized: false }]);
  });
});

test('feedback finds its impression after a restart between call and feedback', async () => {
  const file = join(folder, 'restart.db');
  const first = await openStore(file, { key });
  const before = await running(first);
  const patient = patientOf(before.log, 'redesign');
  const { body } = await before.call(patient);
  await before.stop();
  await first.close();

  await using store = await openStore(file, { key });
  await using after = await running(store);
  expect(patientOf(after.log, 'redesign')).toBe(patient);
  expect((await after.feedback(accepted(body.cards[1]?.uuid, 1))).status).toBe(200);
  const events = await after.events();
  expect(events).toMatchObject([
    { type: 'impression', arm: 'redesign' },
    { type: 'acceptance', arm: 'redesign', impression: body.cards[0]?.uuid },
  ]);
});

test('a store that breaks costs no alert: losses are told by health, and feedback is sent again', async () => {
  await using whole = memoryStore({ key: 'ab'.repeat(32) });
  let broken = false;
  const store: Store = {
    ...whole,
    append: async (events) => {
      if (broken) throw new Error('no space left');
      return whole.append(events);
    },
  };
  await using service = await running(store);
  const patient = patientOf(service.log, 'usual');
  const { body } = await service.call(patient);
  await service.log.flush();
  broken = true;
  const began = performance.now();
  expect((await service.call(patient)).body.cards).toHaveLength(1);
  expect(performance.now() - began).toBeLessThan(300);
  const item = accepted(body.cards[0]?.uuid, 1);
  expect((await service.feedback(item)).status).toBe(503);
  expect((await fetch(service.health)).status).toBe(503);
  broken = false;
  expect((await service.feedback(item)).status).toBe(200);
  const events = await service.events();
  expect(events.filter(({ type }) => type === 'acceptance')).toHaveLength(1);
});
