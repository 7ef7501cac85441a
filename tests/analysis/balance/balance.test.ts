import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Share } from '../../../src/analysis/methods/balance/index.ts';
import {
  balanceTable,
  binaryDifference,
  categoricalDifference,
  clusteredReach,
  continuousDifference,
  participationRatio,
  reach,
} from '../../../src/analysis/methods/balance/index.ts';

type Numbers = Readonly<Record<string, number>>;

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

// R 4.2.2, geepack 1.3.9 (oracle.R).
const reference = read('reference.json') as {
  readonly continuous: readonly (Numbers & { readonly arm: never; readonly control: never })[];
  readonly binary: readonly (Numbers & { readonly arm: never; readonly control: never })[];
  readonly categorical: readonly {
    readonly arm: readonly number[];
    readonly control: readonly number[];
    readonly d: number;
  }[];
  readonly wilson: readonly Numbers[];
  readonly clustered: readonly (Numbers & {
    readonly reached: never;
    readonly eligible: never;
  })[];
  readonly participation: readonly (Numbers & {
    readonly participants: never;
    readonly population: never;
  })[];
};

const smallTrial = read('small-trial.json') as {
  readonly expected: Numbers;
  readonly arms: Readonly<
    Record<
      'arm' | 'control',
      { readonly age: readonly number[]; readonly female: number; readonly lang: Numbers }
    >
  >;
};

const close = (got: number | undefined, expected: number | undefined, relative = 1e-9): void => {
  expect(got).not.toBeUndefined();
  expect(expected).not.toBeUndefined();
  expect(Math.abs((got ?? 0) - (expected ?? 0))).toBeLessThanOrEqual(
    Math.max(1e-12, relative * Math.abs(expected ?? 0)),
  );
};

function made<T extends object>(
  result:
    ({ readonly estimable: true } & T) | { readonly estimable: false; readonly reason: string },
): T {
  if (!result.estimable) throw new Error(result.reason);
  return result;
}

const reasonOf = (result: { readonly estimable: boolean; readonly reason?: string }): string =>
  result.reason ?? 'estimated';

