/**
 * The ratio of two polynomials at x by Horner's rule.
 *
 * @param top the coefficients of the numerator, highest power first.
 * @param bottom the coefficients of the denominator, highest power first.
 */
export function ratio(top: readonly number[], bottom: readonly number[], x: number): number {
  let numerator = 0;
  let denominator = 0;
  for (const coefficient of top) numerator = numerator * x + coefficient;
  for (const coefficient of bottom) denominator = denominator * x + coefficient;
  return numerator / denominator;
}
