import { describe, expect, test } from '@jest/globals';
import { ProtocolError, RequestError } from '../../src/errors.ts';
import { cardId, derivedId, impressionOfCard } from '../../src/events/ids.ts';
import type { AlertDefinition, Card, CdsRequest } from '../../src/cds-hooks/index.ts';
import { alertService, contextIds } from '../../src/cds-hooks/index.ts';
import { defineTrial } from '../../src/trial/trial.ts';
import type { Influenza, Row } from './support.ts';
import {
  base,
  callBody,
  card,
  fakeLog,
  noon,
  orderCard,
  patientOf,
  patientsOf,
  trial,
} from './support.ts';

type Cards = NonNullable<AlertDefinition<Influenza>['cards']>;
type Redesign = Extract<Cards, { readonly redesign: unknown }>['redesign'];

/** A value whose type is not looked at, as JavaScript would pass it. */
const untyped = (value: unknown) => Object.assign(Object.create(null), { value }).value;

const never = new Promise<never>(() => undefined);
const later = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

function setUp(
  redesign: Redesign = () => [card('new')],
  change: Partial<AlertDefinition<Influenza>> = {},
) {
  const log = fakeLog(trial);
  const service = alertService(log, {
    ...base,
    cards: { usual: () => [card('old')], redesign },
    ...change,
  });
  const call = (patient: unknown) => service.answer(callBody(patient), { at: noon });
  return { log, service, call, treated: patientOf(log, 'redesign') };
}

const summary = ({ type, assignment, details }: Row) => ({
  type,
  arm: assignment?.arm,
  reason: assignment?.reason,
  randomized: assignment?.randomized,
  ...(type === 'deviation' ? { what: details['what'] } : { stage: details['stage'] }),
});

