import fc from 'fast-check';
import type { HookName } from '../../../src/cds-hooks/hooks/contexts.ts';
import { planted } from '../../planted.ts';
import type { Document } from '../arbitraries.ts';
import { anyFeedback, anyRequest, aRequest, hookNames, mutated } from '../arbitraries.ts';
import { noon } from '../support.ts';

/** A card that was returned before. */
export interface Returned {
  readonly card: string;
  readonly suggestions: readonly string[];
  /** To whom; undefined where nobody was asked who calls. */
  readonly caller: string | undefined;
}

/** One answer to a card, as it is sent. */
export interface Sent {
  readonly card: string;
  readonly outcome: 'accepted' | 'overridden';
  readonly suggestion?: string | undefined;
  readonly at: number;
}

/** What is known when an attack is carried out. */
export interface Situation {
  /** One of the cards that were returned; undefined while there are none. */
  readonly pick: (lot: number) => Returned | undefined;
  /** An instant that no other answer has. */
  readonly instant: () => number;
}

/** The bytes of an attack, and what of them can be foreseen. */
export interface Load {
  readonly body: string | Uint8Array;
  /** Good answers to cards that were returned. */
  readonly answers?: readonly (Sent & { readonly to: Returned })[];
  /** Cards that the body may answer, well or not. */
  readonly touched?: readonly string[];
}

/** One request. */
export interface Attack {
  /** Of which kind, for whoever counts and for messages. */
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly load?: ((situation: Situation) => Load) | undefined;
  /** The statuses that it may be answered with. */
  readonly statuses: readonly number[];
  /** What a refusal must say. */
  readonly names?: RegExp | undefined;
}

const json = { 'content-type': 'application/json' };
const post = (
  path: string,
  what: string,
): Pick<Attack, 'what' | 'method' | 'path' | 'headers'> => ({
  what,
  method: 'POST',
  path,
  headers: json,
});

/** Where each hook is served, and what good calls there may be answered with. */
const places: readonly (readonly [id: string, hook: HookName, statuses: readonly number[]])[] = [
  ...hookNames.map((hook) => ['everywhere', hook, [200]] as const),
  ['as-data', 'patient-view', [200]],
  ['misbehaving', 'order-select', [200]],
  ['misbehaving', 'order-select', [200]],
  ['existing', 'order-sign', [200, 412]],
  ['by-practice', 'encounter-start', [200]],
  ['particular', 'patient-view', [200, 412]],
  ['quiet', 'encounter-discharge', [200]],
];
const ids = [...new Set(places.map(([id]) => id))];
// Made once: what makes requests takes longer to make than a request.
const requests = new Map(hookNames.map((hook) => [hook, aRequest(hook)]));
const requestOf = (hook: HookName): fc.Arbitrary<Document> => requests.get(hook) ?? anyRequest;
const anId = fc.constantFrom(...ids);

// Ids as a strange chart has them: outside the basic plane, from right to left, composed and not, cut in
// half, long. Each begins with a mark that must be found nowhere.
const strangeIds = [
  '𝒳𝒴',
  '\u05d0\u05d1\u202e',
  'é',
  'e\u0301',
  '\ud83d',
  '\u0000',
  'a b/c',
  "'; --",
];
const strangeId = fc.oneof(
  fc.constantFrom(...strangeIds).map((end) => planted('mrn', 7) + end),
  fc.constantFrom(10_000, 600, 513).map((length) => planted('mrn', 7).padEnd(length, 'x')),
);

const maybeStrangeId = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: strangeId },
);

const organization = fc.oneof(
  fc.nat(9).map((n) => ({ reference: `Organization/${n}` })),
  fc.nat(9).map((n) => ({ identifier: { system: 'urn:oid:1.2', value: String(n) } })),
  fc.constant({
    reference: `https://elsewhere.example/fhir/Practitioner/${planted('clinician', 4)}`,
  }),
  fc.constant({ reference: '#inside' }),
  fc.constantFrom<unknown[]>(null, [], 'Organization/3', { reference: 7 }),
);

/** With what a practice can be read from. */
function withEncounter(request: Document, [serviceProvider, many]: [unknown, boolean]): Document {
  const context = request['context'] as Document;
  const encounter = { resourceType: 'Encounter', id: context['encounterId'], serviceProvider };
  const entry = Array.from({ length: many ? 3 : 1 }, () => ({ resource: encounter }));
  return { ...request, prefetch: { encounter: { resourceType: 'Bundle', entry } } };
}

