import { describe, expect, test } from '@jest/globals';
import { cardId, derivedId, newImpressionId } from '../../src/events/ids.ts';
import { alertService } from '../../src/cds-hooks/index.ts';
import type { Settlement } from '../../src/store/log/port.ts';
import type { CdsServiceOptions } from '../../src/cds-hooks/index.ts';
import { laneOf } from '../../src/cds-hooks/lane.ts';
import type { Stray } from '../../src/cds-hooks/stray.ts';
import type { Row } from './support.ts';
import {
  base,
  callBody,
  fakeLog,
  noon,
  orderCard,
  patientOf,
  post,
  served,
  trial,
} from './support.ts';

const when = '2026-10-20T16:05:00Z';
const at = Date.parse(when);
const coded = { code: 'ill', system: 'https://example.org/reasons' };
// What is displayed is a text of the client's, and may hold anything.
const reason = { ...coded, display: 'Too ill' };
const accepted = (card: string, ...ids: readonly string[]) => ({
  card,
  outcome: 'accepted',
  acceptedSuggestions: ids.map((id) => ({ id })),
  outcomeTimestamp: when,
});
const overridden = (card: string, change: object = {}) => ({
  card,
  outcome: 'overridden',
  overrideReason: { reason },
  outcomeTimestamp: when,
  ...change,
});

async function setUp(
  settle?: (row: Row) => Settlement | Promise<Settlement>,
  feedbackDeadline = 2_000,
  options: Pick<CdsServiceOptions, 'onStray'> = {},
) {
  const log = fakeLog(trial, settle);
  const service = alertService(log, {
    ...base,
    cards: { usual: () => [orderCard('old')], redesign: () => [orderCard('a'), orderCard('b')] },
  });
  const server = await served([service], { feedbackDeadline, ...options });
  const url = `${server.url}/cds-services/influenza`;
  const answers = (): readonly Row[] => log.rows.filter(({ type }) => type !== 'impression');
  const send = (...feedback: readonly object[]) => post(`${url}/feedback`, { feedback });
  /** Resolves when so many answers have settled. */
  const settled = async (count: number): Promise<void> => {
    while (log.counters.durable < count) await new Promise(setImmediate);
  };
  return { log, url, answers, send, settled, [Symbol.asyncDispose]: server.close };
}

