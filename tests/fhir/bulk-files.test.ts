import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { FhirError } from '../../src/errors.ts';
import { bulkFiles } from '../../src/fhir/bulk/bulk-files.ts';
import { bundleFiles } from '../../src/fhir/bulk/bundle-files.ts';
import type { ResourceFiles } from '../../src/fhir/bulk/resource-files.ts';
import type { Resource } from '../../src/fhir/r4.ts';
import { planted } from '../planted.ts';
import { inFolder } from '../store/place.ts';
import { ndjson } from './bulk-server.ts';

async function found(files: ResourceFiles, type = 'Patient'): Promise<readonly Resource[]> {
  const resources: Resource[] = [];
  for await (const each of files.search(type)) resources.push(each);
  return resources;
}

const idsIn = async (files: ResourceFiles, type?: string): Promise<readonly unknown[]> =>
  (await found(files, type)).map(({ id }) => id);

/** Files of a folder, by name. */
async function given(
  folder: string,
  contents: Readonly<Record<string, string | Buffer>>,
): Promise<void> {
  for (const [name, content] of Object.entries(contents)) {
    await writeFile(join(folder, name), content);
  }
}

describe('a folder of NDJSON', () => {
  test('is read by type, packed or not, with any line ends, in order of names', async () => {
    await inFolder(async (folder) => {
      await given(folder, {
        'Patient.000.ndjson': `\uFEFF${ndjson('Patient', ['a', 'b']).replaceAll('\n', '\r\n')}\r\n`,
        'Patient.001.ndjson.gz': gzipSync(ndjson('Patient', ['c'])),
        '2.Encounter.ndjson': ndjson('Encounter', ['e']),
        'everything.ndjson': ndjson('Patient', ['d']) + ndjson('Encounter', ['f']),
        'last-line-without-end_Patient.ndjson': '{"resourceType":"Patient","id":"g"}',
        'notes.txt': 'not read',
      });
      const files = await bulkFiles(folder);
      expect(await idsIn(files)).toEqual(['a', 'b', 'c', 'd', 'g']);
      expect(await idsIn(files, 'Encounter')).toEqual(['e', 'f']);
      expect(await idsIn(files, 'Immunization')).toEqual([]);
      expect(files.transactionTime).toBeUndefined();
      expect(files.rejects.count).toBe(0);
    });
  });

  test('may hold the line ends of Unicode inside its texts', async () => {
    await inFolder(async (folder) => {
      const patient = {
        resourceType: 'Patient',
        id: 'a',
        note: 'one\u2028two\u2029three\u0085four',
      };
      await given(folder, { 'Patient.ndjson': `${JSON.stringify(patient)}\n` });
      expect(await found(await bulkFiles(folder))).toEqual([patient]);
    });
  });

  test('gives what can be read, and says by file and line what cannot, once', async () => {
    await inFolder(async (folder) => {
      const mark = 'content-not-repeated';
      await given(folder, {
        'Patient.ndjson': [
          '{"resourceType":"Patient","id":"a"}',
          `{"resourceType":"Patient","id":"${mark}"`,
          '',
          '[]',
          'null',
          '{"resourceType":"Encounter","id":"e"}',
          '{"resourceType":"Patient","id":7}',
          '{"resourceType":"Patient","id":"b"}',
          '{"resourceType":"Pat',
        ].join('\n'),
        'mixed.ndjson': '{"resourceType":"Encounter","id":"e"}\noops\n',
      });
      const files = await bulkFiles(folder);
      for (let pass = 0; pass < 2; pass += 1) {
        expect(await idsIn(files)).toEqual(['a', 'b']);
        expect(await idsIn(files, 'Encounter')).toEqual(['e']);
      }
      const lines = files.rejects.first.map(({ file, line, reason }) => [file, line, reason]);
      expect(lines).toEqual([
        ['Patient.ndjson', 2, 'no JSON'],
        ['Patient.ndjson', 4, 'no resource'],
        ['Patient.ndjson', 5, 'no resource'],
        ['Patient.ndjson', 6, 'no Patient'],
        ['Patient.ndjson', 7, 'no resource'],
        ['Patient.ndjson', 9, 'no JSON'],
        ['mixed.ndjson', 2, 'no JSON'],
      ]);
      expect(files.rejects.count).toBe(7);
      expect(JSON.stringify(files)).not.toContain(mark);
    });
  });

  test('of which one file is no gzip ends with an error that names it', async () => {
    await inFolder(async (folder) => {
      const whole = gzipSync(
        ndjson(
          'Patient',
          Array.from({ length: 9_000 }, (_, id) => `p${id}`),
        ),
      );
      await given(folder, { 'Patient.ndjson.gz': whole.subarray(0, whole.length - 9) });
      await expect(idsIn(await bulkFiles(folder))).rejects.toThrow(
        /Patient\.ndjson\.gz in .* cannot be read on after line \d+/,
      );
    });
  });

  test('can be left early, and read again', async () => {
    await inFolder(async (folder) => {
      await given(folder, { 'Patient.ndjson': ndjson('Patient', ['a', 'b', 'c']) });
      const files = await bulkFiles(folder);
      for await (const { id } of files.search('Patient')) {
        expect(id).toBe('a');
        break;
      }
      expect(await idsIn(files)).toEqual(['a', 'b', 'c']);
    });
  });

  test('is not searched for some of its resources', async () => {
    await inFolder(async (folder) => {
      await given(folder, { 'Patient.ndjson': ndjson('Patient', ['a']) });
      const files = await bulkFiles(folder);
      const search = async (params: Readonly<Record<string, string | number | undefined>>) => {
        for await (const { id } of files.search('Patient', params)) expect(id).toBe('a');
      };
      await search({ _count: 5, _sort: '_id', '_include:iterate': 'x', patient: undefined });
      for (const name of [
        'patient',
        'date',
        '_id',
        '_lastUpdated',
        '_has:Observation:patient:code',
      ]) {
        await expect(search({ [name]: planted('mrn', 82) })).rejects.toThrow(
          new RegExp(`cannot be searched by ${name}$`),
        );
      }
    });
  });

  test.each([
    [{}, /holds no NDJSON/],
    [{ 'export.json': '{}' }, /damaged/],
    [{ 'a.json': '{}' }, /holds no NDJSON/],
  ])('that cannot be used is refused: %j', async (contents, message) => {
    await inFolder(async (folder) => {
      await given(folder, contents);
      const error = await bulkFiles(folder).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(FhirError);
      expect(String(error)).toMatch(message);
      await expect(bulkFiles(join(folder, 'none'))).rejects.toThrow(/cannot be read \(ENOENT\)/);
    });
  });
});

