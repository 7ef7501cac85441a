import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type {
  AssignedUnit,
  Procedure,
  Statistic,
} from '../../../src/analysis/methods/rerandomization/index.ts';

type Columns<K extends string> = Readonly<Record<K, readonly number[]>>;

interface Found {
  readonly observed: number;
  readonly pValue: number;
  readonly pLess: number;
  readonly pGreater: number;
  readonly draws: number;
}

interface Case {
  readonly design: string;
  readonly statistic: Statistic;
  readonly studentized: boolean;
  readonly continuity: number;
}

interface Reference {
  readonly designs: Readonly<
    Record<string, { readonly units: Columns<'y' | 'e' | 'a'>; readonly procedure: Procedure }>
  >;
  readonly tests: readonly (Case & Found)[];
  readonly intervals: readonly (Case & {
    readonly sides: 'two-sided' | 'equal-tailed' | 'lower' | 'upper';
    readonly estimate: number;
    readonly lower: number | null;
    readonly upper: number | null;
  })[];
  readonly arms: readonly {
    readonly units: Columns<'y' | 'e' | 'g'>;
    readonly arms: number;
    readonly control: number;
    readonly statistic: Statistic;
    readonly alternative: 'two-sided' | 'less' | 'greater';
    readonly observed: readonly number[];
    readonly pValue: readonly number[];
    readonly singleStep: readonly number[];
    readonly stepDown: readonly number[];
    readonly wald: number;
    readonly pWald: number;
    readonly draws: number;
  }[];
  readonly residuals: Columns<'residual' | 'size' | 'treated'> &
    Readonly<Record<'mean' | 'sum' | 'studentized', Found>>;
  readonly permutation: readonly {
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly pValue: number;
    readonly pLess: number;
    readonly pGreater: number;
    readonly permTest: number | null;
  }[];
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

/** By going through every assignment in R 4.2.2; coin 1.4-2; exactRankTests 0.8-35 (oracle.R). */
export const reference = read('reference.json') as Reference;

/** Results of other software, with their sources. */
export const cases = read('cases.json') as {
  readonly rerandomisation: {
    readonly expected: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
  readonly interval: {
    readonly expected: {
      readonly difference_ci: readonly [number, number];
      readonly log_ratio_estimate: number;
      readonly log_ratio_ci: readonly [number, number];
    };
  };
  readonly permutation: {
    readonly expected: Readonly<Record<string, number>>;
    readonly A: readonly number[];
    readonly B: readonly number[];
  };
};

export const unitsOf = (y: readonly number[], e: readonly number[], a: readonly number[]) =>
  y.map((numerator, i): AssignedUnit => ({
    numerator,
    denominator: e[i] ?? Number.NaN,
    treated: a[i] === 1,
  }));

export const designOf = (name: string) => {
  const { units, procedure } = reference.designs[name] ?? {};
  if (units === undefined || procedure === undefined) throw new Error(`no design ${name}`);
  return { units: unitsOf(units.y, units.e, units.a), procedure };
};

/** Ten practices, five treated. */
export const small = designOf('small').units;

/** The result, or a failure that says why there is none. */
export function made<T extends object>(
  result:
    ({ readonly estimable: true } & T) | { readonly estimable: false; readonly reason: string },
): T {
  if (!result.estimable) throw new Error(result.reason);
  return result;
}

export const close = (
  got: number | null,
  expected: number | null | undefined,
  tolerance = { rel: 1e-9, abs: 1e-9 },
): void => {
  if (got === null || expected === null || expected === undefined) {
    throw new Error(`${got} where ${expected} was expected`);
  }
  const { rel, abs } = tolerance;
  expect(Math.abs(got - expected)).toBeLessThanOrEqual(Math.max(abs, rel * Math.abs(expected)));
};