describe('Standardised differences', () => {
  test('agree with the reference trial (Austin 2009; Yang & Dalton 2012)', () => {
    const { arm, control } = smallTrial.arms;
    const table = balanceTable([
      { name: 'age', kind: 'continuous', arm: arm.age, control: control.age },
      {
        name: 'female',
        kind: 'binary',
        arm: { count: arm.female, of: arm.age.length },
        control: { count: control.female, of: control.age.length },
      },
      { name: 'lang', kind: 'categorical', arm: arm.lang, control: control.lang },
    ]);
    for (const { name, difference, imbalanced } of table) {
      const { estimate } = made<{ readonly estimate: number }>(difference);
      close(estimate, smallTrial.expected[name], 1e-8);
      expect(imbalanced).toBe(name !== 'female');
    }
    expect(table[1]?.arm).toEqual({
      persons: 74,
      counts: { yes: arm.female, no: 74 - arm.female },
    });
    expect(table[2]?.control.persons).toBe(control.age.length);
  });

  test.each(reference.continuous)('of values agree with R', (expected) => {
    const got = made(continuousDifference(expected));
    close(got.estimate, expected['d']);
    close(got.standardError, expected['se']);
    close(got.lower, expected['lower']);
    close(got.upper, expected['upper']);
    const [row] = balanceTable([{ name: 'x', kind: 'continuous', ...expected }]);
    close(row?.arm.mean ?? undefined, expected['mean']);
    close(row?.arm.standardDeviation ?? undefined, expected['sd']);
  });

  test.each(reference.binary)('of shares agree with R', (expected) => {
    const got = made(binaryDifference(expected));
    close(got.estimate, expected['d']);
    close(got.standardError, expected['se']);
    close(got.lower, expected['lower']);
    close(got.upper, expected['upper']);
  });

  test.each(reference.categorical)('of categories agree with R, whichever is left out', (each) => {
    close(made(categoricalDifference(each)).estimate, each.d);
  });

  test('of two categories have the size of a share', () => {
    fc.assert(
      fc.property(
        fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 1, max: 50 }))),
        ([a = 1, b = 1, c = 1, d = 1]) => {
          const share = made(
            binaryDifference({ arm: { count: a, of: a + b }, control: { count: c, of: c + d } }),
          );
          const distance = made(categoricalDifference({ arm: [a, b], control: [c, d] }));
          close(distance.estimate, Math.abs(share.estimate), 1e-7);
        },
      ),
    );
  });

  test('take the level that is asked for', () => {
    const arms = { arm: [1, 2, 4], control: [2, 3, 7] };
    const wide = made(continuousDifference(arms));
    const narrow = made(continuousDifference(arms, { level: 0.5 }));
    close((wide.upper - wide.estimate) / wide.standardError, 1.959963984540054);
    close((narrow.estimate - narrow.lower) / narrow.standardError, 0.674489750196082);
    const half = { count: 5, of: 10 };
    const share = made(binaryDifference({ arm: half, control: half }, { level: 0.5 }));
    close(share.upper / share.standardError, 0.674489750196082);
    const [row] = balanceTable([{ name: 'x', kind: 'continuous', ...arms }], { level: 0.5 });
    expect(row?.difference).toMatchObject({ lower: narrow.lower });
  });

  test('without spread or persons say why there are none', () => {
    expect(reasonOf(continuousDifference({ arm: [1], control: [1, 2] }))).toMatch(/one value/);
    // The mean of three times 0.1 is not 0.1, and what is left is no spread.
    const alike = { arm: [0.1, 0.1, 0.1], control: [0.7, 0.7, 0.7] };
    expect(reasonOf(continuousDifference(alike))).toMatch(/spread/);
    expect(reasonOf(continuousDifference({ arm: [1, 2], control: [1] }))).toMatch(/one value/);
    expect(reasonOf(continuousDifference({ arm: [1, 1], control: [2, 2] }))).toMatch(/spread/);
    const none: Share = { count: 0, of: 0 };
    const some: Share = { count: 0, of: 5 };
    expect(reasonOf(binaryDifference({ arm: none, control: some }))).toMatch(/no persons/);
    expect(reasonOf(binaryDifference({ arm: some, control: none }))).toMatch(/no persons/);
    expect(reasonOf(binaryDifference({ arm: some, control: some }))).toMatch(/spread/);
    expect(reasonOf(categoricalDifference({ arm: [0, 0], control: [1, 2] }))).toMatch(/no persons/);
    expect(reasonOf(categoricalDifference({ arm: [3, 0], control: [2, 0] }))).toMatch(
      /same category/,
    );
    expect(reasonOf(categoricalDifference({ arm: [3, 0], control: [0, 2] }))).toMatch(
      /share no category/,
    );
  });

  test('refuse what is no covariate, by its name', () => {
    expect(() => continuousDifference({ arm: [Number.NaN, 1], control: [1, 2] })).toThrow(
      /finite number/,
    );
    for (const level of [0, 1, Number.NaN]) {
      expect(() => continuousDifference({ arm: [1, 2], control: [1, 2] }, { level })).toThrow(
        /level/,
      );
      const share = { count: 1, of: 2 };
      expect(() => binaryDifference({ arm: share, control: share }, { level })).toThrow(/level/);
    }
    for (const share of [
      { count: 3, of: 2 },
      { count: -1, of: 2 },
      { count: 0.5, of: 2 },
      { count: 1, of: 2.5 },
    ]) {
      expect(() => binaryDifference({ arm: share, control: { count: 1, of: 2 } })).toThrow(
        /whole number of persons/,
      );
    }
    expect(() => categoricalDifference({ arm: [1, 2], control: [1, 2, 3] })).toThrow(/category/);
    expect(() => categoricalDifference({ arm: [1], control: [2] })).toThrow(/two or more/);
    expect(() => categoricalDifference({ arm: [1, -1], control: [1, 2] })).toThrow(/whole/);
    expect(() =>
      balanceTable([{ name: 'age', kind: 'continuous', arm: [Infinity], control: [1] }]),
    ).toThrow(/covariate "age": every value/);
  });
});

describe('A balance table', () => {
  test('calls what is above the threshold an imbalance, and what is at it none', () => {
    const covariate = {
      name: 'x',
      kind: 'continuous',
      arm: [0, 2, 4],
      control: [1, 3, 5],
    } as const;
    const at = (threshold: number) => balanceTable([covariate], { threshold })[0]?.imbalanced;
    expect(at(0.5)).toBe(false);
    expect(at(0.4999)).toBe(true);
    expect(balanceTable([{ ...covariate, arm: [] }])[0]).toMatchObject({
      imbalanced: null,
      arm: { persons: 0, mean: null, standardDeviation: null },
    });
    expect(balanceTable([{ ...covariate, arm: [3] }])[0]?.arm).toEqual({
      persons: 1,
      mean: 3,
      standardDeviation: null,
    });
  });

  test('knows categories that only one arm has', () => {
    const [row] = balanceTable([
      { name: 'l', kind: 'categorical', arm: { a: 3, b: 4 }, control: { b: 5, c: 2 } },
    ]);
    close(
      made<{ readonly estimate: number }>(row?.difference ?? { estimable: false, reason: '' })
        .estimate,
      made(categoricalDifference({ arm: [3, 4, 0], control: [0, 5, 2] })).estimate,
    );
  });
});

