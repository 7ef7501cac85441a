/**
 * How many lags a Newey-West variance takes by default: ⌊4 (T/100)^(2/9)⌋, 3 for six weeks of days.
 *
 * @see Newey & West 1994, Rev Econ Stud 61:631, with the Bartlett kernel and their constant.
 */
function defaultLag(periods: number): number {
  return Math.floor(4 * (periods / 100) ** (2 / 9));
}

/** The long-run covariance sum of two series, Σ aₜbₜ + Σₗ (1 - l/(L + 1)) Σₜ (aₜbₜ₋ₗ + aₜ₋ₗbₜ). */
export function longRunSum(a: Float64Array, b: Float64Array, lag: number): number {
  let total = 0;
  for (let l = 0; l <= Math.min(lag, a.length - 1); l += 1) {
    let products = 0;
    for (let t = l; t < a.length; t += 1) {
      products +=
        l === 0
          ? (a[t] ?? 0) * (b[t] ?? 0)
          : (a[t] ?? 0) * (b[t - l] ?? 0) + (a[t - l] ?? 0) * (b[t] ?? 0);
    }
    total += (1 - l / (lag + 1)) * products;
  }
  return total;
}

/** Fewer periods than this show no course. */
export const leastPeriods = 10;

/**
 * The lag that is used for a number of periods.
 *
 * @throws RangeError when the lag that was asked for is no whole number from 0 on
 */
export function lagFor(periods: number, asked: number | undefined): number {
  if (asked !== undefined && !(Number.isSafeInteger(asked) && asked >= 0)) {
    throw new RangeError(`lag must be a whole number of at least 0, not ${asked}`);
  }
  return asked ?? defaultLag(periods);
}
