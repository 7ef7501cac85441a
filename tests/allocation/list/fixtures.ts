import type { Allocation } from '../../../src/allocation/index.ts';
import { allocate, clustersFrom } from '../../../src/allocation/index.ts';
import type { Trial } from '../../../src/index.ts';
import { trialWith } from '../../trials.ts';

/** First day of a week of the trial, `YYYY-MM-DD`. */
export const week = (number: number): string =>
  new Date(Date.UTC(2026, 9, 5 + 7 * number)).toISOString().slice(0, 10);

/** A trial of practices that allocates from a list. */
export function listedTrial(
  method: unknown,
  { periods, ...changes }: { readonly periods?: unknown } & Readonly<Record<string, unknown>> = {},
): Trial {
  const allocation = { kind: 'listed', method, ...(periods !== undefined && { periods }) };
  return trialWith({ unit: 'practice', allocation, ...changes });
}

/** Synthetic practices with a size, a rate, a region and a pair. */
export function practices(count: number): readonly Readonly<Record<string, unknown>>[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `practice-${i + 1}`,
    size: 100 + ((i * 37) % 90),
    rate: 0.1 + ((i * 7) % 11) / 50,
    region: i % 3 === 0 ? 'north' : 'south',
    pair: `pair-${Math.floor(i / 2)}`,
  }));
}

/** The list of so many synthetic practices. */
export function listOf(trial: Trial, count = 12, seed = 'seed'): Allocation {
  return allocate(trial, clustersFrom(trial, practices(count)), { seed });
}

/** Every method, as a protocol states it. */
export const methods: readonly Readonly<Record<string, unknown>>[] = [
  { method: 'complete' },
  { method: 'blocks', sizes: [2, 4], strata: ['region'] },
  { method: 'matched', set: 'pair' },
  { method: 'matched', covariates: [{ name: 'size' }, { name: 'rate' }] },
  {
    method: 'constrained',
    covariates: [{ name: 'size' }, { name: 'rate' }, { name: 'region', kind: 'categorical' }],
  },
  { method: 'minimisation', factors: [{ name: 'region' }] },
];