describe('Reach', () => {
  test.each(reference.wilson)('has the Wilson interval of R', (expected) => {
    const share = { count: expected['count'] ?? 0, of: expected['of'] ?? 0 };
    const got = made(reach(share));
    expect(got.share).toBe(share.count / share.of);
    close(got.lower, expected['lower']);
    close(got.upper, expected['upper']);
    close(made(reach(share, { level: 0.9 })).lower, expected['lower90']);
  });

  test.each(reference.clustered)(
    'of clusters agrees with geepack and with Mancl-DeRouen',
    (each) => {
      const eligible = each.eligible as readonly number[];
      const clusters = (each.reached as readonly number[]).map((numerator, i) => ({
        numerator,
        denominator: eligible[i] ?? 0,
      }));
      const got = made(clusteredReach(clusters));
      close(got.share, each['share']);
      close(got.lower, each['lower']);
      close(got.upper, each['upper']);
      close(made(clusteredReach(clusters, { correction: 'CR0' })).lower, each['lower_CR0'], 1e-6);
      const narrow = made(clusteredReach(clusters, { level: 0.8 }));
      expect(narrow.lower).toBeGreaterThan(got.lower);
      expect(narrow.upper).toBeLessThan(got.upper);
    },
  );

  test('that has no interval says why', () => {
    expect(reasonOf(reach({ count: 0, of: 0 }))).toMatch(/no one/);
    const of = (pairs: readonly (readonly [number, number])[]) =>
      clusteredReach(pairs.map(([numerator, denominator]) => ({ numerator, denominator })));
    expect(reasonOf(of([[3, 5]]))).toMatch(/one unit alone/);
    expect(
      reasonOf(
        of([
          [0, 5],
          [0, 9],
        ]),
      ),
    ).toMatch(/none or all/);
    expect(
      reasonOf(
        of([
          [5, 5],
          [9, 9],
        ]),
      ),
    ).toMatch(/none or all/);
    expect(
      reasonOf(
        of([
          [2, 4],
          [3, 6],
        ]),
      ),
    ).toMatch(/same ratio/);
    expect(
      reasonOf(
        of([
          [1e9, 2e9],
          [0, 1e-7],
        ]),
      ),
    ).not.toBe('');
  });

  test('refuses more than everyone', () => {
    for (const share of [
      { count: 3, of: 2 },
      { count: -1, of: 2 },
      { count: 1, of: 2.5 },
      { count: 0.5, of: 2 },
    ]) {
      expect(() => reach(share)).toThrow(/whole number of persons/);
    }
    for (const level of [0, 1]) {
      expect(() => reach({ count: 1, of: 2 }, { level })).toThrow(/level/);
      expect(() => clusteredReach([], { level })).toThrow(/level/);
    }
    for (const cluster of [
      { numerator: 3, denominator: 2 },
      { numerator: -1, denominator: 2 },
      { numerator: 1, denominator: Infinity },
      { numerator: Number.NaN, denominator: 2 },
    ]) {
      expect(() => clusteredReach([cluster])).toThrow(/cannot reach/);
    }
  });
});

describe('The participation-to-prevalence ratio', () => {
  test.each(reference.participation)('agrees with the formula in R', (expected) => {
    const got = made(participationRatio(expected));
    close(got.ratio, expected['ratio']);
    close(got.lower, expected['lower']);
    close(got.upper, expected['upper']);
    const narrow = made(participationRatio(expected, { level: 0.5 }));
    close(
      Math.log(narrow.ratio / narrow.lower) / Math.log(got.ratio / got.lower),
      0.674489750196082 / 1.959963984540054,
    );
  });

  test('is called under below 0.8, over above 1.2 and similar from one to the other', () => {
    const of = (count: number) =>
      made(participationRatio({ participants: { count, of: 100 }, population: 0.5 }));
    expect([39, 40, 50, 60, 61].map((count) => of(count).representation)).toEqual([
      'under',
      'similar',
      'similar',
      'similar',
      'over',
    ]);
    expect(of(40)).toMatchObject({ share: 0.4, prevalence: 0.5, ratio: 0.8 });
  });

  test('without participants or population says why there is none', () => {
    const five = { count: 5, of: 10 };
    const reason = (participants: Share, population: number | Share) =>
      reasonOf(participationRatio({ participants, population }));
    expect(reason({ count: 0, of: 0 }, 0.5)).toMatch(/no participants/);
    expect(reason(five, { count: 0, of: 0 })).toMatch(/population is empty/);
    expect(reason(five, 0)).toMatch(/no one of this group/);
    expect(reason({ count: 0, of: 10 }, 0.5)).toMatch(/no participant belongs/);
  });

  test('refuses what is no share', () => {
    const participants = { count: 5, of: 10 };
    for (const population of [-0.1, 1.1, Number.NaN]) {
      expect(() => participationRatio({ participants, population })).toThrow(/from 0 to 1/);
    }
    expect(made(participationRatio({ participants, population: 1 })).ratio).toBe(0.5);
    for (const share of [
      { count: 3, of: 2 },
      { count: -1, of: 2 },
      { count: 0.5, of: 2 },
      { count: 1, of: 2.5 },
    ]) {
      expect(() => participationRatio({ participants: share, population: 0.5 })).toThrow(/persons/);
      expect(() => participationRatio({ participants, population: share })).toThrow(/persons/);
    }
    for (const level of [0, 1]) {
      expect(() => participationRatio({ participants, population: 0.5 }, { level })).toThrow(
        /level/,
      );
    }
  });
});
