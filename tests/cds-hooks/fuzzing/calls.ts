import fc from 'fast-check';
import type { HookName } from '../../../src/cds-hooks/hooks/contexts.ts';
import { planted } from '../../planted.ts';
import type { Document } from '../arbitraries.ts';
import { anyRequest, aRequest, hookNames, mutated } from '../arbitraries.ts';
import type { Attack, Load } from './attack.ts';
import { post } from './attack.ts';

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
/** A call of a hook that holds everything that the specification requires. */
export const requestOf = (hook: HookName): fc.Arbitrary<Document> =>
  requests.get(hook) ?? anyRequest;
/** The id of a service. */
export const anId = fc.constantFrom(...ids);

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

/** A call that must be answered. */
export const goodCall: fc.Arbitrary<Attack> = fc.oneof(
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

/** A call of which anything may be missing or be something else. */
export const brokenCall: fc.Arbitrary<Attack> = fc.oneof(
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

/** A call with one fault, which a refusal must name. */
export const faultyCall: fc.Arbitrary<Attack> = fc.oneof(
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