const goodCall: fc.Arbitrary<Attack> = fc.oneof(
  ...places.map(([id, hook, statuses]) =>
    fc
      .tuple(requestOf(hook), maybeStrangeId, fc.tuple(organization, fc.boolean()))
      .map(([plain, patientId, practice]) => {
        const request = id === 'by-practice' ? withEncounter(plain, practice) : plain;
        const context = request['context'] as Document;
        const document =
          patientId === undefined ? request : { ...request, context: { ...context, patientId } };
        const body = JSON.stringify(document);
        return { ...post(`/cds-services/${id}`, 'call'), load: () => ({ body }), statuses };
      }),
  ),
);

const brokenCall: fc.Arbitrary<Attack> = fc.oneof(
  ...places.map(([id, hook]) =>
    mutated(requestOf(hook)).map((document) => {
      const body = JSON.stringify(document);
      const statuses = [200, 400, 412];
      return { ...post(`/cds-services/${id}`, 'broken call'), load: () => ({ body }), statuses };
    }),
  ),
);

// A member, what is put there, and how a refusal names it.
const faults: readonly (readonly [path: readonly string[], value: unknown, names: RegExp])[] = [
  [['hook'], undefined, /^hook: /m],
  [['hook'], 'order-unheard-of', /^hook: must be a hook of this service: /m],
  [['hook'], 17, /^hook: /m],
  [['hookInstance'], undefined, /^hookInstance: /m],
  [['hookInstance'], '', /^hookInstance: must not be empty/m],
  [['context'], undefined, /^context: /m],
  [['context'], [], /^context: /m],
  [['context', 'patientId'], 17, /^context\.patientId: must be a text/m],
  [['context', 'patientId'], { id: planted('mrn', 1) }, /^context\.patientId: must be a text/m],
  [['fhirServer'], 17, /^fhirServer: /m],
  [['fhirAuthorization'], {}, /^fhirAuthorization\.access_token: /m],
  [['prefetch'], planted('mrn', 2), /^prefetch: /m],
];

const faultyCall: fc.Arbitrary<Attack> = fc.oneof(
  ...places.map(([id, hook]) =>
    fc
      .tuple(requestOf(hook), fc.constantFrom(...faults))
      .map(([request, [[first = '', second], value, names]]) => {
        const inner =
          second === undefined ? value : { ...(request[first] as Document), [second]: value };
        const body = JSON.stringify({ ...request, [first]: inner });
        const load = (): Load => ({ body });
        return { ...post(`/cds-services/${id}`, 'faulty call'), load, statuses: [400], names };
      }),
  ),
);

const reasons: readonly (Document | undefined)[] = [
  undefined,
  { reason: { code: 'ill', system: 'https://example.org/reasons', display: 'Too ill' } },
  { reason: { code: 'other', system: null, display: '' } },
  { userComment: `${planted('name', 5)} refused` },
];

interface Answered {
  readonly lot: number;
  readonly isAccepted: boolean;
  readonly reason: Document | undefined;
  readonly isUpper: boolean;
}
const anAnswer: fc.Arbitrary<Answered> = fc.record({
  lot: fc.nat(),
  isAccepted: fc.boolean(),
  reason: fc.constantFrom(...reasons),
  isUpper: fc.boolean(),
});

const unknownCards = [
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '00000000-0000-0000-0000-000000000000',
  'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
  'card 17',
  planted('mrn', 12),
];
const item: Document = {
  card: unknownCards[2],
  outcome: 'overridden',
  outcomeTimestamp: new Date(noon).toISOString(),
};
const toUnknown = fc.constantFrom(...unknownCards).map((card) => ({ ...item, card }));

function itemOf(
  { lot, isAccepted, reason, isUpper }: Answered,
  { pick, instant }: Situation,
): { readonly item: Document; readonly sent: Sent & { readonly to: Returned } } | undefined {
  const to = pick(lot);
  if (to === undefined) return undefined;
  const { card, suggestions } = to;
  const at = instant();
  const named = isUpper ? card.toUpperCase() : card;
  const outcomeTimestamp = new Date(at).toISOString();
  const suggestion = suggestions[lot % Math.max(1, suggestions.length)];
  if (!isAccepted || suggestion === undefined) {
    const item = { card: named, outcome: 'overridden', overrideReason: reason, outcomeTimestamp };
    return { item, sent: { card, outcome: 'overridden', at, to } };
  }
  const acceptedSuggestions = [{ id: suggestion }, { id: suggestion }];
  const item = { card: named, outcome: 'accepted', acceptedSuggestions, outcomeTimestamp };
  return { item, sent: { card, outcome: 'accepted', suggestion, at, to } };
}

