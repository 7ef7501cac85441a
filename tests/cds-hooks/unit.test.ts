import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CdsRequest } from '../../src/cds-hooks/index.ts';
import { alertService, contextIds } from '../../src/cds-hooks/index.ts';
import type { PracticeElement, UnitCounts, UnitResolver } from '../../src/cds-hooks/unit/index.ts';
import {
  fhirPathUnit,
  parseCrosswalk,
  practiceFrom,
  unitResolverFrom,
} from '../../src/cds-hooks/unit/index.ts';
import { ImportError } from '../../src/errors.ts';
import { defineTrial } from '../../src/trial/trial.ts';
import { planted } from '../planted.ts';
import { discard, makeFolder } from '../store/place.ts';
import { base, card, fakeLog, noon, trial } from './support.ts';

const clinician = planted('clinician', 1);
const npi = 'http://hl7.org/fhir/sid/us-npi';

function call(prefetch: unknown, context: Readonly<Record<string, unknown>> = {}): CdsRequest {
  return {
    hook: 'patient-view',
    hookInstance: 'call-1',
    fhirServer: 'https://ehr.example/fhir',
    context: {
      userId: `Practitioner/${clinician}`,
      patientId: planted('mrn', 1),
      encounterId: 'e-1',
      ...context,
    },
    prefetch: prefetch as CdsRequest['prefetch'],
  };
}

const encounter = (elements: object, id = 'e-1'): object => ({
  resourceType: 'Encounter',
  id,
  status: 'in-progress',
  ...elements,
});

const at = (reference: string): object => ({ serviceProvider: { reference } });

function bundle(resources: readonly object[], more: object = {}): object {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    entry: resources.map((resource) => ({ resource })),
    ...more,
  };
}

const role = (elements: object, id = 'r-1', by = clinician): object => ({
  resourceType: 'PractitionerRole',
  id,
  practitioner: { reference: `Practitioner/${by}` },
  ...elements,
});

/** What became of the only call of a resolver. */
function gapOf({ counts }: UnitResolver): string | undefined {
  const [name] =
    Object.entries(counts).find(([name, count]) => name !== 'resolved' && count > 0) ?? [];
  return name;
}

type Case = readonly [string, PracticeElement, CdsRequest, string];

