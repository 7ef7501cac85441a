import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

interface Package {
  readonly exports: Readonly<Record<string, unknown>>;
}

const { exports } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as Package;

const entries = Object.keys(exports).filter((entry) => entry !== './package.json');

describe('The public names', () => {
  test.each(entries)('of %s change on purpose only', async (entry) => {
    const found = (await import(entry.replace('.', 'rapidcycle'))) as object;
    expect(Object.keys(found).sort()).toMatchSnapshot();
  });
});
