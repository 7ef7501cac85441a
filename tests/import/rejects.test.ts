import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ImportError } from '../../src/errors.ts';
import { openRejects } from '../../src/import/rejects.ts';
import { inFolder } from '../store/place.ts';

const linesOf = (file: string): readonly unknown[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('A file of rejected rows', () => {
  test('holds each row with its line and reason, for its owner only, and counts the reasons', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'rejects.ndjson');
      const rejects = await openRejects(file);
      rejects.add(
        { line: 2, reason: 'is empty', column: 'id', row: { id: '', code: 'A\n"' } },
        'a.csv',
      );
      rejects.add({ line: 5, reason: 'is empty', column: 'id' });
      rejects.add({ line: 9, reason: 'has 3 field(s), and the header 2' });
      await rejects.drained();
      expect(existsSync(file)).toBe(false);
      await rejects.close();
      expect(linesOf(file)).toEqual([
        { file: 'a.csv', line: 2, reason: 'is empty', column: 'id', row: { id: '', code: 'A\n"' } },
        { line: 5, reason: 'is empty', column: 'id' },
        { line: 9, reason: 'has 3 field(s), and the header 2' },
      ]);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(existsSync(`${file}.part`)).toBe(false);
      expect(rejects.count).toBe(3);
      expect(rejects.byReason).toEqual({
        'id: is empty': 2,
        'has 3 field(s), and the header 2': 1,
      });
    }));

  test('is not there when nothing was rejected', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'rejects.ndjson');
      const rejects = await openRejects(file);
      await rejects.close();
      expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false]);
    }));

  test('does not take the place of a file that is there, unless it is told to', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'extract.csv');
      writeFileSync(file, 'precious');
      await expect(openRejects(file)).rejects.toThrow(ImportError);
      await expect(openRejects(file)).rejects.toThrow(/is there already/);
      expect(readFileSync(file, 'utf8')).toBe('precious');
      const rejects = await openRejects(file, { replace: true });
      rejects.add({ line: 1, reason: 'r' });
      await rejects.close();
      expect(linesOf(file)).toEqual([{ line: 1, reason: 'r' }]);
    }));

  test('keeps under its other name what was rejected before an import broke off, for its owner only', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'rejects.ndjson');
      // What an import before has left behind, readable by all, does not lend its mode.
      writeFileSync(`${file}.part`, 'old', { mode: 0o644 });
      const rejects = await openRejects(file);
      rejects.add({ line: 1, reason: 'r' });
      await rejects.abandon();
      expect(linesOf(`${file}.part`)).toEqual([{ line: 1, reason: 'r' }]);
      expect(statSync(`${file}.part`).mode & 0o777).toBe(0o600);
      expect(existsSync(file)).toBe(false);
    }));

  test('takes many rows, and waits for the disk', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'rejects.ndjson');
      const rejects = await openRejects(file);
      for (let line = 1; line <= 20_000; line += 1) {
        rejects.add({ line, reason: 'r', row: { id: 'x'.repeat(50) } });
        if (line % 1_000 === 0) await rejects.drained();
      }
      await rejects.close();
      expect(linesOf(file)).toHaveLength(20_000);
    }));

  test('says so where no file can be made', async () => {
    await expect(openRejects('/nowhere/at/all/r.ndjson')).rejects.toThrow(
      /cannot be written: ENOENT/,
    );
  });
});