const resolved: readonly Case[] = [
  [
    'the organisation of the encounter',
    'Encounter.serviceProvider',
    call({ visit: encounter(at('Organization/17')) }),
    'Organization/17',
  ],
  [
    'an address on the client’s own server, with a version',
    'Encounter.serviceProvider',
    call({ visit: encounter(at('https://ehr.example/fhir/Organization/17/_history/3')) }),
    'Organization/17',
  ],
  [
    'an address on another server',
    'Encounter.serviceProvider',
    call({ visit: encounter(at('https://ehr.example/fhir2/Organization/17')) }),
    'https://ehr.example/fhir2/Organization/17',
  ],
  [
    'an identifier where there is no reference',
    'Encounter.serviceProvider',
    call({ visit: encounter({ serviceProvider: { identifier: { system: npi, value: '99' } } }) }),
    `${npi}|99`,
  ],
  [
    'the identifier of a contained organisation',
    'Encounter.serviceProvider',
    call({
      visit: encounter({
        ...at('#o'),
        contained: [
          { resourceType: 'Organization', id: 'o', identifier: [{ system: npi, value: '99' }] },
        ],
      }),
    }),
    `${npi}|99`,
  ],
  [
    'what stands behind the number of a Bundle',
    'Encounter.serviceProvider',
    call({
      visit: {
        resourceType: 'Bundle',
        entry: [
          { fullUrl: 'urn:uuid:1', resource: { resourceType: 'Organization', id: '17' } },
          { fullUrl: 'urn:uuid:2', resource: encounter(at('urn:uuid:1')) },
        ],
      },
    }),
    'Organization/17',
  ],
  [
    'the encounter of the call among others',
    'Encounter.serviceProvider',
    call({
      visits: bundle([encounter(at('Organization/1'), 'e-0'), encounter(at('Organization/2'))]),
    }),
    'Organization/2',
  ],
  [
    'the encounter that is going on, where the call names none',
    'Encounter.serviceProvider',
    call(
      {
        visits: bundle([
          encounter({ ...at('Organization/1'), status: 'finished' }, 'e-0'),
          encounter(at('Organization/2'), 'e-9'),
        ]),
      },
      { encounterId: undefined },
    ),
    'Organization/2',
  ],
  [
    'the location that is active',
    'Encounter.location',
    call({
      visit: encounter({
        location: [
          { location: { reference: 'Location/er' }, status: 'completed' },
          { location: { reference: 'Location/ward' }, status: 'active' },
          { location: { reference: 'Location/next' }, status: 'planned' },
        ],
      }),
    }),
    'Location/ward',
  ],
  [
    'the location without an end',
    'Encounter.location',
    call({
      visit: encounter({
        location: [
          {
            location: { reference: 'Location/er' },
            period: { start: '2026-10-20T01:00:00Z', end: '2026-10-20T02:00:00Z' },
          },
          { location: { reference: 'Location/ward' }, period: { start: '2026-10-19T01:00:00Z' } },
        ],
      }),
    }),
    'Location/ward',
  ],
  [
    'the location that was entered last, of all that were left',
    'Encounter.location',
    call({
      visit: encounter({
        location: [
          {
            location: { reference: 'Location/late' },
            status: 'completed',
            period: { start: '2026-10-20T02:00:00-05:00' },
          },
          {
            location: { reference: 'Location/early' },
            status: 'completed',
            period: { start: '2026-10-20T06:00:00Z' },
          },
        ],
      }),
    }),
    'Location/late',
  ],
  [
    'the department rather than its bed',
    'Encounter.location',
    call({
      visit: encounter({
        location: [
          {
            location: { reference: 'Location/bed' },
            status: 'active',
            physicalType: { coding: [{ code: 'bd' }] },
          },
          { location: { reference: 'Location/ward' }, status: 'active' },
        ],
      }),
    }),
    'Location/ward',
  ],
  [
    'the organisation of the location',
    'Location.managingOrganization',
    call({
      visit: bundle([
        encounter({ location: [{ location: { reference: 'Location/ward' } }] }),
        {
          resourceType: 'Location',
          id: 'ward',
          managingOrganization: { reference: 'Organization/5' },
        },
        {
          resourceType: 'Location',
          id: 'other',
          managingOrganization: { reference: 'Organization/6' },
        },
      ]),
    }),
    'Organization/5',
  ],
  [
    'the one organisation of several roles',
    'PractitionerRole.organization',
    call({
      roles: bundle([
        role({ organization: { reference: 'Organization/3' } }),
        role({ organization: { reference: 'Organization/3' } }, 'r-2'),
        role({ organization: { reference: 'Organization/4' }, active: false }, 'r-3'),
        role({ organization: { reference: 'Organization/5' } }, 'r-4', 'somebody-else'),
      ]),
    }),
    'Organization/3',
  ],
  [
    'the role that the call names',
    'PractitionerRole.location',
    call(
      {
        roles: bundle(
          [
            role({ location: [{ reference: 'Location/1' }] }),
            role({ location: [{ reference: 'Location/2' }] }, 'r-2'),
          ],
          { link: [{ relation: 'next', url: 'https://ehr.example/fhir?page=2' }] },
        ),
      },
      { userId: 'PractitionerRole/r-2' },
    ),
    'Location/2',
  ],
  [
    'the organisation that looks after the patient',
    'Patient.managingOrganization',
    call({
      patient: {
        resourceType: 'Patient',
        id: planted('mrn', 1),
        managingOrganization: { reference: 'Organization/8' },
      },
    }),
    'Organization/8',
  ],
];

