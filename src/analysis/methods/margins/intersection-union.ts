/**
 * The p value of a claim that needs every one of several: the largest of theirs. Each part may be tested
 * at the full alpha, whatever their correlation, for the claim is wrong as soon as one part is: fewer
 * alerts AND no less acceptance.
 *
 * Source: R. L. Berger, Technometrics 24 (1982) 295. In R: `max(p)`.
 *
 * @param pValues at least one, each between 0 and 1
 * @throws RangeError when there are none or one is not a probability
 */
export function intersectionUnion(pValues: readonly number[]): number {
  if (pValues.length === 0 || pValues.some((p) => !(p >= 0 && p <= 1))) {
    throw new RangeError(`give p values between 0 and 1, got [${pValues.join(', ')}]`);
  }
  return Math.max(...pValues);
}
