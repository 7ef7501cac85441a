import { betaOddsQuantile } from './beta-odds.ts';
import { requireNumber, requirePositive, requireProbability } from './check.ts';
import { betaPrefix, regularizedBeta } from './incomplete-beta.ts';
import { logBeta } from './log-gamma.ts';
import type { Tail, Tails } from './tails.ts';

function requireShapes(shape1: number, shape2: number): void {
  requirePositive('shape1', shape1);
  requirePositive('shape2', shape2);
}

/**
 * The beta distribution on [0, 1] with density proportional to x^(shape1−1) (1−x)^(shape2−1).
 */
export const beta = {
  /**
   * The density x^(a−1) (1−x)^(b−1) / B(a, b); 0 outside [0, 1].
   *
   * @param x any real number.
   * @param shape1 a, greater than 0.
   * @param shape2 b, greater than 0.
   * @throws RangeError if `x` is NaN or a shape is not finite and greater than 0.
   * @see C. Loader (2000) for the saddle-point form. In R: `dbeta(x, shape1, shape2)`.
   */
  density: (x: number, shape1: number, shape2: number): number => {
    requireNumber('x', x);
    requireShapes(shape1, shape2);
    if (x < 0 || x > 1) return 0;
    if (x === 0 || x === 1) {
      const shape = x === 0 ? shape1 : shape2;
      if (shape !== 1) return shape < 1 ? Infinity : 0;
      return Math.exp(-logBeta(shape1, shape2));
    }
    return betaPrefix(x, 1 - x, shape1, shape2) / x / (1 - x);
  },

  /**
   * Both tails: the regularised incomplete beta function I_x(a, b) and its complement.
   *
   * @param x any real number.
   * @param shape1 a, greater than 0.
   * @param shape2 b, greater than 0.
   * @throws RangeError if `x` is NaN or a shape is not finite and greater than 0.
   * @see `regularizedBeta`. In R: `pbeta(x, shape1, shape2)` and
   *   `pbeta(x, shape1, shape2, lower.tail = FALSE)`.
   */
  cdf: (x: number, shape1: number, shape2: number): Tails => {
    requireNumber('x', x);
    requireShapes(shape1, shape2);
    const inside = Math.min(1, Math.max(0, x));
    return regularizedBeta(inside, 1 - inside, shape1, shape2);
  },

  /**
   * The x with P(X ≤ x) = p, or with P(X > x) = p for the upper tail.
   *
   * @param p between 0 and 1.
   * @param shape1 a, greater than 0.
   * @param shape2 b, greater than 0.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` is not a probability or a shape is not finite and greater than 0.
   * @see In R: `qbeta(p, shape1, shape2)` and `qbeta(p, shape1, shape2, lower.tail = FALSE)`.
   */
  quantile: (p: number, shape1: number, shape2: number, tail: Tail = 'lower'): number => {
    requireProbability('p', p);
    requireShapes(shape1, shape2);
    const odds = betaOddsQuantile(p, tail, shape1, shape2);
    return odds < 1 ? odds / (1 + odds) : 1 / (1 + 1 / odds);
  },
} as const;
