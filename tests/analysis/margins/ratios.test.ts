import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { EstimateWithError } from '../../../src/analysis/methods/margins/index.ts';
import {
  fiellerInterval,
  nonInferiorityRatio,
} from '../../../src/analysis/methods/margins/index.ts';
import { studentT } from '../../../src/stats/index.ts';
import { expectClose, expectInterval, made } from '../independent/expectations.ts';

/** R 4.2.2; see oracle.R. */
const { ratios } = JSON.parse(readFileSync(new URL('reference.json', import.meta.url), 'utf8')) as {
  readonly ratios: readonly ({
    readonly arm: EstimateWithError;
    readonly control: EstimateWithError;
    readonly degreesOfFreedom: number | string;
    readonly level: number;
    readonly interval: readonly number[];
  } & Readonly<
    Record<
      | 'estimate'
      | 'pHigher'
      | 'pLower'
      | 'pSuperiorHigher'
      | 'pSuperiorLower'
      | 'statisticHigher'
      | 'statisticLower',
      number
    >
  >)[];
};

const rate = (estimate: number, standardError: number): EstimateWithError => ({
  estimate,
  standardError,
});
const named = ratios.map(
  (each) =>
    [
      `${each.arm.estimate} (${each.arm.standardError}) over ${each.control.estimate} ` +
        `(${each.control.standardError}) at ${each.level}`,
      {
        ...each,
        degreesOfFreedom:
          each.degreesOfFreedom === 'Inf' ? Infinity : Number(each.degreesOfFreedom),
      },
    ] as const,
);

describe("Fieller's interval", () => {
  test.each(named)(
    'of %s is where R finds his statistic at its quantile',
    (_, { arm, control, degreesOfFreedom, level, estimate, interval }) => {
      const got = made(fiellerInterval(arm, control, { degreesOfFreedom, level }));
      expectClose(got.estimate, estimate);
      expectInterval(got, interval);
    },
  );

  test('is at 95 % unless told otherwise, and keeps its ends in order whatever the signs', () => {
    const df = { degreesOfFreedom: 9 };
    const plain = made(fiellerInterval(rate(3, 0.2), rate(2, 0.1), df));
    expect(plain).toEqual(
      made(fiellerInterval(rate(3, 0.2), rate(2, 0.1), { ...df, level: 0.95 })),
    );
    const turned = made(fiellerInterval(rate(-3, 0.2), rate(2, 0.1), df));
    expectClose(turned.lower, -plain.upper);
    expectClose(turned.upper, -plain.lower);
    const both = made(fiellerInterval(rate(-3, 0.2), rate(-2, 0.1), df));
    expectInterval(both, [plain.lower, plain.upper]);
  });

  test('of nothing for certain is 0', () => {
    const got = made(fiellerInterval(rate(0, 0), rate(2, 0.1), { degreesOfFreedom: 9 }));
    expect([got.estimate, got.lower, got.upper]).toEqual([0, 0, 0]);
  });

  test('has no ends where the control may be 0, and says which set is left', () => {
    const df = { degreesOfFreedom: 9 };
    // t(.975, 9) is 2.262: the control is 2 standard errors from 0, the arm 1 or 10.
    expect(fiellerInterval(rate(1, 1), rate(2, 1), df)).toEqual({
      estimable: false,
      reason: expect.stringContaining('no ratio can be excluded'),
      instead: 'read the difference',
    });
    expect(fiellerInterval(rate(10, 1), rate(2, 1), df)).toEqual({
      estimable: false,
      reason: expect.stringContaining('not an interval'),
      instead: 'read the difference',
    });
    expect(fiellerInterval(rate(10, 1), rate(2.3, 1), df).estimable).toBe(true);
    expect(fiellerInterval(rate(10, 1), rate(0, 1), df).estimable).toBe(false);
  });

  test('has no ends at the very edge either', () => {
    const t = studentT.quantile(0.025, 9, 'upper');
    expect(fiellerInterval(rate(10, 1), rate(t, 1), { degreesOfFreedom: 9 })).toEqual({
      estimable: false,
      reason: expect.stringContaining('not an interval'),
      instead: 'read the difference',
    });
  });

  test('without any standard error is not estimated', () => {
    expect(fiellerInterval(rate(3, 0), rate(2, 0), { degreesOfFreedom: 9 })).toEqual({
      estimable: false,
      reason: expect.stringContaining('standard error is 0'),
    });
  });
});