describe('An alert that randomises itself', () => {
  test('serves the cards of the assigned arm and logs one impression of it', async () => {
    const { log, call, treated } = setUp();
    for (const [arm, text] of [
      ['usual', 'old'],
      ['redesign', 'new'],
    ] as const) {
      const answer = await call(patientOf(log, arm));
      expect(answer.response.cards.map((shown) => shown.summary)).toEqual([text]);
      expect(answer).toMatchObject({ fired: true, reason: 'hashed', randomized: true });
      expect(answer.fault).toBeUndefined();
    }
    expect(log.rows.map(summary)).toEqual([
      { type: 'impression', arm: 'usual', reason: 'hashed', randomized: true, stage: 'returned' },
      {
        type: 'impression',
        arm: 'redesign',
        reason: 'hashed',
        randomized: true,
        stage: 'returned',
      },
    ]);
    expect(log.rows[1]?.assignment?.unitId).toBe(treated);
    expect(log.rows[0]?.details).toMatchObject({ alert: 'influenza', at: noon });
  });

  test('gives cards the ids of their impression, and suggestions an id when they have none', async () => {
    const { log, call, treated } = setUp(() => [
      { ...card('first'), uuid: 'mine' },
      orderCard('second'),
    ]);
    const [first, second] = (await call(treated)).response.cards;
    const impression = String(log.rows[0]?.details['id']);
    expect(first?.uuid).toBe(impression);
    expect(second?.uuid).toBe(cardId(impression, 1));
    expect(impressionOfCard(String(second?.uuid))).toBe(impression);
    expect(second?.suggestions?.map(({ uuid }) => uuid)).toEqual([
      derivedId('suggestion', String(second?.uuid), '0'),
      'remind',
    ]);
  });

  test('puts nothing on a card that tells its arm', async () => {
    const { call, treated } = setUp();
    const { response } = await call(treated);
    expect(Object.keys(response)).toEqual(['cards']);
    expect(Object.keys(response.cards[0] ?? {}).sort()).toEqual([
      'indicator',
      'source',
      'summary',
      'uuid',
    ]);
  });

  test('serves one patient the same arm at every opening of the chart, each with an impression', async () => {
    const { log, call, treated } = setUp();
    const ids = new Set<string | undefined>();
    for (let opening = 0; opening < 5; opening += 1) {
      const { response } = await call(treated);
      expect(response.cards[0]?.summary).toBe('new');
      ids.add(response.cards[0]?.uuid);
    }
    expect(ids.size).toBe(5);
    expect(log.rows).toHaveLength(5);
  });

  test('shows nothing in a silent arm, and logs that it would have', async () => {
    const { log, call } = setUp();
    const { response } = await call(patientOf(log, 'none'));
    expect(response).toEqual({ cards: [] });
    expect(log.rows.map(summary)).toEqual([
      { type: 'impression', arm: 'none', reason: 'hashed', randomized: true, stage: 'silent' },
    ]);
  });

  test('logs a silent impression when a variant shows no card', async () => {
    const { log, call, treated } = setUp(() => []);
    expect((await call(treated)).response).toEqual({ cards: [] });
    expect(log.rows.map(summary)).toEqual([
      { type: 'impression', arm: 'redesign', reason: 'hashed', randomized: true, stage: 'silent' },
    ]);
  });

  test('logs nothing when the alert would not have fired', async () => {
    const { log, service, call, treated } = setUp(undefined, { eligible: async () => false });
    expect(await call(treated)).toEqual({
      response: { cards: [] },
      fired: false,
      randomized: false,
    });
    expect(log.rows).toEqual([]);
    expect(service.counters).toMatchObject({ calls: 1, notEligible: 1, returned: 0, silent: 0 });
  });

  test('asks for eligibility before the arm, so that no arm can change it', async () => {
    const order: string[] = [];
    const { call, treated } = setUp(
      () => {
        order.push('arm');
        return [card('new')];
      },
      {
        eligible: () => {
          order.push('eligible');
          return true;
        },
        subject: (request) => {
          order.push('subject');
          return contextIds(request);
        },
      },
    );
    await call(treated);
    expect(order).toEqual(['eligible', 'subject', 'arm']);
  });

  test('lets an arm answer with system actions too', async () => {
    const systemActions = [{ type: 'create', resource: { resourceType: 'Task' } }] as const;
    const { call, treated } = setUp(() => ({ cards: [card('new')], systemActions }));
    expect((await call(treated)).response.systemActions).toEqual(systemActions);
  });

  test('hands one function for all arms the arm and its content', async () => {
    const log = fakeLog(trial);
    const service = alertService(log, {
      ...base,
      cards: ({ arm, content }) => [card(`${arm}: ${content.label}`)],
    });
    const answer = await service.answer(callBody(patientOf(log, 'redesign')), { at: noon });
    expect(answer.response.cards[0]?.summary).toBe('redesign: new');
  });

  test('is not changed by what an arm does to its cards afterwards', async () => {
    const shared: { -readonly [K in keyof Card]: Card[K] } = { ...card('new') };
    const { call, treated } = setUp(() => [shared]);
    const { response } = await call(treated);
    shared.summary = 'changed';
    expect(response.cards[0]?.summary).toBe('new');
  });

  test('serves usual care before the start and after the end, not random', async () => {
    const { log, service, treated } = setUp();
    for (const at of [trial.startsAt - 1, trial.endsAt]) {
      const { response } = await service.answer(callBody(treated), { at });
      expect(response.cards[0]?.summary).toBe('old');
    }
    expect(log.rows.map(({ assignment }) => assignment?.reason)).toEqual([
      'before-start',
      'after-end',
    ]);
  });

  test('splits patients as the protocol weighs the arms', async () => {
    const { log, service } = setUp();
    for (let index = 0; index < 3_000; index += 1)
      await service.answer(callBody(`p-${index}`), { at: noon });
    const { returned, silent } = service.counters;
    // Binomial(3000, 1/3) has a standard deviation of 26.
    expect(Math.abs(silent - 1_000)).toBeLessThan(130);
    expect(returned + silent).toBe(3_000);
    expect(log.rows).toHaveLength(3_000);
  });
});

describe('Contents of the protocol served as data', () => {
  const contents = (usual: unknown, other: unknown) =>
    defineTrial({
      ...trial.protocol,
      arms: [
        { name: 'usual', weight: 1, content: untyped(usual) },
        { name: 'redesign', weight: 1, content: untyped(other) },
      ],
      control: 'usual',
    });

  test('are the cards of the arm', async () => {
    const log = fakeLog(contents({ cards: [card('old')] }, { cards: [orderCard('new')] }));
    const service = alertService(log, base);
    const patient = patientOf(log, 'redesign');
    const first = await service.answer(callBody(patient), { at: noon });
    const second = await service.answer(callBody(patient), { at: noon });
    expect(first.response.cards[0]?.summary).toBe('new');
    expect(first.response.cards[0]?.uuid).not.toBe(second.response.cards[0]?.uuid);
  });

  test('are refused before the first call when they are no cards, with the place', () => {
    const log = fakeLog(
      contents({ summary: 'old' }, { cards: [{ ...card('new'), indicator: 'red' }] }),
    );
    let problems: readonly { readonly path: string }[] = [];
    try {
      alertService(log, base);
    } catch (error) {
      if (error instanceof ProtocolError) problems = error.problems;
    }
    expect(problems.map(({ path }) => path)).toEqual([
      'arms[0].content.cards',
      'arms[0].content',
      'arms[1].content.cards[0].indicator',
    ]);
  });
});

