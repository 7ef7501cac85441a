import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type {
  Adjustment,
  ArmSample,
  ArmUnits,
  Factor,
  FactorialCell,
  FactorLevels,
} from '../../../src/analysis/methods/several/index.ts';

interface Interval {
  readonly estimate: number;
  readonly se: number;
  readonly p: number;
  readonly lower: number;
  readonly upper: number;
}

interface Wald {
  readonly wald: number;
  readonly p: number;
  readonly chiP: number;
}

type PerCorrection<T> = Readonly<Record<'CR0' | 'KC' | 'MD', T>>;

interface SteppedP {
  readonly adjusted: readonly number[];
  readonly stepDown: readonly number[];
}

/** What `oracle.R` prints. */
interface Reference {
  readonly adjust: Readonly<
    Record<
      string,
      {
        readonly p: readonly number[];
        readonly adjusted: Readonly<Record<Adjustment, readonly number[]>>;
      }
    >
  >;
  readonly dunnett: readonly (SteppedP & {
    readonly alternative: 'two-sided' | 'less' | 'greater';
    readonly arms: readonly ArmSample[];
    readonly control: string;
    readonly df: number;
    readonly t: readonly number[];
    readonly estimate: readonly number[];
    readonly standardError: readonly number[];
    readonly pValue: readonly number[];
    readonly critical: number;
    readonly lower: readonly number[];
    readonly upper: readonly number[];
    readonly multcomp: SteppedP;
  })[];
  readonly rates: readonly {
    readonly arms: readonly ArmUnits[];
    readonly df: number;
    readonly rate: readonly number[];
    readonly logRate: readonly number[];
    readonly standardError: PerCorrection<readonly number[]>;
    readonly logRatio: PerCorrection<Wald>;
    readonly difference: PerCorrection<Wald>;
    readonly control: Readonly<
      Record<'logRatio' | 'difference', SteppedP & { readonly critical: number }>
    >;
  }[];
  readonly wald: readonly (Wald & {
    readonly estimates: readonly number[];
    readonly covariance: readonly (readonly number[])[];
    readonly contrasts: readonly (readonly number[])[];
    readonly df: number;
  })[];
  readonly factorial: readonly {
    readonly factors: readonly Factor[];
    readonly cells: readonly FactorialCell[];
    readonly df: number;
    readonly tests: readonly {
      readonly term: string;
      readonly f: number;
      readonly q: number;
      readonly p: number;
    }[];
    readonly margins: readonly (Interval & { readonly levels: FactorLevels })[];
    readonly simple: readonly (Interval & { readonly at: FactorLevels })[];
  }[];
}

export const reference = JSON.parse(
  readFileSync(new URL('reference.json', import.meta.url), 'utf8'),
) as Reference;

/** The result, or a failure that says why there is none. */
export function made<T extends object>(
  result:
    ({ readonly estimable: true } & T) | { readonly estimable: false; readonly reason: string },
): T {
  if (!result.estimable) throw new Error(result.reason);
  return result;
}

/** Asserts |got - expected| ≤ max(absolute, relative |expected|). */
export function close(
  got: number | undefined,
  expected: number | undefined,
  { relative = 1e-9, absolute = 1e-11 }: { relative?: number; absolute?: number } = {},
): void {
  expect(typeof got).toBe('number');
  expect(typeof expected).toBe('number');
  const bound = Math.max(absolute, relative * Math.abs(expected ?? 0));
  if (!(Math.abs((got ?? 0) - (expected ?? 0)) <= bound)) expect(got).toBe(expected);
}

/** The same for lists. */
export function allClose(
  got: readonly number[],
  expected: readonly number[],
  tolerance?: { relative?: number; absolute?: number },
): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((value, i) => close(value, expected[i], tolerance));
}
