import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  binomialTest,
  proportion,
  proportionDifference,
} from '../../../src/analysis/methods/independent/index.ts';
import { expectClose, expectInterval, made } from './expectations.ts';
import { alternativeOf, named, reference } from './reference.ts';

describe('A proportion', () => {
  test.each(
    reference.proportions.map(
      (each) => [`${each.successes}/${each.n} at ${each.level}`, each] as const,
    ),
  )('of %s has the limits of R', (_, { successes, n, level, ...expected }) => {
    const of = (method: Parameters<typeof proportion>[2]) =>
      made(proportion(successes, n, { ...method, level }));
    expect(of({}).estimate).toBe(successes / n);
    expectInterval(of({}), expected.wilson);
    expect(of({ method: 'wilson' })).toEqual(of({}));
    expectInterval(of({ method: 'clopper-pearson' }), expected.clopperPearson);
    expectInterval(of({ method: 'jeffreys' }), expected.jeffreys);
    expectInterval(of({ method: 'agresti-coull' }), expected.agrestiCoull);
    if (successes > 0 && successes < n) expectInterval(of({ method: 'wald' }), expected.wald);
  });

  // Newcombe 1998, Stat Med 17:873: the Wilson intervals of 56/70 and 48/80.
  test('has Wilson limits at 95 % unless told otherwise', () => {
    expectInterval(made(proportion(56, 70)), [0.691833555037469, 0.87695260751637], { rel: 1e-7 });
    expectInterval(made(proportion(48, 80)), [0.490454650051604, 0.700381724041291], { rel: 1e-7 });
  });

  test('of 0 or of 1 has an end there exactly, and no Wald interval', () => {
    for (const method of ['wilson', 'clopper-pearson', 'jeffreys', 'agresti-coull'] as const) {
      expect(made(proportion(0, 7, { method })).lower).toBe(0);
      expect(made(proportion(7, 7, { method })).upper).toBe(1);
      expect(made(proportion(0, 7, { method })).upper).toBeGreaterThan(0.2);
    }
    for (const successes of [0, 7]) {
      expect(proportion(successes, 7, { method: 'wald' })).toEqual({
        estimable: false,
        reason: expect.stringContaining('no width'),
        instead: expect.stringContaining('wilson'),
      });
    }
  });

  test('keeps the digits of a small Wilson limit among many units', () => {
    // Mean and half-width cancel to 1e-16 / 1.8e-10; the limit of 1/n tends to a multiple of 1/n.
    const { lower } = made(proportion(1, 1e9));
    expectClose(lower * 1e9, 0.176524554956963);
  });

  test('of no units is not estimated', () => {
    expect(proportion(0, 0)).toEqual({ estimable: false, reason: 'there are no units' });
    expect(binomialTest(0, 0)).toEqual({ estimable: false, reason: 'there are no units' });
  });

  test.each([
    [1.5, 3, /successes must be a whole number/],
    [-1, 3, /successes must be a whole number/],
    [Number.NaN, 3, /successes must be a whole number/],
    [1, 3.5, /n must be a whole number/],
    [4, 3, /successes must be at most n, got 4 of 3/],
  ])('refuses %d of %d', (successes, n, message) => {
    expect(() => proportion(successes, n)).toThrow(RangeError);
    expect(() => proportion(successes, n)).toThrow(message);
    expect(() => binomialTest(successes, n)).toThrow(message);
    expect(() => proportionDifference({ successes, n }, { successes: 1, n: 2 })).toThrow(message);
    expect(() => proportionDifference({ successes: 1, n: 2 }, { successes, n })).toThrow(message);
  });

  test.each([0, 1, -0.1, 95, Number.NaN])('refuses a level of %d', (level) => {
    expect(() => proportion(1, 3, { level })).toThrow(RangeError);
    expect(() => proportion(1, 3, { level })).toThrow(/level must be between 0 and 1/);
    expect(() => binomialTest(1, 3, { level })).toThrow(/level/);
    expect(() =>
      proportionDifference({ successes: 1, n: 2 }, { successes: 1, n: 2 }, { level }),
    ).toThrow(/level/);
  });

  test('and its complement mirror each other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, share) => {
          const successes = Math.floor(share * n);
          for (const method of [
            'wilson',
            'clopper-pearson',
            'jeffreys',
            'agresti-coull',
          ] as const) {
            const one = made(proportion(successes, n, { method }));
            const other = made(proportion(n - successes, n, { method }));
            expectClose(one.lower, 1 - other.upper, { abs: 1e-10 });
            expect(one.lower).toBeLessThanOrEqual(one.estimate);
            expect(one.upper).toBeGreaterThanOrEqual(one.estimate);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('The exact binomial test', () => {
  test.each(
    reference.binomials.map(
      (each) =>
        [
          `${each.successes}/${each.n} against ${each.probability}, ${each.alternative}`,
          each,
        ] as const,
    ),
  )('of %s agrees with R', (_, { successes, n, probability, alternative, level, p, interval }) => {
    const result = made(
      binomialTest(successes, n, { probability, alternative: alternativeOf(alternative), level }),
    );
    expect(result.estimate).toBe(successes / n);
    expectClose(result.pValue, p, { rel: 1e-9, abs: 0 });
    expectInterval(result, interval);
  });

  test('is two-sided, against a half, at 95 % unless told otherwise', () => {
    expect(binomialTest(7, 20)).toEqual(
      binomialTest(7, 20, { probability: 0.5, alternative: 'two-sided', level: 0.95 }),
    );
    // binom.test(7, 20)
    expectClose(made(binomialTest(7, 20)).pValue, 0.263175964355469);
    expectInterval(made(binomialTest(7, 20)), [0.153909204784541, 0.592188534532828]);
  });

  test('adds the probability of every outcome no likelier than the one seen', () => {
    const choose = (n: number, k: number): number =>
      k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.nat({ max: 40 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (n, successes, probability) => {
          fc.pre(successes <= n);
          const densities = Array.from(
            { length: n + 1 },
            (_, k) => choose(n, k) * probability ** k * (1 - probability) ** (n - k),
          );
          const limit = (densities[successes] ?? 0) * (1 + 1e-7);
          const expected = densities.filter((d) => d <= limit).reduce((a, b) => a + b, 0);
          expectClose(made(binomialTest(successes, n, { probability })).pValue, expected, {
            rel: 1e-9,
          });
        },
      ),
    );
  });

  test('takes ties within one in ten million for equally likely, and no more', () => {
    // At 0.5 the two ends of 10 are equally likely; a hair off they are still, and further off no more.
    const p = (probability: number) => made(binomialTest(0, 10, { probability })).pValue;
    expectClose(p(0.5), 2 / 1024);
    expectClose(p(0.5 + 1e-9), 2 / 1024, { rel: 1e-6 });
    expectClose(p(0.5 + 1e-7), 1 / 1024, { rel: 1e-5 });
    expectClose(p(0.5 - 1e-7), 2 / 1024, { rel: 1e-5 });
  });

  test('against certainty is passed by what is certain, and by nothing else', () => {
    expect(made(binomialTest(8, 8, { probability: 1 })).pValue).toBe(1);
    expect(made(binomialTest(7, 8, { probability: 1 })).pValue).toBe(0);
  });

  test.each([-0.1, 1.1, Number.NaN])('refuses a probability of %d', (probability) => {
    expect(() => binomialTest(1, 3, { probability })).toThrow(RangeError);
    expect(() => binomialTest(1, 3, { probability })).toThrow(
      /probability must lie between 0 and 1/,
    );
  });
});

describe('The difference of two proportions', () => {
  test.each(reference.comparisons.map((each) => [named(each), each] as const))(
    'of %s has the limits and p values of R',
    (_, expected) => {
      const { arm, control, level } = expected;
      const of = (method: 'miettinen-nurminen' | 'mee' | 'newcombe' | 'wald') =>
        proportionDifference(arm, control, { method, level });
      const score = made(proportionDifference(arm, control, { level }));
      expectClose(score.estimate, expected.difference);
      expectInterval(score, expected.miettinenNurminen);
      expectClose(score.pValue, expected.pCorrected);
      expect(made(of('miettinen-nurminen'))).toEqual(score);
      expectInterval(made(of('mee')), expected.mee);
      expectInterval(made(of('newcombe')), expected.newcombe);
      const allAlike = expected.pChiSquared === 'NaN';
      for (const method of ['mee', 'newcombe'] as const) {
        const { statistic, pValue } = made(of(method));
        expectClose(pValue, allAlike ? 1 : expected.pChiSquared);
        expectClose(statistic ** 2, allAlike ? 0 : expected.chiSquared);
        expect(Math.sign(statistic)).toBe(Math.sign(expected.difference));
      }
      const wald = of('wald');
      if (wald.estimable) {
        expectInterval(wald, expected.wald);
      } else {
        expect(expected.wald[0]).toBe(expected.wald[1]);
        expect(wald.reason).toMatch(/no width/);
      }
    },
  );

  // Newcombe 1998, Stat Med 17:873, Table II: methods 5 (Mee), 6 (Miettinen-Nurminen), 10 (hybrid score).
  test.each([
    ['a', 56, 70, 48, 80, [0.0533, 0.3377], [0.0528, 0.3382], [0.0524, 0.3339]],
    ['b', 9, 10, 3, 10, [0.1821, 0.837], [0.17, 0.8406], [0.1705, 0.809]],
    ['c', 6, 7, 2, 7, [0.0544, 0.8478], [0.0342, 0.8534], [0.0582, 0.8062]],
    ['d', 5, 56, 0, 29, [-0.0313, 0.1926], [-0.0326, 0.1933], [-0.0381, 0.1926]],
    ['e', 0, 10, 0, 20, [-0.1611, 0.2775], [-0.1658, 0.2844], [-0.1611, 0.2775]],
    ['f', 0, 10, 0, 10, [-0.2775, 0.2775], [-0.2879, 0.2879], [-0.2775, 0.2775]],
    ['g', 10, 10, 0, 20, [0.7225, 1], [0.7156, 1], [0.6791, 1]],
    ['h', 10, 10, 0, 10, [0.6777, 1], [0.6636, 1], [0.6075, 1]],
  ])('reproduces contrast (%s) of Newcombe', (_, x1, n1, x2, n2, mee, corrected, hybrid) => {
    const of = (method: 'miettinen-nurminen' | 'mee' | 'newcombe') =>
      made(proportionDifference({ successes: x1, n: n1 }, { successes: x2, n: n2 }, { method }));
    const printed = { abs: 5.001e-5, rel: 0 };
    expectInterval(of('mee'), mee, printed);
    expectInterval(of('miettinen-nurminen'), corrected, printed);
    expectInterval(of('newcombe'), hybrid, printed);
  });

  test('of 56/70 and 48/80 has the reference limits', () => {
    const arms = [
      { successes: 56, n: 70 },
      { successes: 48, n: 80 },
    ] as const;
    const within = { rel: 1e-7, abs: 1e-9 };
    expectClose(made(proportionDifference(...arms)).estimate, 0.2, within);
    expectInterval(
      made(proportionDifference(...arms)),
      [0.0528297132458447, 0.338172940015868],
      within,
    );
    expectInterval(
      made(proportionDifference(...arms, { method: 'mee' })),
      [0.0533338492913252, 0.337729463741141],
      within,
    );
    expectInterval(
      made(proportionDifference(...arms, { method: 'newcombe' })),
      [0.0524314724023649, 0.333872654036906],
      within,
    );
  });

  test('where no unit had the outcome has a statistic of 0 and a p value of 1, as its limit is', () => {
    for (const successes of [0, 9]) {
      const { estimate, statistic, pValue } = made(
        proportionDifference({ successes, n: 9 }, { successes, n: 9 }),
      );
      expect([estimate, statistic, pValue]).toEqual([0, 0, 1]);
    }
  });

  test('where no unit had the outcome has limits in closed form, however many the units', () => {
    // p̃ is then the difference itself in one arm and 0 in the other.
    const square = 1.959963984540054 ** 2;
    const units = fc.integer({ min: 1, max: 1e9 });
    fc.assert(
      fc.property(units, units, (n1, n2) => {
        const none = [
          { successes: 0, n: n1 },
          { successes: 0, n: n2 },
        ] as const;
        const mee = made(proportionDifference(...none, { method: 'mee' }));
        expectInterval(mee, [-square / (n2 + square), square / (n1 + square)], { abs: 0 });
        const factor = (square * (n1 + n2)) / (n1 + n2 - 1);
        const corrected = made(proportionDifference(...none));
        expectInterval(corrected, [-factor / (n2 + factor), factor / (n1 + factor)], { abs: 0 });
      }),
      { numRuns: 80 },
    );
  });

  test('says why Wald has none there, and what to take', () => {
    const result = proportionDifference(
      { successes: 9, n: 9 },
      { successes: 0, n: 4 },
      { method: 'wald' },
    );
    expect(result).toEqual({
      estimable: false,
      reason: expect.stringContaining('both proportions are 0 or 1'),
      instead: expect.stringContaining('miettinen-nurminen'),
    });
  });

  test('has the Wald test of its own standard error', () => {
    const { statistic, pValue, lower, upper } = made(
      proportionDifference({ successes: 56, n: 70 }, { successes: 48, n: 80 }, { method: 'wald' }),
    );
    // 0.2 / sqrt(0.8 * 0.2 / 70 + 0.6 * 0.4 / 80); 2 * pnorm(-z)
    expectClose(statistic, 0.2 / Math.sqrt(0.16 / 70 + 0.24 / 80));
    expectClose(pValue, 0.00594279330420278);
    expectClose((upper - lower) / 2 / 1.959963984540054, 0.2 / statistic);
  });

  test('is not estimated when an arm has no units', () => {
    const none = { successes: 0, n: 0 };
    const some = { successes: 1, n: 2 };
    for (const pair of [[none, some] as const, [some, none] as const]) {
      expect(proportionDifference(...pair)).toEqual({
        estimable: false,
        reason: 'an arm has no units',
      });
    }
  });

  test('changes its sign when the arms are swapped or the outcome turned round', () => {
    const arm = fc
      .record({
        n: fc.integer({ min: 1, max: 300 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      })
      .map(({ n, share }) => ({ n, successes: Math.round(share * n) }));
    const failures = ({ n, successes }: { n: number; successes: number }) => ({
      n,
      successes: n - successes,
    });
    fc.assert(
      fc.property(
        arm,
        arm,
        fc.constantFrom('miettinen-nurminen', 'mee', 'newcombe'),
        (a, b, method) => {
          const there = made(proportionDifference(a, b, { method }));
          for (const back of [
            made(proportionDifference(b, a, { method })),
            made(proportionDifference(failures(a), failures(b), { method })),
          ]) {
            expectClose(there.lower, -back.upper, { abs: 1e-9 });
            expectClose(there.upper, -back.lower, { abs: 1e-9 });
            expectClose(there.pValue, back.pValue, { rel: 1e-9 });
          }
          expect(there.lower).toBeGreaterThanOrEqual(-1);
          expect(there.upper).toBeLessThanOrEqual(1);
          expect(there.lower).toBeLessThanOrEqual(there.estimate + 1e-12);
          expect(there.upper).toBeGreaterThanOrEqual(there.estimate - 1e-12);
          if (method !== 'newcombe' && Math.abs(there.pValue - 0.05) > 1e-6) {
            expect(there.lower > 0 || there.upper < 0).toBe(there.pValue < 0.05);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  // mpmath, 60 digits: the cubic and the equation solved by bisection.
  test('keeps its digits for rare outcomes among many units', () => {
    const { lower, upper } = made(
      proportionDifference({ successes: 3, n: 1e7 }, { successes: 11, n: 2e7 }),
    );
    expectClose(lower, -7.384745331404947e-7, { rel: 1e-9, abs: 0 });
    expectClose(upper, 3.696010027746697e-7, { rel: 1e-9, abs: 0 });
  });
});
