import { describe, expect, test } from '@jest/globals';
import { contextIds } from '../../src/cds-hooks/context-ids.ts';
import type { HookName } from '../../src/cds-hooks/hooks/contexts.ts';
import { hookLibrary, isHookName } from '../../src/cds-hooks/hooks/library.ts';
import { parseContext } from '../../src/cds-hooks/hooks/parse-context.ts';
import { parseRequest, requestWarnings } from '../../src/cds-hooks/request-schema.ts';
import type { CdsRequest } from '../../src/cds-hooks/types.ts';
import { RequestError } from '../../src/errors.ts';
import { planted } from '../planted.ts';

const patientId = planted('mrn', 1);
const encounterId = planted('encounter', 1);
const userId = `PractitionerRole/${planted('clinician', 1)}`;
const bundle = { resourceType: 'Bundle', entry: [] };
const chart = { userId, patientId, encounterId };
const call = (hook: string, context: object) => ({
  hook,
  hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
  context: { ...context },
});

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
    return [];
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    expect(error.status).toBe(400);
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('The hooks of the library', () => {
  // From the tables of the CDS Hooks Library 1.0.1: maturity, then the members, required or not.
  test.each<[HookName, number, readonly string[], readonly string[]]>([
    ['patient-view', 5, ['userId', 'patientId'], ['encounterId']],
    ['order-select', 4, ['userId', 'patientId', 'selections', 'draftOrders'], ['encounterId']],
    ['order-sign', 5, ['userId', 'patientId', 'draftOrders'], ['encounterId']],
    ['order-dispatch', 0, ['patientId', 'dispatchedOrders', 'performer'], ['fulfillmentTasks']],
    ['encounter-start', 1, ['userId', 'patientId', 'encounterId'], []],
    ['encounter-discharge', 1, ['userId', 'patientId', 'encounterId'], []],
    ['appointment-book', 1, ['userId', 'patientId', 'appointments'], ['encounterId']],
    [
      'allergyintolerance-create',
      1,
      ['userId', 'patientId', 'allergyIntolerance'],
      ['encounterId'],
    ],
    ['problem-list-item-create', 1, ['userId', 'patientId', 'conditions'], ['encounterId']],
    ['medication-refill', 1, ['patientId', 'medications'], ['userId', 'encounterId']],
  ])('%s has the maturity and the members of its page', (hook, maturity, required, optional) => {
    const { context, ...about } = hookLibrary[hook];
    const named = (wanted: boolean) =>
      Object.entries(context)
        .filter(([, field]) => field.required === wanted)
        .map(([name]) => name)
        .sort();
    expect(about.maturity).toBe(maturity);
    expect(named(true)).toEqual([...required].sort());
    expect(named(false)).toEqual([...optional].sort());
  });

  test('are ten, and a name that every object has is none of them', () => {
    expect(Object.keys(hookLibrary)).toHaveLength(10);
    expect(['constructor', '__proto__', 'order-review'].filter(isHookName)).toEqual([]);
  });
});

