import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Effect } from '../effect.ts';
import { effectOf } from '../effect.ts';
import type { RatioOfTotals } from '../ratio-of-totals.ts';
import { noSpread, ratioScale } from '../ratio-of-totals.ts';
import { requireLevel } from '../check.ts';

/**
 * The odds ratio of two proportions that are ratios of totals, arm over control: t on the logarithm
 * with K - 2 degrees of freedom, Var(log OR) = Σ_arms Var(p̂) / (p̂(1 - p̂))² (delta method).
 *
 * Source: Liang & Zeger 1986, the logistic independence estimating equation with one indicator. In R:
 * with `CR0`, `sandwich::vcovCL(glm(cbind(y, n - y) ~ arm, binomial), cluster = unit, cadjust =
 * FALSE, type = "HC0")`.
 *
 * @throws RangeError when the level is not between 0 and 1
 */
export function oddsRatioOfTotals(
  arm: RatioOfTotals,
  control: RatioOfTotals,
  { level = 0.95 }: { readonly level?: number | undefined } = {},
): Estimable<Effect> {
  requireLevel(level);
  if ([arm, control].some(({ ratio }) => ratio < 0 || ratio > 1)) {
    return notEstimable('a ratio that is not from 0 to 1 is no proportion and has no odds');
  }
  if ([arm, control].some(({ ratio }) => ratio === 0 || ratio === 1)) {
    return notEstimable(
      'an arm has none or all, so its odds have no logarithm',
      'read the difference',
    );
  }
  const [a, b] = [arm.ratio * (1 - arm.ratio), control.ratio * (1 - control.ratio)];
  const standardError = Math.hypot(arm.standardError / a, control.standardError / b);
  if (standardError === 0) return notEstimable(noSpread);
  const logOdds =
    Math.log(arm.ratio / (1 - arm.ratio)) - Math.log(control.ratio / (1 - control.ratio));
  return ratioScale(effectOf(logOdds, standardError, arm.units + control.units - 2, level));
}
