import { describe, expect, test } from '@jest/globals';
import { RequestError } from '../../src/errors.ts';
import { parseResponse } from '../../src/cds-hooks/index.ts';

const source = { label: 'Pharmacy' };
const plain = { summary: 'Vaccine is due', indicator: 'info', source };
const action = {
  type: 'create',
  description: 'Order',
  resource: { resourceType: 'ServiceRequest' },
};
const full = {
  ...plain,
  uuid: 'anything',
  detail: '**Due** since September',
  source: {
    label: 'Pharmacy',
    url: 'https://example.org/guideline',
    icon: 'https://example.org/icon.png',
    topic: { code: 'flu', system: 'https://example.org/topics', display: 'Influenza' },
  },
  suggestions: [
    {
      label: 'Order',
      uuid: 'order',
      isRecommended: true,
      actionSelectionBehavior: 'all',
      actions: [
        action,
        { ...action, type: 'update' },
        { type: 'delete', description: 'Stop', resourceId: 'ServiceRequest/1' },
      ],
      extension: { 'org.example.rank': 1 },
    },
  ],
  selectionBehavior: 'any',
  overrideReasons: [{ code: 'ill', system: 'https://example.org/reasons', display: 'Too ill' }],
  links: [
    { label: 'Guideline', url: 'https://example.org', type: 'absolute' },
    {
      label: 'App',
      url: 'https://example.org/launch',
      type: 'smart',
      appContext: '{}',
      autolaunchable: true,
    },
  ],
  extension: { 'org.example.colour': 'red' },
};

function problemsOf(document: unknown): readonly string[] {
  try {
    parseResponse(document);
    return [];
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

const cards = (change: object): unknown => ({ cards: [{ ...plain, ...change }] });
const suggesting = (...suggestions: readonly object[]): unknown =>
  cards({ suggestions, selectionBehavior: 'at-most-one' });
const acting = (change: object): unknown =>
  suggesting({ label: 'Order', actions: [{ ...action, ...change }] });

describe('What an arm may answer', () => {
  test.each<[string, unknown]>([
    ['no cards', { cards: [] }],
    ['the smallest card', { cards: [plain] }],
    ['every member of the specification', { cards: [full] }],
    [
      'system actions, whose description may be left out',
      {
        cards: [],
        systemActions: [{ type: 'create', resource: { resourceType: 'Task' } }],
      },
    ],
    ['a summary of 139 characters', cards({ summary: 'x'.repeat(139) })],
    ['a summary of 139 characters outside the basic plane', cards({ summary: '💉'.repeat(139) })],
    ['empty lists', cards({ suggestions: [], links: [] })],
    ['a resource with any element', acting({ resource: { resourceType: 'Task', x: [null] } })],
  ])('%s is good', (_what, document) => {
    expect(problemsOf(document)).toEqual([]);
    expect(parseResponse(document)).toEqual(document);
  });

  test.each<[string, unknown, string]>([
    [
      'cds-resp-1: two recommended where one may be chosen',
      suggesting({ label: 'A', isRecommended: true }, { label: 'B', isRecommended: true }),
      'cards[0].suggestions: where at most one may be chosen, at most one is recommended (cds-resp-1)',
    ],
    [
      'cds-resp-2: delete without what',
      acting({ type: 'delete' }),
      'cards[0].suggestions[0].actions[0].resourceId: to delete, name what is deleted (cds-resp-2)',
    ],
    [
      'cds-resp-3: an appContext on an absolute link',
      cards({ links: [{ label: 'A', url: 'https://a.org', type: 'absolute', appContext: 'x' }] }),
      'cards[0].links[0].appContext: only a SMART link has an appContext (cds-resp-3)',
    ],
    [
      'cds-resp-4: an override reason that cannot be read',
      cards({ overrideReasons: [{ code: 'ill', system: 'https://a.org' }] }),
      'cards[0].overrideReasons[0].display: an override reason needs a text that can be read (cds-resp-4)',
    ],
    [
      'cds-resp-5: an action of a suggestion without description',
      acting({ description: undefined }),
      'cards[0].suggestions[0].actions[0].description: an action of a suggestion needs a description (cds-resp-5)',
    ],
    [
      'cds-resp-6: suggestions without selectionBehavior',
      cards({ suggestions: [{ label: 'A' }] }),
      'cards[0].selectionBehavior: a card with suggestions says how many may be chosen (cds-resp-6)',
    ],
    [
      'cds-resp-7: an unknown actionSelectionBehavior',
      suggesting({ label: 'A', actionSelectionBehavior: 'some' }),
      'cards[0].suggestions[0].actionSelectionBehavior: must be "all", "any" or "at-most-one" (cds-resp-7)',
    ],
    [
      'a summary of 140 characters',
      cards({ summary: 'x'.repeat(140) }),
      'cards[0].summary: must be shorter than 140 characters',
    ],
    ['an empty summary', cards({ summary: '' }), 'cards[0].summary: must not be empty'],
    [
      'an empty source',
      cards({ source: { label: '' } }),
      'cards[0].source.label: must not be empty',
    ],
    [
      'a relative link',
      cards({ links: [{ label: 'A', url: '/a', type: 'absolute' }] }),
      'cards[0].links[0].url: must be an absolute address, such as https://…',
    ],
    ...['javascript:alert(1)', ' JavaScript:alert(1)', 'vbscript:x'].map(
      (url): [string, unknown, string] => [
        `the link ${url}`,
        cards({ links: [{ label: 'A', url, type: 'absolute' }] }),
        'cards[0].links[0].url: must not be a script',
      ],
    ),
    ...['1', '/ServiceRequest/1', 'https://a.org/ServiceRequest/1', 'ServiceRequest?x=1'].map(
      (resourceId): [string, unknown, string] => [
        `to delete ${resourceId}`,
        acting({ type: 'delete', resourceId }),
        'cards[0].suggestions[0].actions[0].resourceId: must be a relative reference, such as ServiceRequest/1',
      ],
    ),
    [
      'create without resource',
      acting({ resource: undefined }),
      'cards[0].suggestions[0].actions[0].resource: to create, give the resource',
    ],
  ])('%s is refused', (_what, document, problem) => {
    expect(problemsOf(document)).toEqual([problem]);
  });

  test.each<[string, unknown, string]>([
    ['an unknown indicator', cards({ indicator: 'hard-stop' }), 'cards[0].indicator'],
    ['a misspelt member', cards({ sumary: 'x' }), 'cards[0]'],
    ['a null', cards({ detail: null }), 'cards[0].detail'],
    ['no source', cards({ source: undefined }), 'cards[0].source'],
    ['cards that are no list', { cards: plain }, 'cards'],
    ['nothing', undefined, ''],
    [
      'more cards than an impression can number',
      { cards: Array.from({ length: 257 }, () => plain) },
      'cards',
    ],
  ])('%s is refused at its place', (_what, document, path) => {
    expect(problemsOf(document).map((problem) => problem.split(':')[0])).toEqual([path]);
  });
});
