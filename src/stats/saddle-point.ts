// Held here because looking up a global each time is slow where globals are proxied, as in test runners.
const { abs, log, log1p } = Math;

/** Below this the asymptotic series of `stirlingError` no longer reaches double precision. */
const SERIES_FROM = 12;

/**
 * The error of Stirling's formula on the log scale, for n > 0 (n need not be whole):
 *
 *     δ(n) = log Γ(n + 1) − (n + ½) log n + n − ½ log 2π = 1/(12n) − 1/(360n³) + …
 *
 * Absolute error below 1e-15.
 *
 * In R: `lgamma(n + 1) - (n + .5) * log(n) + n - log(2 * pi) / 2`, which cancels.
 *
 * @see C. Loader, Fast and accurate computation of binomial probabilities (2000), where it is
 *   called `stirlerr`; the series is DLMF 5.11.1.
 */
export function stirlingError(n: number): number {
  let shifted = 0;
  let m = n;
  // δ(n) = δ(n + 1) + (n + ½) log(1 + 1/n) − 1 climbs to where the series is accurate.
  for (; m < SERIES_FROM; m++) shifted += (m + 0.5) * log1p(1 / m) - 1;
  const r = 1 / (m * m);
  const series =
    1 / 12 -
    r *
      (1 / 360 -
        r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - r * (691 / 360360 - r * (1 / 156))))));
  return shifted + series / m;
}

/**
 * Half the Poisson deviance of an observation x ≥ 0 from its mean m > 0:
 *
 *     D(x, m) = x log(x / m) + m − x ≥ 0
 *
 * Near x = m the terms cancel, so there it is summed as a series in v = (x − m) / (x + m).
 *
 * In R: `x * log(x / m) + m - x`, which cancels.
 *
 * @see C. Loader, Fast and accurate computation of binomial probabilities (2000), where it is
 *   called `bd0`.
 */
export function deviance(x: number, mean: number): number {
  if (x === 0) return mean;
  const difference = x - mean;
  if (abs(difference) >= 0.3 * (x + mean)) {
    // The ratio may overflow where neither logarithm does.
    const ratio = x / mean;
    const logRatio = ratio < Infinity ? log(ratio) : log(x) - log(mean);
    return x * logRatio - difference;
  }
  const v = difference / (x + mean);
  let sum = difference * v;
  let term = 2 * x * v;
  for (let j = 1; ; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
}
