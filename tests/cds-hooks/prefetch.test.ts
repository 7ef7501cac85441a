import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { alertService } from '../../src/cds-hooks/service.ts';
import {
  parseTemplate,
  prefetchState,
  resolveTemplate,
} from '../../src/cds-hooks/prefetch/index.ts';
import type { ResolveOptions } from '../../src/cds-hooks/prefetch/index.ts';
import type { CdsRequest } from '../../src/cds-hooks/types.ts';
import { planted } from '../planted.ts';
import { base, callBody, card, fakeLog, trial } from './support.ts';

const now = () => Date.parse('2024-09-13T12:00:00Z');
const patientId = planted('mrn', 1);
const clinicianId = planted('clinician', 1);

/** The order-sign example of the specification's prefetch pages, shortened. */
const medications = ['eVBXvKwrWZIkPmaGwY.s1hQ3', 'emvpHliA4OaUxXJ4wp6N.Ig3'].map((id, index) => ({
  resource: {
    resourceType: 'MedicationRequest',
    id: `rx${index}`,
    status: 'draft',
    medicationReference: { reference: `Medication/${id}` },
    subject: { reference: `Patient/${patientId}` },
    requester: {
      reference: index === 0 ? `Practitioner/${clinicianId}` : 'PractitionerRole/role-1',
    },
    dosageInstruction: [{ text: 'a' }, { text: 'b' }],
  },
}));
const request: CdsRequest = {
  hook: 'order-sign',
  hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
  fhirServer: 'https://ehr.example/fhir',
  context: {
    userId: 'PractitionerRole/role-1',
    patientId,
    encounterId: planted('encounter', 1),
    draftOrders: {
      resourceType: 'Bundle',
      entry: [
        ...medications,
        {
          fullUrl: 'urn:uuid:9a7e6a4e-8f0e-4c0e-9e0e-2f1f5f0c1a11',
          resource: {
            resourceType: 'ServiceRequest',
            id: 'sr',
            priority: 'a,b|c$d\\e f',
            requester: { reference: 'https://ehr.example/fhir/Practitioner/abs/_history/3' },
            performer: [{ reference: 'https://elsewhere.example/fhir/Practitioner/other' }],
            basedOn: [{ reference: 'urn:uuid:9a7e6a4e-8f0e-4c0e-9e0e-2f1f5f0c1a11' }],
            reasonReference: [{ reference: '#contained' }, { reference: 'Condition/c1' }],
          },
        },
      ],
    },
  },
  prefetch: {
    roles: {
      resourceType: 'Bundle',
      entry: [
        {
          resource: {
            resourceType: 'PractitionerRole',
            id: 'role-1',
            practitioner: { reference: 'Practitioner/p9' },
          },
        },
      ],
    },
    'all-conditions': { resourceType: 'Condition', id: 'c1', asserter: { reference: 'Patient/x' } },
    none: null,
  },
};

function resolved(template: string, options: ResolveOptions = { now }, of = request): string {
  const result = resolveTemplate(parseTemplate(template), of, options);
  return result.status === 'resolved' ? result.query : `${result.reason}: ${result.token}`;
}

const orders = 'context.draftOrders.entry.resource';

