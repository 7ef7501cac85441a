import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ImportError } from '../../src/errors.ts';
import { grouping } from '../../src/import/tables/grouping.ts';
import { openScratch } from '../../src/import/tables/scratch.ts';

describe('Rows of which each patient’s are far apart', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rapidcycle-tables-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('come out together and in their order, whatever the memory holds of them', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(text, fc.constantFrom('a', 'b', '💉')), text)),
        fc.integer({ min: 0, max: 400 }),
        (entries, capacity) => {
          const wanted = new Map<string, string[]>();
          const groups = grouping<string>({ capacity, temporary: folder });
          for (const [key, entry] of entries) {
            wanted.set(key, [...(wanted.get(key) ?? []), entry]);
            groups.add(key, entry);
          }
          expect(new Map(groups.groups())).toEqual(wanted);
          groups.close();
        },
      ),
      { numRuns: 200 },
    );
  });

  test('leave nothing in the folder while they wait there, nor afterwards', () => {
    const groups = grouping<number>({ capacity: 10, temporary: folder });
    for (let index = 0; index < 100; index += 1) groups.add(`person ${index % 7}`, index);
    expect(readdirSync(folder)).toEqual([]);
    expect([...groups.groups()].map(([, entries]) => entries.length).sort((a, b) => a - b)).toEqual(
      [14, 14, 14, 14, 14, 15, 15],
    );
    groups.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('are not written at all when they fit in memory', () => {
    const groups = grouping<number>({ temporary: join(folder, 'not there') });
    groups.add('a', 1);
    expect([...groups.groups()]).toEqual([['a', [1]]]);
    groups.close();
  });

  test('are refused in words when the folder for them is not there', () => {
    const groups = grouping<number>({ capacity: 0, temporary: join(folder, 'not there') });
    expect(() => groups.add('a', 1)).toThrow(ImportError);
    expect(() => groups.add('a', 1)).toThrow(/temporary files cannot be used: ENOENT/);
    groups.close();
  });
});

/** Where a link leads; nowhere when it was closed meanwhile. */
function linkOf(place: string): string {
  try {
    return readlinkSync(place);
  } catch {
    return '';
  }
}

describe('A scratch file', () => {
  test('gives back each text that it took, in any order', () => {
    const scratch = openScratch();
    const texts = ['', 'ä🙂', 'x'.repeat(300_000), 'a\nb'];
    const stretches = texts.map((text) => scratch.write(text));
    expect(stretches.toReversed().map((stretch) => scratch.read(stretch))).toEqual(
      texts.toReversed(),
    );
    scratch.close();
  });

  test('holds nothing that can be read without the key in memory', () => {
    const scratch = openScratch();
    scratch.write('a row of somebody');
    // Its name is gone: the system still shows the process what it has open.
    const open = readdirSync('/proc/self/fd').flatMap((number) => {
      const place = `/proc/self/fd/${number}`;
      const target = linkOf(place);
      return /rapidcycle-\w+\/rows \(deleted\)$/.test(target) ? [readFileSync(place)] : [];
    });
    expect(open.map(({ length }) => length)).toEqual([17 + 16]);
    expect(open[0]?.includes('somebody')).toBe(false);
    scratch.close();
  });

  test('is refused when what it holds was changed', () => {
    const scratch = openScratch();
    const stretch = scratch.write('a row');
    expect(() => scratch.read({ ...stretch, number: 7 })).toThrow();
    expect(() => scratch.read({ ...stretch, at: stretch.at + 1 })).toThrow(/become shorter/);
    scratch.close();
  });
});
