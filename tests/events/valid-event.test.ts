import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TrialEvent } from '../../src/events/event.ts';
import { validEvent } from '../../src/events/valid-event.ts';
import { EventError, parseEvent } from '../../src/index.ts';
import { checkEvent } from '../../src/store/check.ts';
import { isRandom, reasons } from '../../src/trial/reason.ts';
import { trialWith } from '../trials.ts';

const uuid = fc.uuid();
const text = fc.string({ minLength: 1, maxLength: 20, unit: 'binary' });
const instant = fc.oneof(
  fc.integer({ min: 0, max: 253_402_300_799_999 }),
  fc.constantFrom(0, -0, 253_402_300_799_999),
);
const day = fc
  .date({
    min: new Date('0000-01-01T00:00Z'),
    max: new Date('9999-12-31T00:00Z'),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString().slice(0, 10));
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const base = {
  id: uuid,
  trial: fc.constant(trialWith().fingerprint),
  arm: text,
  patient: maybe(text),
  practice: maybe(text),
  clinician: maybe(text),
  encounter: maybe(text),
  stratum: fc.oneof(text, fc.constant('')),
  at: instant,
  day,
  receivedAt: instant,
};
const answer = {
  ...base,
  impression: uuid,
  opening: uuid,
  alertDay: day,
  delay: fc.oneof(fc.maxSafeInteger(), fc.constant(-0)),
};
const coding = fc.record(
  { system: maybe(text), code: text, display: maybe(text) },
  { requiredKeys: ['code'], noNullPrototype: true },
);

type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Every type of event, with the fields that all have but for the arm's reason. */
const fieldsOfTypes: Readonly<Record<TrialEvent['type'], Fields>> = {
  impression: {
    ...base,
    stage: fc.constantFrom('returned', 'displayed', 'silent'),
    alert: text,
    opening: uuid,
  },
  dismissal: { ...answer, override: maybe(coding) },
  acceptance: { ...answer, suggestion: maybe(text) },
  order: { ...answer, route: fc.constantFrom('click', 'tag', 'window'), order: maybe(coding) },
  'patient-days': {
    ...base,
    patient: text,
    calendar: fc.constantFrom(0, 1),
    midnight: fc.constantFrom(0, 1),
    elapsed: fc.constantFrom(0, 0.5, 1, 25 / 24),
  },
  deviation: { ...base, what: text },
  gap: { ...base, from: instant, to: instant, count: fc.integer({ min: 1 }) },
};

const assignment = fc.constantFrom(...reasons).chain((reason) =>
  fc.record({
    reason: fc.constant(reason),
    randomized: fc.constant(isRandom(reason)),
    unitId: isRandom(reason) ? text : fc.option(text, { nil: null }),
  }),
);

type Document = Record<string, unknown>;

const documentOf = (type: TrialEvent['type']): fc.Arbitrary<Document> =>
  fc
    .tuple(fc.record(fieldsOfTypes[type]), assignment, fc.boolean())
    .map(([fields, given, isSparse]) => {
      const entries = Object.entries({ type, ...fields, ...given });
      // A key that is there without a value, and none at all, are the same event.
      return Object.fromEntries(
        isSparse ? entries.filter(([, value]) => value !== undefined) : entries,
      );
    });
const types = Object.keys(fieldsOfTypes) as readonly TrialEvent['type'][];
const anyDocument = fc.oneof(...types.map(documentOf));

const amendment = fc
  .tuple(
    documentOf('patient-days'),
    uuid,
    fc.record({
      calendar: fc.constantFrom(-1, 0, 1),
      midnight: fc.constantFrom(-1, 0, 1),
      elapsed: fc.constantFrom(-25 / 24, -0.5, 0, 25 / 24),
    }),
  )
  .map(([document, amends, shares]) => ({ ...document, amends, ...shares }))
  .filter(
    ({ calendar, midnight, elapsed, ...rest }) =>
      (calendar !== 0 || midnight !== 0 || elapsed !== 0) &&
      'id' in rest &&
      rest.id !== rest.amends,
  );

/** What can be wrong with a value, and some that is right. */
const otherValue = fc.oneof(
  fc.constantFrom<unknown[]>(
    undefined,
    null,
    '',
    '\uD800',
    'a\uDC00b',
    'x'.repeat(512),
    'x'.repeat(513),
    0,
    -0,
    1,
    -1,
    1.5,
    25 / 24,
    26 / 24,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.MAX_SAFE_INTEGER,
    2 ** 53,
    253_402_300_800_000,
    -Number.MAX_SAFE_INTEGER,
    true,
    false,
    10n,
    [],
    ['x'],
    {},
    { code: 'x' },
    { code: '\uDFFF' },
    { code: 'x', comment: 'x' },
    { code: '' },
    new Date(0),
    Object('x'),
    Object.create({ code: 'x' }),
    '2026-02-29',
    '2024-02-29',
    '2026-02-30',
    '2026-13-01',
    '2026-00-10',
    '2026-04-31',
    '2026-01-00',
    '2026-1-01',
    '0000-01-01',
    '2026-01-01\n',
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-FFFF-4FFF-8FFF-FFFFFFFFFFFF',
    '0190f3c4-7a51-9c7e-9d3a-000000000100',
    '0190f3c4-7a51-7c7e-cd3a-000000000100',
    '0190f3c4-7a51-7c7e-9d3a-000000000100\n',
    'f'.repeat(64),
    'F'.repeat(64),
    'f'.repeat(65),
    ...types,
    ...reasons,
  ),
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.anything(),
);
const keys = [...new Set(Object.values(fieldsOfTypes).flatMap((fields) => Object.keys(fields)))];
const anyKey = fc.oneof(
  fc.constantFrom(...keys, 'type', 'randomized', 'reason', 'unitId', 'amends'),
  fc.constantFrom('comment', '__proto__', 'constructor', 'toString', 'Patient', ''),
);

type Change = (document: Document) => Document;

const setting = fc.tuple(anyKey, otherValue).map(
  ([key, value]): Change =>
    (document) =>
      Object.fromEntries([...Object.entries(document), [key, value]]),
);
const dropping = anyKey.map(
  (dropped): Change =>
    (document) =>
      Object.fromEntries(Object.entries(document).filter(([key]) => key !== dropped)),
);
const reshaping = fc.constantFrom<Change[]>(
  (document) => Object.create(document) as Document,
  (document) => Object.assign(Object.create({ comment: 'x' }) as Document, document),
  (document) => Object.assign(Object.create(null) as Document, document),
  (document) => Object.assign([], document),
  (document) => Object.assign(() => 1, document),
  (document) => ({ ...document, [Symbol('comment')]: 'x' }),
  (document) => Object.defineProperty({ ...document }, 'comment', { value: 'x' }),
  (document) => Object.defineProperty({ ...document }, 'arm', { enumerable: false }),
  (document) => new Proxy(document, {}),
);
const changedDocument = fc
  .tuple(
    fc.oneof(anyDocument, amendment),
    fc.array(fc.oneof(setting, setting, dropping, reshaping), { minLength: 1, maxLength: 3 }),
  )
  .map(([document, changes]) => changes.reduce((changed, change) => change(changed), document));

describe('The quick check of an event', () => {
  test('never takes what the schema refuses, and takes the rest as the schema does', () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(changedDocument, otherValue), (document) => {
        const valid = validEvent(document);
        if (valid === undefined) return;
        taken += 1;
        expect(valid).toStrictEqual(parseEvent(document));
      }),
      { numRuns: 5_000 },
    );
    // Changes that leave an event valid are among them.
    expect(taken).toBeGreaterThan(50);
  });

  test('takes every type of event that is right', () => {
    fc.assert(
      fc.property(fc.oneof(anyDocument, amendment), (document: Document) => {
        fc.pre(![document['day'], document['alertDay']].some(isLeapDay));
        expect(validEvent(document)).toStrictEqual(document);
        expect(parseEvent(document)).toStrictEqual(document);
      }),
      { numRuns: 700 },
    );
  });

  test('gives a copy, so that what the caller does with the event later changes nothing', () => {
    const override = { code: 'later' };
    const document = {
      ...fc.sample(documentOf('dismissal'), 1)[0],
      day: '2026-10-05',
      alertDay: '2026-10-05',
      override,
    };
    const taken = validEvent(document);
    document.day = 'never';
    override.code = '';
    expect(taken).toMatchObject({ day: '2026-10-05', override: { code: 'later' } });
  });

  test('reads a getter once: what it gives afterwards does not get past', () => {
    let reads = 0;
    const [document] = fc.sample(documentOf('deviation'), 1);
    const event = {
      ...document,
      day: '2026-10-05',
      get what() {
        reads += 1;
        return reads === 1 ? 'arm-failed' : '';
      },
    };
    expect(validEvent(event)).toMatchObject({ what: 'arm-failed' });
    expect(reads).toBe(1);
  });

  test('leaves the 29th of February to the schema, which knows the years', () => {
    const [document] = fc.sample(documentOf('deviation'), 1);
    expect(checkEvent({ ...document, day: '2028-02-29' }).day).toBe('2028-02-29');
    expect(() => checkEvent({ ...document, day: '2027-02-29' })).toThrow(EventError);
  });

  test.each([
    ['what', '\uD800'],
    ['arm', 'usual\uDC00'],
  ])('leaves a lone surrogate in "%s" to be refused with its place', (key, value) => {
    const [document] = fc.sample(documentOf('deviation'), 1);
    const event = { ...document, day: '2026-10-05', [key]: value };
    expect(validEvent(event)).toBeUndefined();
    let thrown: unknown;
    try {
      checkEvent(event);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(EventError);
    expect(thrown).toMatchObject({
      problems: [{ path: key, message: expect.stringMatching(/lone surrogates/) }],
    });
  });
});

function isLeapDay(content: unknown): boolean {
  return typeof content === 'string' && content.endsWith('-02-29');
}
