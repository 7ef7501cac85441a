import type { RandomStream, Seed } from '../../stats/index.ts';
import { gammaVariate } from '../../stats/gamma-variate.ts';
import { randomStream, studentT } from '../../stats/index.ts';
import { requireUnits } from '../../analysis/methods/check.ts';

const { abs, sqrt } = Math;

/** A comparison of two arms as it is simulated. */
interface Comparison {
  readonly comparison: readonly [number, number];
  readonly effect: number;
  readonly standardError: number;
  /** Two-sided level by itself. */
  readonly level: number;
}

/** How often comparisons were found. */
interface Found {
  readonly each: readonly number[];
  readonly any: number;
  readonly all: number;
}

/**
 * How often each of several comparisons, any and all of them are found, each in its direction, when
 * arms have independent normal values with these deviations and one judged variance. With `stepwise`
 * by Holm's procedure: the largest |T| at α/m, the next at α/(m − 1), until one fails. `any` and `all`
 * are of those that have an effect.
 */
export function drawRejections(
  comparisons: readonly Comparison[],
  {
    deviations,
    degreesOfFreedom,
    alpha,
    stepwise,
    draws,
    seed,
  }: {
    readonly deviations: readonly number[];
    readonly degreesOfFreedom: number;
    readonly alpha: number;
    readonly stepwise: boolean;
    readonly draws: number;
    readonly seed: Seed;
  },
): Found {
  requireUnits('draws', draws);
  const stream = randomStream(seed);
  const many = comparisons.length;
  // The bound of the largest |T|, of the next, ….
  const bounds = comparisons.map(({ level }, step) =>
    studentT.quantile((stepwise ? alpha / (many - step) : level) / 2, degreesOfFreedom, 'upper'),
  );
  const each = comparisons.map(() => 0);
  const statistics = new Float64Array(many);
  const order = comparisons.map((_, c) => c);
  const real = comparisons.filter(({ effect }) => effect !== 0).length;
  let [any, all] = [0, 0];
  for (let draw = 0; draw < draws; draw += 1) {
    const values = deviations.map((deviation) => deviation * stream.normal());
    const scale = scaleOf(stream, degreesOfFreedom);
    comparisons.forEach(({ comparison: [i, j], effect, standardError }, c) => {
      const estimate = effect + (values[i] ?? 0) - (values[j] ?? 0);
      statistics[c] = estimate / (standardError * scale);
    });
    if (stepwise) order.sort((a, b) => abs(statistics[b] ?? 0) - abs(statistics[a] ?? 0));
    let found = 0;
    for (const [step, c] of order.entries()) {
      const statistic = statistics[c] ?? 0;
      if (abs(statistic) <= (bounds[step] ?? Infinity)) {
        if (stepwise) break;
        continue;
      }
      const effect = comparisons[c]?.effect ?? 0;
      if (effect * statistic >= 0) each[c] = (each[c] ?? 0) + 1;
      if (effect * statistic > 0) found += 1;
    }
    if (found > 0) any += 1;
    if (found > 0 && found === real) all += 1;
  }
  return { each: each.map((count) => count / draws), any: any / draws, all: all / draws };
}

/** A draw of √(χ²/df). */
function scaleOf(stream: RandomStream, df: number): number {
  return df === Infinity ? 1 : sqrt(gammaVariate(stream, df / 2));
}