describe('A prefetch template', () => {
  test.each<[string, string]>([
    ['Patient/{{context.patientId}}', `Patient/${patientId}`],
    ['{{context.userId}}', 'PractitionerRole/role-1'],
    [
      'PractitionerRole?_id={{userPractitionerRoleId}}&_include=PractitionerRole:practitioner',
      'PractitionerRole?_id=role-1&_include=PractitionerRole:practitioner',
    ],
    ['Basic?subject={{context.userId}}', 'Basic?subject=PractitionerRole%2Frole-1'],
    ['Organization/1', 'Organization/1'],
    // The three of the specification's example.
    [
      `Medication?_id={{${orders}.ofType(MedicationRequest).medication.resolve().id}}`,
      'Medication?_id=eVBXvKwrWZIkPmaGwY.s1hQ3,emvpHliA4OaUxXJ4wp6N.Ig3',
    ],
    [
      `Practitioner?_id={{${orders}.ofType(MedicationRequest).requester.resolve().ofType(Practitioner).id}}`,
      `Practitioner?_id=${clinicianId}`,
    ],
    [
      'Appointment?patient={{context.patientId}}&date=gt{{today()}}&date=lt{{today() + 365 days}}',
      `Appointment?patient=${patientId}&date=gt2024-09-13&date=lt2025-09-13`,
    ],
    ['Observation?date=gt{{today() - 90 days}}', 'Observation?date=gt2024-06-15'],
    ['Practitioner?_id={{%roles.entry.resource.practitioner.resolve().id}}', 'Practitioner?_id=p9'],
    ['Practitioner?_id={{%all-conditions.id|%`all-conditions`.id}}', 'Practitioner?_id=c1'],
    [
      `Practitioner?_id={{%roles.entry.resource.practitioner.resolve().id | ${orders}.requester.resolve().ofType(Practitioner).id}}`,
      `Practitioner?_id=p9,${clinicianId},abs`,
    ],
    // Through a reference to a resource that the call brings, by type and id and by urn.
    [
      `Practitioner?_id={{${orders}.requester.resolve().practitioner.resolve().id}}`,
      `not-read: ${orders}.requester.resolve().practitioner.resolve().id`,
    ],
    [
      `Practitioner?_id={{${orders}.requester.resolve().ofType(PractitionerRole).practitioner.resolve().id}}`,
      'Practitioner?_id=p9',
    ],
    [`Basic?code={{${orders}.basedOn.resolve().ofType(ServiceRequest).id}}`, 'Basic?code=sr'],
    [`Condition?_id={{${orders}.reasonReference.resolve().id}}`, 'Condition?_id=c1'],
    // A value is data: what FHIR gives a meaning in a search is escaped.
    [`Basic?code={{${orders}.priority}}`, 'Basic?code=a%5C%2Cb%5C%7Cc%5C%24d%5C%5Ce%20f'],
  ])('%s becomes %s', (template, query) => {
    expect(resolved(template)).toBe(query);
  });

  test.each<[string, string, Partial<CdsRequest>]>([
    ['Patient/{{context.patientId}}', 'no-value', { context: {} }],
    ['Patient/{{context.patientId}}', 'no-value', { context: { patientId: null } }],
    ['Patient/{{context.patientId}}', 'no-value', { context: { patientId: '' } }],
    ['Patient/{{context.patientId}}', 'unfit-value', { context: { patientId: '../metadata' } }],
    ['Patient/{{context.patientId}}', 'unfit-value', { context: { patientId: '..' } }],
    ['Patient/{{context.patientId}}', 'unfit-value', { context: { patientId: '1?_format=x' } }],
    ['{{context.userId}}', 'unfit-value', { context: { userId: 'a/b/c' } }],
    ['{{context.userId}}', 'unfit-value', { context: { userId: 'Patient/..' } }],
    ['Patient?_id={{context.patientId}}', 'unfit-value', { context: { patientId: '\ud800' } }],
    ['Patient?_id={{context.patient}}', 'not-simple', { context: { patient: { id: '1' } } }],
    ['Patient/{{context.ids}}', 'many-values', { context: { ids: ['1', '2'] } }],
    ['Practitioner/{{userPractitionerId}}', 'no-value', {}],
    ['Practitioner/{{userPractitionerId}}', 'no-value', { context: { userId: 'abc' } }],
    ['Medication?_id={{%none.entry.resource.id}}', 'no-value', {}],
    ['Medication?_id={{%absent.entry.resource.id}}', 'no-value', { prefetch: null }],
    [`Medication?_id={{${orders}.medication}}`, 'not-simple', {}],
    [`Medication?_id={{${orders}.performer.resolve().id}}`, 'no-value', {}],
    [`Medication?_id={{${orders}.subject.resolve().name}}`, 'not-read', {}],
    ['Basic?date={{today() - 9999 years}}', 'no-date', {}],
  ])('%s has no query, because: %s', (template, reason, change) => {
    expect(resolved(template, { now }, { ...request, ...change })).toMatch(`${reason}: `);
  });

  test('takes a bare id where a client sends a reference, and a reference where it sends an address', () => {
    const sloppy = {
      ...request,
      context: {
        patientId: `Patient/${patientId}`,
        userId: `https://ehr.example/fhir/Practitioner/${clinicianId}`,
      },
    };
    expect(resolved('Patient/{{context.patientId}}', {}, sloppy)).toBe(`Patient/${patientId}`);
    expect(resolved('{{context.userId}}', {}, sloppy)).toBe(`Practitioner/${clinicianId}`);
    expect(resolved('Basic?x={{userPractitionerId}}', {}, sloppy)).toBe(`Basic?x=${clinicianId}`);
  });

  test('never holds more steps than it was written with, whatever a client sends', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const of = { ...request, context: { patientId: text, userId: text } };
        for (const template of ['Patient/{{context.patientId}}', '{{context.userId}}']) {
          const result = resolveTemplate(parseTemplate(template), of);
          if (result.status === 'unresolved') continue;
          const { pathname, origin, search, hash } = new URL(
            result.query,
            'https://ehr.example/r4/',
          );
          expect([origin, search, hash]).toEqual(['https://ehr.example', '', '']);
          expect(pathname.split('/').length).toBeLessThanOrEqual(4);
          expect(pathname.startsWith('/r4/')).toBe(true);
        }
        const search = resolveTemplate(parseTemplate('Patient?_id={{context.patientId}}&x=1'), of);
        if (search.status === 'resolved') {
          const url = new URL(search.query, 'https://ehr.example/r4/');
          expect([...url.searchParams.keys()]).toEqual(['_id', 'x']);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('today()', () => {
  test.each([
    ['2024-03-31T12:00:00Z', '- 1 month', '2024-02-29'],
    ['2023-03-31T12:00:00Z', '- 1 month', '2023-02-28'],
    ['2024-02-29T12:00:00Z', '+ 1 year', '2025-02-28'],
    ['2024-01-31T12:00:00Z', '+ 13 months', '2025-02-28'],
    ['2024-12-31T12:00:00Z', '+ 2 weeks', '2025-01-14'],
    ['2024-03-01T12:00:00Z', '- 23 hours', '2024-03-01'],
    ['2024-03-01T12:00:00Z', '- 24 hours', '2024-02-29'],
    ['2024-03-01T12:00:00Z', '- 1 month - 1 day', '2024-01-31'],
    ['2024-03-01T12:00:00Z', '-1year+1day', '2023-03-02'],
    ['2024-03-01T12:00:00Z', '+ 0 days', '2024-03-01'],
  ])('of %s %s is %s', (instant, shift, day) => {
    const options = { now: () => Date.parse(instant) };
    expect(resolved(`Basic?date={{today() ${shift}}}`, options)).toBe(`Basic?date=${day}`);
  });

  test('is the day of the zone, through a change of the clock too', () => {
    const at = (instant: string, zone: string) =>
      resolved('Basic?date={{today() - 1 day}}', { now: () => Date.parse(instant), zone });
    expect(at('2026-11-01T03:30:00Z', 'America/New_York')).toBe('Basic?date=2026-10-30');
    expect(at('2026-11-02T04:30:00Z', 'America/New_York')).toBe('Basic?date=2026-10-31');
    expect(at('2026-11-02T05:30:00Z', 'America/New_York')).toBe('Basic?date=2026-11-01');
    expect(at('2026-11-01T13:00:00Z', 'Pacific/Auckland')).toBe('Basic?date=2026-11-01');
  });
});

describe('A malformed template', () => {
  test.each([
    ['', 'must be a FHIR query'],
    ['/Patient/1', 'must be relative to the FHIR server'],
    ['https://ehr.example/Patient/1', 'must be relative to the FHIR server'],
    ['patient', 'must be relative to the FHIR server'],
    ['Patient/../metadata', '"../"'],
    ['Patient?name=a b', 'no spaces'],
    ['Patient/{{context.patientId}', 'a brace outside a token'],
    ['Patient/{context.patientId}', 'a brace outside a token'],
    ['Patient/{{}}', 'begin with "context."'],
    ['Patient/{{Patient.id}}', 'write {{context.patientId}}'],
    ['Basic?x={{user}}', 'write {{context.userId}}'],
    ['Basic?x={{userId}}', 'write {{context.userId}}'],
    ['Basic?x={{context}}', 'begin with "context."'],
    ['Basic?x={{context.}}', 'begin with "context."'],
    ['Basic?x={{context.a..b}}', 'a step is empty'],
    ['Basic?x={{context.resolve()}}', 'name a member of the context'],
    ['Basic?x={{context.a[0]}}', '"a[0]" is no step'],
    ["Basic?x={{context.a.where(b='c')}}", 'is no step'],
    ['Basic?x={{context.a.ofType(string)}}', 'is no step'],
    ['Basic?x={{%key}}', 'begin with "context."'],
    ['Basic?x={{now()}}', 'today()'],
    ['Basic?x={{today() - 90}}', 'a whole number and a unit'],
    ['Basic?x={{today() - 1.5 days}}', 'a whole number and a unit'],
    ['Basic?x={{today() - -1 days}}', 'a whole number and a unit'],
    ["Basic?x={{today() - 90 'd'}}", 'a whole number and a unit'],
    ['Basic?x={{today() - 3 fortnights}}', '"fortnights" is no unit'],
    ['Basic?x={{context.a|}}', 'begin with "context."'],
  ])('%s is refused: %s', (template, message) => {
    expect(() => parseTemplate(template)).toThrow(TypeError);
    expect(() => parseTemplate(template)).toThrow(message);
  });

  test('made at random is read or refused as such', () => {
    const pieces = ['Patient', '/', '?', '{{', '}}', 'context', '.', '%', '`', 'today()', '-', '1'];
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 }))),
        (parts) => {
          try {
            expect(parseTemplate(parts.join('')).parts.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(TypeError);
            expect(String(error)).toContain('is refused');
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('The prefetch of a definition', () => {
  const defined = (prefetch: Readonly<Record<string, string>>, hook = 'order-sign') =>
    alertService(fakeLog(trial), { ...base, hook, prefetch, cards: () => [card('x')] });

  test('may build on the context of its hook and on other keys', () => {
    const prefetch = {
      patient: 'Patient/{{context.patientId}}',
      roles: `PractitionerRole?_id={{${orders}.requester.resolve().ofType(PractitionerRole).id}}`,
      people: 'Practitioner?_id={{%roles.entry.resource.practitioner.resolve().id}}',
    };
    expect(defined(prefetch).description.prefetch).toEqual(prefetch);
  });

  test.each<[string, Record<string, string>, string]>([
    [
      'names the key',
      { flu: 'Patient/{{Patient.id}}' },
      'prefetch.flu {{Patient.id}} cannot be read',
    ],
    [
      'knows what its hook has',
      { flu: 'Patient/{{context.patientID}}' },
      'prefetch.flu: order-sign has no context.patientID; it has userId, patientId, encounterId, draftOrders',
    ],
    [
      'knows its keys',
      { flu: 'Basic?x={{%fly.id}}' },
      'prefetch.flu: there is no prefetch key "fly"',
    ],
    ['goes in no circle', { flu: 'Basic?x={{%flu.id}}' }, 'prefetch.flu depends on itself'],
    [
      'goes in no wider circle',
      { a: 'Basic?x={{%b.id}}', b: 'Basic?x={{%c.id}}', c: 'Basic?x={{%a.id}}' },
      'prefetch.c depends on itself',
    ],
  ])('%s', (_what, prefetch, message) => {
    expect(() => defined(prefetch)).toThrow(TypeError);
    expect(() => defined(prefetch)).toThrow(message);
  });

  test('of a hook of its own may name any member of its context', () => {
    expect(() => defined({ a: 'Basic/{{context.anything}}' }, 'our-own-hook')).not.toThrow();
  });
});

describe('What a client did about its prefetch', () => {
  const outcome = (severity: string) => ({
    resourceType: 'OperationOutcome',
    issue: [{ severity, code: 'processing' }],
  });
  const bundle = (change: object) => ({ resourceType: 'Bundle', ...change });
  const next = [
    { relation: 'self', url: 'x' },
    { relation: 'next', url: 'https://ehr.example/2' },
  ];

  test.each<[string, unknown]>([
    ['satisfied', { resourceType: 'Patient' }],
    ['satisfied', bundle({})],
    ['satisfied', bundle({ entry: [{ resource: outcome('warning') }] })],
    ['null', null],
    ['paged', bundle({ link: next })],
    ['failed', outcome('error')],
    ['failed', outcome('warning')],
    ['failed', bundle({ entry: [{ resource: outcome('fatal') }], link: next })],
    ['failed', bundle({ entry: [{ resource: { resourceType: 'OperationOutcome' } }] })],
    ['malformed', 'text'],
    ['malformed', {}],
    ['malformed', [{ resourceType: 'Patient' }]],
    ['absent', undefined],
  ])('is %s for %j', (state, value) => {
    const prefetch = value === undefined ? {} : { key: value };
    expect(prefetchState({ ...callBody('p'), prefetch }, { key: 'Patient/1' })).toEqual({
      key: state,
    });
  });

  test('is absent for all when there is no prefetch, and is asked for the service’s keys only', () => {
    const templates = { a: 'Patient/1', constructor: 'Patient/2' };
    for (const prefetch of [null, undefined, { other: null }]) {
      expect(prefetchState({ ...callBody('p'), prefetch }, templates)).toEqual({
        a: 'absent',
        constructor: 'absent',
      });
    }
  });
});
