import { requireNumber, requirePositive, requireProbability } from './check.ts';
import { gammaPrefix, regularizedGamma } from './incomplete-gamma.ts';
import { logGamma } from './log-gamma.ts';
import { normalQuantile } from './normal-quantile.ts';
import { positiveQuantile } from './positive-quantile.ts';
import type { Tail, Tails } from './tails.ts';

function requireParameters(shape: number, rate: number): void {
  requirePositive('shape', shape);
  requirePositive('rate', rate);
}

/** Wilson and Hilferty's cube of a normal, or the power law at 0 where that fails. */
function firstGuess(p: number, tail: Tail, shape: number): number {
  const z = normalQuantile(p) * (tail === 'lower' ? 1 : -1);
  const root = 1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape));
  if (root > 0.3) return shape * root ** 3;
  const lower = tail === 'lower' ? p : 1 - p;
  return Math.exp((Math.log(lower) + logGamma(shape + 1)) / shape);
}

/**
 * The gamma distribution on [0, ∞) with mean shape / rate.
 */
export const gamma = {
  /**
   * The density β^α x^(α−1) e^(−βx) / Γ(α), with α = `shape` and β = `rate`; 0 for x < 0.
   *
   * @param x any real number.
   * @param shape α, greater than 0.
   * @param rate β, greater than 0.
   * @throws RangeError if `x` is NaN or a parameter is not finite and greater than 0.
   * @see C. Loader (2000) for the saddle-point form. In R: `dgamma(x, shape, rate)`.
   */
  density: (x: number, shape: number, rate: number): number => {
    requireNumber('x', x);
    requireParameters(shape, rate);
    if (x < 0 || x === Infinity) return 0;
    if (x === 0) {
      if (shape === 1) return rate;
      return shape < 1 ? Infinity : 0;
    }
    return gammaPrefix(shape, rate * x) / x;
  },

  /**
   * Both tails: the regularised incomplete gamma functions P(α, βx) and Q(α, βx).
   *
   * @param x any real number, infinities included.
   * @param shape α, greater than 0.
   * @param rate β, greater than 0.
   * @throws RangeError if `x` is NaN or a parameter is not finite and greater than 0.
   * @see `regularizedGamma`. In R: `pgamma(x, shape, rate)` and
   *   `pgamma(x, shape, rate, lower.tail = FALSE)`.
   */
  cdf: (x: number, shape: number, rate: number): Tails => {
    requireNumber('x', x);
    requireParameters(shape, rate);
    return regularizedGamma(shape, rate * Math.max(0, x));
  },

  /**
   * The x with P(X ≤ x) = p, or with P(X > x) = p for the upper tail.
   *
   * @param p between 0 and 1.
   * @param shape α, greater than 0.
   * @param rate β, greater than 0.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` is not a probability or a parameter is not finite and greater
   *   than 0.
   * @see In R: `qgamma(p, shape, rate)` and `qgamma(p, shape, rate, lower.tail = FALSE)`.
   */
  quantile: (p: number, shape: number, rate: number, tail: Tail = 'lower'): number => {
    requireProbability('p', p);
    requireParameters(shape, rate);
    if (p === 0 || p === 1) return (p === 0) === (tail === 'lower') ? 0 : Infinity;
    const standard = positiveQuantile(p, tail, firstGuess(p, tail, shape), {
      cdf: (x) => regularizedGamma(shape, x),
      slope: (x) => gammaPrefix(shape, x),
    });
    return standard / rate;
  },
} as const;
