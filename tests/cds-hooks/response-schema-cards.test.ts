import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AlertDefinition, Card } from '../../src/cds-hooks/index.ts';
import type { CardAdditions } from '../../src/cds-hooks/number-cards.ts';
import { numberCards } from '../../src/cds-hooks/number-cards.ts';
import { cardIdentifierSystem } from '../../src/events/card-identifier.ts';
import { parseResponse } from '../../src/cds-hooks/response-schema.ts';
import { alertService } from '../../src/cds-hooks/service.ts';
import { cardId, newImpressionId } from '../../src/events/ids.ts';
import { anyResponse } from './arbitraries.ts';
import type { Influenza } from './support.ts';
import { base, card, fakeLog, trial } from './support.ts';

const system = 'https://example.org/reasons';
const reason = { code: 'ill', system, display: 'Too ill' };
const own = { code: 'done', system, display: 'Done elsewhere' };
const impression = newImpressionId();

function put(shown: Card, additions: CardAdditions): Card | undefined {
  return numberCards([shown], impression, additions)[0];
}

const creating = (resource: object, type: 'create' | 'update' = 'create'): Card => ({
  ...card('Order'),
  selectionBehavior: 'any',
  suggestions: [
    {
      label: 'Order',
      actions: [{ type, description: 'Order', resource: { resourceType: 'Basic', ...resource } }],
    },
  ],
});
const resourceOf = (shown: Card | undefined): unknown =>
  shown?.suggestions?.[0]?.actions?.[0]?.resource;

describe('The trial’s own reasons for an override', () => {
  test('are put on a card that brings none', () => {
    const additions = { overrideReasons: [reason] };
    expect(put(card('x'), additions)?.overrideReasons).toEqual([reason]);
    expect(put({ ...card('x'), overrideReasons: [] }, additions)?.overrideReasons).toEqual([
      reason,
    ]);
    const brought = { ...card('x'), overrideReasons: [own] };
    expect(put(brought, additions)?.overrideReasons).toEqual([own]);
    expect(put(card('x'), {})).not.toHaveProperty('overrideReasons');
    expect(put(card('x'), { overrideReasons: [] })).not.toHaveProperty('overrideReasons');
  });

  test('are put on a card of control that is sent although it is malformed', () => {
    const malformed: object = { ...card('x'), overrideReasons: null };
    expect(put(malformed as Card, { overrideReasons: [reason] })?.overrideReasons).toEqual([
      reason,
    ]);
  });
});

describe('The tag of an order', () => {
  const tagOrders = true;
  const tag = { system: cardIdentifierSystem, value: cardId(impression, 0) };

  test.each(['ServiceRequest', 'MedicationRequest', 'Immunization', 'Task', 'MedicationOrder'])(
    'is the uuid of its card, on a %s that a suggestion creates',
    (resourceType) => {
      expect(resourceOf(put(creating({ resourceType }), { tagOrders }))).toEqual({
        resourceType,
        identifier: [tag],
      });
    },
  );

  test('stands behind the identifiers that are there', () => {
    const resource = { resourceType: 'ServiceRequest', identifier: [{ value: '1' }] };
    const shown = creating(resource);
    expect(resourceOf(put(shown, { tagOrders }))).toEqual({
      ...resource,
      identifier: [{ value: '1' }, tag],
    });
    expect(resourceOf(shown)).toEqual(resource);
  });

  test.each<[string, Card, CardAdditions]>([
    ['it was not asked for', creating({ resourceType: 'ServiceRequest' }), {}],
    ['it is no order', creating({ resourceType: 'QuestionnaireResponse' }), { tagOrders }],
    ['it exists already', creating({ resourceType: 'ServiceRequest' }, 'update'), { tagOrders }],
    [
      'its identifiers are no list',
      creating({ resourceType: 'ServiceRequest', identifier: 'x' }),
      { tagOrders },
    ],
  ])('is not put on a resource when %s', (_what, shown, additions) => {
    expect(resourceOf(put(shown, additions))).toEqual(resourceOf(shown));
  });

  test('stops no malformed card of control', () => {
    for (const actions of ['x', [null], [1], [{ type: 'create', resource: 'x' }]]) {
      const suggestions: readonly object[] = [{ label: 'A', actions }];
      const malformed: object = { ...card('x'), suggestions };
      const [suggestion] = put(malformed as Card, { tagOrders })?.suggestions ?? [];
      expect(suggestion?.actions).toEqual(actions);
    }
  });
});

test('Whatever an arm answers is still an answer with ids, reasons and tags, and differs in nothing else', () => {
  fc.assert(
    fc.property(anyResponse, (document) => {
      const response = parseResponse(document);
      const additions = { overrideReasons: [reason], tagOrders: true };
      const cards = numberCards(response.cards, impression, additions);
      expect(parseResponse({ ...response, cards }).cards).toHaveLength(response.cards.length);
      expect(cards.map(({ uuid }) => uuid)).toEqual(
        cards.map((_card, index) => cardId(impression, index)),
      );
      const again = numberCards(cards, impression);
      expect(again).toEqual(cards);
      expect(response).toEqual(document);
    }),
    { numRuns: 200 },
  );
});

describe('A definition', () => {
  const log = fakeLog(trial);
  const define = (change: Partial<AlertDefinition<Influenza>>) =>
    alertService(log, { ...base, cards: () => [card('x')], ...change });

  test('says in discovery what 3.0 adds', () => {
    const about = {
      version: '3.0.0',
      hookVersion: '1.0',
      usageRequirements: 'None',
      extension: { 'org.example.x': 1 },
    };
    expect(define(about).description).toMatchObject(about);
    expect(JSON.parse(JSON.stringify(define({}).description))).toEqual({
      hook: 'patient-view',
      id: 'influenza',
      title: 'Influenza vaccine',
      description: 'Reminds of the influenza vaccine',
    });
  });

  const untyped = (value: unknown) => Object.assign(Object.create(null), value);
  test.each<[object, string]>([
    [{ version: 3 }, 'version must be a text'],
    [{ hookVersion: '' }, 'hookVersion must be a text'],
    [{ title: null }, 'title must be a text'],
    [{ extension: [] }, 'extension must be an object'],
    [{ tagOrders: 'yes' }, 'tagOrders must be true or false'],
    [{ prefetch: [] }, 'prefetch must be an object of FHIR queries'],
    [{ overrideReasons: {} }, 'overrideReasons must be a list'],
    [{ overrideReasons: [{ code: 'a', system }] }, 'overrideReasons[0].display'],
    [{ overrideReasons: [reason, { ...own, extra: 1 }] }, 'overrideReasons[1]'],
    [{ overrideReasons: [reason, { ...reason, display: 'x' }] }, 'the code of one before it'],
  ])('with %j is refused', (change, message) => {
    expect(() => define(untyped(change))).toThrow(TypeError);
    expect(() => define(untyped(change))).toThrow(message);
  });
});
