/**
 * A quantile of numbers in ascending order, between neighbours by linear interpolation (type 7 of
 * Hyndman & Fan 1996, Am. Stat. 50:361). In R: `quantile(x, p)`.
 *
 * @param p from 0 to 1
 */
export function quantileOf(sorted: Float64Array, p: number): number {
  const at = (sorted.length - 1) * p;
  const below = Math.floor(at);
  const low = sorted[below] ?? 0;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? 0;
  return low + (at - below) * (high - low);
}
