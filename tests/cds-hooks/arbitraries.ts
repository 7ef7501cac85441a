import fc from 'fast-check';
import type { HookName } from '../../src/cds-hooks/hooks/contexts.ts';
import { hookLibrary } from '../../src/cds-hooks/hooks/library.ts';
import { planted } from '../planted.ts';

/** A JSON document, as a test builds and breaks it. */
export type Document = Readonly<Record<string, unknown>>;

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });

/** Without the members that are undefined, as JSON has it. */
function present(members: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Document> {
  return fc
    .record(members)
    .map((document) =>
      Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined)),
    );
}

const number = fc.integer({ min: 0, max: 9_999 });
const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
const url = fc.webUrl({ withQueryParameters: true });
const extension = maybe(fc.dictionary(fc.domain(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }));
const patientId = number.map((n) => planted('mrn', n));
const encounterId = number.map((n) => planted('encounter', n));
const clinician = fc
  .tuple(fc.constantFrom('Practitioner', 'PractitionerRole'), number)
  .map(([type, n]) => `${type}/${planted('clinician', n)}`);
const person = fc.oneof(
  clinician,
  fc
    .tuple(fc.constantFrom('Patient', 'RelatedPerson'), number)
    .map(([type, n]) => `${type}/${planted('mrn', n)}`),
);
const coding = present({
  code: words,
  system: url,
  display: maybe(words),
  extension,
});

const aResource = (types: readonly string[]): fc.Arbitrary<Document> =>
  present({
    resourceType: fc.constantFrom(...types),
    id: maybe(number.map((n) => `r${n}`)),
    status: maybe(fc.constantFrom('draft', 'active', 'proposed')),
    requester: maybe(clinician.map((reference) => ({ reference }))),
    subject: maybe(patientId.map((id) => ({ reference: `Patient/${id}` }))),
    code: maybe(fc.record({ coding: fc.array(coding, { maxLength: 2 }) })),
  });

const aBundle = (...types: readonly string[]): fc.Arbitrary<Document> =>
  present({
    resourceType: fc.constant('Bundle'),
    type: fc.constantFrom('collection', 'searchset'),
    entry: maybe(
      fc.array(
        aResource(types).map((resource) => ({ resource })),
        { maxLength: 3 },
      ),
    ),
  });

const orders = ['MedicationRequest', 'ServiceRequest', 'NutritionOrder'];
const references = fc.array(
  number.map((n) => `ServiceRequest/r${n}`),
  { minLength: 1, maxLength: 3 },
);
const chart = { userId: person, patientId, encounterId: maybe(encounterId) };
const atWork = { ...chart, userId: clinician };

const contexts: { readonly [H in HookName]: fc.Arbitrary<Document> } = {
  'patient-view': present(chart),
  'order-select': present({ ...atWork, selections: references, draftOrders: aBundle(...orders) }),
  'order-sign': present({ ...atWork, draftOrders: aBundle(...orders) }),
  'order-dispatch': present({
    patientId,
    dispatchedOrders: references,
    performer: fc.oneof(
      clinician,
      number.map((n) => `Organization/o${n}`),
    ),
    fulfillmentTasks: maybe(fc.array(aResource(['Task']), { maxLength: 2 })),
  }),
  'encounter-start': present({ ...atWork, encounterId }),
  'encounter-discharge': present({ ...atWork, encounterId }),
  'appointment-book': present({
    ...chart,
    appointments: fc.oneof(
      aBundle('Appointment'),
      fc.array(aResource(['Appointment']), { maxLength: 2 }),
    ),
  }),
  'allergyintolerance-create': present({
    ...atWork,
    allergyIntolerance: fc.oneof(
      aResource(['AllergyIntolerance']),
      aResource(['AllergyIntolerance']).map((resource) => ({ resource })),
    ),
  }),
  'problem-list-item-create': present({ ...atWork, conditions: aBundle('Condition') }),
  'medication-refill': present({
    userId: maybe(clinician),
    patientId,
    encounterId: maybe(encounterId),
    medications: aBundle('MedicationRequest'),
  }),
};

const prefetchValue = fc.oneof(
  { weight: 3, arbitrary: aResource(['Patient', 'Observation', 'PractitionerRole']) },
  { weight: 2, arbitrary: aBundle('Observation', 'Condition') },
  fc.constant(null),
  fc.constant({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'timeout' }],
  }),
  aBundle('Condition').map((bundle) => ({
    ...bundle,
    link: [{ relation: 'next', url: 'https://ehr.example/fhir?page=2' }],
  })),
);

const authorization = present({
  access_token: fc.string({ minLength: 1, maxLength: 40 }),
  token_type: fc.constant('Bearer'),
  expires_in: fc.integer({ min: 1, max: 3_600 }),
  scope: fc.constantFrom('user/Patient.read', 'user/*.rs', 'launch user/Observation.rs'),
  subject: fc.constant('cds-service'),
  patient: maybe(patientId),
});

/** A call of a hook that holds everything that the specification requires. */
export function aRequest(hook: HookName): fc.Arbitrary<Document> {
  return fc
    .tuple(
      present({
        hook: fc.constant(hook),
        hookInstance: fc.uuid(),
        context: contexts[hook],
        prefetch: maybe(
          fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,12}$/), prefetchValue, { maxKeys: 3 }),
        ),
        extension,
      }),
      maybe(authorization),
    )
    .map(([request, fhirAuthorization]) =>
      fhirAuthorization === undefined
        ? request
        : { ...request, fhirServer: 'https://ehr.example/fhir', fhirAuthorization },
    );
}

/** The hooks of the library. */
export const hookNames: readonly HookName[] = Object.keys(hookLibrary) as HookName[];