describe('Feedback', () => {
  test('of a served card is written to its impression: one acceptance for each suggestion', async () => {
    await using service = await setUp();
    const patient = patientOf(service.log, 'redesign');
    const { body } = await post(service.url, callBody(patient));
    const card = String(body.cards[1]?.uuid);
    const [first, second] = body.cards[1]?.suggestions ?? [];
    const sent = await service.send(accepted(card, String(first?.uuid), String(second?.uuid)));
    expect([sent.status, sent.body]).toEqual([200, {}]);
    const impression = body.cards[0]?.uuid;
    expect(service.answers()).toEqual(
      [String(first?.uuid), 'remind'].map((suggestion) => ({
        type: 'acceptance',
        impression,
        details: {
          at,
          suggestion,
          id: derivedId('acceptance', card, suggestion, '2026-10-20T16:05:00.000Z'),
        },
      })),
    );
  });

  test('of an override is a dismissal with its coded reason and never its comment', async () => {
    await using service = await setUp();
    const card = newImpressionId();
    const comment = 'Mrs Jones is allergic';
    await service.send(
      overridden(card, {
        overrideReason: { reason: { ...reason, note: comment }, userComment: comment },
      }),
      overridden(card, {
        overrideReason: { userComment: comment },
        outcomeTimestamp: '2026-10-20T16:06:00+00:00',
      }),
      overridden(card, {
        overrideReason: undefined,
        outcomeTimestamp: '2026-10-20T18:07:00.5+02:00',
      }),
    );
    expect(
      service
        .answers()
        .map(({ type, impression, details }) => [
          type,
          impression,
          details['at'],
          details['override'],
        ]),
    ).toEqual([
      ['dismissal', card, at, coded],
      ['dismissal', card, at + 60_000, undefined],
      ['dismissal', card, at + 120_500, undefined],
    ]);
    expect(JSON.stringify(service.log.rows)).not.toContain('Jones');
  });

  test('sent again, written otherwise or naming a suggestion twice has the same ids', async () => {
    await using service = await setUp();
    const card = cardId(newImpressionId(), 3);
    await service.send(accepted(card, 'order'), overridden(card));
    await service.send(
      {
        ...accepted(card.toUpperCase(), 'order', 'order'),
        outcomeTimestamp: '2026-10-20T12:05:00.000-04:00',
      },
      overridden(card, { extension: { any: 'thing' } }),
    );
    const ids = service.answers().map(({ details }) => details['id']);
    expect(ids).toHaveLength(4);
    expect(ids.slice(2)).toEqual(ids.slice(0, 2));
  });

  test('of one card accepted and then overridden keeps both', async () => {
    await using service = await setUp();
    const card = newImpressionId();
    await service.send(accepted(card, 'order'));
    await service.send(overridden(card, { outcomeTimestamp: '2026-10-20T16:09:00Z' }));
    expect(service.answers().map(({ type, impression }) => [type, impression])).toEqual([
      ['acceptance', card],
      ['dismissal', card],
    ]);
  });

  test('of cards that nobody here served is answered 200, and costs the others nothing', async () => {
    await using service = await setUp(({ impression }) => ({
      status: impression?.endsWith('ff00') === true ? 'unknown' : 'durable',
    }));
    const unknown = '0199f3a0-0000-7000-8000-00000000ff00';
    const sent = await service.send(
      overridden(unknown),
      overridden('card-17'),
      overridden(newImpressionId()),
    );
    expect(sent.status).toBe(200);
    expect(service.answers()).toHaveLength(2);
    expect(service.log.counters).toMatchObject({ unknown: 1, durable: 1 });
  });

  test('that is in the ledger already is answered 200', async () => {
    await using service = await setUp(() => ({ status: 'duplicate' }));
    expect((await service.send(overridden(newImpressionId()))).status).toBe(200);
  });

  test('that is lost is answered 503 with Retry-After, so that it is sent again', async () => {
    let works = false;
    await using service = await setUp(({ type }) => ({
      status: works || type === 'acceptance' ? 'durable' : 'lost',
    }));
    const card = newImpressionId();
    const batch = [accepted(card, 'order'), overridden(card)];
    const sent = await service.send(...batch);
    expect(sent.status).toBe(503);
    expect(sent.headers.get('retry-after')).toBe('5');
    expect(sent.body.issue[0]).toMatchObject({ code: 'transient' });
    works = true;
    expect((await service.send(...batch)).status).toBe(200);
  });

  test('that is not settled in time is answered 503', async () => {
    await using service = await setUp(() => new Promise(() => undefined), 50);
    const began = performance.now();
    const sent = await service.send(overridden(newImpressionId()));
    expect(sent.status).toBe(503);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test('that contradicts the ledger is answered 422: sending it again does not help', async () => {
    await using service = await setUp(() => ({ status: 'rejected' }));
    const sent = await service.send(overridden(newImpressionId()));
    expect([sent.status, sent.body.issue[0]?.code]).toEqual([422, 'conflict']);
  });

  test('to a log that throws is answered 503', async () => {
    const log = {
      ...fakeLog(trial),
      dismissal: () => {
        throw new Error('broken');
      },
    };
    await using server = await served([alertService(log, { ...base, cards: () => [] })]);
    const url = `${server.url}/cds-services/influenza/feedback`;
    expect((await post(url, { feedback: [overridden(newImpressionId())] })).status).toBe(503);
  });

  test('of a service on two hooks with two trials finds the trial that served the card', async () => {
    const first = fakeLog(trial, () => ({ status: 'unknown' }));
    const second = fakeLog(trial);
    await using server = await served([
      alertService(first, { ...base, cards: () => [] }),
      alertService(second, { ...base, hook: 'order-sign', cards: () => [] }),
    ]);
    const url = `${server.url}/cds-services/influenza/feedback`;
    expect((await post(url, { feedback: [overridden(newImpressionId())] })).status).toBe(200);
    expect([first.counters.unknown, second.counters.durable]).toEqual([1, 1]);
  });
});

describe('Malformed feedback is refused, with the place and the reason', () => {
  const card = newImpressionId();
  const good = overridden(card);
  const cases: readonly (readonly [string, unknown, string, string])[] = [
    ['nothing', null, '', 'expected object'],
    ['a list', [good], '', 'expected object'],
    ['one item without its list', good, 'feedback', 'expected array'],
    ['an empty list', { feedback: [] }, 'feedback', 'must not be empty'],
    ['an item that is a text', { feedback: ['accepted'] }, 'feedback[0]', 'expected object'],
    [
      'no card',
      { feedback: [{ ...good, card: undefined }] },
      'feedback[0].card',
      'expected string',
    ],
    [
      'an empty card',
      { feedback: [{ ...good, card: '' }] },
      'feedback[0].card',
      'must not be empty',
    ],
    [
      'a card that is a number',
      { feedback: [{ ...good, card: 7 }] },
      'feedback[0].card',
      'expected string',
    ],
    [
      'no outcome',
      { feedback: [{ ...good, outcome: undefined }] },
      'feedback[0].outcome',
      'cds-fb-1',
    ],
    [
      'cds-fb-1: another outcome',
      { feedback: [{ ...good, outcome: 'ignored' }] },
      'feedback[0].outcome',
      'cds-fb-1',
    ],
    [
      'cds-fb-2: accepted without suggestions',
      { feedback: [{ ...good, outcome: 'accepted' }] },
      'feedback[0].acceptedSuggestions',
      'cds-fb-2',
    ],
    [
      'cds-fb-2: accepted with no suggestion',
      { feedback: [accepted(card)] },
      'feedback[0].acceptedSuggestions',
      'cds-fb-2',
    ],
    [
      'cds-fb-3: an empty override reason',
      { feedback: [overridden(card, { overrideReason: {} })] },
      'feedback[0].overrideReason',
      'cds-fb-3',
    ],
    [
      'a reason that is a text',
      { feedback: [overridden(card, { overrideReason: { reason: 'ill' } })] },
      'feedback[0].overrideReason.reason',
      'expected object',
    ],
    [
      'a reason without code',
      { feedback: [overridden(card, { overrideReason: { reason: { display: 'ill' } } })] },
      'feedback[0].overrideReason.reason.code',
      'expected string',
    ],
    [
      'a code of 513 characters',
      { feedback: [overridden(card, { overrideReason: { reason: { code: 'x'.repeat(513) } } })] },
      'feedback[0].overrideReason.reason.code',
      'at most 512',
    ],
    [
      'suggestions that are texts',
      { feedback: [{ ...accepted(card), acceptedSuggestions: ['order'] }] },
      'feedback[0].acceptedSuggestions[0]',
      'expected object',
    ],
    [
      'a suggestion with an empty id',
      { feedback: [accepted(card, '')] },
      'feedback[0].acceptedSuggestions[0].id',
      'must not be empty',
    ],
    [
      'no time',
      { feedback: [{ ...good, outcomeTimestamp: undefined }] },
      'feedback[0].outcomeTimestamp',
      'an instant with its zone',
    ],
    [
      'a time without zone',
      { feedback: [{ ...good, outcomeTimestamp: '2026-10-20T16:05:00' }] },
      'feedback[0].outcomeTimestamp',
      'an instant with its zone',
    ],
    [
      'a day',
      { feedback: [{ ...good, outcomeTimestamp: '2026-10-20' }] },
      'feedback[0].outcomeTimestamp',
      'an instant with its zone',
    ],
    [
      'a day that does not exist',
      { feedback: [{ ...good, outcomeTimestamp: '2026-02-30T16:05:00Z' }] },
      'feedback[0].outcomeTimestamp',
      'an instant with its zone',
    ],
    [
      'a time that is a number',
      { feedback: [{ ...good, outcomeTimestamp: at }] },
      'feedback[0].outcomeTimestamp',
      'an instant with its zone',
    ],
    [
      'a time before 1970',
      { feedback: [{ ...good, outcomeTimestamp: '1969-12-31T23:59:59Z' }] },
      'feedback[0].outcomeTimestamp',
      'must not be before 1970',
    ],
  ];

  test.each(cases)('%s', async (_what, document, path, message) => {
    await using service = await setUp();
    const { status, body } = await post(`${service.url}/feedback`, document);
    expect([status, body.resourceType, body.issue.length]).toEqual([400, 'OperationOutcome', 1]);
    expect(body.issue[0]?.expression).toEqual(path === '' ? undefined : [path]);
    expect(body.issue[0]?.diagnostics).toContain(message);
    expect(service.log.rows).toEqual([]);
  });

  test('every fault of a batch is listed', async () => {
    await using service = await setUp();
    const { body } = await service.send(
      { ...good, outcome: 'x', card: 1 },
      { ...good, outcomeTimestamp: '' },
    );
    expect(body.issue.map(({ expression }) => expression?.[0])).toEqual([
      'feedback[0].card',
      'feedback[0].outcome',
      'feedback[1].outcomeTimestamp',
    ]);
  });

  test('an item at fault does not cost the others, whatever stands beside it', async () => {
    await using service = await setUp();
    const cards = [newImpressionId(), newImpressionId()];
    const { status, body } = await service.send(
      overridden(String(cards[0])),
      { ...good, outcome: 1 },
      accepted(String(cards[1]), 'order'),
      { ...good, card: '' },
    );
    expect(status).toBe(400);
    expect(body.issue.map(({ expression }) => expression?.[0])).toEqual([
      'feedback[1].outcome',
      'feedback[3].card',
      undefined,
    ]);
    expect(body.issue[2]?.diagnostics).toContain('do not send it again');
    expect(service.answers().map(({ type, impression }) => [type, impression])).toEqual([
      ['dismissal', cards[0]],
      ['acceptance', cards[1]],
    ]);
  });

  test('a hundred faults are named, and the others are counted', async () => {
    await using service = await setUp();
    const bad = Array.from({ length: 130 }, () => ({ ...good, outcome: 'x' }));
    const { status, body } = await service.send(good, ...bad);
    expect([status, body.issue.length]).toEqual([400, 102]);
    expect(body.issue[100]?.diagnostics).toBe('30 more faults are not named.');
    expect(service.log.counters.durable).toBe(1);
  });

  test('an item at fault in a batch that could not be recorded is told when it is sent again', async () => {
    let status: Settlement['status'] = 'lost';
    await using service = await setUp(() => ({ status }));
    const batch = [good, { ...good, outcome: 'x' }];
    expect((await service.send(...batch)).status).toBe(503);
    status = 'durable';
    expect((await service.send(...batch)).status).toBe(400);
  });
});

describe('A large batch', () => {
  const many = Array.from({ length: 10_000 }, () => overridden(newImpressionId()));

  test('of 10,000 answers is recorded without taking the room of the alerts in the queue', async () => {
    let waiting = 0;
    let most = 0;
    await using service = await setUp(async () => {
      waiting += 1;
      most = Math.max(most, waiting);
      await new Promise(setImmediate);
      waiting -= 1;
      return { status: 'durable' };
    }, 60_000);
    expect((await service.send(...many)).status).toBe(200);
    expect(service.answers()).toHaveLength(10_000);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(256);
  });

  test('that is not settled in time goes on being recorded, so that sending it again ends', async () => {
    let open: (settlement: Settlement) => void = () => undefined;
    const gate = new Promise<Settlement>((resolve) => {
      open = resolve;
    });
    await using service = await setUp(() => gate, 20);
    expect((await service.send(...many.slice(0, 600))).status).toBe(503);
    expect(service.answers()).toHaveLength(256);
    open({ status: 'durable' });
    await service.settled(600);
    expect(service.log.counters.durable).toBe(600);
  });
});

describe('A lane', () => {
  test('runs work in its order, so much at once, and goes on when a piece fails', async () => {
    const lane = laneOf(3);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const work = Array.from({ length: 25_000 }, (_, index) =>
      lane.run(async () => {
        order.push(index);
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        if (index % 1_000 === 0) throw new Error('broken');
        return index;
      }),
    );
    expect(lane.waiting).toBe(24_997);
    const ended = await Promise.allSettled(work);
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(25);
    expect(order).toEqual(ended.map((_, index) => index));
    expect([most, lane.waiting]).toEqual([3, 0]);
    expect(await lane.run(async () => 'later')).toBe('later');
  });
});

describe('Feedback that is nobody’s', () => {
  test('is told without its comment, and counted in no trial', async () => {
    const strays: Stray[] = [];
    await using service = await setUp(() => ({ status: 'unknown' }), 2_000, {
      onStray: (stray) => void strays.push(stray),
    });
    const card = newImpressionId();
    const item = overridden(card, {
      overrideReason: { reason, userComment: 'Mrs Jones is allergic' },
    });
    const sent = await service.send(item, accepted('card-17', 'a', 'b'));
    expect([sent.status, sent.body]).toEqual([200, {}]);
    const common = { service: 'influenza', outcomeTimestamp: when, receivedAt: noon };
    const byCard = new Map(strays.map((stray) => [stray.card, stray]));
    expect(byCard.get(card)).toEqual({
      ...common,
      card,
      outcome: 'overridden',
      suggestions: [],
      reason: { code: 'ill', system: 'https://example.org/reasons' },
    });
    expect(byCard.get('card-17')).toEqual({
      ...common,
      card: 'card-17',
      outcome: 'accepted',
      suggestions: ['a', 'b'],
      reason: undefined,
    });
  });

  test('is answered the same when whoever is told throws', async () => {
    await using service = await setUp(() => ({ status: 'unknown' }), 2_000, {
      onStray: () => {
        throw new Error('full');
      },
    });
    expect((await service.send(overridden(newImpressionId()))).status).toBe(200);
  });

  test('is not what another trial of the same service address has issued', async () => {
    const strays: Stray[] = [];
    const near = fakeLog(trial, () => ({ status: 'unknown' }));
    const far = fakeLog(trial);
    await using server = await served(
      [
        alertService(near, { ...base, cards: () => [] }),
        alertService(far, { ...base, id: 'other', cards: () => [] }),
      ],
      { onStray: (stray) => void strays.push(stray) },
    );
    const url = `${server.url}/cds-services/influenza/feedback`;
    expect((await post(url, { feedback: [overridden(newImpressionId())] })).status).toBe(200);
    expect([far.counters.durable, strays]).toEqual([1, []]);
  });
});
