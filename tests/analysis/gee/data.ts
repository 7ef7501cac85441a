import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { ClusteredData } from '../../../src/analysis/methods/gee/index.ts';

export type Numbers = readonly number[];
type Columns = Readonly<Record<string, Numbers>>;

/** Numbers of R on one set of data, from oracle.R. */
export interface Reference {
  readonly data: Readonly<Record<string, Columns>>;
  readonly fits: readonly {
    readonly name: string;
    readonly family: 'poisson' | 'binomial' | 'gaussian';
    readonly moments: 'geepack' | 'gee';
    readonly correlation: 'independence' | 'exchangeable';
    readonly fixed: boolean;
    readonly beta: Numbers;
    readonly phi: number;
    readonly alpha: number;
    readonly model: Numbers;
    readonly robust: Numbers;
    readonly dense: Readonly<Record<'CR0' | 'KC' | 'MD' | 'FG', Numbers>>;
  }[];
  readonly glms: readonly {
    readonly name: string;
    readonly family: 'poisson' | 'binomial';
    readonly CR0: Numbers;
    readonly CR3: Numbers;
  }[];
  readonly ols: readonly {
    readonly name: string;
    readonly tests: readonly {
      readonly type: 'CR0' | 'CR2' | 'CR3';
      readonly beta: Numbers;
      readonly se: Numbers;
      readonly df: Numbers;
      readonly p: Numbers;
      readonly lower: Numbers;
      readonly upper: Numbers;
    }[];
  }[];
  readonly satterthwaite: Readonly<Record<'CR0' | 'KC' | 'MD' | 'FG', number>>;
  readonly wald: readonly {
    readonly correction: 'CR0' | 'KC' | 'MD';
    readonly L: readonly Numbers[];
    readonly W: number;
    readonly F: number;
    readonly df: Numbers;
    readonly p: number;
  }[];
  readonly standardised: readonly {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly seFrom: number;
    readonly seTo: number;
    readonly seDifference: number;
    readonly seLogRatio: number;
    readonly seLogOddsRatio: number | null;
    readonly residualDf: number;
  }[];
  readonly quasi: readonly {
    readonly name: string;
    readonly beta: Numbers;
    readonly se: Numbers;
    readonly dispersion: number;
    readonly p: Numbers;
    readonly F: number;
    readonly df: Numbers;
    readonly pF: number;
  }[];
  readonly hard: readonly {
    readonly family: 'poisson' | 'binomial';
    readonly y: Numbers;
    readonly x: Numbers;
    readonly offset: Numbers;
    readonly beta: Numbers;
    readonly CR0: Numbers;
  }[];
  readonly nb: readonly (NegativeBinomial & {
    readonly name: string;
    readonly MASS: NegativeBinomial;
  })[];
}

interface NegativeBinomial {
  readonly beta: Numbers;
  readonly theta: number;
  readonly thetaSE: number;
  readonly se: Numbers;
  readonly robust: Numbers;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

export const reference = read('reference.json') as Reference;

/** Numbers of published and other programs, with their source and tolerance. */
export const cases = read('cases.json') as readonly {
  readonly name: string;
  readonly expected: Readonly<Record<string, number | Numbers>>;
  readonly tolerance: { readonly rel: number; readonly abs: number };
}[];

/** A data set of the reference; columns are the outcome `y`, the cluster `id` and covariates. */
export function dataOf(name: string): ClusteredData {
  const { id, y = [], logdays, trials, old: _, ...covariates } = reference.data[name] ?? {};
  return {
    outcome: trials ? y.map((events, i) => events / (trials[i] ?? 0)) : y,
    cluster: id ?? y.map((_count, i) => i),
    covariates,
    offset: logdays,
    weights: trials,
  };
}

/** The estimate, or a failure that says why there is none. */
export function made<T extends object>(
  result:
    ({ readonly estimable: true } & T) | { readonly estimable: false; readonly reason: string },
): T {
  if (!result.estimable) throw new Error(result.reason);
  return result;
}

/** Numbers agree within a relative and an absolute tolerance. */
export function close(
  got: number | Numbers | null | undefined,
  expected: number | Numbers | null | undefined,
  { rel = 1e-6, abs = 1e-9 }: { readonly rel?: number; readonly abs?: number } = {},
): void {
  const [one, other] = [[got ?? Number.NaN].flat(), [expected ?? Number.NaN].flat()];
  expect(one).toHaveLength(other.length);
  one.forEach((value, i) => {
    const truth = other[i] ?? Number.NaN;
    expect(Math.abs(value - truth)).toBeLessThanOrEqual(Math.max(abs, rel * Math.abs(truth)));
  });
}
