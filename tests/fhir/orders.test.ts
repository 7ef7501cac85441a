import { describe, expect, test } from '@jest/globals';
import { ImportError } from '../../src/errors.ts';
import { cardIdentifierSystem } from '../../src/events/card-identifier.ts';
import { cardId, newImpressionId } from '../../src/events/ids.ts';
import { possibleTime } from '../../src/fhir/date-time.ts';
import type { OrderLike, OrderOptions } from '../../src/fhir/orders/order-of.ts';
import { orderOf } from '../../src/fhir/orders/order-of.ts';
import { orderRuleFrom } from '../../src/fhir/orders/order-rule.ts';
import type { Immunization, MedicationRequest, ServiceRequest } from '../../src/fhir/r4.ts';
import { idIn } from '../../src/fhir/reference.ts';

const timeZone = 'America/New_York';
const rxnorm = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const cvx = 'http://hl7.org/fhir/sid/cvx';
const loinc = 'http://loinc.org';
const rule = orderRuleFrom({
  resources: ['ServiceRequest', 'MedicationRequest', 'Immunization'],
  codes: [
    { system: rxnorm, code: '1', display: 'influenza vaccine' },
    { system: cvx, code: '140' },
    { system: loinc, code: '4548-4' },
  ],
});
const options: OrderOptions = { rule, timeZone };

const medication = (rest: Partial<MedicationRequest> = {}): MedicationRequest => ({
  resourceType: 'MedicationRequest',
  id: '17',
  status: 'active',
  intent: 'order',
  medicationCodeableConcept: {
    coding: [
      { system: 'local', code: '9' },
      { system: rxnorm, code: '1' },
    ],
  },
  encounter: { reference: 'Encounter/4' },
  authoredOn: '2026-10-07T12:00:00.500-04:00',
  ...rest,
});
const service = (rest: Partial<ServiceRequest> = {}): ServiceRequest => ({
  resourceType: 'ServiceRequest',
  id: '17',
  status: 'active',
  intent: 'order',
  code: { coding: [{ system: loinc, code: '4548-4' }] },
  authoredOn: '2026-10-07T16:00:00.500Z',
  ...rest,
});
const immunization = (rest: Partial<Immunization> = {}): Immunization => ({
  resourceType: 'Immunization',
  id: '17',
  status: 'completed',
  vaccineCode: { coding: [{ system: cvx, code: '140' }] },
  occurrenceDateTime: '2026-10-07T16:00:00.500Z',
  ...rest,
});
const reasonOf = (resource: OrderLike, more: Partial<OrderOptions> = {}): string => {
  const reading = orderOf(resource, { ...options, ...more });
  return reading.kind === 'skipped' ? reading.reason : reading.kind;
};
const told = (resource: OrderLike, more: Partial<OrderOptions> = {}) => {
  const reading = orderOf(resource, { ...options, ...more });
  return reading.kind === 'order' ? reading.order : undefined;
};

