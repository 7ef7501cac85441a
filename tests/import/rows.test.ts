import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ImportError } from '../../src/errors.ts';
import { readRows } from '../../src/import/rows.ts';
import { inFolder } from '../store/place.ts';
import { put, readAll } from './reading.ts';

const columns = ['id', 'code'];

describe('A reader of CSV', () => {
  test('gives the columns that were asked for, with the line on which each row begins', () =>
    inFolder(async (folder) => {
      const file = put(
        folder,
        'a.csv',
        'id,text,code\n1,x,A\n2,"two\nlines",B\n\n3,"a ""b"", c",C\n',
      );
      const { rows, rejected, error } = await readAll(file, { columns: ['code', 'id', 'text'] });
      expect(error).toBeUndefined();
      expect(rejected).toEqual([]);
      expect(rows).toEqual([
        { line: 2, fields: { code: 'A', id: '1', text: 'x' } },
        { line: 3, fields: { code: 'B', id: '2', text: 'two\nlines' } },
        { line: 6, fields: { code: 'C', id: '3', text: 'a "b", c' } },
      ]);
    }));

  test.each([
    ['line breaks of Windows', 'id,code\r\n1,A\r\n2,B\r\n'],
    ['line breaks of both kinds', 'id,code\r\n1,A\n2,B\r\n'],
    ['no line break at the end', 'id,code\n1,A\n2,B'],
    ['a byte order mark', '\uFEFFid,code\n1,A\n2,B\n'],
    ['a header in another case, with blanks', ' ID ,Code\n1,A\n2,B\n'],
    ['empty lines in front', '\n\nid,code\n1,A\n2,B\n'],
    ['a quoted header', '"id","code"\n1,A\n2,B\n'],
  ])('reads a file with %s', (_, text) =>
    inFolder(async (folder) => {
      const { rows, error } = await readAll(put(folder, 'a.csv', text), { columns });
      expect(error).toBeUndefined();
      expect(rows.map(({ fields }) => fields)).toEqual([
        { id: '1', code: 'A' },
        { id: '2', code: 'B' },
      ]);
    }),
  );

  test('takes a tab for the delimiter by the name, and any character where it is told', () =>
    inFolder(async (folder) => {
      const tab = await readAll(put(folder, 'a.TSV.gz', gzipSync('id\tcode\n1\tA,B\n')), {
        columns,
      });
      expect(tab.rows[0]?.fields).toEqual({ id: '1', code: 'A,B' });
      const bar = await readAll(put(folder, 'a.txt', 'id|code\n1|A\n'), {
        columns,
        delimiter: '|',
      });
      expect(bar.rows[0]?.fields).toEqual({ id: '1', code: 'A' });
    }));

  test('rejects a row that has more or fewer fields than the header, and reads the rest', () =>
    inFolder(async (folder) => {
      const file = put(folder, 'a.csv', 'id,code\n1\n2,B\n3,C,D\n4,\n');
      const { rows, rejected } = await readAll(file, { columns });
      expect(rows.map(({ line }) => line)).toEqual([3, 5]);
      expect(rejected).toEqual([
        { line: 2, reason: 'has 1 field(s), and the header 2', row: { id: '1', code: '' } },
        { line: 4, reason: 'has 3 field(s), and the header 2', row: { id: '3', code: 'C' } },
      ]);
    }));

  test('lets a quote in the middle of a field stand for itself, and loses no row to it', () =>
    inFolder(async (folder) => {
      const file = put(folder, 'a.csv', 'id,code\n1,5" pipe\n2,"x"y\n3,C\n');
      const { rows, error } = await readAll(file, { columns });
      expect(error).toBeUndefined();
      expect(rows.map(({ fields }) => fields['code'])).toEqual(['5" pipe', '"x"y', 'C']);
    }));

  test('says where a quote is opened that is never closed, and gives the rows before it', () =>
    inFolder(async (folder) => {
      const file = put(folder, 'a.csv', 'id,code\n1,A\n2,"B\n3,C\n4,D\n');
      const { rows, error } = await readAll(file, { columns });
      expect(rows.map(({ line }) => line)).toEqual([2]);
      expect(error).toBeInstanceOf(ImportError);
      expect(String(error)).toMatch(/a\.csv: line 3: a quote .* never closed/);
    }));

  test('stops at a row without an end, however long the file', () =>
    inFolder(async (folder) => {
      const file = put(folder, 'a.csv', `id,code\n1,A\n2,"${'x'.repeat(3_000_000)}`);
      const { rows, error } = await readAll(file, { columns });
      expect(rows.map(({ line }) => line)).toEqual([2]);
      expect(String(error)).toMatch(/line 3: the row is longer than 1048576 characters/);
    }));

  test('rejects a row with a NUL character', () =>
    inFolder(async (folder) => {
      const filler = 'x'.repeat(300);
      const file = put(folder, 'a.csv', `id,code\n1,${filler}\n2,B\0\n3,C\n`);
      const { rows, rejected } = await readAll(file, { columns });
      expect(rows.map(({ line }) => line)).toEqual([2, 4]);
      expect(rejected).toMatchObject([{ line: 3, reason: 'holds a NUL character' }]);
    }));

  test.each([
    ['Windows-1252', Buffer.from([0x69, 0x64, 0x0a, 0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72, 0x0a])],
    ['UTF-16', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('id,code\n', 'utf16le')])],
    ['UTF-16', Buffer.from('id,code\n1,A\n', 'utf16le')],
  ])('refuses a file that is %s and no UTF-8, and says how to convert it', (name, bytes) =>
    inFolder(async (folder) => {
      const { error } = await readAll(put(folder, 'a.csv', bytes), { columns: ['id'] });
      expect(error).toBeInstanceOf(ImportError);
      expect(String(error)).toMatch(new RegExp(`iconv -f ${name}(?:LE)? -t UTF-8`, 'i'));
    }),
  );

  test.each([
    ['a new Excel file', Buffer.from('PK\u0003\u0004 and so on')],
    ['an old one', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1])],
  ])('refuses %s, and says how to save it', (_, bytes) =>
    inFolder(async (folder) => {
      const { error } = await readAll(put(folder, 'a.csv', bytes), { columns: ['id'] });
      expect(error).toBeInstanceOf(ImportError);
      expect(String(error)).toMatch(/Excel file: .*save it as CSV in UTF-8/);
    }),
  );

  test('reads files that were put together, each by its own header', () =>
    inFolder(async (folder) => {
      const parts = [
        'id,code,note\n1,A,x\n',
        '\uFEFFid,code,note\n2,B,y\n',
        'Note,CODE,id,code2\nz,C,3,w\n',
      ];
      const text = parts.join('').replace('CODE', 'code');
      const { rows, rejected } = await readAll(put(folder, 'a.csv', text), { columns });
      expect(rejected).toEqual([]);
      expect(rows.map(({ line, fields }) => [line, fields['id'], fields['code']])).toEqual([
        [2, '1', 'A'],
        [4, '2', 'B'],
        [6, '3', 'C'],
      ]);
    }));

  test('rejects a row whose quote swallows the row behind it, though it has as many fields', () =>
    inFolder(async (folder) => {
      const text = 'id,code,note\n1,A,"he said\n2,B,"x"\n3,C,y\n';
      const odd = 'id,note,code\n1,"he said,A\n2,"x",B\n3,y,C\n';
      for (const [content, line] of [
        [text, 2],
        [odd, 2],
      ] as const) {
        const { rows, rejected } = await readAll(put(folder, 'a.csv', content), { columns });
        expect(rows.map(({ fields }) => fields['id'])).toEqual(['3']);
        expect(rejected).toMatchObject([
          { line, reason: expect.stringMatching(/quote .* not closed/) },
        ]);
      }
    }));

  test('reads characters of several bytes that two chunks share', () =>
    inFolder(async (folder) => {
      const names = Array.from({ length: 60_000 }, (_, index) => `${'x'.repeat(index % 7)}é漢😀`);
      const text = `id\n${names.join('\n')}\n`;
      const { rows, error } = await readAll(put(folder, 'a.csv', text), { columns: ['id'] });
      expect(error).toBeUndefined();
      expect(rows.map(({ fields }) => fields['id'])).toEqual(names);
    }));

  test.each([
    ['is not there', undefined, /a\.csv: is not there/],
    ['is empty', '', /is empty: its first line must name the columns/],
    ['holds nothing but its mark', '\uFEFF', /is empty/],
    [
      'lacks a column',
      'id,other\n',
      /lacks the column\(s\) "code": its first line names "id", "other"/,
    ],
    ['begins with data', 'P1,x\n', /names none of the columns that are wanted, but 2 others$/m],
    ['has another delimiter', 'id;code\n', /seem to be parted by a semicolon/],
    ['has a column twice', 'id,code,Code\n', /has the column "code" twice/],
  ])('says so when the file %s', (_, text, message) =>
    inFolder(async (folder) => {
      const file = text === undefined ? `${folder}/a.csv` : put(folder, 'a.csv', text);
      const { error } = await readAll(file, { columns });
      expect(error).toBeInstanceOf(ImportError);
      expect(String(error)).toMatch(message);
    }),
  );

  test('says so when the file is a folder', () =>
    inFolder(async (folder) => {
      const { error } = await readAll(folder, { columns });
      expect(String(error)).toMatch(/is a folder/);
    }));

  test('reads a column that may be missing where it is there', () =>
    inFolder(async (folder) => {
      const file = put(folder, 'a.csv', 'id,code\n1,A\n');
      const { rows } = await readAll(file, { columns: ['id'], optional: ['code', 'none'] });
      expect(rows[0]?.fields).toEqual({ id: '1', code: 'A' });
    }));

  test('comes in batches of up to 1,000, and tells how far it is', () =>
    inFolder(async (folder) => {
      const lines = Array.from({ length: 30_000 }, (_, index) => `${index},A`);
      const text = `id,code\n${lines.join('\n')}\n`;
      const file = put(folder, 'a.csv', text);
      const { batches, rows } = await readAll(file, { columns });
      expect(Math.max(...batches)).toBeLessThanOrEqual(1_000);
      expect(rows).toHaveLength(30_000);
      const reader = readRows(file, { columns, onReject: () => undefined });
      let last = 0;
      for await (const batch of reader) {
        expect(batch.length).toBeGreaterThan(0);
        expect(reader.bytesRead).toBeGreaterThanOrEqual(last);
        last = reader.bytesRead;
      }
      expect([last, reader.bytesTotal]).toEqual([text.length, text.length]);
    }));

  test('ends when its signal is aborted', () =>
    inFolder(async (folder) => {
      const file = put(folder, 'a.csv', `id,code\n${'1,A\n'.repeat(200_000)}`);
      const controller = new AbortController();
      let seen = 0;
      const reading = async (): Promise<void> => {
        const { signal } = controller;
        for await (const batch of readRows(file, { columns, signal, onReject: () => undefined })) {
          seen += batch.length;
          controller.abort(new Error('enough'));
        }
      };
      await expect(reading()).rejects.toThrow('enough');
      expect(seen).toBeLessThan(200_000);
    }));

  test('refuses a delimiter that is none', () => {
    const read = (delimiter: string) => () =>
      readRows('a.csv', { columns, delimiter, onReject: () => undefined });
    for (const delimiter of ['', '||', '"', '\n']) expect(read(delimiter)).toThrow(/one character/);
  });

  test('reads any texts back that are written by RFC 4180', () =>
    inFolder(async (folder) => {
      const cell = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''));
      const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
      let number = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }),
          fc.constantFrom('\n', '\r\n'),
          async (table, lineBreak) => {
            const lines = [['id', 'code'], ...table].map((row) => row.map(quoted).join(','));
            const file = put(folder, `${(number += 1)}.csv`, lines.join(lineBreak));
            const { rows, rejected } = await readAll(file, { columns });
            expect(rejected).toEqual([]);
            expect(rows.map(({ fields }) => [fields['id'], fields['code']])).toEqual(table);
          },
        ),
        { numRuns: 60 },
      );
    }));
});

