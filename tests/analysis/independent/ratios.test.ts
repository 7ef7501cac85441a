import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ProportionCounts } from '../../../src/analysis/methods/independent/index.ts';
import { oddsRatio, riskRatio } from '../../../src/analysis/methods/independent/index.ts';
import { expectClose, expectInterval, made } from './expectations.ts';
import { named, reference } from './reference.ts';

const isPositive = (value: unknown): boolean => Number(value) > 0 && Number.isFinite(Number(value));

/** The two ratios asked in the same words: `plain` is the score interval without N/(N - 1). */
interface Asked {
  readonly method?: 'miettinen-nurminen' | 'plain' | 'wald' | undefined;
  readonly level?: number | undefined;
}

const ratios = [
  {
    name: 'The risk ratio',
    ratioOf: (arm: ProportionCounts, control: ProportionCounts, { method, level }: Asked = {}) =>
      riskRatio(arm, control, { method: method === 'plain' ? 'koopman' : method, level }),
    keys: {
      plain: 'ratioKoopman',
      corrected: 'ratioMN',
      point: 'ratio',
      wald: 'ratioWald',
      pWald: 'pRatioWald',
    },
  },
  {
    name: 'The odds ratio',
    ratioOf: (arm: ProportionCounts, control: ProportionCounts, { method, level }: Asked = {}) =>
      oddsRatio(arm, control, { method: method === 'plain' ? 'score' : method, level }),
    keys: {
      plain: 'oddsScore',
      corrected: 'oddsMN',
      point: 'odds',
      wald: 'oddsWald',
      pWald: 'pOddsWald',
    },
  },
] as const;