const feedback: fc.Arbitrary<Attack> = fc
  .tuple(
    anId,
    fc.array(anAnswer, { minLength: 1, maxLength: 5 }),
    fc.array(toUnknown, { maxLength: 2 }),
    fc.boolean(),
  )
  .map(([id, answered, strangers, again]) => ({
    ...post(`/cds-services/${id}/feedback`, 'feedback'),
    statuses: [200, 403],
    load: (situation) => {
      const made = answered.flatMap((each) => itemOf(each, situation) ?? []);
      const own = made.map(({ item }) => item);
      const items = [...own, ...(own.length === 0 ? [item] : []), ...strangers];
      const body = JSON.stringify({ feedback: again ? [...items, ...items] : items });
      return { body, answers: made.map(({ sent }) => sent) };
    },
  }));

const toNobody: fc.Arbitrary<Attack> = fc.tuple(anId, anyFeedback).map(([id, document]) => ({
  ...post(`/cds-services/${id}/feedback`, 'feedback to unknown cards'),
  statuses: [200, 403],
  load: () => ({ body: JSON.stringify(document) }),
}));

// Stands in a document for the card that is drawn when it is sent.
const cardToken = /\{card:(\d+)\}/g;
const unsentItem = fc
  .tuple(fc.nat(), fc.boolean(), fc.constantFrom(...reasons), fc.nat(1_000))
  .map(([lot, isAccepted, overrideReason, seconds]) => ({
    card: `{card:${lot}}`,
    outcome: isAccepted ? 'accepted' : 'overridden',
    ...(isAccepted ? { acceptedSuggestions: [{ id: 'remind' }] } : {}),
    ...(overrideReason === undefined ? {} : { overrideReason }),
    outcomeTimestamp: new Date(noon - seconds * 1_000).toISOString(),
  }));

const brokenFeedback: fc.Arbitrary<Attack> = fc
  .tuple(
    anId,
    mutated(fc.record({ feedback: fc.array(unsentItem, { minLength: 1, maxLength: 4 }) })),
  )
  .map(([id, document]) => ({
    ...post(`/cds-services/${id}/feedback`, 'broken feedback'),
    statuses: [200, 400, 403, 422],
    load: ({ pick }) => {
      const touched: string[] = [];
      const body = JSON.stringify(document).replaceAll(cardToken, (_token, lot: string) => {
        const card = pick(Number(lot))?.card ?? 'none';
        touched.push(card);
        return card;
      });
      return { body, touched };
    },
  }));

const feedbackFaults: readonly (readonly [document: unknown, names: RegExp])[] = [
  [{}, /^feedback: /m],
  [{ feedback: [] }, /^feedback: must not be empty/m],
  [{ feedback: [{ ...item, card: '' }] }, /^feedback\[0\]\.card: /m],
  [
    { feedback: [{ ...item, card: 'x'.repeat(513) }] },
    /^feedback\[0\]\.card: must have at most 512/m,
  ],
  [{ feedback: [{ ...item, outcome: 'ignored' }] }, /^feedback\[0\]\.outcome: .*cds-fb-1/m],
  [
    { feedback: [item, { ...item, outcome: 'accepted' }] },
    /^feedback\[1\]\.acceptedSuggestions: .*cds-fb-2/m,
  ],
  [{ feedback: [{ ...item, overrideReason: {} }] }, /^feedback\[0\]\.overrideReason: .*cds-fb-3/m],
  [
    { feedback: [{ ...item, outcomeTimestamp: '2026-10-20' }] },
    /^feedback\[0\]\.outcomeTimestamp: /m,
  ],
  [
    { feedback: [{ ...item, outcomeTimestamp: '1969-12-31T00:00:00Z' }] },
    /must not be before 1970/,
  ],
  [{ feedback: [{ ...item, outcomeTimestamp: 17 }] }, /^feedback\[0\]\.outcomeTimestamp: /m],
];
const faultyFeedback: fc.Arbitrary<Attack> = fc
  .tuple(anId, fc.constantFrom(...feedbackFaults))
  .map(([id, [document, names]]) => ({
    ...post(`/cds-services/${id}/feedback`, 'faulty feedback'),
    load: () => ({ body: JSON.stringify(document) }),
    statuses: [400],
    names,
  }));

