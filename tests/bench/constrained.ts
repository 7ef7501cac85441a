/**
 * How long covariate-constrained randomisation of 150 practices with 6 covariates takes, in two and in
 * three arms: the cut-off from 100,000 sampled allocations, a draw, 10,000 draws for a test, and what a
 * planner is shown. Beside it all 12,870 allocations of 16 clusters.
 * Run with `npx tsx --conditions=@rapidcycle/source tests/bench/constrained.ts`.
 */
import {
  constrainedRandomizer,
  constraintOf,
} from '../../src/allocation/randomizers/constrained/index.ts';
import { randomStream } from '../../src/stats/index.ts';
import type { ConstrainedMethod } from '../../src/trial/allocation-plan.ts';

const names = Array.from({ length: 6 }, (_, k) => `x${k}`);
const method: ConstrainedMethod = {
  method: 'constrained',
  covariates: names.map((name) => ({ name })),
};

/** Synthetic practices with covariates that say nothing about each other. */
function practices(count: number) {
  const { normal: deviate } = randomStream('constrained bench');
  return Array.from({ length: count }, (_, i) => ({
    id: `practice ${i}`,
    values: Object.fromEntries(names.map((name) => [name, deviate()])),
  }));
}

function timed<T>(what: string, task: () => T): T {
  const before = performance.now();
  const result = task();
  console.log(what.padEnd(56), `${((performance.now() - before) / 1000).toFixed(3)} s`);
  return result;
}

for (const { count, weights } of [
  { count: 16, weights: [1, 1] },
  { count: 150, weights: [1, 1] },
  { count: 150, weights: [1, 1, 1] },
]) {
  const setting = { clusters: [practices(count)], weights, seed: 'bench' };
  const name = `${count} clusters, ${weights.length} arms:`;
  const { draw, redraw } = timed(`${name} cut-off`, () => constrainedRandomizer(method, setting));
  const actual = timed(`${name} draw`, () => draw(() => randomStream('draw')));
  timed(`${name} what a planner is shown`, () => constraintOf(method, setting));
  const again = redraw(actual);
  if (again.kind === 'sampler') {
    const stream = randomStream('test');
    timed(`${name} 10,000 draws for a test`, () => {
      for (let b = 0; b < 10_000; b += 1) again.sample(stream);
    });
  }
}