const unresolved: readonly Case[] = [
  ['no prefetch', 'Encounter.serviceProvider', call(null), 'prefetch-missing'],
  ['a prefetch of null', 'Encounter.serviceProvider', call({ visit: null }), 'prefetch-missing'],
  [
    'an OperationOutcome',
    'Encounter.serviceProvider',
    call({ visit: { resourceType: 'OperationOutcome' } }),
    'prefetch-missing',
  ],
  [
    'another encounter',
    'Encounter.serviceProvider',
    call({ visit: encounter(at('Organization/1'), 'e-0') }),
    'prefetch-missing',
  ],
  [
    'an encounter that names nothing',
    'Encounter.serviceProvider',
    call({ visit: encounter({ serviceProvider: { display: 'North' } }) }),
    'element-missing',
  ],
  [
    'a contained organisation without an identifier',
    'Encounter.serviceProvider',
    call({ visit: encounter(at('#o')) }),
    'element-missing',
  ],
  [
    'two encounters that are going on',
    'Encounter.serviceProvider',
    call(
      {
        visits: bundle([
          encounter(at('Organization/1'), 'a'),
          encounter(at('Organization/1'), 'b'),
        ]),
      },
      { encounterId: '' },
    ),
    'ambiguous',
  ],
  [
    'two locations at once',
    'Encounter.location',
    call({
      visit: encounter({
        location: [
          { location: { reference: 'Location/1' }, status: 'active' },
          { location: { reference: 'Location/2' }, status: 'active' },
        ],
      }),
    }),
    'ambiguous',
  ],
  [
    'a location that did not come along',
    'Location.managingOrganization',
    call({ visit: encounter({ location: [{ location: { reference: 'Location/1' } }] }) }),
    'prefetch-missing',
  ],
  [
    'roles in two organisations',
    'PractitionerRole.organization',
    call({
      roles: bundle([
        role({ organization: { reference: 'Organization/3' } }),
        role({ organization: { reference: 'Organization/4' } }, 'r-2'),
      ]),
    }),
    'ambiguous',
  ],
  [
    'roles of which a page is missing',
    'PractitionerRole.organization',
    call({
      roles: bundle([role({ organization: { reference: 'Organization/3' } })], {
        link: [{ relation: 'next', url: 'https://ehr.example/fhir?page=2' }],
      }),
    }),
    'ambiguous',
  ],
  [
    'an organisation that is a person',
    'Encounter.serviceProvider',
    call({ visit: encounter(at(`Practitioner/${clinician}`)) }),
    'person',
  ],
  [
    'an id that is too long',
    'Encounter.serviceProvider',
    call({ visit: encounter(at(`Organization/${'x'.repeat(600)}`)) }),
    'failed',
  ],
];

