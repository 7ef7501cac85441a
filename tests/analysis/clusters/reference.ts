import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { UnitTotals } from '../../../src/analysis/methods/ratio-of-totals.ts';

export type Numbers = Readonly<Record<string, number>>;
export type Column = readonly { readonly y: number; readonly e: number }[];

interface TwoArms {
  readonly arm: Column;
  readonly control: Column;
  readonly pooled: Numbers;
  readonly welch: Numbers;
  readonly weighted: Numbers;
  readonly weightedWelch: Numbers;
  readonly logit: Numbers;
  readonly logitQuarter: Numbers;
  readonly logRatio?: Numbers;
  readonly logRatioHalf: Numbers;
  readonly donnerKlar: Numbers;
  readonly threeArms: Numbers;
  readonly oddsRatio: Numbers;
  readonly estimands: Readonly<Record<string, Readonly<Record<string, Numbers>>>>;
  readonly influence: Readonly<Record<'CR0' | 'delta' | 'KC' | 'MD', readonly number[]>>;
}

export interface RankCase {
  readonly arm: readonly number[];
  readonly control: readonly number[];
  readonly method: 'exact' | 'normal' | 'plain';
  readonly ties: boolean;
  readonly p: Readonly<Record<'two-sided' | 'greater' | 'less', number>>;
  readonly statistic: number;
  readonly shift: number;
  readonly intervals?: readonly Readonly<
    Record<'level' | 'lower' | 'upper' | 'coverage', number>
  >[];
}

interface Reference {
  readonly proportions: Readonly<Record<string, TwoArms>>;
  readonly ranks: readonly RankCase[];
}

interface Practices {
  readonly practices: readonly {
    readonly arm: string;
    readonly alerts: number;
    readonly days: number;
    readonly accepted: number;
  }[];
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

/** Numbers from R: see oracle.R. */
export const reference = read('reference.json') as Reference;

/** Ten practices, five in each arm. */
export const smallTrial = (
  arm: 'treatment' | 'control',
  numerator: 'alerts' | 'accepted',
  denominator: 'days' | 'alerts',
): readonly UnitTotals[] =>
  (read('../small-trial.json') as Practices).practices
    .filter((practice) => practice.arm === arm)
    .map((practice) => ({ numerator: practice[numerator], denominator: practice[denominator] }));

export const unitsOf = (column: Column): readonly UnitTotals[] =>
  column.map(({ y, e }) => ({ numerator: y, denominator: e }));

/** The estimate, or a failure that says why there is none. */
export function made<T extends object>(
  result:
    ({ readonly estimable: true } & T) | { readonly estimable: false; readonly reason: string },
): T {
  if (!result.estimable) throw new Error(result.reason);
  return result;
}

export const close = (
  got: number | undefined,
  expected: number | undefined,
  relative = 1e-10,
): void => {
  expect(typeof expected).toBe('number');
  expect(Math.abs((got ?? Number.NaN) - (expected ?? 0))).toBeLessThanOrEqual(
    Math.max(1e-13, relative * Math.abs(expected ?? 0)),
  );
};