describe('When something breaks', () => {
  const standIn = { type: 'impression', arm: 'usual', reason: 'fault', randomized: false };

  test.each<[string, string, Redesign]>([
    [
      'arm-failed',
      'throws',
      () => {
        throw new Error('no such patient: 123');
      },
    ],
    [
      'arm-failed',
      'rejects',
      async () => {
        throw new Error('no such patient: 123');
      },
    ],
    ['arm-late', 'never answers', () => never],
    ['cards-malformed', 'answers malformed cards', () => [{ ...card('x'.repeat(140)) }]],
    ['cards-malformed', 'answers nothing', untyped(() => undefined)],
    ['cards-malformed', 'answers what is no JSON', untyped(() => [{ ...card('x'), detail: 1n }])],
    [
      'cards-malformed',
      'answers a circle',
      () => {
        const circle: Record<string, unknown> = {};
        circle['self'] = circle;
        return [{ ...card('x'), extension: circle }];
      },
    ],
  ])(
    '%s: an arm that %s gets the cards of control, not random, and a deviation that is',
    async (what, _how, redesign) => {
      const { log, service, call, treated } = setUp(redesign, { timeBudget: 60 });
      const began = performance.now();
      const answer = await call(treated);
      expect(performance.now() - began).toBeLessThan(200);
      expect(answer.response.cards.map((shown) => shown.summary)).toEqual(['old']);
      expect(answer).toMatchObject({
        fired: true,
        reason: 'fault',
        randomized: false,
        fault: what,
      });
      expect(log.rows.map(summary)).toEqual([
        { type: 'deviation', arm: 'redesign', reason: 'hashed', randomized: true, what },
        { ...standIn, stage: 'returned' },
      ]);
      expect(log.rows.map(({ assignment }) => assignment?.unitId)).toEqual([treated, treated]);
      expect(service.counters.faults).toMatchObject({ [what]: 1, 'control-failed': 0 });
    },
  );

  test('an answer that comes too late is told so, and is dropped even when it is an error', async () => {
    let aborted = false;
    const { call, treated } = setUp(
      async ({ signal }) => {
        await later(60);
        aborted = signal.aborted;
        throw new Error('too late');
      },
      { timeBudget: 20 },
    );
    expect((await call(treated)).fault).toBe('arm-late');
    await later(80);
    expect(aborted).toBe(true);
  });

  test('eligibility and arm share one time budget', async () => {
    const { call, treated } = setUp(
      async () => {
        await later(80);
        return [card('new')];
      },
      {
        timeBudget: 120,
        eligible: async () => {
          await later(80);
          return true;
        },
      },
    );
    expect((await call(treated)).fault).toBe('arm-late');
  });

  test('control that fails leaves nothing to show: logged as silent, not random', async () => {
    const { log, service, call } = setUp(undefined, {
      cards: {
        usual: () => {
          throw new Error('down');
        },
        redesign: () => never,
      },
      timeBudget: 30,
    });
    expect((await call(patientOf(log, 'usual'))).response).toEqual({ cards: [] });
    expect(log.rows.map(summary)).toEqual([
      { type: 'deviation', arm: 'usual', reason: 'hashed', randomized: true, what: 'arm-failed' },
      { ...standIn, stage: 'silent' },
    ]);
    expect((await call(patientOf(log, 'redesign'))).response).toEqual({ cards: [] });
    expect(service.counters.faults).toMatchObject({
      'arm-late': 1,
      'arm-failed': 2,
      'control-failed': 2,
    });
  });

  test('malformed cards of control are sent as they are, not random: usual care is not ours to stop', async () => {
    const long = card('x'.repeat(150));
    const { log, call } = setUp(undefined, { cards: { usual: () => [long], redesign: () => [] } });
    const { response, randomized } = await call(patientOf(log, 'usual'));
    expect(response.cards).toEqual([{ ...long, uuid: log.rows[1]?.details['id'] }]);
    expect(randomized).toBe(false);
    expect(log.rows.map(summary)).toEqual([
      {
        type: 'deviation',
        arm: 'usual',
        reason: 'hashed',
        randomized: true,
        what: 'cards-malformed',
      },
      { ...standIn, stage: 'returned' },
    ]);
  });

  test('malformed cards of control that cannot be sent at all are not', async () => {
    const { log, service, call } = setUp(undefined, {
      cards: { usual: untyped(() => ['text']), redesign: () => [] },
    });
    expect((await call(patientOf(log, 'usual'))).response).toEqual({ cards: [] });
    expect(service.counters.faults).toMatchObject({ 'cards-malformed': 1, 'control-failed': 1 });
  });

  test.each([undefined, '', null, 42, '\ud800'])(
    'the unit %p is missing: control, not random',
    async (unit) => {
      const { log, service, call } = setUp(undefined, {
        subject: ({ context }) => ({ patient: untyped(context['patientId']) }),
      });
      expect((await call(unit)).response.cards[0]?.summary).toBe('old');
      expect(log.rows.map(summary)).toEqual([
        { ...standIn, reason: 'unit-missing', stage: 'returned' },
      ]);
      expect(service.counters.unitMissing).toBe(1);
    },
  );

  test('a subject that throws: control, not random, and said so', async () => {
    const { log, call, treated } = setUp(undefined, {
      subject: () => {
        throw new Error('no crosswalk');
      },
    });
    expect((await call(treated)).response.cards[0]?.summary).toBe('old');
    expect(log.rows.map(summary)).toEqual([
      {
        type: 'deviation',
        arm: 'usual',
        reason: 'fault',
        randomized: false,
        what: 'subject-failed',
      },
      { ...standIn, stage: 'returned' },
    ]);
  });

  test.each<[string, () => boolean | Promise<boolean>]>([
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
    ['never answers', () => never],
    ['answers something else', untyped(() => 'yes')],
  ])(
    'eligibility that %s shows nothing, and its deviation tells the arm',
    async (_how, eligible) => {
      const { log, service, call, treated } = setUp(undefined, { eligible, timeBudget: 30 });
      expect(await call(treated)).toMatchObject({
        response: { cards: [] },
        fired: false,
        fault: 'eligibility-failed',
      });
      expect(log.rows.map(summary)).toEqual([
        {
          type: 'deviation',
          arm: 'redesign',
          reason: 'hashed',
          randomized: true,
          what: 'eligibility-failed',
        },
      ]);
      expect(service.counters.faults['eligibility-failed']).toBe(1);
    },
  );

  test('eligibility may refuse a call whose data cannot be had', async () => {
    const { log, call, treated } = setUp(undefined, {
      eligible: () => {
        throw new RequestError('The prefetch "patient" is needed.', { status: 412 });
      },
    });
    await expect(call(treated)).rejects.toMatchObject({ status: 412 });
    expect(log.rows).toEqual([]);
  });

  test('a log that throws or rejects at every turn costs no alert', async () => {
    const broken = {
      ...fakeLog(trial),
      assign: () => {
        throw new Error('broken');
      },
      impression: () => {
        throw new Error('broken');
      },
      deviation: () => ({ id: '', settled: Promise.reject(new Error('broken')) }),
    };
    const service = alertService(broken, { ...base, cards: () => [card('old')] });
    const answer = await service.answer(callBody('p'), { at: noon });
    expect(answer).toMatchObject({
      fired: true,
      reason: 'fault',
      randomized: false,
      fault: 'log-failed',
    });
    expect(answer.response.cards[0]?.summary).toBe('old');
    expect(service.counters.faults['log-failed']).toBe(2);
  });

  test('the answer does not wait for the log', async () => {
    const log = fakeLog(trial, () => never);
    const service = alertService(log, { ...base, cards: () => [card('old')] });
    const began = performance.now();
    await service.answer(callBody(patientOf(log, 'usual')), { at: noon });
    expect(performance.now() - began).toBeLessThan(100);
    expect(log.counters.waiting).toBe(1);
  });

  test('whoever listens for faults is told the error, and cannot cause one', async () => {
    const told: unknown[] = [];
    const { service, treated } = setUp(() => {
      throw new Error('why');
    });
    const onFault = (what: string, error: unknown): void => {
      told.push([what, String(error)]);
      throw new Error('listener');
    };
    const answer = await service.answer(callBody(treated), { at: noon, onFault });
    expect(answer.response.cards[0]?.summary).toBe('old');
    expect(told).toEqual([['arm-failed', 'Error: why']]);
  });

  test('a silent control stands in silently', async () => {
    const log = fakeLog(
      defineTrial({
        ...trial.protocol,
        arms: [
          { name: 'nothing', weight: 1, silent: true },
          { name: 'alert', weight: 1, content: null },
        ],
        control: 'nothing',
      }),
    );
    const service = alertService(log, { ...base, cards: { alert: () => never }, timeBudget: 20 });
    const { response } = await service.answer(callBody(patientOf(log, 'alert')), { at: noon });
    expect(response).toEqual({ cards: [] });
    expect(log.rows.map(summary)).toMatchObject([
      { type: 'deviation', arm: 'alert', randomized: true },
      { type: 'impression', arm: 'nothing', stage: 'silent', randomized: false },
    ]);
  });
});

