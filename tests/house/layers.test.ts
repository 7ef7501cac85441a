import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

/** What each room may import besides itself. `types` after a room means its types only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  stats: [],
  trial: ['errors'],
  allocation: ['errors', 'trial', 'stats'],
  events: ['errors', 'trial'],
  store: ['errors', 'trial', 'allocation', 'events'],
  'cds-hooks': ['errors', 'trial', 'allocation', 'events', 'store'],
  intake: ['errors', 'trial', 'allocation', 'events', 'store'],
  fhir: ['errors', 'trial', 'allocation', 'events', 'store', 'intake'],
  import: ['errors', 'trial', 'allocation', 'events', 'store', 'intake'],
  analysis: ['errors', 'trial', 'allocation', 'events', 'stats', 'store types'],
  plan: ['errors', 'trial', 'allocation', 'analysis', 'stats'],
  report: ['analysis', 'stats types', 'store types'],
  simulate: ['errors', 'trial', 'allocation', 'events', 'store', 'stats'],
  index: ['errors', 'trial', 'allocation', 'events'],
  cli: [
    'errors',
    'stats',
    'trial',
    'allocation',
    'events',
    'store',
    'cds-hooks',
    'intake',
    'fhir',
    'import',
    'analysis',
    'plan',
    'report',
    'simulate',
  ],
};

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly types: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.split(sep).join('/'));

const statement =
  /^(?:import|export)\s+(type\s)?(?:[^'"]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

const imports: readonly Import[] = files.flatMap((file) =>
  [...readFileSync(join(src, file), 'utf8').matchAll(statement)].map((match) => ({
    file,
    specifier: match[2] ?? match[3] ?? '',
    types: match[1] !== undefined,
  })),
);

const roomOf = (file: string): string =>
  file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '');

function target({ file, specifier }: Import): string {
  return roomOf(
    relative(src, resolve(dirname(join(src, file)), specifier))
      .split(sep)
      .join('/'),
  );
}

const inside = imports.filter(({ specifier }) => specifier.startsWith('.'));
const packages = imports.filter(({ specifier }) => !specifier.startsWith('.'));

describe('The layering', () => {
  test('reads the imports of every file', () => {
    expect(files.length).toBeGreaterThan(60);
    expect(inside.length).toBeGreaterThan(150);
  });

  test('is kept: each room imports only from the rooms below it', () => {
    const broken = inside.filter((each) => {
      const from = roomOf(each.file);
      const to = target(each);
      const rooms = allowed[from] ?? [];
      return from !== to && !rooms.includes(to) && !(each.types && rooms.includes(`${to} types`));
    });
    expect(broken.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  test('keeps the statistical methods free of trials, ledgers and rows', () => {
    const methods = inside.filter(({ file }) => file.startsWith('analysis/methods/'));
    const broken = methods.filter(({ file, specifier }) => {
      const to = relative(src, resolve(dirname(join(src, file)), specifier))
        .split(sep)
        .join('/');
      return !/^(stats\/index|analysis\/estimable|analysis\/methods\/.*)\.ts$/.test(to);
    });
    expect(methods.length).toBeGreaterThan(2);
    expect(broken.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  test('keeps the mathematics free of Node, packages, clocks and unseeded randomness', () => {
    const stats = files.filter((file) => roomOf(file) === 'stats');
    expect(packages.filter(({ file }) => roomOf(file) === 'stats')).toEqual([]);
    for (const file of stats) {
      expect(readFileSync(join(src, file), 'utf8')).not.toMatch(
        /Math\.random|Date\.now|new Date|process\.|globalThis/,
      );
    }
  });

  test.each([
    ['murmurhash', 1],
    ['uuid', 1],
    ['fhir-kit-client', 1],
    ['better-sqlite3', 1],
    ['pg', 1],
    ['canonicalize', 1],
    ['csv-parse/sync', 1],
    ['hyparquet-writer', 1],
    ['hyparquet', 1],
    ['jose', 2],
    ['split2', 2],
    ['csv-parse', 1],
    ['fhirpath', 1],
    ['prom-client', 1],
  ])('lets one file import %s', (name, count) => {
    const importers = new Set(
      packages
        .filter(({ specifier, types }) => specifier === name && !types)
        .map(({ file }) => file),
    );
    expect([...importers]).toHaveLength(count);
  });

  test('makes a logger in the command only', () => {
    const makers = packages
      .filter(({ specifier, types }) => specifier === 'pino' && !types)
      .map(({ file }) => roomOf(file));
    expect(new Set(makers)).toEqual(new Set(['cli']));
  });

  test('names every file it imports', () => {
    expect(
      inside
        .filter(({ specifier }) => !specifier.endsWith('.ts'))
        .map(({ file, specifier }) => `${file}: ${specifier}`),
    ).toEqual([]);
  });
});