describe('The practice of a call', () => {
  test.each(resolved)('is %s', (_what, element, request, practice) => {
    const practiceOf = practiceFrom(element);
    expect([practiceOf(request), practiceOf.counts.resolved]).toEqual([practice, 1]);
  });

  test.each(unresolved)('is not known from %s', (_what, element, request, gap) => {
    const practiceOf = practiceFrom(element);
    expect([practiceOf(request), gapOf(practiceOf)]).toEqual([undefined, gap]);
  });

  test('comes through the crosswalk, where several departments are one practice', () => {
    const crosswalk = parseCrosswalk('source,practice\nLocation/1,north\nLocation/2,north\n');
    const practiceOf = practiceFrom('PractitionerRole.location', { crosswalk });
    const works = (...ids: readonly string[]): CdsRequest =>
      call({
        roles: bundle(ids.map((id) => role({ location: [{ reference: `Location/${id}` }] }, id))),
      });
    expect([works('1', '2'), works('9'), works('1', '9')].map(practiceOf)).toEqual([
      'north',
      undefined,
      undefined,
    ]);
    expect(practiceOf.counts).toEqual({
      resolved: 1,
      'prefetch-missing': 0,
      'element-missing': 0,
      ambiguous: 1,
      'not-in-crosswalk': 1,
      person: 0,
      failed: 0,
    } satisfies UnitCounts);
  });

  test('may go by an identifier, in the reference or in what it points to', () => {
    const crosswalk = new Map([['99', 'north']]);
    const practiceOf = practiceFrom('Encounter.serviceProvider', { crosswalk, identifier: npi });
    const organization = {
      resourceType: 'Organization',
      id: '17',
      identifier: [
        { system: 'urn:oid:1.2', value: '1' },
        { system: npi, value: ' 99 ' },
      ],
    };
    const [, own] = organization.identifier;
    const requests = [
      call({ visit: encounter({ serviceProvider: { identifier: own } }) }),
      call({ visit: bundle([encounter(at('Organization/17')), organization]) }),
      call({ visit: encounter(at('Organization/17')), place: organization }),
      call({ visit: encounter(at('Organization/17')) }),
    ];
    expect(requests.map(practiceOf)).toEqual(['north', 'north', 'north', undefined]);
    expect(gapOf(practiceOf)).toBe('element-missing');
  });

  test('may come from the first of several elements that names one', () => {
    const practiceOf = practiceFrom(['Encounter.serviceProvider', 'PractitionerRole.organization']);
    const roles = bundle([role({ organization: { reference: 'Organization/3' } })]);
    expect(practiceOf(call({ roles }, { encounterId: undefined }))).toBe('Organization/3');
    expect(practiceOf(call({ roles, visit: encounter({}) }))).toBe('Organization/3');
    expect(practiceOf(call({ roles, visit: encounter(at('Organization/1')) }))).toBe(
      'Organization/1',
    );
    expect(practiceOf.prefetch).toEqual({
      encounter: 'Encounter/{{context.encounterId}}',
      roles: 'PractitionerRole?practitioner={{userPractitionerId}}',
    });
    expect(practiceOf(call({ visit: encounter({}) }))).toBeUndefined();
    expect(gapOf(practiceOf)).toBe('element-missing');
  });

  test('is that of the clinician by a crosswalk only', () => {
    const crosswalk = new Map([[`Practitioner/${clinician}`, 'north']]);
    expect(practiceFrom('context.userId', { crosswalk })(call(null))).toBe('north');
    expect(() => practiceFrom('context.userId')).toThrow('needs a crosswalk');
    expect(() => practiceFrom('Patient.generalPractitioner')).toThrow('needs a crosswalk');
  });

  test('cannot come from an element that is not known', () => {
    const name: PracticeElement = JSON.parse('"toString"');
    expect(() => practiceFrom(name)).toThrow('must come from Encounter.serviceProvider');
    expect(() => practiceFrom([])).toThrow(TypeError);
  });

  test('is looked for in whatever a client sends without throwing', () => {
    const elements = resolved.map(([, element]) => element);
    const junk = fc.anything({
      maxDepth: 3,
      key: fc.constantFrom(
        'entry',
        'resource',
        'location',
        'reference',
        'status',
        'period',
        'coding',
        'identifier',
        'contained',
        'x',
      ),
    });
    fc.assert(
      fc.property(junk, junk, fc.constantFrom(...elements), (value, other, element) => {
        const practiceOf = practiceFrom(element);
        const mixed = {
          ...encounter({}),
          ...(typeof value === 'object' ? value : {}),
          location: value,
        };
        for (const prefetch of [
          { a: value, b: other },
          { a: { resourceType: 'Bundle', entry: value, link: other } },
          { a: mixed, b: { ...role({}), location: value, organization: other } },
        ]) {
          const practice = practiceOf(call(prefetch));
          expect(practice === undefined || practice.length > 0).toBe(true);
        }
        expect(Object.values(practiceOf.counts).reduce((sum, count) => sum + count, 0)).toBe(3);
      }),
      { numRuns: 300 },
    );
  });

  test('that is not known is served as usual care and counted', async () => {
    const { protocol } = trial;
    const practices = defineTrial({ ...protocol, unit: 'practice' });
    const log = fakeLog(practices);
    const practiceOf = practiceFrom('Encounter.serviceProvider');
    const alert = alertService(log, {
      ...base,
      prefetch: practiceOf.prefetch,
      subject: (request) => ({ ...contextIds(request), practice: practiceOf(request) }),
      cards: ({ arm }) => [card(arm)],
    });
    const { response, reason, randomized } = await alert.answer(call(null), { at: noon });
    expect([response.cards[0]?.summary, reason, randomized]).toEqual([
      'usual',
      'unit-missing',
      false,
    ]);
    const request = call({ encounter: encounter(at('Organization/17')) });
    expect((await alert.answer(request, { at: noon })).randomized).toBe(true);
    expect([alert.counters.unitMissing, practiceOf.counts.resolved]).toEqual([1, 1]);
  });
});

