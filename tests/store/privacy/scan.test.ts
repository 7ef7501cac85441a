import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { ScanOptions, ScanReport } from '../../../src/store/scan/scan.ts';
import { plantedSearcher } from '../../../src/store/scan/planted.ts';
import { scan } from '../../../src/store/scan/scan.ts';
import { openLog, openStore } from '../../../src/store/index.ts';
import { hour, nine, trial } from '../fixtures.ts';
import { inFolder } from '../place.ts';

/** Scans files of these contents, in a folder of their own. */
async function scanned(
  contents: Readonly<Record<string, string | Uint8Array>>,
  options: ScanOptions = {},
): Promise<ScanReport> {
  return inFolder(async (folder) => {
    for (const [name, content] of Object.entries(contents)) {
      await writeFile(join(folder, name), content);
    }
    return scan([folder], options);
  });
}

const identifier = "Sought-MRN-0042 O'Zoë";

describe('A planted identifier', () => {
  const utf8 = Buffer.from(identifier, 'utf8');
  test.each<readonly [string, string | Uint8Array, string]>([
    ['as it is', identifier, 'utf-8'],
    ['in other letters', identifier.toUpperCase(), 'utf-8'],
    ['in UTF-16', Buffer.from(identifier, 'utf16le'), 'utf-16'],
    ['hexadecimal', utf8.toString('hex'), 'hexadecimal'],
    ['hexadecimal, in capitals', utf8.toString('hex').toUpperCase(), 'hexadecimal'],
    ['base64', utf8.toString('base64'), 'base64'],
    ['base64 one byte on', Buffer.concat([Buffer.from('x'), utf8]).toString('base64'), 'base64'],
    ['base64url two bytes on', Buffer.from(`xx${identifier}yy`).toString('base64url'), 'base64'],
    ['percent-encoded', encodeURIComponent(identifier), 'percent'],
    [
      'percent-encoded as of a form',
      encodeURIComponent(identifier).replaceAll('%20', '+'),
      'percent',
    ],
    ['escaped as in JSON', identifier.replace('ë', '\\u00eb'), 'json'],
    ['escaped as in HTML', identifier.replace("'", '&#39;'), 'html'],
  ])('is found when it is written %s', async (_how, written, form) => {
    const before = 'nothing of interest; ';
    const content = Buffer.concat([Buffer.from(before), Buffer.from(written), Buffer.from(' end')]);
    const report = await scanned({ 'a.bin': content }, { planted: ['another one', identifier] });
    expect(report.found).toEqual({ planted: 1 });
    expect(report.findings).toEqual([
      expect.objectContaining({ kind: 'planted', planted: 2, form }),
    ]);
    const [found] = report.findings;
    const at = found?.offset ?? 0;
    expect(at - before.length).toBeGreaterThanOrEqual(0);
    expect(at - before.length).toBeLessThan(4);
    expect(JSON.stringify(report)).not.toMatch(/0042/);
  });

  test('is found wherever in a file it stands, once, across the ends of what is read at once', async () => {
    const size = 1_048_576;
    const places = [0, size - 700, size - 530, size - 11, size + 100, 2 * size - 521, 2 * size - 3];
    const content = Buffer.alloc(2 * size + 100, '.');
    for (const place of places) content.write(identifier, place, 'utf8');
    const report = await scanned({ big: content }, { planted: [identifier] });
    expect(report.findings.map(({ offset }) => offset)).toEqual(places);
    expect(report.bytes).toBe(content.length);
  }, 30_000);

  test('is found if and only if it is there, whatever else is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-cA-C]{0,30}$/), { minLength: 1, maxLength: 8 }),
        fc.stringMatching(/^[a-c]{6,8}$/),
        (texts, planted) => {
          const content = texts.join(' ');
          const found: number[] = [];
          plantedSearcher([planted]).search(Buffer.from(content), ({ start, form }) => {
            if (form === 'utf-8') found.push(start);
          });
          const places: number[] = [];
          const folded = content.toLowerCase();
          for (let at = folded.indexOf(planted); at !== -1; at = folded.indexOf(planted, at + 1)) {
            places.push(at);
          }
          expect(found).toEqual(places);
        },
      ),
    );
  });

  test('is found in what is compressed, also where that is cut off', async () => {
    const text = `${'line\n'.repeat(10_000)}${identifier}\n`;
    // Long enough that what follows does not fit in the same block.
    const whole = gzipSync(text + randomBytes(200_000).toString('hex'));
    const rows = parquetWriteBuffer({
      columnData: [
        { name: 'count', data: [1n, 2n, 3n], type: 'INT64' },
        { name: 'who', data: ['nobody', `${'nobody '.repeat(500)}${identifier}`, 'nobody'] },
      ],
    });
    for (const [name, content, expanded] of [
      ['log.gz', whole, text.length - 2 - identifier.length],
      ['cut.gz', whole.subarray(0, whole.length - 1_000), text.length - 2 - identifier.length],
      ['day.parquet', new Uint8Array(rows), undefined],
    ] as const) {
      const report = await scanned({ [name]: content }, { planted: [identifier] });
      const found = report.findings.filter((each) => each.expanded === true);
      expect(found).toHaveLength(1);
      if (expanded !== undefined) expect(found[0]?.offset).toBe(expanded + 1);
      expect(report.unseen).toHaveLength(name === 'cut.gz' ? 1 : 0);
    }
  });

  test('is found in the name of a file, which is then not told', async () => {
    const report = await scanned(
      { 'of sought-mrn-0042.txt': 'x' },
      { planted: ['sought-mrn-0042'] },
    );
    expect(report.findings).toEqual([
      expect.objectContaining({ offset: null, kind: 'planted', planted: 1 }),
    ]);
    expect(report.findings[0]?.file).toMatch(/of \*{15}\.txt$/);
  });

  test.each([['p-123'], [''], ['x'.repeat(2_000)], ['\ud800 lone']])(
    'is refused when it could be found by chance or not at all: %#',
    async (planted) => {
      await expect(scan([], { planted: [identifier, planted] })).rejects.toThrow(
        /planted identifier 2/,
      );
    },
  );
});