describe('A definition', () => {
  const log = fakeLog(trial);
  const good: AlertDefinition<Influenza> = { ...base, cards: () => [] };

  test('without the cards of an arm, or of a practice trial without the practice, does not compile', () => {
    const request: CdsRequest = callBody('p');
    // @ts-expect-error the arm "redesign" has no cards
    const missing: AlertDefinition<Influenza>['cards'] = { usual: () => [] };
    const misspelt: AlertDefinition<Influenza>['cards'] = {
      usual: () => [],
      redesign: () => [],
      // @ts-expect-error there is no arm "redesing"
      redesing: () => [],
    };
    // @ts-expect-error the context of a call names no practice
    const subject: AlertDefinition<Influenza & { readonly unit: 'practice' }>['subject'] =
      contextIds;
    expect(() => alertService(log, { ...good, cards: missing })).toThrow(
      'cards.redesign must be a function',
    );
    expect(() => alertService(log, { ...good, cards: misspelt })).toThrow(
      'cards.redesing is for no arm',
    );
    expect(subject(request)).not.toHaveProperty('practice');
  });

  test.each<[object, string]>([
    [{ id: 'a b' }, 'id must be'],
    [{ id: '..' }, 'id must be'],
    [{ hook: '' }, 'hook must name'],
    [{ description: '' }, 'description must say'],
    [{ subject: undefined }, 'subject must be a function'],
    [{ eligible: true }, 'eligible must be a function'],
    [{ prefetch: { patient: 1 } }, 'prefetch.patient must be a FHIR query'],
    [{ timeBudget: 0 }, 'timeBudget must be above 0'],
    [{ timeBudget: Number.NaN }, 'timeBudget must be above 0'],
    [{ cards: [] }, 'cards.usual must be a function'],
    [{ cards: 'usual' }, 'cards must be a function'],
  ])('with %j is refused', (change, message) => {
    expect(() => alertService(log, { ...good, ...change })).toThrow(TypeError);
    expect(() => alertService(log, { ...good, ...change })).toThrow(message);
  });
});

