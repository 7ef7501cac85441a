import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { columnsOf, stratumOf, valueOf } from '../../../src/allocation/randomizers/index.ts';
import { practices } from './practices.ts';

const cluster = (values: Readonly<Record<string, string | number>>, size?: number) => ({
  id: 'ward 7',
  size,
  values,
});

describe('valueOf', () => {
  test('gives what stands in the column, and the expected size for `size`', () => {
    const practice = cluster({ region: 'north', rate: 0, size: 'large' }, 120);
    expect(valueOf(practice, 'region')).toBe('north');
    expect(valueOf(practice, 'rate')).toBe(0);
    expect(valueOf(practice, 'size')).toBe(120);
  });

  test('knows no value where the column is missing, empty, or a property of every object', () => {
    const practice = cluster({ region: '' });
    expect(valueOf(practice, 'region')).toBeUndefined();
    expect(valueOf(practice, 'rate')).toBeUndefined();
    expect(valueOf(practice, 'size')).toBeUndefined();
    expect(valueOf(practice, 'constructor')).toBeUndefined();
  });
});

describe('stratumOf', () => {
  test('is the same for a number and its text, and for no columns at all', () => {
    expect(stratumOf(cluster({ tier: 2 }), ['tier'])).toBe('["2"]');
    expect(stratumOf(cluster({ tier: '2' }), ['tier'])).toBe('["2"]');
    expect(stratumOf(cluster({ tier: 2 }), [])).toBe('[]');
  });

  test('names the cluster and the column that has no value', () => {
    expect(() => stratumOf(cluster({ a: 1 }), ['a', 'b'])).toThrow(
      new RangeError('cluster "ward 7" has no value in the column "b"'),
    );
  });

  test('differs wherever a level differs, whatever characters the levels hold', () => {
    const level = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.string({ minLength: 1, unit: 'binary' }),
      fc.constantFrom('","', '["a"]', 'é', 'e\u0301', '\ud800', '\\', ','),
    );
    fc.assert(
      fc.property(fc.array(level, { minLength: 4, maxLength: 4 }), ([a, b, c, d]) => {
        const one = stratumOf(cluster({ x: a ?? 'a', y: b ?? 'b' }), ['x', 'y']);
        const other = stratumOf(cluster({ x: c ?? 'a', y: d ?? 'b' }), ['x', 'y']);
        expect(one === other).toBe(a === c && b === d);
      }),
    );
    expect(stratumOf(cluster({ x: 'a,b', y: 'c' }), ['x', 'y'])).not.toBe(
      stratumOf(cluster({ x: 'a', y: 'b,c' }), ['x', 'y']),
    );
  });
});

describe('columnsOf', () => {
  const clusters = practices(4, {
    location: ['U', 'R', 'R', 'U'],
    income: ['Low', 'High', 'Med', 'Low'],
    rate: ['12.5', '-3', '.5', '1e2'],
  });

  test('leaves out the first level in the order of code units and keeps a weight for each dummy', () => {
    const columns = columnsOf(clusters, [
      { name: 'location', kind: 'categorical' },
      { name: 'income', kind: 'categorical', weight: 3 },
      { name: 'rate', weight: 0.5 },
    ]);
    expect(columns).toStrictEqual({
      names: ['location = U', 'income = Low', 'income = Med', 'rate'],
      weights: [1, 3, 3, 0.5],
      values: [
        Float64Array.of(1, 0, 0, 1),
        Float64Array.of(1, 0, 0, 1),
        Float64Array.of(0, 0, 1, 0),
        Float64Array.of(12.5, -3, 0.5, 100),
      ],
    });
  });

  test('takes the size as a covariate', () => {
    const sized = clusters.map((own, i) => ({ ...own, size: 10 + i }));
    expect(columnsOf(sized, [{ name: 'size' }]).values).toStrictEqual([
      Float64Array.of(10, 11, 12, 13),
    ]);
  });

  test.each(['1,5', '12 %', '0x10', 'Infinity', 'many', '1 2', '.', '1e', '1e999'])(
    'refuses the number %j by cluster and column',
    (text) => {
      const odd = practices(2, { rate: [1, text] });
      expect(() => columnsOf(odd, [{ name: 'rate' }])).toThrow(RangeError);
      expect(() => columnsOf(odd, [{ name: 'rate' }])).toThrow(
        `cluster "p1" has ${JSON.stringify(text)} in the column "rate", which must be a finite number`,
      );
    },
  );

  test.each(['7', ' 7 ', '+7', '7.', '7.0', '70e-1', '0.7E+1'])('reads %j as 7', (text) => {
    const clusters = practices(2, { rate: [1, text] });
    expect(columnsOf(clusters, [{ name: 'rate' }]).values[0]).toStrictEqual(Float64Array.of(1, 7));
  });

  test('refuses missing values, numbers that are none, columns that do not vary and no covariates', () => {
    const bad = practices(2, { nan: [Number.NaN, 1], same: [3, '3.0'], level: ['a', 'a'] });
    const columns = (name: string, kind?: 'categorical') => () => columnsOf(bad, [{ name, kind }]);
    expect(columns('beds')).toThrow('cluster "p0" has no value in the column "beds"');
    expect(columns('beds', 'categorical')).toThrow('cluster "p0" has no value');
    expect(columns('nan')).toThrow('finite number');
    expect(columns('same')).toThrow('all clusters have the same value in the column "same"');
    expect(columns('level', 'categorical')).toThrow('all clusters have the same value');
    expect(() => columnsOf(bad, [])).toThrow('at least one covariate');
  });

  test.each([0, -1, Number.NaN, Infinity])('refuses the weight %d', (weight) => {
    expect(() => columnsOf(clusters, [{ name: 'rate', weight }])).toThrow(
      'the weight of the covariate "rate" must be above 0',
    );
  });
});