/** A call of any hook of the library. */
export const anyRequest: fc.Arbitrary<Document> = fc.oneof(
  ...hookNames.map((hook) => aRequest(hook)),
);

const instant = fc
  .date({ min: new Date(0), max: new Date('2099-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => date.toISOString());

const feedbackItem = fc.oneof(
  present({
    card: fc.uuid(),
    outcome: fc.constant('accepted'),
    acceptedSuggestions: fc.array(fc.record({ id: fc.uuid() }), { minLength: 1, maxLength: 3 }),
    outcomeTimestamp: instant,
    extension,
  }),
  present({
    card: fc.uuid(),
    outcome: fc.constant('overridden'),
    overrideReason: maybe(
      fc.oneof(
        fc.record({ reason: coding }),
        fc.record({ userComment: words }),
        fc.record({ reason: coding, userComment: words }),
      ),
    ),
    outcomeTimestamp: instant,
  }),
);

/** A batch of feedback, in which one card may come several times. */
export const anyFeedback: fc.Arbitrary<Document> = fc
  .array(feedbackItem, { minLength: 1, maxLength: 6 })
  .chain((items) =>
    fc.nat({ max: items.length - 1 }).map((again) => ({ feedback: [...items, items[again]] })),
  );

const action = fc.oneof(
  fc
    .tuple(fc.constantFrom('create', 'update'), words, aResource(orders))
    .map(([type, description, resource]) => ({ type, description, resource })),
  fc
    .tuple(words, number)
    .map(([description, n]) => ({ type: 'delete', description, resourceId: `Task/t${n}` })),
);

const suggestion = present({
  label: words,
  uuid: maybe(fc.uuid()),
  actions: maybe(fc.array(action, { maxLength: 3 })),
  actionSelectionBehavior: maybe(fc.constantFrom('all', 'any', 'at-most-one')),
  extension,
});

const link = fc.oneof(
  present({
    label: words,
    url,
    type: fc.constant('absolute'),
    autolaunchable: maybe(fc.boolean()),
  }),
  present({ label: words, url, type: fc.constant('smart'), appContext: maybe(words) }),
);

/** A card that holds to every invariant. */
const anyCard: fc.Arbitrary<Document> = fc
  .tuple(
    present({
      summary: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 139 }),
      detail: maybe(words),
      indicator: fc.constantFrom('info', 'warning', 'critical'),
      source: present({ label: words, url: maybe(url), icon: maybe(url), topic: maybe(coding) }),
      overrideReasons: maybe(
        fc.array(fc.record({ code: words, system: url, display: words }), { maxLength: 3 }),
      ),
      links: maybe(fc.array(link, { maxLength: 2 })),
      extension,
    }),
    fc.array(suggestion, { maxLength: 3 }),
    fc.constantFrom('at-most-one', 'any'),
    fc.boolean(),
  )
  .map(([card, suggestions, selectionBehavior, recommends]) =>
    suggestions.length === 0
      ? card
      : {
          ...card,
          selectionBehavior,
          suggestions: suggestions.map((one, index) =>
            recommends && (index === 0 || selectionBehavior === 'any')
              ? { ...one, isRecommended: true }
              : one,
          ),
        },
  );

/** What an arm may answer. */
export const anyResponse: fc.Arbitrary<Document> = present({
  cards: fc.array(anyCard, { maxLength: 3 }),
  systemActions: maybe(fc.array(action, { maxLength: 2 })),
  extension,
});

const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown[]>(null, '', ' ', '\ud800', '\u0000', 0, -1, 1e308, true, [], {}, [[]]),
  fc.constantFrom<unknown[]>('../../metadata', 'Patient/', '__proto__', 'constructor', '{{x}}'),
  fc.constant('x'.repeat(5_000)),
  fc.string({ unit: 'binary' }),
  fc.jsonValue({ maxDepth: 3 }),
);

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

type Change = (value: unknown) => unknown;

/** Marks what is to be left out. */
const gone = Symbol('gone');

function changed(value: unknown, [key, ...rest]: Path, change: Change): unknown {
  if (key === undefined) return change(value);
  if (Array.isArray(value)) {
    return value
      .map((item: unknown, index) => (String(index) === key ? changed(item, rest, change) : item))
      .filter((item) => item !== gone);
  }
  return Object.fromEntries(
    Object.entries(value as object)
      .map(([name, item]) => [name, name === key ? changed(item, rest, change) : item])
      .filter(([, item]) => item !== gone),
  );
}

const nested: Change = (value) => [value];
const wrapped: Change = (value) => ({ value });
const twice: Change = (value) => (Array.isArray(value) ? [...value, ...value] : [value, value]);
const asText: Change = (value) => JSON.stringify(value) ?? '';
const renamed: Change = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, item]) => [`${name}x`, item]))
    : gone;

/**
 * A document of which some members were left out, retyped, nested, repeated, renamed or corrupted.
 * It may still be good by chance.
 */
export function mutated(document: fc.Arbitrary<Document>): fc.Arbitrary<unknown> {
  const change: fc.Arbitrary<Change> = fc.oneof(
    fc.constantFrom<Change[]>(() => gone, nested, wrapped, twice, asText, renamed),
    strange.map((value) => () => value),
  );
  return fc
    .tuple(document, fc.array(fc.tuple(fc.nat(), change), { minLength: 1, maxLength: 3 }))
    .map(([whole, changes]) => {
      let result: unknown = whole;
      for (const [place, one] of changes) {
        const paths = pathsOf(result);
        const next = changed(result, paths[place % paths.length] ?? [], one);
        result = next === gone ? null : next;
      }
      return result;
    });
}
