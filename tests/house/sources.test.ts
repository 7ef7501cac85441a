import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

/** The index files whose functions compute a statistic. */
const indexes = [
  'stats/index.ts',
  ...readdirSync(join(src, 'analysis/methods'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('index.ts'))
    .map((file) => join('analysis/methods', file)),
];

interface Documented {
  readonly name: string;
  readonly file: string;
  /** The comment before the declaration and, for a record of functions, those inside it. */
  readonly comments: string;
}

function declarationOf(name: string, file: string): Documented {
  const text = readFileSync(join(src, file), 'utf8');
  const found = new RegExp(
    `(/\\*\\*(?:(?!\\*/)[^])*\\*/)\\s*export (?:async )?(?:const|function) ${name}\\b`,
  ).exec(text);
  if (found === null) return { name, file, comments: '' };
  const after = text.slice(found.index + found[0].length);
  const end = after.search(/\n\}|\n\n\/\*\*/);
  const inside = /^\s*=\s*\{/.test(after) || after.startsWith(': {') ? after : after.slice(0, end);
  return { name, file, comments: (found[1] ?? '') + inside };
}

/** Every function that an index gives away, with what its documentation says. */
const documented: readonly Documented[] = indexes.flatMap((index) =>
  [
    ...readFileSync(join(src, index), 'utf8').matchAll(/export \{([^}]+)\} from '([^']+)'/g),
  ].flatMap((match) =>
    (match[1] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => declarationOf(name, join(dirname(index), match[2] ?? ''))),
  ),
);

/** Plain tools of arithmetic: what they do is their name, and no paper is theirs. */
const plain: ReadonlySet<string> = new Set([
  'identity',
  'inverse',
  'multiply',
  'matrixFrom',
  'rowsOfMatrix',
  'transpose',
  'zeros',
]);

describe('The documentation of every statistic', () => {
  test('is read', () => {
    expect(documented.length).toBeGreaterThan(25);
  });

  test.each(documented.filter(({ name }) => !plain.has(name)))(
    'of $name gives a source and the call of R, or says that R has none',
    ({ comments }) => {
      const text = comments.replaceAll(/\s*\n\s*\*\s*/g, ' ');
      expect(text).toMatch(/\b(1[89]|20)\d\d\b|DLMF|Golub/);
      expect(text).toMatch(/In R[: ,]|R's|R has no|R package|`[A-Za-z.]+::/);
    },
  );
});