describe('The ids in the context of a call', () => {
  test.each<[object, object]>([
    [
      { patientId: 'p', userId: 'Practitioner/1', encounterId: 'e' },
      { patient: 'p', clinician: 'Practitioner/1', encounter: 'e' },
    ],
    [{ patientId: 'p', userId: 'Patient/p' }, { patient: 'p' }],
    [{ patientId: 'p', userId: 'RelatedPerson/1' }, { patient: 'p' }],
    [{ patientId: 7, userId: null, encounterId: '' }, {}],
    [{ patientId: 'Zoë 中 💉' }, { patient: 'Zoë 中 💉' }],
  ])('%j', (context, ids) => {
    expect(contextIds({ ...callBody('p'), context: { ...context } })).toEqual(ids);
  });
});

test('patients of every arm can be found', () => {
  expect(new Set(patientsOf(fakeLog(trial), 'none', 3)).size).toBe(3);
});

describe('What a definition puts on the cards', () => {
  const reasons = [{ code: 'had-it', system: 'urn:example:reasons', display: 'Had it' }];
  const draft = { resourceType: 'MedicationRequest', status: 'draft' };
  const ordering: Card = {
    ...orderCard('new'),
    suggestions: [
      {
        label: 'Order the vaccine',
        actions: [{ type: 'create', description: 'Order it', resource: draft }],
      },
    ],
  };

  test('is put there in every arm alike: reasons for an override, and the tag of an order', async () => {
    const { call, log } = setUp(() => [ordering], {
      overrideReasons: reasons,
      tagOrders: true,
      cards: { usual: () => [ordering], redesign: () => [ordering] },
    });
    for (const arm of ['usual', 'redesign']) {
      const { response } = await call(patientOf(log, arm));
      const [card] = response.cards;
      expect(card?.overrideReasons).toEqual(reasons);
      expect(card?.suggestions?.[0]?.actions?.[0]?.resource).toEqual({
        ...draft,
        identifier: [{ system: 'urn:rapidcycle:card', value: card?.uuid }],
      });
    }
  });

  test('is nothing by default', async () => {
    const { call, treated } = setUp(() => [ordering]);
    const [card] = (await call(treated)).response.cards;
    expect(card?.overrideReasons).toBeUndefined();
    expect(card?.suggestions?.[0]?.actions?.[0]?.resource).toEqual(draft);
  });
});
