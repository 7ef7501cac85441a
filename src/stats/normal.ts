import { requireNumber, requireProbability } from './check.ts';
import { centralErf, expMinusSquare, scaledErfc } from './erfc.ts';
import { normalQuantile } from './normal-quantile.ts';
import type { Tail, Tails } from './tails.ts';

// Held here because looking up a global each time is slow where globals are proxied, as in test runners.
const { abs, SQRT1_2 } = Math;
const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

/**
 * The standard normal distribution N(0, 1); standardise first for another mean and variance.
 */
export const normal = {
  /**
   * The density φ(x) = exp(−x²/2) / √(2π).
   *
   * @param x any real number.
   * @throws RangeError if `x` is NaN.
   * @see In R: `dnorm(x)`.
   */
  density: (x: number): number => {
    requireNumber('x', x);
    return expMinusSquare(abs(x), 0.5) / ROOT_TWO_PI;
  },

  /**
   * Both tails, Φ(x) = erfc(−x/√2) / 2 and 1 − Φ(x) = erfc(x/√2) / 2.
   *
   * @param x any real number, infinities included.
   * @throws RangeError if `x` is NaN.
   * @see W. J. Cody, Math. Comp. 23 (1969) 631. In R: `pnorm(x)` and
   *   `pnorm(x, lower.tail = FALSE)`.
   */
  cdf: (x: number): Tails => {
    requireNumber('x', x);
    const magnitude = abs(x);
    const scaled = magnitude * SQRT1_2;
    if (scaled <= 0.46875) {
      const half = centralErf(x * SQRT1_2) / 2;
      return { lower: 0.5 + half, upper: 0.5 - half };
    }
    const tail = (expMinusSquare(magnitude, 0.5) * scaledErfc(scaled)) / 2;
    return x > 0 ? { lower: 1 - tail, upper: tail } : { lower: tail, upper: 1 - tail };
  },

  /**
   * The z with Φ(z) = p, or with 1 − Φ(z) = p for the upper tail.
   *
   * @param p between 0 and 1; 0 and 1 give an infinity.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` is not a probability.
   * @see M. J. Wichura, Algorithm AS 241, Applied Statistics 37 (1988) 477. In R: `qnorm(p)` and
   *   `qnorm(p, lower.tail = FALSE)`.
   */
  quantile: (p: number, tail: Tail = 'lower'): number => {
    requireProbability('p', p);
    const z = normalQuantile(p);
    return tail === 'lower' || z === 0 ? z : -z;
  },
} as const;
