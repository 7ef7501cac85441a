import type { ContrastOptions, EstimateOptions } from './statistic.ts';
import { contrast, estimateArms, negligible } from './statistic.ts';
import { sumsPerArm } from './sums.ts';

// Held here because looking up an import each time is slow under test runners and loaders.
const width = sumsPerArm;
const estimate = estimateArms;
const compare = contrast;
const nothing = Number.NaN;

/** An assumed effect, by what it does to the units that really were treated. */
export interface AssumedEffect {
  /** The factor of their numerators. */
  readonly scale: number;
  /** How many of their denominators are then added to their centred numerators. */
  readonly lift: number;
}

/** The sums of two arms by whether a unit was really treated (the first half) or not. */
export const sumsPerDraw: number = 4 * width;

/**
 * A function that gives the statistic of a draw with an assumed effect taken out of the units really
 * treated. It turns the sums of the draw into those of the adjusted data, so the time that it takes
 * does not depend on the number of units.
 *
 * @param kept the sums of each draw, one behind the other
 */
export function statisticUnder(
  kept: Float64Array,
  { studentized, unit, ...options }: EstimateOptions & Omit<ContrastOptions, 'control'>,
): (draw: number, effect: AssumedEffect) => number {
  const sums = new Float64Array(2 * width);
  const estimates = new Float64Array(4);
  const twoArms = { control: 0, studentized, unit };
  return (draw, { scale, lift }) => {
    for (let to = 0; to < sums.length; to += width) {
      const t = 2 * draw * sums.length + to;
      const c = t + sums.length;
      const e = kept[t + 1] ?? 0;
      const ze = kept[t + 5] ?? 0;
      const ee = kept[t + 6] ?? 0;
      const zz = scale * (scale * (kept[t + 4] ?? 0) + 2 * lift * ze) + lift * lift * ee;
      sums[to] = (kept[t] ?? 0) + (kept[c] ?? 0);
      sums[to + 1] = e + (kept[c + 1] ?? 0);
      sums[to + 2] = scale * (kept[t + 2] ?? 0) + (kept[c + 2] ?? 0);
      sums[to + 3] = scale * (kept[t + 3] ?? 0) + lift * e + (kept[c + 3] ?? 0);
      sums[to + 4] = zz + (kept[c + 4] ?? 0);
      sums[to + 5] = scale * ze + lift * ee + (kept[c + 5] ?? 0);
      sums[to + 6] = ee + (kept[c + 6] ?? 0);
    }
    return estimate(sums, estimates, options) ? compare(estimates, 1, twoArms) : nothing;
  };
}

/** Which assignments are extreme: in either direction, or in one. */
type Tail = 'two' | 'less' | 'greater';

/** When a test keeps an assumed effect. */
export interface Keeping {
  /** Of each draw. */
  readonly weights: readonly number[];
  /** How much the draws at least as extreme as the actual assignment may weigh for it to be rejected. */
  readonly most: number;
  readonly tail: Tail;
}

/**
 * A function that says whether a test keeps an assumed effect: whether the draws at least as extreme
 * as the actual assignment weigh more than `most`.
 *
 * @param kept the sums of each draw, and behind them those of the actual assignment
 */
export function keeper(
  kept: Float64Array,
  { weights, most, tail, ...options }: EstimateOptions & Omit<ContrastOptions, 'control'> & Keeping,
): (effect: AssumedEffect) => boolean {
  return keeperBy(statisticUnder(kept, options), {
    weights,
    most,
    tail,
    slack: negligible * (options.studentized ? 1 : options.unit),
  });
}

/**
 * As `keeper`, by any statistic.
 *
 * @param statisticOf the statistic of a draw with an effect assumed; behind the draws comes the actual
 *   assignment
 */
export function keeperBy<E>(
  statisticOf: (draw: number, effect: E) => number,
  { weights, most, tail, slack }: Keeping & { readonly slack: number },
): (effect: E) => boolean {
  const weightOf = Float64Array.from(weights);
  const sign = tail === 'less' ? -1 : 1;
  const isTwo = tail === 'two';
  return (effect) => {
    const observed = sign * statisticOf(weightOf.length, effect);
    const size = isTwo ? Math.abs(observed) : observed;
    const least = size - 1e-9 * Math.abs(size) - slack;
    let extreme = 0;
    for (let b = 0; b < weightOf.length && extreme <= most; b += 1) {
      const t = sign * statisticOf(b, effect);
      if (t >= least || (isTwo && -t >= least)) extreme += weightOf[b] ?? 0;
    }
    return extreme > most;
  };
}
