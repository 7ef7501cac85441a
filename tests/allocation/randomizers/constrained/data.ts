import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { Cluster } from '../../../../src/allocation/clusters/cluster.ts';
import type { Redraw } from '../../../../src/allocation/randomizers/randomizer.ts';
import { randomStream } from '../../../../src/stats/index.ts';
import type { ConstrainedMethod } from '../../../../src/trial/allocation-plan.ts';

/** What R found by writing down every allocation (oracle.R). */
export interface Case {
  readonly name: string;
  readonly method: ConstrainedMethod;
  readonly weights: readonly number[];
  readonly clusters: readonly Cluster[];
  readonly possible: number;
  readonly cutoff: number;
  readonly candidates: number;
  readonly mean: number;
  readonly meanOfCandidates: number;
  readonly quantiles: readonly number[];
  readonly first: number;
  readonly firstGroups: readonly number[];
  readonly least: number;
  readonly most: number;
  readonly chances: readonly (readonly [number, number])[];
  readonly complete: readonly number[];
  readonly constrained: readonly number[];
  readonly kept: readonly string[];
}

interface Published {
  readonly counties: {
    readonly clusters: readonly Cluster[];
    readonly expected: {
      readonly possible: number;
      readonly mean: number;
      readonly l2: Readonly<Record<string, number>>;
      readonly l1: Readonly<Record<string, number>>;
      readonly upToTenth: number;
      readonly belowTenth: number;
    };
  };
  readonly twelve: {
    readonly clusters: readonly Cluster[];
    readonly expected: Readonly<Record<string, number>>;
    readonly tolerance: { readonly rel: number; readonly abs: number };
  };
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

export const cases = read('reference.json') as readonly Case[];
export const published = read('published.json') as Published;

export const near = (
  got: number | undefined,
  expected: number,
  { rel = 1e-10, abs = 1e-12 }: { readonly rel?: number; readonly abs?: number } = {},
): void => {
  expect(Math.abs((got ?? Number.NaN) - expected)).toBeLessThanOrEqual(
    Math.max(abs, rel * Math.abs(expected)),
  );
};

/** Synthetic clusters with two continuous covariates, two areas, and whether they are rural. */
export function synthetic(count: number, seed: string | number = 1): readonly Cluster[] {
  const stream = randomStream(['synthetic clusters', seed]);
  return Array.from({ length: count }, (_, i) => ({
    id: `c${i}`,
    size: 20 + stream.integer(200),
    values: {
      rate: stream.normal(),
      area: i % 3 === 0 ? 'a' : 'b',
      rural: i % 2 === 0 ? 'yes' : 'no',
    },
  }));
}

export const method: ConstrainedMethod = {
  method: 'constrained',
  covariates: [{ name: 'size' }, { name: 'rate' }, { name: 'rural', kind: 'categorical' }],
};

export const listOf = (redraw: Redraw): readonly Uint8Array[] => {
  if (redraw.kind !== 'listed') throw new Error(`${redraw.kind} is no list`);
  return redraw.allocations;
};

export const samplerOf = (redraw: Redraw): Extract<Redraw, { kind: 'sampler' }>['sample'] => {
  if (redraw.kind !== 'sampler') throw new Error(`${redraw.kind} cannot be drawn from`);
  return redraw.sample;
};

export const sizesOf = (allocation: ArrayLike<number>, groups: number): readonly number[] =>
  Array.from(
    { length: groups },
    (_, group) => Array.from(allocation).filter((own) => own === group).length,
  );

/** Pearson's χ² of counts that should all be alike. */
export const unevenness = (counts: readonly number[]): number => {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
};
