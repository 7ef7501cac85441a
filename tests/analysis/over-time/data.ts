import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { Estimable } from '../../../src/analysis/estimable.ts';
import type {
  PeriodUnit,
  StatisticOverTime,
} from '../../../src/analysis/methods/over-time/index.ts';
import type { Procedure } from '../../../src/analysis/methods/rerandomization/index.ts';

type Grid = readonly (readonly number[])[];

interface Numbers {
  readonly estimate: readonly number[] | number;
  readonly se: readonly number[] | number;
  readonly df: number;
  readonly p: readonly number[] | number;
}

interface Test {
  readonly statistic: number;
  readonly df: readonly number[];
  readonly pValue: number;
}

interface Fitted {
  readonly set: string;
  readonly statistic: StatisticOverTime;
  readonly correlation: 'independence' | 'exchangeable';
}

interface Design {
  readonly y: Grid;
  readonly e: Grid;
  readonly arms: Grid;
  readonly washout: { readonly y: Grid; readonly e: Grid } | null;
  readonly sequences: Grid;
  readonly groups: readonly number[];
  readonly procedure: Procedure;
}

interface Reference {
  readonly sets: Readonly<Record<string, Pick<Design, 'y' | 'e' | 'arms'>>>;
  readonly estimates: readonly (Fitted & {
    readonly alpha: number;
    readonly beta: readonly number[];
    readonly robust: readonly number[];
    readonly plain: {
      readonly glm: readonly number[];
      readonly CR0: readonly number[];
      readonly CR3: readonly number[];
      /** Of Bell and McCaffrey with CR2, by least squares. */
      readonly df?: readonly number[];
    } | null;
    readonly se: Readonly<Record<'CR0' | 'KC' | 'MD' | 'FG', readonly number[]>>;
    readonly periods: number;
    readonly df: number;
    readonly p: readonly number[] | number;
  })[];
  readonly exposures: readonly (Fitted & {
    readonly effects: Numbers;
    readonly test: Test;
    readonly average: Numbers;
  })[];
  readonly carry: readonly (Fitted & { readonly both: Numbers })[];
  readonly byPeriod: readonly (Fitted & { readonly effects: Numbers; readonly test: Test })[];
  readonly designs: Readonly<Record<string, Design>>;
  readonly tests: readonly {
    readonly design: string;
    readonly arm: number;
    readonly scale: number;
    readonly shift: number;
    readonly T: number;
    readonly two: number;
    readonly less: number;
    readonly greater: number;
    readonly draws: number;
  }[];
  readonly intervals: readonly {
    readonly design: string;
    readonly arm: number;
    readonly statistic: StatisticOverTime;
    readonly sides: 'two-sided' | 'lower' | 'upper';
    readonly level: number;
    readonly estimate: number;
    readonly lower?: number | null;
    readonly upper?: number | null;
  }[];
}

/** Numbers of R 4.2.2; `oracle.R` says how they were made. */
export const reference = JSON.parse(
  readFileSync(new URL('reference.json', import.meta.url), 'utf8'),
) as Reference;

/** Clusters from matrices of clusters by periods. */
function unitsOf({
  y,
  e,
  arms,
  washout = null,
}: Pick<Design, 'y' | 'e' | 'arms'> & Partial<Pick<Design, 'washout'>>): PeriodUnit[] {
  const totals = (numerators: Grid, denominators: Grid, i: number): PeriodUnit['cells'] =>
    (numerators[i] ?? []).map((numerator, j) => ({
      numerator,
      denominator: denominators[i]?.[j] ?? 0,
    }));
  return y.map((_, i) => ({
    cells: totals(y, e, i),
    arms: arms[i] ?? [],
    ...(washout && { washout: totals(washout.y, washout.e, i) }),
  }));
}

export function unitsNamed(set: string): PeriodUnit[] {
  const found = reference.sets[set];
  if (found === undefined) throw new Error(`no data named ${set}`);
  return unitsOf(found);
}

export function designNamed(name: string): Design & { readonly units: readonly PeriodUnit[] } {
  const found = reference.designs[name];
  if (found === undefined) throw new Error(`no design named ${name}`);
  return { ...found, units: unitsOf(found) };
}

/** A result that must be there. */
export function made<T>(result: Estimable<T>): T {
  if (!result.estimable) throw new Error(`not estimable: ${result.reason}`);
  return result;
}

/** Why there is no result. */
export function reasonOf(result: Estimable<unknown>): string {
  if (result.estimable) throw new Error('a result where none was expected');
  return result.reason;
}

/** R writes a list of one number as the number. */
export function listOf(values: readonly number[] | number): readonly number[] {
  return typeof values === 'number' ? [values] : values;
}

export function close(
  got: number | null | undefined,
  expected: number | undefined,
  rel = 1e-7,
): void {
  const wanted = expected ?? Number.NaN;
  expect(Math.abs((got ?? Number.NaN) - wanted)).toBeLessThanOrEqual(
    Math.max(1e-10, rel * Math.abs(wanted)),
  );
}