const contradiction: fc.Arbitrary<Attack> = fc.tuple(anId, fc.nat()).map(([id, lot]) => ({
  ...post(`/cds-services/${id}/feedback`, 'contradiction'),
  statuses: [400, 403, 422],
  load: ({ pick, instant }) => {
    const to = pick(lot);
    if (to === undefined) return { body: '{}' };
    const at = instant();
    const one = {
      card: to.card,
      outcome: 'overridden',
      outcomeTimestamp: new Date(at).toISOString(),
    };
    const two = {
      ...one,
      overrideReason: { reason: { code: 'ill', system: 'https://example.org' } },
    };
    return { body: JSON.stringify({ feedback: [one, two] }), touched: [to.card] };
  },
}));

const reading: fc.Arbitrary<Attack> = fc
  .tuple(
    fc.constantFrom('/cds-services', '/cds-services/', '/health', '/ready', '/metrics'),
    fc.constantFrom('GET', 'GET', 'HEAD', 'OPTIONS'),
    fc.constantFrom<Record<string, string>[]>(
      {},
      { origin: 'https://ehr.example' },
      { origin: 'null' },
    ),
  )
  .map(([path, method, headers]) => ({
    what: path.startsWith('/cds-services') ? 'discovery' : 'reading',
    method,
    path,
    headers,
    statuses: [method === 'OPTIONS' ? 204 : 200],
  }));

const otherMethod: fc.Arbitrary<Attack> = fc
  .tuple(
    fc.constantFrom(
      '/cds-services',
      '/cds-services/as-data',
      '/cds-services/as-data/feedback',
      '/health',
    ),
    fc.constantFrom('PUT', 'DELETE', 'PATCH', 'GET', 'POST', 'TRACE', 'PROPFIND'),
  )
  .filter(([path, method]) => method !== (/data/.test(path) ? 'POST' : 'GET'))
  .map(([path, method]) => ({
    what: 'method',
    method,
    path,
    headers: {},
    statuses: [405],
    names: /^This address takes (?:GET, HEAD|POST), OPTIONS\.$/,
  }));

const paths = fc.oneof(
  fc.constantFrom(
    '/',
    '//',
    '/cds-services/../health',
    '/cds-services/%2e%2e/health',
    '/cds-services/as-data%2Ffeedback',
    '/cds-services/%',
    '/cds-services/%ff%fe',
    '/cds-services/%ED%A0%80',
    '/cds-services/%00',
    '/cds-services/as-data/feedback/more',
    '/cds-services//as-data',
    '/cds-services/AS-DATA',
    '/CDS-SERVICES',
    '/cds-services/__proto__',
    '/cds-services/constructor/feedback',
    '/metrics/more',
    `/cds-services/${planted('mrn', 4)}`,
    `/cds-services/${'x'.repeat(5_000)}`,
  ),
  fc.string({ maxLength: 30 }).map((end) => `/cds-services/${encodeURIComponent(end)}/x/y`),
);
const elsewhere: fc.Arbitrary<Attack> = fc
  .tuple(paths, fc.constantFrom('POST', 'GET'), anyRequest)
  .map(([path, method, document]) => ({
    ...post(path, 'path'),
    method,
    ...(method === 'GET' ? { headers: {} } : { load: () => ({ body: JSON.stringify(document) }) }),
    statuses: [404, 405],
    names:
      /no service of this name|nothing at this address|address is malformed|This address takes/,
  }));

const types: readonly (readonly [
  Readonly<Record<string, string | readonly string[]>>,
  RegExp | undefined,
])[] = [
  [{}, /application\/json/],
  [{ 'content-type': 'text/plain' }, /application\/json/],
  [{ 'content-type': 'application/xml' }, /application\/json/],
  [{ 'content-type': 'application/x-www-form-urlencoded' }, /application\/json/],
  [{ 'content-type': 'json' }, /application\/json/],
  [{ 'content-type': 'application/json; charset=iso-8859-1' }, /UTF-8/],
  [{ 'content-type': 'application/json; charset=utf-16' }, /UTF-8/],
  [{ ...json, 'content-encoding': 'gzip' }, /content encoding/],
  [{ 'content-type': 'application/json;charset=UTF-8' }, undefined],
  [{ 'content-type': 'APPLICATION/JSON ; x=y', 'content-encoding': 'identity' }, undefined],
  [{ 'content-type': 'application/fhir+json' }, undefined],
];
const typed: fc.Arbitrary<Attack> = fc
  .tuple(fc.constantFrom(...types), requestOf('patient-view'), fc.boolean())
  .map(([[headers, names], document, isFeedback]) => ({
    ...post(`/cds-services/as-data${isFeedback ? '/feedback' : ''}`, 'media type'),
    headers,
    load: () => ({ body: JSON.stringify(isFeedback ? { feedback: [item] } : document) }),
    statuses: names === undefined ? [200] : [415],
    names,
  }));

