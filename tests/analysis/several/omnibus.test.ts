import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  estimateArms,
  omnibusOfArms,
  omnibusTest,
} from '../../../src/analysis/methods/several/index.ts';
import { relativeOf, ratioOfTotals } from '../../../src/analysis/methods/ratio-of-totals.ts';
import { close, made, reference } from './reference.ts';

describe("Wald's test agrees with R", () => {
  test.each(reference.wald.map((each, i) => ({ i, ...each })))(
    'for the contrasts of case $i, by F and by chi-squared',
    ({ estimates, covariance, contrasts, df, wald, p, chiP }) => {
      const q = contrasts.length;
      const byF = made(omnibusTest(estimates, covariance, { contrasts, degreesOfFreedom: df }));
      close(byF.wald, wald, { relative: 1e-7 });
      close(byF.statistic, wald / q, { relative: 1e-7 });
      expect(byF.degreesOfFreedom).toEqual([q, df]);
      close(byF.pValue, p, { relative: 1e-6, absolute: 1e-13 });
      const byChiSquared = made(
        omnibusTest(estimates, covariance, { contrasts, degreesOfFreedom: Infinity }),
      );
      expect(byChiSquared.wald).toBe(byF.wald);
      close(byChiSquared.pValue, chiP, { relative: 1e-6, absolute: 1e-13 });
    },
  );

  test('of every estimate unless contrasts are named', () => {
    const covariance = [
      [2, 0.5],
      [0.5, 1],
    ];
    const identity = [
      [1, 0],
      [0, 1],
    ];
    expect(omnibusTest([1, -2], covariance, { degreesOfFreedom: 7 })).toEqual(
      omnibusTest([1, -2], covariance, { contrasts: identity, degreesOfFreedom: 7 }),
    );
    // By hand: the inverse of V is [1, -.5; -.5, 2] / 1.75.
    close(made(omnibusTest([1, -2], covariance, { degreesOfFreedom: 7 })).wald, (1 + 2 + 8) / 1.75);
  });
});