describe('The context of a hook', () => {
  test('has its types, so that what is there need not be looked at again', () => {
    const { draftOrders, encounterId: encounter } = parseContext('order-sign', {
      ...chart,
      draftOrders: bundle,
    });
    const type: string = draftOrders.resourceType;
    const id: string | undefined = encounter;
    expect([type, id]).toEqual(['Bundle', encounterId]);
    // @ts-expect-error order-sign has no selections
    expect(parseContext('order-sign', { ...chart, draftOrders: bundle }).selections).toBe(
      undefined,
    );
  });

  test('of a call that was let through may lack anything', () => {
    const request: CdsRequest<'order-sign'> = {
      ...call('order-sign', { patientId, vendor: 1 }),
      hook: 'order-sign',
    };
    const orders: { readonly resourceType: string } | null | undefined =
      request.context.draftOrders;
    const anyCall: CdsRequest = request;
    expect([orders, anyCall.context['vendor']]).toEqual([undefined, 1]);
  });

  test('is refused with every member that is missing or has another type', () => {
    const context = { userId: 7, patientId: null, selections: ['a', 1], draftOrders: [] };
    expect(problemsOf(() => parseContext('order-select', context))).toEqual([
      'context.userId: must be a text',
      'context.patientId: is required by order-select: must be a text',
      'context.selections: must be a list of texts',
      'context.draftOrders: must be a FHIR resource: an object with its resourceType',
    ]);
  });

  test.each<[unknown]>([[null], [[]], ['text'], [undefined]])(
    'is refused when it is %j',
    (context) => {
      expect(problemsOf(() => parseContext('patient-view', context))).toEqual([
        'context: must be an object',
      ]);
    },
  );

  test('has no nulls and empty texts, and keeps what the hook does not know', () => {
    const context = { userId, patientId, encounterId: null, 'org.example.x': null };
    expect(parseContext('patient-view', context)).toEqual({
      userId,
      patientId,
      'org.example.x': null,
    });
    expect(
      parseContext('medication-refill', { userId: '', patientId, medications: bundle }),
    ).toEqual({ patientId, medications: bundle });
  });

  test('of a hook that is not of the library is given back as it is', () => {
    const context = { orders: 1, patientId: null };
    expect(parseContext('order-review', context)).toBe(context);
  });

  test('of order-dispatch has the names of today, also from clients that spell the older ones', () => {
    const older = {
      patientId,
      'dispatched-orders': ['ServiceRequest/1'],
      performer: 'Organization/1',
      'fulfillment-tasks': [{ resourceType: 'Task' }],
    };
    expect(parseContext('order-dispatch', older)).toEqual({
      patientId,
      dispatchedOrders: ['ServiceRequest/1'],
      performer: 'Organization/1',
      fulfillmentTasks: [{ resourceType: 'Task' }],
    });
  });

  test.each([
    ['a Bundle', bundle],
    ['a list', [{ resourceType: 'Appointment' }]],
  ])('of appointment-book may hold %s', (_what, appointments) => {
    expect(parseContext('appointment-book', { ...chart, appointments }).appointments).toBe(
      appointments,
    );
  });

  test('of allergyintolerance-create may wrap its resource, as the example of its page does', () => {
    const allergyIntolerance = { resource: { resourceType: 'AllergyIntolerance' } };
    expect(
      parseContext('allergyintolerance-create', { ...chart, allergyIntolerance })
        .allergyIntolerance,
    ).toBe(allergyIntolerance);
    expect(
      problemsOf(() =>
        parseContext('allergyintolerance-create', {
          ...chart,
          allergyIntolerance: { resource: 1 },
        }),
      ),
    ).toHaveLength(1);
  });
});

describe('A call', () => {
  test.each<[string, object]>([
    ['patient-view', {}],
    ['order-sign', { patientId }],
    ['order-sign', { userId: null, patientId: '', draftOrders: null }],
    ['medication-refill', { medications: undefined }],
    ['a-hook-of-our-own', { patientId: 7, draftOrders: 'x' }],
  ])('of %s with the context %j is let through: nothing in it is wrong', (hook, context) => {
    const document = call(hook, context);
    expect(parseRequest(document)).toEqual(document);
  });

  test('whose context has another type is refused, with each member', () => {
    const context = { userId: 7, patientId: [patientId], encounterId: {} };
    expect(problemsOf(() => parseRequest(call('patient-view', context)))).toEqual([
      'context.userId: must be a text',
      'context.patientId: must be a text',
      'context.encounterId: must be a text',
    ]);
  });

  test('is told what it lacks when it is read strictly, and as warnings otherwise', () => {
    const document = {
      ...call('order-sign', { patientId }),
      hookInstance: 'call 1',
      fhirServer: 'ehr',
      fhirAuthorization: { access_token: 't', token_type: 'mac' },
    };
    const problems = [
      'context.userId: is required by order-sign: must be a text',
      'context.draftOrders: is required by order-sign: must be a FHIR resource: an object with its resourceType',
      'hookInstance: must be a UUID',
      'fhirServer: must be the address of a FHIR server, such as https://ehr.example/fhir',
      'fhirAuthorization.token_type: must be "Bearer"',
      'fhirAuthorization.expires_in: must be a whole number of seconds',
      'fhirAuthorization.scope: must be a text',
      'fhirAuthorization.subject: must be a text',
    ];
    expect(problemsOf(() => parseRequest(document, { strict: true }))).toEqual(problems);
    const warnings = requestWarnings(parseRequest(document));
    expect(warnings.map(({ path, message }) => `${path}: ${message}`)).toEqual(problems);
  });

  test('as Epic writes its hookInstance and token types is good in full', () => {
    const document = {
      ...call('patient-view', chart),
      hookInstance: 'urn:uuid:f399c67c-c703-11ea-af16-460231621f93',
      fhirServer: 'https://ehr.example/api/FHIR/R4',
      fhirAuthorization: {
        access_token: 't',
        token_type: 'bearer',
        expires_in: 300,
        scope: 'Patient.Read (R4)',
        subject: 'aeac3da7-6481-45af-ad41-42e5e701141d',
      },
    };
    expect(requestWarnings(parseRequest(document))).toEqual([]);
  });
});

