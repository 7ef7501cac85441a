import { requireDegreesOfFreedom, requireNumber, requireProbability } from './check.ts';
import { monotoneQuantile } from './monotone-quantile.ts';
import { normal } from './normal.ts';
import { findRoot } from './root.ts';
import { stirlingError } from './saddle-point.ts';
import type { Tail, Tails } from './tails.ts';

// Held here because looking up a global each time is slow where globals are proxied, as in test runners.
const { abs, exp, expm1, max, sqrt } = Math;

/** Above this s = √(χ²/ν) differs from 1 by less than the rounding of the tails. */
const NORMAL_FROM = 1e20;

/** Terms below this share of their sum end it. */
const NEGLIGIBLE = 1e-18;

function requireParameters(df: number, ncp: number): void {
  requireDegreesOfFreedom('df', df);
  if (!(abs(ncp) < Infinity)) throw new RangeError(`ncp must be finite, got ${ncp}`);
}

/** e^v − 1 − v, by its series where the terms cancel. */
function excess(v: number): number {
  if (abs(v) > 0.5) return expm1(v) - v;
  let term = (v * v) / 2;
  let sum = term;
  for (let n = 3; abs(term) > 1e-17 * sum; n += 1) {
    term *= v / n;
    sum += term;
  }
  return sum;
}

/** φ(z) / Φ(z), near enough to find a peak. */
function hazard(z: number): number {
  return z > -30 ? normal.density(z) / normal.cdf(z).lower : -z - 1 / z;
}

/** The u = log s at which the integrand of `lowerTail` is largest; it has one peak only. */
function peakOf(t: number, df: number, ncp: number): number {
  // The slope of the log of the integrand in u: above 0 as far as the peak, below it from there on.
  const slope = (u: number): number => {
    const s = exp(u);
    const pull = hazard(t * s - ncp);
    return df * (1 - s * s) + (pull === 0 ? 0 : t * s * pull);
  };
  let [lower, upper] = [-1, 1];
  while (slope(lower) < 0) lower *= 2;
  while (slope(upper) > 0) upper *= 2;
  return findRoot(slope, { lower, upper, tolerance: 1e-3 });
}

/**
 * P(T ≤ t), the mean of Φ(ts − δ) over s = √(χ²/ν): no term is negative, so that no digits cancel
 * however small the tail. It is the trapezoidal rule in u = log s, whose density is
 *
 *     √(ν/π) exp(−ε(ν/2) − (ν/2)(e^{2u} − 1 − 2u)),   ε being the error of Stirling's formula.
 *
 * The integrand is entire and grows by no more than about exp(κy²/2) at a distance y < π/4 from the
 * real line: widths of at most 1/8 and 0.5/√κ leave an error below that of rounding.
 */
function lowerTail(t: number, df: number, ncp: number): number {
  const peak = peakOf(t, df, ncp);
  const width = 0.5 / sqrt(max(16, 2 * df * max(1, exp(2 * peak)) + 2 * ncp * ncp));
  const term = (u: number): number => {
    // Near s = 1 by what s differs from it, which keeps the digits of ts − δ for many degrees of freedom.
    const z = abs(u) < 0.5 ? t - ncp + t * expm1(u) : t * exp(u) - ncp;
    return exp((-df / 2) * excess(2 * u)) * normal.cdf(z).lower;
  };
  let next = term(peak);
  let sum = next;
  for (let u = peak + width; next > NEGLIGIBLE * sum; u += width) {
    next = term(u);
    sum += next;
  }
  // On the left the terms fall as s^ν, slowly for few degrees of freedom: from where Φ no longer
  // varies on, what is left is a geometric series.
  const rest = 1 / expm1(df * width);
  const level = Math.log(1e-18 / (1 + abs(t)) / (1 + abs(ncp)));
  next = sum;
  for (let u = peak - width; next * (1 + rest) > NEGLIGIBLE * sum; u -= width) {
    next = term(u);
    sum += next;
    if (u < level) break;
  }
  sum += next * rest;
  return sum * width * sqrt(df / Math.PI) * exp(-stirlingError(df / 2));
}

/**
 * The noncentral t distribution: (Z + δ) / √(χ²/ν), Z normal and χ² with ν degrees of freedom. The
 * power of a two-sided t test whose estimate has a standard error of 1/δ of the true effect is
 * P(T > c) + P(T ≤ −c), with c the critical value of Student's t.
 */
export const noncentralT = {
  /**
   * Both tails: P(T ≤ t) is the mean of Φ(ts − δ), and P(T > t) that of Φ(δ − ts), over
   * s = √(χ²/ν), each with a relative error below 1e-12 while it is above 1e-290. The time grows
   * with |δ| and with 1/ν, to about 1 ms at δ = 40 and ν = 1.
   *
   * @param t any real number, infinities included.
   * @param df ν, greater than 0, need not be whole; `Infinity` gives the normal with mean δ.
   * @param ncp the noncentrality δ, finite; 0 gives Student's t.
   * @throws RangeError if `t` is NaN, `df` is not greater than 0 or `ncp` is not finite.
   * @see N. L. Johnson, S. Kotz and N. Balakrishnan, Continuous Univariate Distributions 2 (1995),
   *   chapter 31; L. N. Trefethen and J. A. C. Weideman, SIAM Rev. 56 (2014) 385 for the rule.
   *   In R: `pt(t, df, ncp)`, whose tails have an absolute error of about 1e-12.
   */
  cdf: (t: number, df: number, ncp: number): Tails => {
    requireNumber('t', t);
    requireParameters(df, ncp);
    if (df > NORMAL_FROM || abs(t) === Infinity) return normal.cdf(t - ncp);
    if (t < ncp) {
      const lower = lowerTail(t, df, ncp);
      return { lower, upper: lower < 0.75 ? 1 - lower : lowerTail(-t, df, -ncp) };
    }
    const upper = lowerTail(-t, df, -ncp);
    return { lower: upper < 0.75 ? 1 - upper : lowerTail(t, df, ncp), upper };
  },

  /**
   * The t with P(T ≤ t) = p, or with P(T > t) = p for the upper tail.
   *
   * @param p between 0 and 1; 0 and 1 give an infinity.
   * @param df ν, greater than 0, need not be whole; `Infinity` gives the normal with mean δ.
   * @param ncp the noncentrality δ, finite.
   * @param tail the side p is counted from.
   * @throws RangeError if `p` is not a probability, `df` is not greater than 0 or `ncp` is not finite.
   * @see R. P. Brent (1973) for the root. In R: `qt(p, df, ncp)` and
   *   `qt(p, df, ncp, lower.tail = FALSE)`.
   */
  quantile: (p: number, df: number, ncp: number, tail: Tail = 'lower'): number => {
    requireProbability('p', p);
    requireParameters(df, ncp);
    return monotoneQuantile(p, tail, ncp, (t) => noncentralT.cdf(t, df, ncp));
  },
} as const;
