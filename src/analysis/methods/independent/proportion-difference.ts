import { normal } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import type { IntervalEstimate, ProportionCounts } from './counts.ts';
import { noUnits, requireProportion } from './counts.ts';
import { wilsonLimits } from './proportion.ts';
import { varianceAtDifference } from './restricted.ts';
import { limitBetween, scoreOf } from './score-limit.ts';

/** A comparison of two proportions with its interval and test. */
export interface ProportionEffect extends IntervalEstimate {
  /** Standard normal where the proportions are the same; its sign is that of arm minus control. */
  readonly statistic: number;
  /** Two-sided, of no effect. */
  readonly pValue: number;
}

/** How the interval of a difference of proportions is made. */
export type ProportionDifferenceMethod = 'miettinen-nurminen' | 'mee' | 'newcombe' | 'wald';

/** How `proportionDifference` is asked. */
export interface ProportionDifferenceOptions {
  /** Default `miettinen-nurminen`. */
  readonly method?: ProportionDifferenceMethod | undefined;
  /** Default 0.95. */
  readonly level?: number | undefined;
}

/**
 * The difference p₁ - p₂ of the proportions of independent units in two arms, by
 *
 * - `miettinen-nurminen`: all δ with |z(δ)| ≤ z₍₁₋α/₂₎, where
 *   z(δ) = (p₁ - p₂ - δ) / √({p̃₁(1 - p̃₁)/n₁ + p̃₂(1 - p̃₂)/n₂} N/(N - 1)), N = n₁ + n₂, and p̃ are the
 *   maximum-likelihood proportions whose difference is δ (closed form, a cubic);
 * - `mee`: the same without N/(N - 1);
 * - `newcombe`: the hybrid of two Wilson intervals (l₁, u₁) and (l₂, u₂), from
 *   p₁ - p₂ - √((p₁ - l₁)² + (u₂ - p₂)²) to p₁ - p₂ + √((u₁ - p₁)² + (p₂ - l₂)²), Newcombe's method 10;
 * - `wald`: p₁ - p₂ ± z √(p₁(1 - p₁)/n₁ + p₂(1 - p₂)/n₂), not cut at -1 and 1; none where that root is 0.
 *
 * The p value of `miettinen-nurminen` and `mee` is that of z(0), so it is below α exactly where the
 * interval leaves 0 out; for `mee` it is Pearson's uncorrected chi-squared. `newcombe` has no test of
 * its own and gives Pearson's too, with which its interval need not agree at the edge; `wald` gives that
 * of its own standard error. Where no unit or every unit of both arms had the outcome, z(δ) tends to 0
 * as δ does, so the statistic is 0 and the p value 1.
 *
 * The units must be independent. Rows of one cluster, as the alerts of one practice or patient, are
 * not: for those take `ratioOfTotals` with `differenceOf`, or `rerandomize`.
 *
 * Sources: Miettinen & Nurminen 1985; Mee 1984; Newcombe 1998, Stat Med 17:873. In R:
 * `prop.test(c(x1, x2), c(n1, n2), correct = FALSE)` has the p value of `mee` and `newcombe`, and the
 * interval of `wald`; base R has no score interval.
 *
 * @returns not estimable when an arm has no units
 * @throws RangeError when a count is not one, `successes` exceeds `n`, or `level` is not between 0 and 1
 */
export function proportionDifference(
  arm: ProportionCounts,
  control: ProportionCounts,
  { method = 'miettinen-nurminen', level = 0.95 }: ProportionDifferenceOptions = {},
): Estimable<ProportionEffect> {
  requireProportion(arm);
  requireProportion(control);
  requireLevel(level);
  if (arm.n === 0 || control.n === 0) return notEstimable(noUnits);
  const estimate = differenceIn(arm, control);
  const critical = normal.quantile((1 - level) / 2, 'upper');
  if (method === 'wald') {
    const standardError = Math.sqrt(waldVariance(arm) + waldVariance(control));
    if (standardError === 0) {
      return notEstimable(
        'both proportions are 0 or 1, so the Wald interval has no width',
        'take the method miettinen-nurminen or newcombe',
      );
    }
    const reach = critical * standardError;
    const statistic = estimate / standardError;
    const limits = { lower: estimate - reach, upper: estimate + reach };
    return { estimable: true, estimate, ...limits, ...normalTest(statistic) };
  }
  const corrected = method === 'miettinen-nurminen';
  const test = normalTest(differenceScore(arm, control, { difference: 0, corrected }));
  if (method === 'newcombe') {
    return { estimable: true, estimate, ...newcombeLimits(arm, control, level), ...test };
  }
  const limit = (sign: number): number =>
    differenceLimit(arm, control, { target: -sign * critical, corrected });
  return { estimable: true, estimate, lower: limit(-1), upper: limit(1), ...test };
}

/** p₁ - p₂, with nothing lost where the two are nearly the same. */
function differenceIn(arm: ProportionCounts, control: ProportionCounts): number {
  return (arm.successes * control.n - control.successes * arm.n) / (arm.n * control.n);
}

/** z(δ) of Miettinen and Nurminen, or of Mee where it is not corrected by N/(N - 1). */
export function differenceScore(
  arm: ProportionCounts,
  control: ProportionCounts,
  { difference, corrected }: { readonly difference: number; readonly corrected: boolean },
): number {
  const n = arm.n + control.n;
  return scoreOf(
    differenceIn(arm, control) - difference,
    varianceAtDifference(arm, control, difference) * (corrected ? n / (n - 1) : 1),
  );
}

/** The difference δ at which z(δ) is `target`: a lower limit where that is positive. */
export function differenceLimit(
  arm: ProportionCounts,
  control: ProportionCounts,
  { target, corrected }: { readonly target: number; readonly corrected: boolean },
): number {
  return limitBetween((difference) => differenceScore(arm, control, { difference, corrected }), {
    from: differenceIn(arm, control),
    to: target > 0 ? -1 : 1,
    target,
  });
}

function newcombeLimits(
  arm: ProportionCounts,
  control: ProportionCounts,
  level: number,
): Pick<IntervalEstimate, 'lower' | 'upper'> {
  const [p1, p2] = [arm.successes / arm.n, control.successes / control.n];
  const first = wilsonLimits(arm.successes, arm.n, level);
  const second = wilsonLimits(control.successes, control.n, level);
  return {
    lower: Math.max(-1, p1 - p2 - Math.hypot(p1 - first.lower, second.upper - p2)),
    upper: Math.min(1, p1 - p2 + Math.hypot(first.upper - p1, p2 - second.lower)),
  };
}

function waldVariance({ successes, n }: ProportionCounts): number {
  return (successes * (n - successes)) / n ** 3;
}

/** A standard normal statistic with its two-sided p value. */
export function normalTest(statistic: number): { statistic: number; pValue: number } {
  return { statistic, pValue: Math.min(1, 2 * normal.cdf(Math.abs(statistic)).upper) };
}