const deep = (levels: number, [open, inside, close]: readonly [string, string, string]): string =>
  open.repeat(levels) + inside + close.repeat(levels);
const nests = [
  ['[', '1', ']'],
  ['{"a":', '1', '}'],
  ['[{"b":[', '', ']}]'],
] as const;

type Raw = Pick<Attack, 'load' | 'statuses' | 'names'>;
const raw = (body: string | Uint8Array, status: number, names?: RegExp): Raw => ({
  load: () => ({ body }),
  statuses: [status],
  names,
});

/** Bodies that no client should send, made of a good one and a number. */
const spoilers: readonly ((text: string, lot: number) => Raw)[] = [
  (text, lot) => raw(text.slice(0, lot % text.length), 400, /not JSON/),
  (text, lot) => {
    const bytes = Buffer.from(text);
    const at = lot % bytes.length;
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    return raw(Buffer.concat([before, Buffer.from([0xff, 0xc0]), after]), 400, /not UTF-8/);
  },
  ...['', ' ', 'null x', '{', "{'hook': 1}", '\u0000', 'NaN'].map(
    (body) => () => raw(body, 400, /not JSON/),
  ),
  (text) => raw(text + text, 400, /not JSON/),
  ...['null', 'true', '17', '"hook"', '[]', '1e999'].map((body) => () => raw(body, 400)),
  ...nests.flatMap((nest) => [
    () => raw(deep(10_000, nest), 400),
    (text: string) => raw(text.replace(/\}$/, `,"extension":${deep(10_000, nest)}}`), 200),
    (text: string) => raw(text.replace(/\}$/, `,"prefetch":{"a":${deep(10_000, nest)}}}`), 200),
  ]),
  (text) => raw(text.replace('{', '{"hook":"other","hook":1,'), 200),
  ...['{"cards":1}', '{"hook":"x"}', 'null', '[1]', '{"patientId":17}'].map(
    (value) => (text: string) =>
      raw(
        text
          .replace('{', `{"__proto__":${value},"constructor":${value},`)
          .replace('"context":{', `"context":{"__proto__":${value},"toString":${value},`),
        200,
      ),
  ),
  ...['1e999', '-1e999', '123456789012345678901234567890', '1e-999'].map(
    (number) => (text: string) => raw(text.replace('{', `{"number":${number},`), 200),
  ),
  (text) => raw(`\ufeff${text}`, 200),
];
const rawBody: fc.Arbitrary<Attack> = fc
  .tuple(requestOf('patient-view'), fc.constantFrom(...spoilers), fc.nat())
  .map(([document, spoil, lot]) => ({
    ...post('/cds-services/everywhere', 'body'),
    ...spoil(JSON.stringify(document), lot),
  }));

const limit = 4_194_304;
const largeBody: fc.Arbitrary<Attack> = fc
  .tuple(requestOf('patient-view'), fc.constantFrom(-1, 0, 1, 1_000_000))
  .map(([document, over]) => ({
    ...post('/cds-services/as-data', 'large body'),
    load: () => {
      const text = JSON.stringify(document);
      return { body: text.padEnd(limit + over + (text.length - Buffer.byteLength(text)), ' ') };
    },
    statuses: over > 0 ? [413] : [200],
    names: over > 0 ? /larger than the 4194304 bytes/ : undefined,
  }));

/** Every kind of request, those of a service that works the most often. */
export const anyAttack: fc.Arbitrary<Attack> = fc
  .oneof(
    { weight: 260, arbitrary: goodCall },
    { weight: 250, arbitrary: brokenCall },
    { weight: 50, arbitrary: faultyCall },
    { weight: 90, arbitrary: feedback },
    { weight: 20, arbitrary: toNobody },
    { weight: 80, arbitrary: brokenFeedback },
    { weight: 30, arbitrary: faultyFeedback },
    { weight: 20, arbitrary: contradiction },
    { weight: 30, arbitrary: reading },
    { weight: 20, arbitrary: otherMethod },
    { weight: 40, arbitrary: elsewhere },
    { weight: 30, arbitrary: typed },
    { weight: 79, arbitrary: rawBody },
    { weight: 1, arbitrary: largeBody },
  )
  // What fails says which request it was; a list of functions says nothing.
  .map((attack) => Object.assign(attack, { [fc.toStringMethod]: () => attack.what }));