describe('What looks like an identifier', () => {
  test.each([
    ['social-security-number', 'SSN 219-09-9999'],
    ['email', '"mail":"jo.doe+x@mail.example.org"'],
    ['phone', 'tel:(212) 555-0123'],
    ['phone', 'call 212-555-0123 now'],
    ['phone', 'call 212.555.0123.'.slice(0, -1)],
    ['phone', '+1 212 555 0123'],
    ['phone', '"+442079460958"'],
    ['nhs-number', '943 476 5919'],
    ['nhs-number', 'NHS number: 9434765919'],
    ['record-number', 'MRN: 0012345'],
    ['record-number', '{"mrn":"12345"}'],
    ['record-number', 'Medical record number 123456'],
    ['fhir-reference', '"reference":"Patient/p-17"'],
    ['fhir-reference', 'https://example.org/fhir/Encounter/8a7b'],
    ['birth-date', '"birthDate": "1970-03-30"'],
    ['birth-date', 'DOB 3/30/1970'],
  ])('is found: %s in %s', async (kind, text) => {
    const report = await scanned({ text });
    expect(report.found).toEqual({ [kind]: 1 });
    expect(JSON.stringify(report)).not.toMatch(/1234|5919|9999|0123|1970|doe/);
  });

  test.each([
    [
      'a social security number that none can have',
      '666-12-3456 900-12-3456 123-00-1234 000-12-3456',
    ],
    ['an NHS number with a wrong check digit', '943 476 5918'],
    ['a part of a UUID', '018f2120-5550-7123-8000-0123456789ab 12345678-219-09-9999-1'],
    ['a range of numbers', '1-219-09-9999 v219-09-9999'],
    ['an instant', '1793000000000 2026-10-06T09:00:00.000+05:30 2026-10-06'],
    ['a version of a package', 'lru-cache@11.2.2 @jest/globals@30.5.2'],
    ['words with a stroke', 'Patient/Practice Encounter/visit Patient/{{context.patientId}}'],
    ['a path of a drawing', 'M 212 555 0123 L 120.5 300.25 212.555'],
    ['a rule of a style sheet', '@media print{a@b}'],
    ['a column', 'birthDate TEXT, mrn TEXT, 12345'],
  ])('is not %s', async (_what, text) => {
    expect((await scanned({ text })).findings).toEqual([]);
  });

  test('is not a pseudonym, a hash, a UUID or an instant', async () => {
    const lines = Array.from({ length: 10_000 }, (_line, index) =>
      JSON.stringify({
        id: randomUUID(),
        patient: randomBytes(16).toString('base64url'),
        fingerprint: randomBytes(32).toString('hex'),
        seed: randomBytes(32).toString('base64'),
        at: 1_790_000_000_000 + index * 7_919,
        share: Math.sin(index),
      }),
    );
    expect((await scanned({ lines: lines.join('\n') })).findings).toEqual([]);
  });

  test('may be left out by kind, and allowed by text', async () => {
    const text = 'office@example.org or 212-555-0123 or jo@example.org';
    const all = await scanned({ text });
    expect(all.found).toEqual({ email: 2, phone: 1 });
    const some = await scanned({ text }, { without: ['phone'], allowed: ['office@example.org'] });
    expect(some.found).toEqual({ email: 1 });
    await expect(scan([], { without: ['name' as never] })).rejects.toThrow(
      /"name" is no kind.*social-security-number/,
    );
  });
});