describe('A resource is read as an order', () => {
  const at = Date.parse('2026-10-07T16:00:00.500Z');

  test('with its time, encounter and the code of the rule, not the texts of the record', () => {
    const named = medication({
      medicationCodeableConcept: { coding: [{ system: rxnorm, code: '1', display: 'for Mr X' }] },
    });
    expect(told(named)).toEqual({
      key: 'MedicationRequest/17',
      from: at,
      to: at,
      encounter: '4',
      code: { system: rxnorm, code: '1', display: 'influenza vaccine' },
      revoked: false,
      tag: undefined,
    });
    expect(told(service())).toMatchObject({ key: 'ServiceRequest/17', code: { code: '4548-4' } });
    expect(told(immunization())).toMatchObject({ key: 'Immunization/17', from: at });
  });

  test.each(['revoked', 'cancelled', 'stopped'])('though it was %s afterwards', (status) => {
    expect(told(service({ status }))).toMatchObject({ revoked: true });
  });

  test.each(['active', 'on-hold', 'completed', 'unknown', 'ended'])('while it is %s', (status) => {
    expect(told(service({ status }))).toMatchObject({ revoked: false });
  });

  test.each([
    [service({ status: 'draft' }), 'a draft'],
    [medication({ status: 'entered-in-error' }), 'entered in error'],
    [immunization({ status: 'not-done' }), 'not done'],
    [service({ doNotPerform: true }), 'not to be performed'],
    [service({ intent: 'proposal' }), 'not an order by its intent'],
    [medication({ intent: 'plan' }), 'not an order by its intent'],
    [medication({ intent: undefined }), 'not an order by its intent'],
    [service({ status: undefined }), 'no status'],
    [service({ id: undefined }), 'no id'],
    [service({ authoredOn: undefined }), 'no date'],
    [service({ authoredOn: 'yesterday' }), 'a date that cannot be read'],
    [immunization({ occurrenceDateTime: undefined }), 'no date'],
    [medication({ reportedBoolean: true }), 'only reported'],
    [medication({ reportedReference: { reference: 'Patient/1' } }), 'only reported'],
    [medication({ reportedReference: { reference: 'RelatedPerson/1' } }), 'only reported'],
    [medication({ reportedReference: { reference: 'Practitioner/1' } }), 'order'],
    [medication({ reportedBoolean: false }), 'order'],
    [service({ code: { text: 'HbA1c' } }), 'no code'],
    [service({ code: { coding: [{ system: loinc, code: '4548-5' }] } }), 'another code'],
    [service({ code: { coding: [{ code: '4548-4' }] } }), 'another code'],
    [medication({ medicationCodeableConcept: undefined }), 'no code'],
  ])('but not %#: %s', (resource, reason) => {
    expect(reasonOf(resource)).toBe(reason);
  });

  test.each(['original-order', 'instance-order'])('with the intent %s', (intent) => {
    expect(reasonOf(service({ intent }))).toBe('order');
    const only = orderRuleFrom({ codes: rule.codes, intents: ['order'] });
    expect(reasonOf(service({ intent }), { rule: only })).toBe('not an order by its intent');
  });

  test('by an Immunization only where the rule says so, for that was given and not ordered', () => {
    const { codes } = rule;
    const reason = 'a kind of resource that the rule does not name';
    expect(reasonOf(immunization(), { rule: { codes } })).toBe(reason);
    expect(reasonOf(medication(), { rule: { codes } })).toBe('order');
  });

  test('by the medication that it refers to', () => {
    const referring = medication({
      medicationCodeableConcept: undefined,
      medicationReference: { reference: 'Medication/5' },
    });
    const concept = { coding: [{ system: rxnorm, code: '1' }] };
    expect(reasonOf(referring, { medication: concept })).toBe('order');
  });

  test('as given when it was recorded, unless it was only reported', () => {
    const recorded = { occurrenceDateTime: undefined, recorded: '2026-10-07' };
    expect(reasonOf(immunization(recorded))).toBe('order');
    expect(reasonOf(immunization({ ...recorded, primarySource: false }))).toBe('no date');
    expect(reasonOf(immunization({ ...recorded, occurrenceString: 'last autumn' }))).toBe(
      'no date',
    );
  });

  test('from the card whose identifier it bears', () => {
    const impression = newImpressionId();
    const tagged = (value: string) =>
      told(
        service({
          identifier: [
            { system: 'other', value: '1' },
            { system: cardIdentifierSystem, value },
          ],
        }),
      )?.tag;
    const card = cardId(impression, 3);
    expect(tagged(card)).toBe(impression);
    expect(tagged(`urn:uuid:${card.toUpperCase()}`)).toBe(impression);
    expect(tagged('no uuid')).toBe('');
  });

  test('where the record keeps minutes, as placed at any instant of its minute', () => {
    const coarse = { ...rule, precision: 'minute' } as const;
    const full = service({ authoredOn: '2026-10-07T16:00:00Z' });
    const from = Date.parse('2026-10-07T16:00:00Z');
    expect(told(full)).toMatchObject({ from, to: from + 999 });
    expect(told(full, { rule: coarse })).toMatchObject({ from, to: from + 59_999 });
  });

  test.each([
    { coding: 'a text' },
    { coding: [null, 3, { system: 1, code: [] }] },
    'a text',
    null,
    [],
    { coding: { system: loinc, code: '4548-4' } },
  ])('never from a code that is malformed: %j', (code) => {
    const malformed = { ...service(), code } as unknown as ServiceRequest;
    expect(reasonOf(malformed)).toMatch(/code/);
  });

  test('without a word about what else is malformed in it', () => {
    const malformed = {
      ...service(),
      identifier: { system: cardIdentifierSystem },
      encounter: 'Encounter/4',
      doNotPerform: 'false',
    } as unknown as ServiceRequest;
    expect(told(malformed)).toMatchObject({ tag: undefined, encounter: undefined });
  });
});

