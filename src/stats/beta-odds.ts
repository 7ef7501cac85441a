import { betaPrefix, regularizedBeta } from './incomplete-beta.ts';
import { logBeta } from './log-gamma.ts';
import { normalQuantile } from './normal-quantile.ts';
import { positiveQuantile } from './positive-quantile.ts';
import type { Tail } from './tails.ts';

/**
 * The quantile of the odds W = X / (1 − X) of a beta variable X: neither W near 0 nor X near 1
 * loses digits. Student's t and F quantiles are scaled odds.
 *
 * @param p between 0 and 1; 0 and 1 give 0 and `Infinity` (lower tail).
 * @param tail the side p is counted from.
 * @param a the first shape, greater than 0.
 * @param b the second shape, greater than 0.
 * @see In R: `qbeta(p, a, b) / qbeta(p, b, a, lower.tail = FALSE)`.
 */
export function betaOddsQuantile(p: number, tail: Tail, a: number, b: number): number {
  if (p === 0 || p === 1) return (p === 0) === (tail === 'lower') ? 0 : Infinity;
  return positiveQuantile(p, tail, firstGuess(p, tail, a, b), {
    cdf: (w) => regularizedBeta(...shares(w), a, b),
    slope: (w) => betaPrefix(...shares(w), a, b),
  });
}

/** w / (1 + w) and 1 / (1 + w). */
function shares(w: number): [x: number, y: number] {
  return w < 1 ? [w / (1 + w), 1 / (1 + w)] : [1 / (1 + 1 / w), 1 / w / (1 + 1 / w)];
}

/** The power law of the smaller tail for a small shape, else a normal law for log W. */
function firstGuess(p: number, tail: Tail, a: number, b: number): number {
  const lower = (tail === 'lower') === p <= 0.5;
  const target = p <= 0.5 ? p : 1 - p;
  const shape = lower ? a : b;
  const sign = lower ? 1 : -1;
  const logOdds =
    shape < 1
      ? ((Math.log(target * shape) + logBeta(a, b)) / shape) * sign
      : Math.log(a / b) + normalQuantile(target) * sign * Math.sqrt(1 / a + 1 / b);
  return Math.exp(logOdds);
}