describe('a folder of Bundles', () => {
  const bundle = (...entry: readonly object[]): string =>
    JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });

  test('is read by type, with the references inside each bundle resolved', async () => {
    await inFolder(async (folder) => {
      await given(folder, {
        'one.json': bundle(
          { fullUrl: 'urn:uuid:a-1', resource: { resourceType: 'Patient' } },
          {
            fullUrl: 'urn:uuid:e-1',
            resource: {
              resourceType: 'Encounter',
              id: 'own',
              subject: { reference: 'urn:uuid:a-1' },
              participant: [{ individual: { reference: 'Practitioner?identifier=x|1' } }],
              partOf: { reference: 'urn:uuid:elsewhere' },
            },
          },
        ),
        'two.json': bundle({
          fullUrl: 'https://ehr.example/fhir/Patient/b',
          resource: {
            resourceType: 'Patient',
            id: 'b',
            link: [{ other: { reference: 'urn:uuid:a-1' } }],
          },
        }),
      });
      const files = await bundleFiles(folder);
      expect(await found(files)).toEqual([
        { resourceType: 'Patient', id: 'a-1' },
        // What another bundle calls so is not what is meant here.
        { resourceType: 'Patient', id: 'b', link: [{ other: { reference: 'urn:uuid:a-1' } }] },
      ]);
      expect(await found(files, 'Encounter')).toEqual([
        {
          resourceType: 'Encounter',
          id: 'own',
          subject: { reference: 'Patient/a-1' },
          participant: [{ individual: { reference: 'Practitioner?identifier=x|1' } }],
          partOf: { reference: 'urn:uuid:elsewhere' },
        },
      ]);
    });
  });

  test('gives what can be read, and says by file what cannot, once', async () => {
    await inFolder(async (folder) => {
      const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
      await given(folder, {
        'a.json': '{"resourceType":"Bundle"',
        'b.json': '{"resourceType":"Patient","id":"p"}',
        'c.json': '{"resourceType":"Bundle","entry":{}}',
        'd.json': bundle({}, { resource: { resourceType: 'Patient', id: 'good' } }),
        'e.json': `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","x":${deep}}}]}`,
        'f.json': '{"resourceType":"Bundle"}',
      });
      const files = await bundleFiles(folder);
      expect(await idsIn(files)).toEqual(['good']);
      expect(await idsIn(files)).toEqual(['good']);
      expect(files.rejects.first.map(({ file, reason }) => [file, reason])).toEqual([
        ['a.json', 'no JSON'],
        ['b.json', 'no Bundle'],
        ['c.json', 'a Bundle whose entries are not a list'],
        ['d.json', 'a Bundle of which an entry holds no resource'],
        ['e.json', 'nested too deeply'],
      ]);
      expect(files.rejects.count).toBe(5);
    });
  });

  test('that holds none is refused', async () => {
    await inFolder(async (folder) => {
      await expect(bundleFiles(folder)).rejects.toThrow(/no file ends in \.json/);
    });
  });

  // R4 transaction bundles that others wrote.
  const sample = process.env['RAPIDCYCLE_FHIR_SAMPLE'] ?? '';
  const there = existsSync(sample) ? test : test.skip;
  there('of Synthea gives each resource, linked (skipped where the sample is absent)', async () => {
    const files = await bundleFiles(sample);
    const types = ['Patient', 'Encounter', 'MedicationRequest', 'Immunization'];
    const counted = new Map<string, number>();
    for (const name of readdirSync(sample).filter((each) => each.endsWith('.json'))) {
      const { entry } = JSON.parse(readFileSync(join(sample, name), 'utf8')) as {
        entry: readonly { resource: { resourceType: string } }[];
      };
      for (const { resource } of entry) {
        counted.set(resource.resourceType, (counted.get(resource.resourceType) ?? 0) + 1);
      }
    }
    const patients = new Set(await idsIn(files));
    for (const type of types) {
      const resources = await found(files, type);
      expect(resources).toHaveLength(counted.get(type) ?? 0);
      for (const { subject, patient } of resources) {
        const { reference } = (subject ?? patient ?? {}) as { reference?: string };
        if (type !== 'Patient') expect(patients).toContain(reference?.replace('Patient/', ''));
      }
    }
    expect(patients.size).toBe(25);
    expect(files.rejects.count).toBe(0);
  });
});