describe('A crosswalk', () => {
  test('takes columns in either order, empty lines, quotes and every script', () => {
    const text = '\uFEFFpractice,source\r\nNord,Organization/1\r\n\r\n"北, Süd","Location/2"\r\n';
    expect([...parseCrosswalk(text)]).toEqual([
      ['Organization/1', 'Nord'],
      ['Location/2', '北, Süd'],
    ]);
  });

  test.each([
    ['nothing', '', 'is empty'],
    ['a header only', 'source,practice\n', 'holds no source'],
    ['other columns', 'id,practice\na,b\n', 'row 1: must be "source,practice"'],
    ['semicolons', 'source;practice\na;b\n', 'must be "source,practice"'],
    [
      'a source twice',
      'source,practice\na,x\nb,x\na,x\n',
      'row 4: names the source of row 2 again',
    ],
    ['a conflict', 'source,practice\na,x\na,y\n', 'row 3: names the source of row 2 for another'],
    ['a missing value', 'source,practice\na,\n', 'row 2, column "practice": is empty'],
    ['white space', 'source,practice\n a,x\n', 'column "source": has white space at an end'],
    ['too many values', 'source,practice\na,x,y\n', 'has 3 value(s) for the 2 column(s)'],
    ['an open quote', 'source,practice\n"a,x\n', 'never closed'],
    [
      'practices that look alike',
      'source,practice\na,North\nb,north\n',
      'looks like that of row 2',
    ],
    ['another encoding', 'source,practice\na,S\uFFFDd\n', 'UTF-8'],
  ])('is refused with %s', (_what, text, message) => {
    expect(() => parseCrosswalk(text)).toThrow(ImportError);
    expect(() => parseCrosswalk(text)).toThrow(message);
  });

  test('is refused without repeating an id', () => {
    const source = planted('clinician', 3);
    expect(() => parseCrosswalk(`source,practice\n${source},a\n${source},b\n`)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(source) }),
    );
  });
});

describe('A practice from a FHIRPath expression', () => {
  const prefetch = { encounter: 'Encounter/{{context.encounterId}}' };
  const sent = (elements: object): CdsRequest => call({ encounter: encounter(elements) });

  test.each<[string, string, object, string]>([
    ['a reference', '%encounter.serviceProvider', at('Organization/17'), 'Organization/17'],
    [
      'the text of one',
      '%encounter.serviceProvider.reference',
      at('https://ehr.example/fhir/Organization/17'),
      'Organization/17',
    ],
    [
      'one of several by a condition',
      "%encounter.location.where(status = 'active').location",
      {
        location: [
          { location: { reference: 'Location/1' }, status: 'completed' },
          { location: { reference: 'Location/2' }, status: 'active' },
        ],
      },
      'Location/2',
    ],
    [
      'an identifier',
      "%encounter.identifier.where(system = 'urn:dept')",
      { identifier: [{ system: 'urn:dept', value: '7' }] },
      'urn:dept|7',
    ],
    ['the context', 'facility', {}, 'west'],
    ['the context by its name', '%context.facility', {}, 'west'],
  ])('may be %s', async (_what, expression, elements, practice) => {
    const practiceOf = await fhirPathUnit(expression, { prefetch });
    const request = sent(elements);
    const found = practiceOf({ ...request, context: { ...request.context, facility: 'west' } });
    expect(found).toBe(practice);
  });

  test('may go through what came along', async () => {
    const practiceOf = await fhirPathUnit(
      '%visit.entry.resource.ofType(Encounter).location.location.resolve().managingOrganization',
      { prefetch: { visit: 'Encounter?_id={{context.encounterId}}' } },
    );
    const ward = {
      resourceType: 'Location',
      id: 'w',
      managingOrganization: { reference: 'Organization/5' },
    };
    const visit = bundle([
      encounter({ location: [{ location: { reference: 'Location/w' } }] }),
      ward,
    ]);
    expect(practiceOf(call({ visit }))).toBe('Organization/5');
  });

  test.each<[string, string, CdsRequest, string]>([
    ['missing prefetch', '%encounter.serviceProvider', call({}), 'prefetch-missing'],
    ['a null', '%encounter.serviceProvider', call({ encounter: null }), 'prefetch-missing'],
    ['a missing element', '%encounter.serviceProvider', sent({}), 'element-missing'],
    ['several results', "'a' | 'b'", sent({}), 'ambiguous'],
    ['a number', '1 + 1', sent({}), 'element-missing'],
    ['an unknown variable', '%visit.serviceProvider', sent({}), 'failed'],
    ['an unknown function', '%encounter.nonsense()', sent({}), 'failed'],
    [
      'what would ask a server',
      "%encounter.status.memberOf('http://x.example/vs')",
      sent({}),
      'failed',
    ],
    ['a person', '%context.userId', sent({}), 'person'],
    ['a wrong type', '(1 | 2) + 1', sent({}), 'failed'],
  ])('is not known with %s', async (_what, expression, request, gap) => {
    const practiceOf = await fhirPathUnit(expression, { prefetch });
    expect([practiceOf(request), gapOf(practiceOf)]).toEqual([undefined, gap]);
  });

  test('leaves the call as it was', async () => {
    const practiceOf = await fhirPathUnit('%encounter.serviceProvider | %encounter', { prefetch });
    const request = sent(at('Organization/17'));
    const before = structuredClone(request);
    practiceOf(request);
    expect(Object.getOwnPropertyNames(request.prefetch?.['encounter'])).toEqual(
      Object.getOwnPropertyNames(before.prefetch?.['encounter']),
    );
    expect(request).toEqual(before);
  });

  test('is refused when it is malformed', async () => {
    await expect(fhirPathUnit('%encounter.(')).rejects.toThrow('expression is malformed');
  });

  test('may not take the identifier of a person for that of a practice', async () => {
    const doctor = {
      resourceType: 'Practitioner',
      id: clinician,
      identifier: [{ system: npi, value: planted('clinician', 9) }],
    };
    const request = call({ doctor, encounter: encounter(at(`Practitioner/${clinician}`)) });
    for (const expression of ['%encounter.serviceProvider', '%doctor']) {
      const practiceOf = await fhirPathUnit(expression, {
        prefetch: { ...prefetch, doctor: 'Practitioner/{{userPractitionerId}}' },
        identifier: npi,
      });
      expect([practiceOf(request), gapOf(practiceOf)]).toEqual([undefined, 'person']);
    }
  });
});

