import { describe, expect, test } from '@jest/globals';
import { parseFeedback } from '../../src/cds-hooks/feedback-schema.ts';
import { parseRequest, requestWarnings } from '../../src/cds-hooks/request-schema.ts';
import { parseResponse } from '../../src/cds-hooks/response-schema.ts';
import type { Problem } from '../../src/errors.ts';
import { RequestError } from '../../src/errors.ts';

/** Every invariant of the logical models of CDS Hooks, with an example that holds to it and one that does not. */
interface Example {
  readonly name: string;
  readonly parse: (document: unknown) => unknown;
  readonly good: unknown;
  readonly bad: unknown;
  readonly path: string;
}

const strictly = (document: unknown): unknown => parseRequest(document, { strict: true });
const feedback = (change: object): unknown => ({
  feedback: [{ card: 'c', outcomeTimestamp: '2026-10-20T16:00:00Z', ...change }],
});
const call = (change: object): unknown => ({
  hook: 'patient-view',
  hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
  context: { userId: 'Practitioner/1', patientId: '1' },
  ...change,
});
const card = (change: object): unknown => ({
  cards: [{ summary: 'Due', indicator: 'info', source: { label: 'Pharmacy' }, ...change }],
});
const suggesting = (...suggestions: readonly object[]): unknown =>
  card({ suggestions, selectionBehavior: 'at-most-one' });
const acting = (action: object): unknown => suggesting({ label: 'Order', actions: [action] });
const link = (change: object): unknown =>
  card({ links: [{ label: 'App', url: 'https://app.example', ...change }] });
const coding = { code: 'ill', system: 'https://example.org/reasons' };
const fhirAuthorization = {
  access_token: 't',
  token_type: 'Bearer',
  expires_in: 300,
  scope: 'user/Patient.read',
  subject: 'service',
};

const examples: readonly Example[] = [
  {
    name: 'cds-fb-1',
    parse: parseFeedback,
    good: feedback({ outcome: 'overridden' }),
    bad: feedback({ outcome: 'ignored' }),
    path: 'feedback[0].outcome',
  },
  {
    name: 'cds-fb-2',
    parse: parseFeedback,
    good: feedback({ outcome: 'accepted', acceptedSuggestions: [{ id: 's' }] }),
    bad: feedback({ outcome: 'accepted', acceptedSuggestions: [] }),
    path: 'feedback[0].acceptedSuggestions',
  },
  {
    name: 'cds-fb-3',
    parse: parseFeedback,
    good: feedback({ outcome: 'overridden', overrideReason: { userComment: 'no' } }),
    bad: feedback({ outcome: 'overridden', overrideReason: { reason: null } }),
    path: 'feedback[0].overrideReason',
  },
  {
    name: 'cds-r-1',
    parse: strictly,
    good: call({ fhirServer: 'https://ehr.example/fhir', fhirAuthorization }),
    bad: call({ fhirAuthorization }),
    path: 'fhirServer',
  },
  {
    name: 'cds-resp-1',
    parse: parseResponse,
    good: suggesting({ label: 'A', isRecommended: true }, { label: 'B', isRecommended: false }),
    bad: suggesting({ label: 'A', isRecommended: true }, { label: 'B', isRecommended: true }),
    path: 'cards[0].suggestions',
  },
  {
    name: 'cds-resp-2',
    parse: parseResponse,
    good: acting({ type: 'delete', description: 'Stop', resourceId: 'ServiceRequest/1' }),
    bad: acting({ type: 'delete', description: 'Stop' }),
    path: 'cards[0].suggestions[0].actions[0].resourceId',
  },
  {
    name: 'cds-resp-3',
    parse: parseResponse,
    good: link({ type: 'smart', appContext: '{}' }),
    bad: link({ type: 'absolute', appContext: '{}' }),
    path: 'cards[0].links[0].appContext',
  },
  {
    name: 'cds-resp-4',
    parse: parseResponse,
    good: card({ overrideReasons: [{ ...coding, display: 'Too ill' }] }),
    bad: card({ overrideReasons: [coding] }),
    path: 'cards[0].overrideReasons[0].display',
  },
  {
    name: 'cds-resp-5',
    parse: parseResponse,
    good: acting({ type: 'create', description: 'Order', resource: { resourceType: 'Task' } }),
    bad: acting({ type: 'create', resource: { resourceType: 'Task' } }),
    path: 'cards[0].suggestions[0].actions[0].description',
  },
  {
    name: 'cds-resp-6',
    parse: parseResponse,
    good: card({ suggestions: [{ label: 'A' }], selectionBehavior: 'any' }),
    bad: card({ suggestions: [{ label: 'A' }] }),
    path: 'cards[0].selectionBehavior',
  },
  {
    name: 'cds-resp-7',
    parse: parseResponse,
    good: suggesting({ label: 'A', actionSelectionBehavior: 'any' }),
    bad: suggesting({ label: 'A', actionSelectionBehavior: 'one' }),
    path: 'cards[0].suggestions[0].actionSelectionBehavior',
  },
];

function problemsOf(parse: Example['parse'], document: unknown): readonly Problem[] {
  try {
    parse(document);
    return [];
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return error.problems;
  }
}

describe.each(examples)('$name', ({ name, parse, good, bad, path }) => {
  test('is held to by what is good', () => {
    expect(parse(good)).toEqual(good);
  });

  test('is named by the one problem of what is bad', () => {
    expect(problemsOf(parse, bad)).toEqual([
      { path, message: expect.stringContaining(`(${name})`) },
    ]);
  });
});

describe('cds-r-1', () => {
  test('stops no alert: a token that cannot be used is a warning', () => {
    const document = call({ fhirAuthorization });
    expect(parseRequest(document)).toEqual(document);
    expect(requestWarnings(parseRequest(document))).toEqual([
      { path: 'fhirServer', message: expect.stringContaining('(cds-r-1)') },
    ]);
  });
});

describe('cds-r-2', () => {
  const scoped = (scope: string, patient?: unknown): unknown =>
    call({
      fhirServer: 'https://ehr.example/fhir',
      fhirAuthorization: { ...fhirAuthorization, scope, patient },
    });

  test.each(['patient/Patient.read', 'launch patient/*.rs'])(
    'is a warning, and no more, for the scopes %j without a patient',
    (scope) => {
      const document = scoped(scope);
      expect(strictly(document)).toEqual(document);
      expect(requestWarnings(parseRequest(document))).toEqual([
        { path: 'fhirAuthorization.patient', message: expect.stringContaining('(cds-r-2)') },
      ]);
    },
  );

  test.each([
    ['patient/Patient.read', '1'],
    ['user/Patient.read', undefined],
    ['outpatient/x', undefined],
  ])('has nothing to say of the scopes %j and the patient %j', (scope, patient) => {
    expect(requestWarnings(parseRequest(scoped(scope, patient)))).toEqual([]);
  });
});
