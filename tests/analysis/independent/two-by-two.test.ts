import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { twoByTwo } from '../../../src/analysis/methods/independent/index.ts';
import { expectClose, made } from './expectations.ts';
import { named, reference } from './reference.ts';

describe('The two-by-two table', () => {
  const tables = reference.comparisons.filter(({ level }) => level === 0.95);

  test.each(tables.map((each) => [named(each), each] as const))(
    'of %s has the p values of R',
    (_, expected) => {
      const { arm, control } = expected;
      const of = (
        test: 'chi-squared' | 'yates' | 'fisher',
        alternative: 'two-sided' | 'less' | 'greater' = 'two-sided',
      ) => twoByTwo(arm, control, { test, alternative });
      const fisher = made(of('fisher'));
      expect(fisher.chiSquared).toBeUndefined();
      expectClose(fisher.pValue, expected.pFisher, { rel: 1e-9, abs: 0 });
      expectClose(fisher.smallestExpected, expected.smallestExpected);
      expectClose(made(of('fisher', 'less')).pValue, expected.pFisherLess, { rel: 1e-9, abs: 0 });
      expectClose(made(of('fisher', 'greater')).pValue, expected.pFisherGreater, {
        rel: 1e-9,
        abs: 0,
      });
      if (expected.pChiSquared === 'NaN') {
        for (const test of ['chi-squared', 'yates'] as const) {
          expect(of(test)).toEqual({
            estimable: false,
            reason: expect.stringContaining('same outcome'),
            instead: expect.stringContaining('fisher'),
          });
        }
        return;
      }
      const pearson = made(of('chi-squared'));
      expectClose(pearson.chiSquared ?? Number.NaN, expected.chiSquared);
      expectClose(pearson.pValue, expected.pChiSquared);
      expectClose(pearson.smallestExpected, expected.smallestExpected);
      expect(twoByTwo(arm, control)).toEqual({ estimable: true, ...pearson });
      expectClose(made(of('yates')).chiSquared ?? Number.NaN, expected.yates);
      expectClose(made(of('yates')).pValue, expected.pYates);
      expectClose(made(of('chi-squared', 'less')).pValue, expected.pLess);
      expectClose(made(of('chi-squared', 'greater')).pValue, expected.pGreater);
      expectClose(made(of('yates', 'less')).pValue, expected.pYatesLess);
    },
  );

  test('is not tested when an arm has no units', () => {
    const none = { successes: 0, n: 0 };
    const some = { successes: 1, n: 2 };
    for (const test of ['chi-squared', 'yates', 'fisher'] as const) {
      for (const pair of [[none, some] as const, [some, none] as const]) {
        expect(twoByTwo(...pair, { test })).toEqual({
          estimable: false,
          reason: 'an arm has no units',
        });
      }
    }
  });

  test('refuses what is no count', () => {
    const good = { successes: 1, n: 2 };
    expect(() => twoByTwo({ successes: 3, n: 2 }, good)).toThrow(RangeError);
    expect(() => twoByTwo(good, { successes: 0.5, n: 2 })).toThrow(/successes/);
  });

  test('says a very small p value, and quickly, of a very large table', () => {
    const arms = [
      { successes: 400_000, n: 1_000_000 },
      { successes: 395_000, n: 1_000_000 },
    ] as const;
    const { pValue } = made(twoByTwo(...arms, { test: 'fisher' }));
    // fisher.test(rbind(c(4e5, 6e5), c(395e3, 605e3)))$p.value
    expectClose(pValue, 5.08248956861741e-13, { rel: 1e-7, abs: 0 });
    expectClose(made(twoByTwo(...arms)).pValue, pValue, { rel: 0.02 });
  });

  test('by Fisher adds every table with these margins that is no likelier', () => {
    const choose = (n: number, k: number): number =>
      k < 0 || k > n ? 0 : k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k;
    const count = fc.integer({ min: 0, max: 14 });
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        fc.pre(a + b > 0 && c + d > 0);
        const [n1, n2, s] = [a + b, c + d, a + c];
        const weights = Array.from({ length: s + 1 }, (_, k) => choose(n1, k) * choose(n2, s - k));
        const total = weights.reduce((x, y) => x + y, 0);
        const limit = (weights[a] ?? 0) * (1 + 1e-7);
        const expected = weights.filter((w) => w <= limit).reduce((x, y) => x + y, 0) / total;
        const { pValue } = made(
          twoByTwo({ successes: a, n: n1 }, { successes: c, n: n2 }, { test: 'fisher' }),
        );
        expectClose(pValue, expected, { rel: 1e-10 });
      }),
    );
  });
});
