import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AllocationError } from '../../../src/errors.ts';
import type { ClusterList } from '../../../src/allocation/clusters/index.ts';
import { clustersFrom, parseClusters } from '../../../src/allocation/clusters/index.ts';
import type { AllocationMethod } from '../../../src/trial/allocation-plan.ts';
import {
  complete,
  constrained,
  minimised,
  optionsFor,
  paired,
  problemsIn,
  stratified,
} from './given.ts';

const read = (text: string, method: AllocationMethod = complete): ClusterList =>
  parseClusters(text, { format: 'json', ...optionsFor(method) });

describe('A JSON file of clusters', () => {
  test('is a list of flat objects', () => {
    const text = `\uFEFF[
      { "id": "a", "size": 120, "region": "N", "rate": 0.5 },
      { "rate": 1, "id": "b", "region": 7, "size": 80, "note": "x" },
      { "id": "c", "size": 80, "region": "N", "rate": "2" },
      { "id": "d", "size": 80, "region": "7", "rate": 2, "note": null }
    ]`;
    expect(read(text, constrained)).toEqual({
      waves: [
        [
          { id: 'a', size: 120, values: { region: 'N', rate: 0.5 } },
          { id: 'b', size: 80, values: { region: '7', rate: 1, note: 'x' } },
          { id: 'c', size: 80, values: { region: 'N', rate: 2 } },
          { id: 'd', size: 80, values: { region: '7', rate: 2 } },
        ],
      ],
      warnings: [],
    });
  });

  test('gives the same clusters as a CSV file of them', () => {
    const csv = 'id,size,rate,region\na,1,0.5,1\nb,2,1.5,2\nc,3,7,1\nd,4,0,2\n';
    const rows = [
      { id: 'a', size: 1, rate: 0.5, region: 1 },
      { id: 'b', size: 2, rate: 1.5, region: 2 },
      { id: 'c', size: 3, rate: 7, region: 1 },
      { id: 'd', size: 4, rate: 0, region: 2 },
    ];
    expect(read(JSON.stringify(rows), constrained)).toEqual(
      parseClusters(csv, { format: 'csv', ...optionsFor(constrained) }),
    );
  });

  test.each([
    ['{ "id": "a" }', 'an object'],
    ['"a"', '"a"'],
    ['null', 'null'],
    ['12', '12'],
    ['true', 'true'],
  ])('is refused as %s', (text, what) => {
    expect(problemsIn(() => read(text))).toEqual([
      {
        path: '',
        message: `must be a list of clusters such as [{ "id": "…", "size": 120 }], got ${what}`,
      },
    ]);
  });

  test('is refused where it is empty', () => {
    expect(problemsIn(() => read('[]'))).toEqual([{ path: '', message: 'holds no cluster' }]);
  });

  test('is refused where it is not JSON, by its line where that is known', () => {
    expect(problemsIn(() => read('[\n{"id": "secret"},\n{"id": "b" "size": 1}]'))).toEqual([
      { path: '', message: 'is not JSON: see line 3' },
    ]);
    expect(problemsIn(() => read('[{"id": "secret"}'))[0]?.message).toMatch(/^is not JSON/);
    expect(problemsIn(() => read(''))).toEqual([{ path: '', message: 'is not JSON: it is empty' }]);
    expect(problemsIn(() => read('secret'))).toEqual([
      { path: '', message: 'is not JSON: there is a "s" where none may be' },
    ]);
  });

  test('is refused where an entry is no object, by its index', () => {
    const what = 'must be an object such as { "id": "…", "size": 120 }, got';
    expect(
      problemsIn(() => read('[{"id": "a"}, "b", null, ["c"], {"id": "d"}, {"id": "a"}]')),
    ).toEqual([
      { path: '[1]', message: `${what} "b"` },
      { path: '[2]', message: `${what} null` },
      { path: '[3]', message: `${what} a list` },
      { path: '[5].id', message: 'is the id in [0] again: each cluster stands there once' },
    ]);
    const holes: unknown[] = [{ id: 'a' }];
    holes[2] = { id: 'b' };
    expect(problemsIn(() => clustersFrom(holes, optionsFor(complete)))[0]).toEqual({
      path: '[1]',
      message: `${what} undefined`,
    });
  });

  test('is refused where a key is missing in all or in some', () => {
    expect(problemsIn(() => read('[{}, {}, {}, {}]'))).toEqual([
      { path: '', message: 'has no column "id" (or "practice") with the ids of the clusters' },
    ]);
    const rows =
      '[{"id": "a"}, {"id": "b", "region": "N"}, {"region": "N"}, {"id": "d", "region": "N"}]';
    expect(problemsIn(() => read(rows, stratified))).toEqual([
      {
        path: '[0].region',
        message: 'is missing: `strata` of the method needs it of every cluster',
      },
      { path: '[2].id', message: 'is empty: each cluster needs its id' },
    ]);
    expect(
      problemsIn(() => read('[{"id": "a"}, {"id": "b", "Region": "N"}]', stratified))[0],
    ).toEqual({
      path: '[1].Region',
      message: 'differs from the column "region" only in letter case: write "region"',
    });
  });

  test('is refused with a thousand problems at most', () => {
    const rows = (count: number): readonly object[] =>
      Array.from({ length: count }, (_, i) => ({ id: `c${i}`, size: 0 }));
    expect(problemsIn(() => clustersFrom(rows(1000), optionsFor(complete)))).toHaveLength(1000);
    const problems = problemsIn(() => clustersFrom(rows(1002), optionsFor(complete)));
    expect(problems).toHaveLength(1001);
    expect(problems.at(-1)).toEqual({ path: '', message: 'and 2 more' });
  });
});

