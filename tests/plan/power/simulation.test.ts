import { describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../../src/plan/power/index.ts';
import {
  clusterPower,
  powerOverTime,
  steppedWedge,
  twoStepPower,
} from '../../../src/plan/power/index.ts';
import type { RandomStream } from '../../../src/stats/index.ts';
import { matrixFrom, randomStream, solve, studentT } from '../../../src/stats/index.ts';
import { made } from './reference.ts';

const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
const squares = (x: readonly number[]): number => {
  const m = mean(x);
  return x.reduce((a, b) => a + (b - m) ** 2, 0);
};

/** Share of simulated trials in which the statistic is beyond the critical value. */
function share(trials: number, found: () => boolean): { rate: number; error: number } {
  let count = 0;
  for (let i = 0; i < trials; i += 1) if (found()) count += 1;
  const rate = count / trials;
  return { rate, error: Math.sqrt((rate * (1 - rate)) / trials) };
}

/** A Poisson number: how many waiting times end within the mean. */
function events(stream: RandomStream, mean: number): number {
  const end = Math.exp(-mean);
  let count = 0;
  for (let left = stream.next(); left > end; left *= stream.next()) count += 1;
  return count;
}

describe('Simulated trials find what the formulas say', () => {
  test('in two steps, with 2,500 trials as published', () => {
    const stream = randomStream('two steps');
    const [k0, k1, m] = [10, 20, 30];
    const outcome: Outcome = { kind: 'mean', between: 1, within: 8 };
    const providers = { control: k0, intervention: k1 };
    const planned = made(
      twoStepPower(outcome, { standard: 1.5, enhanced: 2.25, providers, size: m }),
    );
    const deviation = Math.sqrt(8 / (m / 2));
    const critical = studentT.quantile(0.0125, k0 + k1 - 2, 'upper');
    let standard = 0;
    const enhanced = share(2500, () => {
      // Means of the two halves of each provider's patients; those of control stand for all of them.
      const halves = Array.from({ length: k0 + k1 }, (_, i) => {
        const level = stream.normal();
        const treated = i < k0 ? 0 : 1;
        return {
          treated,
          usual: level + 1.5 * treated + deviation * stream.normal(),
          more: level + 2.25 * treated + deviation * stream.normal(),
        };
      });
      const [control, cds] = [0, 1].map((arm) => halves.filter(({ treated }) => treated === arm));
      const gain = mean((cds ?? []).map(({ usual, more }) => more - usual));
      const levels = [control, cds].map((arm) =>
        (arm ?? []).map(({ usual, more }) => (usual + more) / 2),
      );
      const [none = [], some = []] = levels;
      const pooled = (squares(none) + squares(some)) / (k0 + k1 - 2);
      const estimate = mean(some) - gain / 2 - mean(none);
      const variance = pooled * (1 / k0 + 1 / k1) + (8 * 4) / (k1 * m) / 4;
      if (estimate / Math.sqrt(variance) > critical) standard += 1;
      return gain / Math.sqrt((8 * 4) / (k1 * m)) > 2.2414;
    });
    expect(Math.abs(enhanced.rate - planned.enhanced.power)).toBeLessThan(4 * enhanced.error);
    expect(Math.abs(standard / 2500 - planned.standard.power)).toBeLessThan(0.032);
  });

  test('for ratios of rates that vary between clusters of unequal exposure', () => {
    const stream = randomStream('rates');
    const exposures = [150, 200, 250, 300, 350, 400, 200, 300, 100, 250, 350, 150];
    const size = mean(exposures);
    const cv = Math.sqrt(squares(exposures) / exposures.length) / size;
    const outcome: Outcome = { kind: 'rate', control: 0.2, kappa: 0.25 };
    const clusters = { arm: 12, control: 12 };
    const planned = made(clusterPower(outcome, { arm: 0.14, clusters, size, cv }));
    // Lognormal levels with the coefficient of variation 0.25.
    const spread = Math.sqrt(Math.log(1.0625));
    const critical = studentT.quantile(0.025, 22, 'upper');
    const arm = (rate: number): { log: number; variance: number } => {
      const units = exposures.map((exposure) => {
        const level = Math.exp(spread * stream.normal() - (spread * spread) / 2);
        return { exposure, events: events(stream, rate * level * exposure) };
      });
      const total = units.reduce((sum, { events }) => sum + events, 0);
      const found = total / (size * 12);
      const residuals = units.reduce(
        (sum, { events, exposure }) => sum + (events - found * exposure) ** 2,
        0,
      );
      return { log: Math.log(found), variance: ((12 / 11) * residuals) / total ** 2 };
    };
    const { rate, error } = share(800, () => {
      const [usual, other] = [arm(0.2), arm(0.14)];
      return (usual.log - other.log) / Math.sqrt(usual.variance + other.variance) > critical;
    });
    expect(Math.abs(rate - planned.power)).toBeLessThan(4 * error);
  });

  test('for a stepped wedge with a cluster level that fades, by generalised least squares', () => {
    const stream = randomStream('wedge');
    const matrix = steppedWedge({ steps: 3, clusters: 3 });
    const outcome: Outcome = { kind: 'mean', between: 0.1, within: 1 };
    const time = { structure: 'exponential-decay', clusterAutocorrelation: 0.6 } as const;
    const planned = made(
      powerOverTime(outcome, matrix, { ...time, arms: [0.45], sizes: 20, test: 'z' }),
    );
    const periods = [0, 1, 2, 3];
    const covariance = matrixFrom(
      periods.map((i) => periods.map((j) => 0.1 * 0.6 ** Math.abs(i - j) + (i === j ? 0.05 : 0))),
    );
    const { rate, error } = share(2000, () => {
      const information = Array.from({ length: 5 }, () => [0, 0, 0, 0, 0]);
      const right = [0, 0, 0, 0, 0];
      for (const row of matrix) {
        let level = Math.sqrt(0.1) * stream.normal();
        const y = row.map((arm, j) => {
          if (j > 0) level = 0.6 * level + Math.sqrt(0.1 * (1 - 0.36)) * stream.normal();
          return 0.3 * j + 0.45 * (arm ?? 0) + level + Math.sqrt(0.05) * stream.normal();
        });
        const x = row.map((arm, j) => [...periods.map((p) => (p === j ? 1 : 0)), arm ?? 0]);
        const weighted = solve(covariance, matrixFrom(x.map((line, j) => [...line, y[j] ?? 0])));
        x.forEach((line, j) =>
          line.forEach((value, a) => {
            for (let b = 0; b < 5; b += 1) {
              const sums = information[a] ?? [];
              sums[b] = (sums[b] ?? 0) + value * (weighted?.values[j * 6 + b] ?? 0);
            }
            right[a] = (right[a] ?? 0) + value * (weighted?.values[j * 6 + 5] ?? 0);
          }),
        );
      }
      const estimate = solve(matrixFrom(information), matrixFrom(right.map((value) => [value])));
      return (estimate?.values[4] ?? 0) / planned.standardError > 1.959964;
    });
    expect(Math.abs(rate - planned.power)).toBeLessThan(4 * error);
  });
});
