/**
 * The sum of numbers with the rounding errors carried along (Neumaier's improvement of Kahan's
 * compensated summation). With ε = 2^−53 and n terms the error is at most about
 * ε |Σ x| + n ε² Σ |x|: unlike that of plain addition it does not grow with n in practice.
 *
 * @param values any number of terms; the sum of none is 0.
 * @returns Σ values; as in plain addition, NaN or an infinity where the terms or the sum are such.
 * @see A. Neumaier, Z. Angew. Math. Mech. 54 (1974) 39. In R: `sum(values)`, which uses extended
 *   precision where the machine has it.
 */
export function sum(values: Iterable<number>): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  // Infinity − Infinity would turn an infinite sum into NaN.
  return Number.isFinite(total) ? total + lost : total;
}