describe('A scan', () => {
  test('counts what it does not keep, and says how far it is', async () => {
    const text = 'MRN 12345 '.repeat(50);
    const progress: number[] = [];
    const report = await scanned(
      { one: text, two: text },
      { keep: 20, onProgress: ({ bytes }) => void progress.push(bytes) },
    );
    expect(report.findings).toHaveLength(20);
    expect(report.found).toEqual({ 'record-number': 100 });
    expect(progress).toEqual([500, 1_000]);
    expect(report).toMatchObject({ files: 2, bytes: 1_000, unseen: [] });
  });

  test('goes through folders in folders, and says what it has not seen', async () => {
    await inFolder(async (folder) => {
      const at = (...names: readonly string[]): string => join(folder, ...names);
      await mkdir(at('a', 'b'), { recursive: true });
      await writeFile(at('a', 'b', 'found'), 'MRN 12345');
      await symlink(at('a'), at('link'));
      await writeFile(at('packed.zip'), Buffer.from('504b030414000000', 'hex'));
      await writeFile(at('broken.parquet'), 'PAR1 and no more');
      const report = await scan([folder]);
      expect(report.findings.map(({ file }) => file)).toEqual([at('a', 'b', 'found')]);
      expect(report.unseen).toEqual([
        { file: at('broken.parquet'), why: expect.stringMatching(/cannot be read/) },
        { file: at('link'), why: 'is a link' },
        { file: at('packed.zip'), why: expect.stringMatching(/compressed \(zip\)/) },
      ]);
      await expect(scan([at('nowhere')])).rejects.toMatchObject({ code: 'ERR_USAGE' });
      await expect(scan(folder as never)).rejects.toThrow(/not one text/);
    });
  });

  test('finds nothing in a ledger of random pseudonyms, and what is put into it by hand', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'ledger.db');
      await using store = await openStore(file);
      const log = await openLog(trial, store, { now: () => nine + hour, capacity: 50_000 });
      const planted = Array.from({ length: 1_000 }, (_person, index) => `sought-mrn-${index}-x`);
      for (const patient of planted) {
        const clinician = `Practitioner/${patient}`;
        log.impression(log.assign({ patient, clinician, encounter: patient }, { at: nine }), {
          stage: 'displayed',
          alert: 'influenza',
          at: nine,
        });
      }
      await log.close();
      const clean = await scan([folder], { planted });
      expect(clean.findings).toEqual([]);
      expect(clean.bytes).toBeGreaterThan(400_000);

      const bytes = await readFile(file);
      await truncate(file, bytes.length - 4_096);
      await writeFile(join(folder, 'dump'), Buffer.concat([bytes, Buffer.from('sought-mrn-77-x')]));
      const { findings } = await scan([join(folder, 'dump')], { planted });
      expect(findings).toEqual([
        expect.objectContaining({ kind: 'planted', planted: 78, offset: bytes.length }),
      ]);
    });
  }, 30_000);
});