describe('A document that says who is randomised', () => {
  const folder = makeFolder();
  afterAll(() => discard(folder));
  writeFileSync(join(folder, 'practices.csv'), 'source,practice\nOrganization/17,north\n');
  writeFileSync(join(folder, 'twice.csv'), 'source,practice\na,b\na,c\n');

  test('resolves practices by an element and a crosswalk beside it', async () => {
    const practiceOf = await unitResolverFrom(
      { practice: { from: 'Encounter.serviceProvider', crosswalk: 'practices.csv' } },
      { folder },
    );
    expect(practiceOf(call({ any: encounter(at('Organization/17')) }))).toBe('north');
    expect(practiceOf.prefetch).toEqual({ encounter: 'Encounter/{{context.encounterId}}' });
  });

  test('resolves practices by an expression', async () => {
    const prefetch = { visit: 'Encounter/{{context.encounterId}}' };
    const practiceOf = await unitResolverFrom({
      practice: { fhirpath: '%visit.serviceProvider', prefetch },
    });
    expect(practiceOf(call({ visit: encounter(at('Organization/17')) }))).toBe('Organization/17');
    expect(practiceOf.prefetch).toEqual(prefetch);
  });

  test.each<[string, unknown, string]>([
    ['nothing', null, '(document)'],
    ['another unit', { clinician: {} }, 'practice'],
    ['no place', { practice: {} }, 'practice.from[0]: must be one of Encounter.serviceProvider'],
    ['an unknown place', { practice: { from: 'Encounter.x' } }, 'practice.from[0]: must be one of'],
    ['an empty list', { practice: { from: [] } }, 'practice.from'],
    ['both ways', { practice: { fhirpath: 'a', from: 'context.userId' } }, 'practice: '],
    ['a bad expression', { practice: { fhirpath: '((' } }, 'practice.fhirpath: The FHIRPath'],
    ['a person', { practice: { from: 'context.userId' } }, 'practice.from: context.userId needs'],
    [
      'no file',
      { practice: { from: 'Encounter.location', crosswalk: 'none.csv' } },
      'practice.crosswalk: cannot be read (ENOENT)',
    ],
    [
      'a bad file',
      { practice: { from: 'Encounter.location', crosswalk: 'twice.csv' } },
      'practice.crosswalk, row 3: names the source',
    ],
  ])('is refused with %s', async (_what, document, message) => {
    const refused = unitResolverFrom(document, { folder });
    await expect(refused).rejects.toThrow(ImportError);
    await expect(unitResolverFrom(document, { folder })).rejects.toThrow(message);
  });
});