describe.each(ratios)('$name', ({ ratioOf, keys }) => {
  test.each(
    reference.comparisons
      .filter((each) => each[keys.corrected] !== null)
      .map((each) => [named(each), each] as const),
  )('of %s has the limits and p values of R', (_, expected) => {
    const { arm, control, level } = expected;
    const result = made(ratioOf(arm, control, { level }));
    expectClose(result.estimate, expected[keys.point]);
    expectInterval(result, expected[keys.corrected] ?? undefined);
    const allAlike = expected.pChiSquared === 'NaN';
    expectClose(result.pValue, allAlike ? 1 : expected.pCorrected);
    expect(ratioOf(arm, control, { method: 'miettinen-nurminen', level })).toEqual({
      estimable: true,
      ...result,
    });
    const uncorrected = made(ratioOf(arm, control, { method: 'plain', level }));
    expectInterval(uncorrected, expected[keys.plain] ?? undefined);
    expectClose(uncorrected.pValue, allAlike ? 1 : expected.pChiSquared);
    expect(Math.sign(uncorrected.statistic)).toBe(Math.sign(expected.difference));
    const log = ratioOf(arm, control, { method: 'wald', level });
    if (isPositive(expected[keys.wald][0]) && expected[keys.wald][0] !== expected[keys.wald][1]) {
      expectInterval(made(log), expected[keys.wald]);
      expectClose(made(log).pValue, expected[keys.pWald]);
    } else {
      expect(log).toEqual({
        estimable: false,
        reason: expect.stringContaining('a count of 0'),
        instead: expect.stringContaining('miettinen-nurminen'),
      });
    }
  });

  test('has limits at 95 % by Miettinen and Nurminen unless told otherwise', () => {
    const arms = [
      { successes: 56, n: 70 },
      { successes: 48, n: 80 },
    ] as const;
    expect(ratioOf(...arms)).toEqual(
      ratioOf(...arms, { method: 'miettinen-nurminen', level: 0.95 }),
    );
  });

  test('without successes in the arm runs from 0, without any in the control to infinity', () => {
    const none = { successes: 0, n: 40 };
    const some = { successes: 7, n: 30 };
    const below = made(ratioOf(none, some));
    expect([below.estimate, below.lower]).toEqual([0, 0]);
    expect(below.upper).toBeGreaterThan(0.1);
    expect(below.upper).toBeLessThan(1);
    expect(below.statistic).toBeLessThan(0);
    const above = made(ratioOf(some, none));
    expect([above.estimate, above.upper]).toEqual([Infinity, Infinity]);
    expectClose(above.lower, 1 / below.upper);
    expectClose(above.pValue, below.pValue);
  });

  test('without successes in either arm is not estimated', () => {
    expect(ratioOf({ successes: 0, n: 5 }, { successes: 0, n: 9 })).toEqual({
      estimable: false,
      reason: expect.stringContaining('nothing is known'),
      instead: expect.stringContaining('proportionDifference'),
    });
  });

  test('is not estimated when an arm has no units', () => {
    const none = { successes: 0, n: 0 };
    const some = { successes: 1, n: 2 };
    for (const pair of [[none, some] as const, [some, none] as const]) {
      expect(ratioOf(...pair)).toEqual({ estimable: false, reason: 'an arm has no units' });
    }
  });

  test('refuses what is no count and no level', () => {
    const good = { successes: 1, n: 2 };
    expect(() => ratioOf({ successes: 3, n: 2 }, good)).toThrow(RangeError);
    expect(() => ratioOf(good, { successes: -1, n: 2 })).toThrow(/successes/);
    expect(() => ratioOf(good, good, { level: 1 })).toThrow(/level/);
  });

  test('is the reciprocal when the arms are swapped', () => {
    const arm = fc
      .record({
        n: fc.integer({ min: 1, max: 400 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      })
      .map(({ n, share }) => ({ n, successes: Math.round(share * n) }));
    fc.assert(
      fc.property(
        arm,
        arm,
        fc.constantFrom('miettinen-nurminen' as const, 'plain' as const),
        (a, b, method) => {
          const there = ratioOf(a, b, { method });
          const back = ratioOf(b, a, { method });
          expect(there.estimable).toBe(back.estimable);
          if (!there.estimable || !back.estimable) return;
          expectClose(there.lower, 1 / back.upper, { rel: 1e-7 });
          expectClose(there.upper, 1 / back.lower, { rel: 1e-7 });
          expectClose(there.pValue, back.pValue);
          expect(there.lower).toBeLessThanOrEqual(there.estimate * (1 + 1e-9));
          expect(there.upper).toBeGreaterThanOrEqual(there.estimate * (1 - 1e-9));
          if (Math.abs(there.pValue - 0.05) > 1e-6) {
            expect(there.lower > 1 || there.upper < 1).toBe(there.pValue < 0.05);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

test('The odds ratio of arms in which everybody had the outcome is not estimated; the risk ratio is', () => {
  const all = [
    { successes: 5, n: 5 },
    { successes: 9, n: 9 },
  ] as const;
  expect(oddsRatio(...all)).toEqual({
    estimable: false,
    reason: expect.stringContaining('same outcome'),
    instead: expect.stringContaining('proportionDifference'),
  });
  const ratio = made(riskRatio(...all));
  expect([ratio.estimate, ratio.statistic, ratio.pValue]).toEqual([1, 0, 1]);
});

test('The odds ratio turns over with the outcome, which the risk ratio does not', () => {
  const arms = [
    { successes: 111, n: 194 },
    { successes: 20, n: 148 },
  ] as const;
  const turned = [
    { successes: 83, n: 194 },
    { successes: 128, n: 148 },
  ] as const;
  expectClose(made(oddsRatio(...arms)).lower, 1 / made(oddsRatio(...turned)).upper);
  expect(made(riskRatio(...turned)).estimate).not.toBeCloseTo(
    1 / made(riskRatio(...arms)).estimate,
    1,
  );
});

describe('The odds ratio of a huge arm and a tiny one', () => {
  test.each([
    [
      { successes: 1e9, n: 1e12 },
      { successes: 0, n: 3 },
    ],
    [
      { successes: 1e12, n: 1e12 },
      { successes: 1, n: 2 },
    ],
    [
      { successes: 5e11, n: 1e12 },
      { successes: 1, n: 2 },
    ],
    [
      { successes: 1e9, n: 1e9 },
      { successes: 2, n: 3 },
    ],
  ])('is turned round when the arms are, %j and %j', (large, small) => {
    const [one, other] = [made(oddsRatio(large, small)), made(oddsRatio(small, large))];
    expectClose(one.lower, 1 / other.upper, { rel: 1e-9 });
    expectClose(1 / one.upper, other.lower, { rel: 1e-9 });
    expect(Number.isFinite(one.statistic)).toBe(true);
    expect(one.statistic + other.statistic).toBe(0);
    expect(one.pValue).toBe(other.pValue);
  });

  test('which knows nothing of one beyond a few units: their score is that of one sample', () => {
    // With p = ½ known, z of 0 successes among 3 is -3·½ / √(3·¼).
    const { statistic } = made(
      oddsRatio({ successes: 5e11, n: 1e12 }, { successes: 0, n: 3 }, { method: 'score' }),
    );
    expectClose(statistic, Math.sqrt(3), { rel: 1e-9 });
  });
});
