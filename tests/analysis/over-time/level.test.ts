import { expect, test } from '@jest/globals';
import type { PeriodUnit } from '../../../src/analysis/methods/over-time/index.ts';
import {
  estimateOverTime,
  rerandomizeOverTime,
} from '../../../src/analysis/methods/over-time/index.ts';
import type { RandomStream } from '../../../src/stats/index.ts';
import { randomStream } from '../../../src/stats/index.ts';
import { made } from './data.ts';

/** A count with a mean (Knuth: uniforms multiplied until they pass exp(-mean)). */
function poisson(stream: RandomStream, mean: number): number {
  const bound = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product > bound; product *= stream.next()) count += 1;
  return count;
}

/** A trial without effect: a trend over time, clusters and their periods that differ, unlike sizes. */
function trialOf(
  stream: RandomStream,
  sequences: readonly number[][],
  groups: Int32Array,
): PeriodUnit[] {
  return Array.from(groups, (group) => {
    const size = 30 * Math.exp(0.4 * stream.normal());
    const level = 0.4 * stream.normal();
    const arms = sequences[group] ?? [];
    return {
      arms,
      cells: arms.map((_, j) => {
        const denominator = Math.max(1, Math.round(size * (0.7 + 0.6 * stream.next())));
        const rate = 0.3 * Math.exp(0.15 * j + level + 0.15 * stream.normal());
        return { numerator: poisson(stream, denominator * rate), denominator };
      }),
    };
  });
}

const stepped = (steps: number): number[][] =>
  Array.from({ length: steps }, (_, s) => Array.from({ length: steps + 1 }, (__, j) => +(j > s)));

test.each([
  ['a stepped wedge of 8 clusters', 8, stepped(4)],
  ['a stepped wedge of 12 clusters', 12, stepped(3)],
  ['a stepped wedge of 30 clusters', 30, stepped(5)],
  [
    'a crossover of 8 clusters',
    8,
    [
      [0, 1, 0, 1],
      [1, 0, 1, 0],
    ],
  ],
] as const)('In %s without effect both tests reject near 5 %%', (name, clusters, sequences) => {
  const stream = randomStream(['level', name]);
  const trials = 100;
  const values: { readonly model: number[]; readonly orders: number[] } = { model: [], orders: [] };
  for (let trial = 0; trial < trials; trial += 1) {
    const groups = Int32Array.from({ length: clusters }, (_, i) => i % sequences.length);
    stream.shuffle(groups);
    const units = trialOf(stream, sequences as number[][], groups);
    values.model.push(made(estimateOverTime(units, { statistic: 'logRatio' })).pValue);
    const orders = rerandomizeOverTime(units, {
      statistic: 'logRatio',
      sequences,
      groups: [...groups],
      procedure: { kind: 'complete' },
      seed: ['level', name, trial],
      draws: 99,
      enumerateUpTo: 0,
    });
    values.orders.push(made(orders).pValue);
  }
  // At 5 % 5 are expected with a standard deviation of 2.2, at 20 % 20 with one of 4.
  for (const found of Object.values(values)) {
    const rejected = (alpha: number): number => found.filter((p) => p <= alpha).length;
    expect(rejected(0.05)).toBeLessThanOrEqual(11);
    expect(rejected(0.2)).toBeGreaterThanOrEqual(8);
    expect(rejected(0.2)).toBeLessThanOrEqual(32);
  }
});