describe('Non-inferiority of a ratio', () => {
  test.each(named)('of %s agrees with R, either way', (_, each) => {
    const { arm, control, degreesOfFreedom, level, interval } = each;
    const alpha = (1 - level) / 2;
    const higher = made(
      nonInferiorityRatio(arm, control, { margin: 0.8, better: 'higher', degreesOfFreedom, alpha }),
    );
    expectClose(higher.statistic, each.statisticHigher);
    expectClose(higher.pValue, each.pHigher, { rel: 1e-9, abs: 1e-15 });
    expectClose(higher.pSuperiority, each.pSuperiorHigher, { rel: 1e-9, abs: 1e-15 });
    expectClose(higher.bound, interval[0]);
    expect(higher.passed).toBe(each.pHigher <= alpha);
    const lower = made(
      nonInferiorityRatio(arm, control, { margin: 1.25, better: 'lower', degreesOfFreedom, alpha }),
    );
    expectClose(lower.statistic, each.statisticLower);
    expectClose(lower.pValue, each.pLower, { rel: 1e-9, abs: 1e-15 });
    expectClose(lower.pSuperiority, each.pSuperiorLower, { rel: 1e-9, abs: 1e-15 });
    expectClose(lower.bound, interval[1]);
    expect(lower.passed).toBe(each.pLower <= alpha);
  });

  test('is at one-sided 2.5 % unless told otherwise', () => {
    const ask = { margin: 1.2, better: 'lower', degreesOfFreedom: 9 } as const;
    expect(nonInferiorityRatio(rate(3, 0.2), rate(2.8, 0.1), ask)).toEqual(
      nonInferiorityRatio(rate(3, 0.2), rate(2.8, 0.1), { ...ask, alpha: 0.025 }),
    );
    expect(made(nonInferiorityRatio(rate(3, 0.2), rate(2.8, 0.1), ask)).bound).toBe(
      made(fiellerInterval(rate(3, 0.2), rate(2.8, 0.1), { degreesOfFreedom: 9 })).upper,
    );
  });

  test('passes exactly when the bound is on the good side of the margin, even without two ends', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 4, noNaN: true }),
        fc.double({ min: 0.01, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 4, noNaN: true }),
        fc.double({ min: 0.01, max: 2, noNaN: true }),
        fc.double({ min: 0.02, max: 0.98, noNaN: true }),
        fc.boolean(),
        (r1, se1, r0, se0, share, higher) => {
          const margin = higher ? share : 1 / share;
          const { bound, passed, pValue } = made(
            nonInferiorityRatio(rate(r1, se1), rate(r0, se0), {
              margin,
              better: higher ? 'higher' : 'lower',
              degreesOfFreedom: 14,
            }),
          );
          fc.pre(Math.abs(pValue - 0.025) > 1e-9);
          expect(higher ? bound > margin : bound < margin).toBe(passed);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('bounds a ratio on one side where the control may be 0', () => {
    const ask = { degreesOfFreedom: 9 } as const;
    const sure = [rate(10, 1), rate(2, 1)] as const;
    const lower = made(nonInferiorityRatio(...sure, { ...ask, margin: 0.9, better: 'higher' }));
    expect(lower.passed).toBe(true);
    const t = studentT.quantile(0.025, 9, 'upper');
    expectClose((10 - lower.bound * 2) / Math.hypot(1, lower.bound), t);
    const upper = made(nonInferiorityRatio(...sure, { ...ask, margin: 1.1, better: 'lower' }));
    expect([upper.bound, upper.passed]).toEqual([Infinity, false]);
    const unsure = [rate(1, 1), rate(2, 1)] as const;
    expect(
      made(nonInferiorityRatio(...unsure, { ...ask, margin: 0.9, better: 'higher' })).bound,
    ).toBe(0);
  });

  test('has no lower bound above 0 where the control is just not different from 0, nor is the arm', () => {
    const edge = rate(studentT.quantile(0.025, 9, 'upper'), 1);
    const ask = { degreesOfFreedom: 9, margin: 0.9, better: 'higher' } as const;
    expect(made(nonInferiorityRatio(rate(1, 1), edge, ask)).bound).toBe(0);
  });

  test('without any standard error is not estimated', () => {
    expect(
      nonInferiorityRatio(rate(3, 0), rate(2, 0), {
        margin: 0.8,
        better: 'higher',
        degreesOfFreedom: 9,
      }),
    ).toEqual({ estimable: false, reason: expect.stringContaining('standard error is 0') });
  });

  test.each([
    ['higher', 1, /between 0 and 1 where higher is better/],
    ['higher', 0, /between 0 and 1/],
    ['higher', 1.25, /between 0 and 1/],
    ['higher', Number.NaN, /between 0 and 1/],
    ['lower', 1, /above 1 where lower is better/],
    ['lower', 0.8, /above 1/],
    ['lower', Infinity, /above 1/],
    ['lower', Number.NaN, /above 1/],
  ] as const)('refuses, where %s is better, a margin of %d', (better, margin, message) => {
    const ask = () =>
      nonInferiorityRatio(rate(3, 0.2), rate(2, 0.1), { margin, better, degreesOfFreedom: 9 });
    expect(ask).toThrow(RangeError);
    expect(ask).toThrow(message);
  });
});

test.each([
  [rate(Number.NaN, 1), rate(1, 1), {}, /estimate must be finite/],
  [rate(1, 1), rate(Infinity, 1), {}, /estimate must be finite/],
  [rate(1, -1), rate(1, 1), {}, /standardError/],
  [rate(1, 1), rate(1, Number.NaN), {}, /standardError/],
  [rate(1, 1), rate(1, 1), { degreesOfFreedom: 0 }, /degreesOfFreedom/],
])('Rates of %j and %j, asked with %j, are refused', (arm, control, options, message) => {
  const degreesOfFreedom = 5;
  const fieller = () => fiellerInterval(arm, control, { degreesOfFreedom, ...options });
  const margin = () =>
    nonInferiorityRatio(arm, control, {
      margin: 0.8,
      better: 'higher',
      degreesOfFreedom,
      ...options,
    });
  expect(fieller).toThrow(RangeError);
  expect(fieller).toThrow(message);
  expect(margin).toThrow(RangeError);
  expect(margin).toThrow(message);
});

test('Negative rates and levels that are none are refused', () => {
  const ask = { margin: 0.8, better: 'higher', degreesOfFreedom: 5 } as const;
  expect(() => nonInferiorityRatio(rate(-1, 1), rate(1, 1), ask)).toThrow(
    /rates must be 0 or more/,
  );
  expect(() => nonInferiorityRatio(rate(1, 1), rate(-1, 1), ask)).toThrow(RangeError);
  expect(() => nonInferiorityRatio(rate(1, 1), rate(1, 1), { ...ask, alpha: 0.5 })).toThrow(
    /one-sided/,
  );
  expect(() => fiellerInterval(rate(1, 1), rate(1, 1), { degreesOfFreedom: 5, level: 1 })).toThrow(
    /level/,
  );
});
