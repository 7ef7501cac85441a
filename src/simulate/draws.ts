import type { RandomStream } from '../stats/index.ts';

/**
 * A gamma variate with mean 1.
 *
 * @param spread its coefficient of variation; 0 gives 1
 * @see G. Marsaglia and W. W. Tsang, ACM Trans. Math. Softw. 26 (2000) 363
 */
export function drawFrailty(random: RandomStream, spread: number): number {
  if (spread === 0) return 1;
  const shape = 1 / (spread * spread);
  // Below shape 1 the method draws with shape + 1 and takes a power of a uniform.
  const boosted = shape < 1 ? shape + 1 : shape;
  const d = boosted - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    const u = random.next();
    if (v > 0 && Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
      const boost = shape < 1 ? random.next() ** (1 / shape) : 1;
      return (d * v * boost) / shape;
    }
  }
}

/** A Poisson variate, by multiplying uniforms. */
export function drawCount(random: RandomStream, mean: number): number {
  // exp(-mean) must stay far from 0, and the sum of two Poisson variates is one.
  if (mean > 100) return drawCount(random, mean / 2) + drawCount(random, mean / 2);
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count += 1;
  return count;
}

/**
 * A beta variate stretched to `least` … `most`, with mean 1.
 *
 * @param spread its coefficient of variation; 0 gives 1
 * @throws RangeError when no such variable between the bounds has this spread
 */
export function drawBounded(
  random: RandomStream,
  spread: number,
  [least, most]: readonly [number, number],
): number {
  if (spread === 0) return 1;
  const mean = (1 - least) / (most - least);
  const concentration = (mean * (1 - mean) * (most - least) ** 2) / spread ** 2 - 1;
  if (!(concentration > 0)) {
    throw new RangeError(
      `a spread of ${spread} does not fit between ${least} and ${most} times the mean`,
    );
  }
  const shapes = [mean * concentration, (1 - mean) * concentration] as const;
  const [a, b] = shapes.map((shape) => shape * drawFrailty(random, 1 / Math.sqrt(shape)));
  return least + ((most - least) * (a ?? 0)) / ((a ?? 0) + (b ?? 1));
}

/**
 * The index of the weight under a place in [0, 1).
 *
 * @param cumulative running sums of weights that add up to 1
 */
export function indexAt(cumulative: readonly number[], place: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (place < (cumulative[middle] ?? 1)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Running sums, scaled so that the last is 1. */
export function cumulate(weights: readonly number[]): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let running = 0;
  return weights.map((weight) => {
    running += weight;
    return running / total;
  });
}

/** Scales values so that their weighted mean is 1. */
export function centre(values: readonly number[], weights: readonly number[]): readonly number[] {
  let total = 0;
  let mean = 0;
  values.forEach((value, index) => {
    const weight = weights[index] ?? 0;
    total += weight;
    mean += weight * value;
  });
  return values.map((value) => (value * total) / mean);
}