describe('The test that all arms are equal', () => {
  for (const correction of ['CR0', 'KC', 'MD'] as const) {
    for (const scale of ['logRatio', 'difference'] as const) {
      test(`agrees with R by ${scale} with the ${correction} variance`, () => {
        for (const { arms, df, ...expected } of reference.rates) {
          const got = made(omnibusOfArms(made(estimateArms(arms, { scale, correction })).arms));
          close(got.wald, expected[scale][correction].wald, { relative: 1e-7 });
          close(got.pValue, expected[scale][correction].p, { relative: 1e-6, absolute: 1e-13 });
          expect(got.degreesOfFreedom).toEqual([arms.length - 1, df]);
        }
      });
    }
  }

  test('of a one-way layout is the F test of its analysis of variance', () => {
    // R: anova(lm(sqrt(count) ~ spray, InsectSprays)): F = 44.79932921, df 5 and 66, p = 6.334505e-20.
    const sprays = reference.dunnett[0]?.arms ?? [];
    const pooled = sprays.reduce((all, { variance }) => all + variance, 0) / sprays.length;
    const got = made(
      omnibusOfArms(
        sprays.map(({ arm, mean, units }) => ({
          arm,
          estimate: mean,
          standardError: Math.sqrt(pooled / units),
          units,
        })),
      ),
    );
    close(got.statistic, 44.79932921);
    expect(got.degreesOfFreedom).toEqual([5, 66]);
    close(got.pValue, 6.334505e-20, { relative: 1e-6, absolute: 0 });
  });

  test('of two arms is the square of the t test of their ratio', () => {
    const [, , trial] = reference.rates;
    const [one, other] = trial?.arms ?? [];
    const t = made(
      relativeOf(
        made(ratioOfTotals(one?.units ?? [])),
        made(ratioOfTotals(other?.units ?? [])),
        0.95,
      ),
    );
    const got = made(
      omnibusOfArms(made(estimateArms(trial?.arms ?? [], { scale: 'logRatio' })).arms),
    );
    close(got.statistic, t.statistic ** 2);
    close(got.pValue, t.pValue);
    expect(got.degreesOfFreedom).toEqual([1, t.degreesOfFreedom]);
  });

  test('does not depend on the order of arms, and is the weighted sum of squares round their mean', () => {
    const arm = fc.record({
      estimate: fc.double({ min: -5, max: 5, noNaN: true }),
      standardError: fc.double({ min: 0.05, max: 5, noNaN: true }),
      units: fc.integer({ min: 2, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(arm, { minLength: 2, maxLength: 6 }), (list) => {
        const arms = list.map((each, i) => ({ arm: `arm ${i}`, ...each }));
        const got = made(omnibusOfArms(arms));
        const total = arms.reduce((all, each) => all + each.standardError ** -2, 0);
        const mean =
          arms.reduce((all, each) => all + each.estimate * each.standardError ** -2, 0) / total;
        const wald = arms.reduce(
          (all, each) => all + ((each.estimate - mean) / each.standardError) ** 2,
          0,
        );
        close(got.wald, wald, { relative: 1e-6, absolute: 1e-9 });
        close(made(omnibusOfArms([...arms].reverse())).wald, got.wald, {
          relative: 1e-6,
          absolute: 1e-9,
        });
      }),
    );
  });
});

describe('A joint test that cannot be made is a value that says why', () => {
  const arms = [1, 2, 3].map((estimate) => ({
    arm: `arm ${estimate}`,
    estimate,
    standardError: 0,
    units: 3,
  }));

  test('without a variance', () => {
    expect(omnibusOfArms(arms)).toEqual({
      estimable: false,
      reason: expect.stringMatching(/singular/),
    });
  });

  test('but one arm without is known exactly', () => {
    const one = arms.map((each, i) => ({ ...each, standardError: i === 2 ? 0 : 1 }));
    close(made(omnibusOfArms(one)).wald, 5);
  });

  test('with no more units than arms', () => {
    const lone = arms.map((each) => ({ ...each, standardError: 1, units: 1 }));
    expect(omnibusOfArms(lone)).toMatchObject({
      estimable: false,
      reason: expect.stringMatching(/no more units than arms/),
    });
    for (const degreesOfFreedom of [0, -3]) {
      expect(omnibusTest([1], [[1]], { degreesOfFreedom })).toMatchObject({ estimable: false });
    }
    expect(omnibusTest([1], [[1]], { degreesOfFreedom: 0.5 })).toMatchObject({ estimable: true });
  });
});

describe('Mistakes of the caller are refused', () => {
  const v = [
    [1, 0.2],
    [0.2, 1],
  ];
  const call =
    (
      estimates: readonly number[],
      covariance: readonly (readonly number[])[],
      contrasts?: readonly (readonly number[])[],
    ) =>
    () =>
      omnibusTest(estimates, covariance, { contrasts, degreesOfFreedom: 5 });

  test.each([
    ['an estimate that is none', call([1, Number.NaN], v), /estimates\[1\].*NaN/],
    ['a covariance of another size', call([1, 2, 3], v), /3 estimates.*3 by 3/],
    ['one that is not square', call([1, 2], [...v, [0, 0]]), /2 estimates.*2 by 2/],
    ['one with short rows', call([1, 2], [[1, 0.2], [0.2]]), /row 1/],
    [
      'one that is not symmetric',
      call(
        [1, 2],
        [
          [1, 0.2],
          [0.3, 1],
        ],
      ),
      /covariance\[0\]\[1\].*mirror/,
    ],
    [
      'one with an infinity',
      call(
        [1, 2],
        [
          [Infinity, 0],
          [0, 1],
        ],
      ),
      /covariance\[0\]\[0\]/,
    ],
    ['no estimate', call([], []), /at least one contrast/],
    ['no contrast', call([1, 2], v, []), /at least one contrast/],
    ['a contrast of another length', call([1, 2], v, [[1, -1], [1]]), /contrast 1 weighs 1.*2/],
    ['a contrast of NaN', call([1, 2], v, [[Number.NaN, 1]]), /contrasts\[0\]\[0\]/],
    [
      'a contrast twice',
      call([1, 2], v, [
        [1, -1],
        [-2, 2],
      ]),
      /combination of the others/,
    ],
    ['a contrast of zeros', call([1, 2], v, [[0, 0]]), /combination of the others/],
    [
      'more contrasts than estimates',
      call([1, 2], v, [
        [1, 0],
        [0, 1],
        [1, 1],
      ]),
      /combination/,
    ],
    [
      'degrees of freedom that are none',
      () => omnibusTest([1, 2], v, { degreesOfFreedom: Number.NaN }),
      /degreesOfFreedom/,
    ],
    [
      'one arm',
      () => omnibusOfArms([{ arm: 'usual', estimate: 1, standardError: 1, units: 5 }]),
      /2 arms or more, got 1/,
    ],
  ])('%s', (_, mistaken, message) => {
    expect(mistaken).toThrow(RangeError);
    expect(mistaken).toThrow(message);
  });

  test('but not a covariance that differs from its mirror by rounding', () => {
    expect(
      call(
        [1, 2],
        [
          [1, 0.2],
          [0.2 + 1e-12, 1],
        ],
      )(),
    ).toMatchObject({ estimable: true });
  });
});

test('A contrast whose variance cancels down to rounding is not weighed', () => {
  const nearly = 1 + 2 ** -50;
  const options = { contrasts: [[1, -1]], degreesOfFreedom: 5 };
  const covariance = [
    [nearly, 1],
    [1, nearly],
  ];
  expect(omnibusTest([1, 1.5], covariance, options)).toMatchObject({ estimable: false });
  // A millionth of the variance is one.
  const clear = covariance.map((row, i) => row.map((value, j) => (i === j ? 1 + 1e-6 : value)));
  close(made(omnibusTest([1, 1.5], clear, options)).wald, 0.25 / 2e-6, { relative: 1e-8 });
});