const methods = [
  complete,
  constrained,
  { ...constrained, wave: 'type', strata: ['pair'] },
  minimised,
  stratified,
  paired,
] as const;

const name = fc.constantFrom(
  'id',
  'practice',
  'size',
  'rate',
  'region',
  'type',
  'pair',
  'Size',
  '',
);
const text = fc.oneof(
  fc.constantFrom(
    'a',
    'A',
    'b',
    ' a',
    'a\u200B',
    '1',
    '2',
    '1,5',
    '',
    'NA',
    '12 %',
    '\n',
    '"',
    '\uD800',
  ),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const cell = fc.oneof(text, fc.integer({ min: -1, max: 3 }), fc.anything());

describe('Whatever is given', () => {
  const attempt = (make: () => ClusterList): ClusterList | undefined => {
    try {
      return make();
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(AllocationError);
      const { problems } = thrown as AllocationError;
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.every(({ message }) => message !== '')).toBe(true);
      return undefined;
    }
  };

  test('is accepted or refused with an AllocationError', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...methods),
        fc.oneof(fc.anything(), fc.array(fc.oneof(fc.dictionary(name, cell), fc.anything()))),
        (method, value) => {
          attempt(() => clustersFrom(value, optionsFor(method)));
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each(['csv', 'json'] as const)(
    'as %s is accepted or refused with an AllocationError',
    (format) => {
      const csv = fc
        .array(fc.array(fc.oneof(name, text), { maxLength: 4 }).map((cells) => cells.join(',')))
        .map((lines) => lines.join('\n'));
      const json = fc.oneof(fc.json(), fc.string());
      fc.assert(
        fc.property(
          fc.constantFrom(...methods),
          format === 'csv' ? fc.oneof(csv, fc.string({ unit: 'binary' })) : json,
          (method, file) => {
            attempt(() => parseClusters(file, { format, ...optionsFor(method) }));
          },
        ),
        { numRuns: 500 },
      );
    },
  );

  test('is given back the same where it is accepted, from either form', () => {
    const word = fc.stringMatching(/^[a-z][a-zé ,"\n]{0,5}[a-z]$/);
    const number = fc.double({ min: 0.001, max: 1e6, noNaN: true });
    const row = fc.record({
      size: number,
      rate: number,
      region: fc.constantFrom('N', 'S'),
      note: word,
    });
    const quoted = (value: string | number): string => `"${String(value).replaceAll('"', '""')}"`;
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(row, { minLength: 4, maxLength: 12 }), (rows) => {
        const all = rows.map((each, i) => ({ id: `c${i}`, ...each }));
        const file = [
          'id,size,rate,region,note',
          ...all.map((each) => Object.values(each).map(quoted).join(',')),
        ].join('\r\n');
        const from = (): ClusterList => clustersFrom(all, optionsFor(constrained));
        const parsed = attempt(() =>
          parseClusters(file, { format: 'csv', ...optionsFor(constrained) }),
        );
        expect(parsed?.waves).toEqual(attempt(from)?.waves);
        if (parsed === undefined) return;
        accepted += 1;
        expect(parsed.waves).toEqual([
          all.map(({ id, size, ...values }) => ({ id, size, values })),
        ]);
        const again = parsed.waves.flat().map(({ values, ...rest }) => ({ ...rest, ...values }));
        expect(clustersFrom(again, optionsFor(constrained)).waves).toEqual(parsed.waves);
      }),
      { numRuns: 60 },
    );
    expect(accepted).toBeGreaterThan(20);
  });
});
