import type { RandomStream } from '../../stats/index.ts';
import { gammaVariate } from '../../stats/gamma-variate.ts';
import { binomial, poisson } from '../../stats/index.ts';

const { exp, log, sqrt } = Math;

/** Above this mean or number, going through events one by one takes longer than inverting the law. */
const few = 30;

/**
 * A count with this mean and φ times its variance: Poisson for φ = 1, else negative binomial, a Poisson
 * count whose mean is a gamma number with the variance (φ − 1) · mean.
 */
export function drawCount(
  stream: RandomStream,
  { mean, overdispersion }: { readonly mean: number; readonly overdispersion: number },
): number {
  if (!(mean > 0)) return 0;
  const own = overdispersion > 1 ? mean * gammaVariate(stream, mean / (overdispersion - 1)) : mean;
  if (own > few) return poisson.quantile(stream.next(), own);
  const end = exp(-own);
  let count = 0;
  for (let product = 1 - stream.next(); product > end; product *= 1 - stream.next()) count += 1;
  return count;
}

/** How many of a number succeed, each with this chance. */
export function drawSuccesses(stream: RandomStream, trials: number, chance: number): number {
  if (trials > few) return binomial.quantile(stream.next(), trials, chance);
  let count = 0;
  for (let i = 0; i < trials; i += 1) if (stream.next() < chance) count += 1;
  return count;
}

/** A beta number with this mean and the variance ρ · mean · (1 − mean). */
export function drawShare(stream: RandomStream, mean: number, icc: number): number {
  if (icc === 0) return mean;
  const concentration = 1 / icc - 1;
  const [a, b] = [mean * concentration, (1 - mean) * concentration];
  const one = a * gammaVariate(stream, a);
  const other = b * gammaVariate(stream, b);
  // Of shapes so small that both are 0 in doubles one or the other is all there is.
  return one + other > 0 ? one / (one + other) : Number(stream.next() < mean);
}

/** A log-normal number with mean 1 and this coefficient of variation, from a standard normal one. */
export function logNormalAt(z: number, variation: number): number {
  const variance = log(1 + variation * variation);
  return exp(sqrt(variance) * z - variance / 2);
}
