import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { Outcome } from '../../../src/plan/power/index.ts';

export function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
}

export function close(got: number | undefined | null, expected: number, rel = 1e-9): void {
  const error = Math.abs((got ?? Number.NaN) - expected);
  expect({ got, expected, within: error <= Math.max(1e-12, rel * Math.abs(expected)) }).toEqual({
    got,
    expected,
    within: true,
  });
}

export function made<T extends object>(
  result:
    ({ readonly estimable: true } & T) | { readonly estimable: false; readonly reason: string },
): T {
  if (!result.estimable) throw new Error(result.reason);
  return result;
}

export interface ClusterCase {
  readonly outcome: Readonly<Record<string, number>> & { readonly type: string };
  readonly design: Readonly<Record<string, number>> & { readonly null?: boolean };
  readonly se: number;
  readonly power: Readonly<Record<'z' | 't' | 'nct', number>>;
  readonly needed: Readonly<Record<'z' | 't' | 'nct', number | null>>;
  readonly higher: number | null;
  readonly lower: number | null;
  readonly sizeNeeded: number | null;
}

export interface Reference {
  readonly proportions: readonly Readonly<Record<string, number>>[];
  readonly unequal: readonly Readonly<Record<string, number>>[];
  readonly clusters: readonly ClusterCase[];
  readonly baselines: readonly Readonly<Record<'b' | 'w' | 'm' | 'm0' | 'c' | 's' | 'r', number>>[];
  readonly several: {
    readonly clusters: readonly number[];
    readonly effects: readonly number[];
    readonly df: number;
    readonly dunnettLevel: number;
    readonly dunnett: readonly number[];
    readonly bonferroni: readonly number[];
    readonly joint: { readonly all: number; readonly any: number };
  };
  readonly gls: readonly {
    readonly name: string;
    readonly matrix: readonly (readonly (number | null)[])[];
    readonly sizes: readonly (readonly number[])[];
    readonly between: readonly number[];
    readonly within: readonly number[];
    readonly structure: 'exchangeable' | 'nested-exchangeable' | 'exponential-decay';
    readonly cac: number;
    readonly sac: number;
    readonly comparison: readonly [number, number];
    readonly variance: number;
  }[];
  readonly twoStep: readonly {
    readonly k0: number;
    readonly k1: number;
    readonly m: number;
    readonly q: number;
    readonly b: readonly [number];
    readonly w: readonly [number];
    readonly standard: number;
    readonly enhanced: number;
  }[];
}

export const reference: Reference = read('reference.json') as Reference;

/** The outcome of a case of R. */
export function outcomeOf({ outcome: o }: ClusterCase): Outcome {
  const { control = 0, icc = 0, kappa = 0, phi = 1, between = 0, within = 1 } = o;
  if (o.type === 'proportion') return { kind: 'proportion', control, icc };
  if (o.type === 'mean') return { kind: 'mean', between, within };
  const scale = o.type === 'ratio' ? 'ratio' : 'difference';
  return { kind: 'rate', control, kappa, overdispersion: phi, scale };
}