describe('A rule of orders', () => {
  test('is refused with everything that is wrong with it', () => {
    const refusal = (document: unknown): string => {
      try {
        orderRuleFrom(document);
        return 'no refusal';
      } catch (error) {
        expect(error).toBeInstanceOf(ImportError);
        return String(error);
      }
    };
    expect(refusal({ codes: [] })).toMatch(/codes: must name at least one code/);
    expect(refusal({ codes: [{ code: '1' }] })).toMatch(/codes\[0\]\.system/);
    const recommended = { codes: rule.codes, resources: ['ImmunizationRecommendation'] };
    expect(refusal(recommended)).toMatch(/resources\[0\].*a forecast/);
    expect(refusal({ codes: rule.codes, after: '24 h', before: 'P1M' })).toMatch(
      /after: must be an ISO 8601 duration[\s\S]*before: must be/,
    );
    expect(refusal({ codes: rule.codes, window: 3 })).toMatch(/window/);
    expect(refusal(undefined)).toMatch(/document/);
  });
});

describe('A FHIR dateTime', () => {
  const span = (text: unknown, zone = timeZone) => {
    const time = possibleTime(text, zone);
    return typeof time === 'string'
      ? time
      : [new Date(time.from).toISOString(), new Date(time.to).toISOString()];
  };

  test.each([
    ['2026-10-07', '2026-10-07T04:00:00.000Z', '2026-10-08T03:59:59.999Z'],
    // The days on which the clocks change have 23 and 25 hours.
    ['2026-03-08', '2026-03-08T05:00:00.000Z', '2026-03-09T03:59:59.999Z'],
    ['2026-11-01', '2026-11-01T04:00:00.000Z', '2026-11-02T04:59:59.999Z'],
    ['2026-12', '2026-12-01T05:00:00.000Z', '2027-01-01T04:59:59.999Z'],
    ['2024-02', '2024-02-01T05:00:00.000Z', '2024-03-01T04:59:59.999Z'],
    ['2024', '2024-01-01T05:00:00.000Z', '2025-01-01T04:59:59.999Z'],
    ['2026-10-07T12:00-04:00', '2026-10-07T16:00:00.000Z', '2026-10-07T16:00:59.999Z'],
    ['2026-10-07T16:00:07Z', '2026-10-07T16:00:07.000Z', '2026-10-07T16:00:07.999Z'],
    ['2026-10-07T16:00:07.250Z', '2026-10-07T16:00:07.250Z', '2026-10-07T16:00:07.250Z'],
    ['2026-10-07T21:30:00.0+05:30', '2026-10-07T16:00:00.000Z', '2026-10-07T16:00:00.000Z'],
  ])('%s means any instant from %s to %s', (text, from, to) => {
    expect(span(text)).toEqual([from, to]);
  });

  test.each([
    '2026-02-30',
    '2026-02-30T10:00:00Z',
    '2026-13',
    '2026-10-07T12:00:00',
    '2026-10-07T24:00:00Z',
    '2026-10-07 12:00:00Z',
    '20261007',
    'now',
    7,
    {},
  ])('is not guessed from %j', (text) => {
    expect(span(text)).toBe('a date that cannot be read');
  });

  test.each([undefined, null, ''])('is none when it is %j', (text) => {
    expect(span(text)).toBe('no date');
  });
});

describe('A reference', () => {
  test.each([
    ['Patient/1', '1'],
    ['https://ehr.example/fhir/r4/Patient/a-b.c', 'a-b.c'],
    ['Patient/1/_history/3', '1'],
    ['Group/1', undefined],
    ['OutPatient/1', undefined],
    ['Patient/', undefined],
    ['Patient/a b', undefined],
    ['urn:uuid:1', undefined],
    [7, undefined],
  ])('%j to a patient names %j', (reference, id) => {
    expect(idIn({ reference }, 'Patient')).toBe(id);
  });
});