describe('A reader of compressed files', () => {
  test('reads them by what they begin with, whatever their name', () =>
    inFolder(async (folder) => {
      const file = put(folder, 'a.csv', gzipSync('id,code\n1,A\n'));
      const { rows } = await readAll(file, { columns });
      expect(rows).toEqual([{ line: 2, fields: { id: '1', code: 'A' } }]);
    }));

  test('says so when one is cut off', () =>
    inFolder(async (folder) => {
      const whole = gzipSync(
        `id,code\n${Array.from({ length: 5_000 }, (_, i) => `${i},${i * i}\n`).join('')}`,
      );
      const file = put(folder, 'a.csv.gz', whole.subarray(0, whole.length >> 1));
      const { error } = await readAll(file, { columns });
      expect(error).toBeInstanceOf(ImportError);
      expect(String(error)).toMatch(/not whole/);
    }));
});

describe('A reader of NDJSON', () => {
  test('reads keys and dotted paths, numbers and truth values, and takes null for nothing', () =>
    inFolder(async (folder) => {
      const file = put(
        folder,
        'a.ndjson',
        '\uFEFF{"id":1,"patient":{"id":"p"},"a.b":true}\r\n\n{"id":"2","patient":{"id":null}}\n',
      );
      const { rows, error } = await readAll(file, { columns: ['id', 'patient.id', 'a.b'] });
      expect(error).toBeUndefined();
      expect(rows).toEqual([
        { line: 1, fields: { id: '1', 'patient.id': 'p', 'a.b': 'true' } },
        { line: 3, fields: { id: '2', 'patient.id': '', 'a.b': '' } },
      ]);
    }));

  test('rejects lines that are no objects, lists, and numbers that are not exact, and reads the rest', () =>
    inFolder(async (folder) => {
      const file = put(
        folder,
        'a.jsonl',
        '{"id":\n[1]\nnull\n{"id":[1]}\n{"id":12345678901234567890}\n{"id":"6"}\n',
      );
      const { rows, rejected } = await readAll(file, { columns: ['id'] });
      expect(rows).toEqual([{ line: 6, fields: { id: '6' } }]);
      expect(rejected.map(({ line, reason, column }) => [line, reason, column])).toEqual([
        [1, 'is no JSON', undefined],
        [2, 'is no JSON object', undefined],
        [3, 'is no JSON object', undefined],
        [4, expect.stringMatching(/not a list/), 'id'],
        [5, expect.stringMatching(/too large to be read exactly/), 'id'],
      ]);
    }));

  test('says so when no line has a column that must be there', () =>
    inFolder(async (folder) => {
      const file = put(folder, 'a.ndjson', '{"id":1}\n{"id":2}\n');
      const { error } = await readAll(file, { columns });
      expect(String(error)).toMatch(/has no line with "code"/);
    }));

  test('stops at a line without an end', () =>
    inFolder(async (folder) => {
      const file = put(folder, 'a.ndjson', `{"id":1}\n{"id":"${'x'.repeat(2_000_000)}`);
      const { rows, error } = await readAll(file, { columns: ['id'] });
      expect(rows).toHaveLength(1);
      expect(String(error)).toMatch(/line 2: the line is longer/);
    }));
});
