import { requirePositive } from './check.ts';
import { stirlingError } from './saddle-point.ts';

/** (ζ(k) − 1) / k for k = 2, 3, …: the Taylor coefficients of log Γ(2 + z), signs apart. */
const ZETA_COEFFICIENTS: readonly number[] = [
  0.3224670334241132, 0.0673523010531981, 0.020580808427784546, 0.007385551028673986,
  0.0028905103307415234, 0.001192753911703261, 0.0005096695247430425, 0.00022315475845357939,
  9.945751278180853e-5, 4.492623673813314e-5, 2.050721277567069e-5, 9.439488275268397e-6,
  4.374866789907488e-6, 2.039215753801366e-6, 9.55141213040742e-7, 4.492469198764566e-7,
  2.1207184805554665e-7, 1.0043224823968099e-7, 4.7698101693639804e-8, 2.2711094608943164e-8,
  1.0838659214896955e-8, 5.183475041970047e-9, 2.4836745438024785e-9, 1.1921401405860912e-9,
  5.731367241678862e-10, 2.7595228851242334e-10, 1.330476437424449e-10, 6.4229645638381e-11,
];

/** 1 − γ, with γ Euler's constant. */
const ONE_MINUS_EULER = 0.42278433509846713;

const HALF_LOG_TWO_PI = 0.9189385332046728;

/** From here Stirling's formula is as accurate as shifting down to the Taylor series. */
const STIRLING_FROM = 12;

/** log Γ(2 + z) for |z| ≤ ½ by DLMF 5.7.3; keeps its relative accuracy at the zero, z = 0. */
function logGammaNearTwo(z: number): number {
  let sum = 0;
  for (let k = ZETA_COEFFICIENTS.length - 1; k >= 0; k--) {
    sum = (ZETA_COEFFICIENTS[k] ?? 0) - z * sum;
  }
  return z * (ONE_MINUS_EULER + z * sum);
}

/**
 * The natural logarithm of the gamma function, log Γ(x).
 *
 * @param x greater than 0.
 * @returns log Γ(x), relative error below 1e-14 (also at the zeros x = 1 and x = 2).
 * @throws RangeError if `x` is not finite and greater than 0.
 * @see DLMF 5.7.3 (Taylor series, x ≤ 12 after shifting) and 5.11.1 (Stirling, x > 12).
 *   In R: `lgamma(x)`.
 */
export function logGamma(x: number): number {
  requirePositive('x', x);
  if (x < 0.5) return logGammaNearTwo(x) - Math.log1p(x) - Math.log(x);
  if (x < 1.5) return logGammaNearTwo(x - 1) - Math.log1p(x - 1);
  if (x > STIRLING_FROM) {
    return (x - 0.5) * Math.log(x) - x + HALF_LOG_TWO_PI + stirlingError(x);
  }
  let product = 1;
  let shifted = x;
  while (shifted > 2.5) {
    shifted -= 1;
    product *= shifted;
  }
  return Math.log(product) + logGammaNearTwo(shifted - 2);
}

/**
 * The natural logarithm of the beta function, log B(a, b) = log Γ(a) + log Γ(b) − log Γ(a + b),
 * without the cancellation that formula suffers when a or b is large.
 *
 * @param a greater than 0.
 * @param b greater than 0.
 * @throws RangeError if `a` or `b` is not finite and greater than 0.
 * @see DLMF 5.12.1; Stirling's formula with the remainders of Loader (2000). In R: `lbeta(a, b)`.
 */
export function logBeta(a: number, b: number): number {
  requirePositive('a', a);
  requirePositive('b', b);
  const small = Math.min(a, b);
  const large = Math.max(a, b);
  const total = a + b;
  if (large < STIRLING_FROM) return logGamma(a) + logGamma(b) - logGamma(total);
  const remainder = stirlingError(large) - stirlingError(total);
  if (small < STIRLING_FROM) {
    const ratio = small / large;
    return (
      logGamma(small) -
      (large - 0.5) * Math.log1p(ratio) -
      small * Math.log(total) +
      small +
      remainder
    );
  }
  return (
    HALF_LOG_TWO_PI -
    0.5 * Math.log(large) +
    (small - 0.5) * Math.log(small / total) -
    large * Math.log1p(small / large) +
    remainder +
    stirlingError(small)
  );
}
