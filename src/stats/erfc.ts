import { requireNumber } from './check.ts';
import { ratio } from './ratio.ts';

// Held here because looking up a global each time is slow where globals are proxied, as in test runners.
const { abs, exp, trunc } = Math;

// Coefficients of W. J. Cody, Rational Chebyshev approximations for the error function,
// Math. Comp. 23 (1969) 631: numerators and denominators, highest power first.
const CENTRE_TOP: readonly number[] = [
  0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694,
];
const CENTRE_BOTTOM: readonly number[] = [
  1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171,
];
const MIDDLE_TOP: readonly number[] = [
  2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163,
  298.6351381974001, 881.952221241769, 1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
];
const MIDDLE_BOTTOM: readonly number[] = [
  1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903,
  3290.7992357334597, 4362.619090143247, 3439.3676741437216, 1230.3393548037495,
];
const FAR_TOP: readonly number[] = [
  0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926,
  0.016083785148742275, 0.0006587491615298378,
];
const FAR_BOTTOM: readonly number[] = [
  1, 2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132,
  0.0023352049762686918,
];

const INVERSE_ROOT_PI = 0.5641895835477563;

/** Below this the error function itself is approximated, above it the scaled complement. */
const CENTRE = 0.46875;

/**
 * exp(−s x²) for x ≥ 0 and s = 1 or ½, with x² split in two, as the rounding of x² alone would
 * cost x² ulps.
 */
export function expMinusSquare(x: number, s: 1 | 0.5): number {
  // Beyond this the result is 0, and infinity would make the split NaN.
  if (x > 50) return 0;
  const rounded = trunc(x * 16) / 16;
  return exp(-s * rounded * rounded) * exp(-s * (x - rounded) * (x + rounded));
}

/**
 * exp(x²) erfc(x) for x ≥ 0.46875: the complementary error function without its underflow.
 *
 * @see W. J. Cody, Math. Comp. 23 (1969) 631.
 */
export function scaledErfc(x: number): number {
  if (x <= 4) return ratio(MIDDLE_TOP, MIDDLE_BOTTOM, x);
  const r = 1 / (x * x);
  return (INVERSE_ROOT_PI - r * ratio(FAR_TOP, FAR_BOTTOM, r)) / x;
}

/** erf(x) for |x| ≤ 0.46875. */
export function centralErf(x: number): number {
  return x * ratio(CENTRE_TOP, CENTRE_BOTTOM, x * x);
}

/**
 * The complementary error function, erfc(x) = (2/√π) ∫ₓ^∞ exp(−t²) dt.
 *
 * @param x any real number; infinities are allowed.
 * @returns erfc(x), relative error below 1e-15 until it underflows at x ≈ 26.5.
 * @throws RangeError if `x` is NaN.
 * @see W. J. Cody, Math. Comp. 23 (1969) 631. In R: `2 * pnorm(-sqrt(2) * x)`.
 */
export function erfc(x: number): number {
  requireNumber('x', x);
  const magnitude = abs(x);
  if (magnitude <= CENTRE) return 1 - centralErf(x);
  const tail = expMinusSquare(magnitude, 1) * scaledErfc(magnitude);
  return x > 0 ? tail : 2 - tail;
}