describe('The ids of a call', () => {
  const server = 'https://ehr.example/fhir/R4';
  test.each<[string, object, object]>([
    ['patient-view', chart, { patient: patientId, clinician: userId, encounter: encounterId }],
    [
      'references for bare ids',
      { patientId: `Patient/${patientId}`, encounterId: `Encounter/${encounterId}` },
      { patient: patientId, encounter: encounterId },
    ],
    [
      'addresses',
      {
        userId: `${server}/${userId}`,
        patientId: `${server}/Patient/${patientId}/_history/2`,
      },
      { patient: patientId, clinician: userId },
    ],
    [
      'the address of a relative',
      { userId: `${server}/RelatedPerson/1`, patientId },
      { patient: patientId },
    ],
    [
      'a patient at a portal',
      { userId: `Patient/${patientId}`, patientId },
      { patient: patientId },
    ],
    ['a bare clinician', { userId: 'abc' }, { clinician: 'abc' }],
    ['a reference with nothing behind it', { patientId: 'Patient/' }, { patient: 'Patient/' }],
    ['another reference', { patientId: 'Group/1' }, { patient: 'Group/1' }],
  ])('from %s', (_what, context, ids) => {
    expect(contextIds(call('patient-view', context))).toEqual(ids);
  });

  test('of texts that are far too long for a reference are those texts', () => {
    const long = 'https://x/'.concat('Patient/'.repeat(500_000));
    expect(contextIds(call('patient-view', { patientId: long, userId: long }))).toEqual({
      patient: long,
      clinician: long,
    });
  });

  test('do not take the performer of an order for who sees the alert', () => {
    const context = { patientId, dispatchedOrders: ['ServiceRequest/1'], performer: userId };
    expect(contextIds(call('order-dispatch', context))).toEqual({ patient: patientId });
  });

  test('of a refill without anyone in front of the screen have the clinician who asks for it', () => {
    const asked = (...references: readonly unknown[]) => ({
      patientId,
      medications: {
        resourceType: 'Bundle',
        entry: references.map((reference) => ({ resource: { requester: { reference } } })),
      },
    });
    const clinicianOf = (context: object, hook = 'medication-refill') =>
      contextIds(call(hook, context)).clinician;
    expect(clinicianOf(asked(userId, userId))).toBe(userId);
    expect(clinicianOf({ ...asked(userId), userId: 'Practitioner/2' })).toBe('Practitioner/2');
    expect(clinicianOf(asked(userId, 'Practitioner/2'))).toBeUndefined();
    expect(clinicianOf(asked(userId, undefined))).toBeUndefined();
    expect(clinicianOf(asked(`Patient/${patientId}`))).toBeUndefined();
    expect(clinicianOf({ medications: { entry: [null, 1] } })).toBeUndefined();
    expect(clinicianOf(asked(userId), 'order-sign')).toBeUndefined();
  });
});
