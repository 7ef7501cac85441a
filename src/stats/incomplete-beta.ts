import { requirePositive } from './check.ts';
import { deviance, stirlingError } from './saddle-point.ts';
import type { Tails } from './tails.ts';

// Held here because looking up a global each time is slow where globals are proxied, as in test runners.
const { abs } = Math;

const EPSILON = 2 ** -53;
const TINY = 1e-300;

/** Near the mean the fraction takes some multiple of √(a + b) terms: enough for 1e12. */
const MAXIMUM_TERMS = 2e7;

/**
 * x^a y^b / B(a, b) with y = 1 − x: the derivative of I_x(a, b) with respect to log(x / y), by
 * Loader's saddle-point form, with n = a + b,
 *
 *     √(ab / 2πn) exp(δ(n) − δ(a) − δ(b) − D(a, nx) − D(b, ny)).
 *
 * @param x between 0 and 1, both excluded.
 * @param y 1 − x, to full relative accuracy.
 * @param a greater than 0.
 * @param b greater than 0.
 * @see C. Loader, Fast and accurate computation of binomial probabilities (2000).
 *   In R: `x * (1 - x) * dbeta(x, a, b)`.
 */
export function betaPrefix(x: number, y: number, a: number, b: number): number {
  const n = a + b;
  const exponent =
    stirlingError(n) -
    stirlingError(a) -
    stirlingError(b) -
    deviance(a, n * x) -
    deviance(b, n * y);
  return Math.sqrt(((a / n) * b) / (2 * Math.PI)) * Math.exp(exponent);
}

/** I_x(a, b) over its prefix, for x not far above the mean. */
function lowerFraction(x: number, y: number, a: number, b: number): number {
  let c = (a * (a * y - b * x + 1)) / (a + 1);
  if (abs(c) < TINY) c = TINY;
  let fraction = c;
  let d = 0;
  for (let n = 1; n < MAXIMUM_TERMS; n++) {
    const odd = a + 2 * n - 1;
    const share = (n * (b - n) * x) / odd;
    const numerator = ((a + n - 1) / odd) * (a + b + n - 1) * x * share;
    const denominator = n + share + ((a + n) / (odd + 2)) * (a * y - b * x + 1 + n * (1 + y));
    d = denominator + numerator * d;
    c = denominator + numerator / c;
    if (abs(d) < TINY) d = TINY;
    if (abs(c) < TINY) c = TINY;
    d = 1 / d;
    const ratio = c * d;
    fraction *= ratio;
    if (abs(ratio - 1) < EPSILON * 2) return 1 / fraction;
  }
  throw new RangeError(
    `a = ${a}, b = ${b} are too large for the incomplete beta function; use a + b up to 1e12`,
  );
}

/**
 * The regularised incomplete beta function and its complement,
 *
 *     lower = I_x(a, b),   upper = 1 − I_x(a, b) = I_y(b, a),   y = 1 − x.
 *
 * Both x and y are passed in, so that neither tail is lost when x is within rounding of 0 or 1:
 * give y from its own formula (for F, `df2 / (df1 * f + df2)`), not as `1 - x`.
 *
 * The continued fraction of DiDonato and Morris is evaluated by the modified Lentz method on the
 * side of the mean on which it converges fast.
 *
 * @param x between 0 and 1.
 * @param y 1 − x, to full relative accuracy.
 * @param a the first shape, greater than 0.
 * @param b the second shape, greater than 0; a + b up to about 1e12. When a is below
 *   1e-3 the upper tail, and when b is the lower one, loses digits in proportion.
 * @throws RangeError if `x` or `y` is outside [0, 1], if x + y is not 1, or if a shape is not
 *   finite and greater than 0.
 * @see A. R. DiDonato and A. H. Morris, ACM Trans. Math. Softw. 18 (1992) 360 (fewer terms
 *   than DLMF 8.17.22); I. J. Thompson and A. R. Barnett, J. Comput. Phys. 64 (1986) 490;
 *   C. Loader (2000) for the prefix. In R: `pbeta(x, a, b)` and
 *   `pbeta(x, a, b, lower.tail = FALSE)`.
 */
export function regularizedBeta(x: number, y: number, a: number, b: number): Tails {
  if (!(x >= 0 && y >= 0 && abs(x + y - 1) < 1e-14)) {
    throw new RangeError(`x and y must be in [0, 1] with x + y = 1, got ${x} and ${y}`);
  }
  requirePositive('a', a);
  requirePositive('b', b);
  if (x === 0) return { lower: 0, upper: 1 };
  if (y === 0) return { lower: 1, upper: 0 };
  const prefix = betaPrefix(x, y, a, b);
  if (b * x <= a * y + 1 - x - x) {
    const lower = prefix === 0 ? 0 : Math.min(1, prefix * lowerFraction(x, y, a, b));
    return { lower, upper: 1 - lower };
  }
  const upper = prefix === 0 ? 0 : Math.min(1, prefix * lowerFraction(y, x, b, a));
  return { lower: 1 - upper, upper };
}
