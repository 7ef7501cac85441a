import { normal } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import type { ProportionCounts } from './counts.ts';
import { noUnits, requireProportion } from './counts.ts';
import type { ProportionEffect } from './proportion-difference.ts';
import { normalTest } from './proportion-difference.ts';
import { successesAtOdds } from './restricted.ts';
import { readDifference } from './risk-ratio.ts';
import { scoreLimits, scoreOf } from './score-limit.ts';
import { waldOnLog } from './wald-on-log.ts';

/** How the interval of an odds ratio is made. */
export type OddsRatioMethod = 'miettinen-nurminen' | 'score' | 'wald';

/** How `oddsRatio` is asked. */
export interface OddsRatioOptions {
  /** Default `miettinen-nurminen`. */
  readonly method?: OddsRatioMethod | undefined;
  /** Default 0.95. */
  readonly level?: number | undefined;
}

/**
 * The unconditional odds ratio x₁(n₂ - x₂) / (x₂(n₁ - x₁)) of independent units in two arms, by
 *
 * - `miettinen-nurminen`: all ψ with |z(ψ)| ≤ z₍₁₋α/₂₎, where
 *   z(ψ) = (x₁ - a) √(1/a + 1/(n₁ - a) + 1/(x - a) + 1/(n₂ - x + a)) / √(N/(N - 1)), x = x₁ + x₂,
 *   N = n₁ + n₂, and a = n₁p̃₁ are the successes expected in the arm at an odds ratio of ψ;
 * - `score`: the same without N/(N - 1) (Cornfield's interval without his continuity correction);
 * - `wald`: normal on the logarithm with the sum of the reciprocals of the four counts (Woolf); none
 *   where a count is 0.
 *
 * The p value is that of z(1) (for `score` Pearson's uncorrected chi-squared), and for `wald` that of
 * the logarithm over its standard error. Nothing is added to a count of 0: the score interval then runs
 * from 0, or the estimate and the upper limit are `Infinity`; where no unit or every unit of both arms
 * had the outcome the odds ratio is not estimable. Odds are not risks: an odds ratio of frequent
 * outcomes lies further from 1 than the risk ratio.
 *
 * The units must be independent. Rows of one cluster, as the alerts of one practice or patient, are
 * not: for those take `ratioOfTotals`, or `rerandomize`.
 *
 * Sources: Miettinen & Nurminen 1985; Cornfield 1956; Woolf 1955. In R: `glm(cbind(x, n - x) ~ arm,
 * binomial)` with `confint.default` gives `wald`; `fisher.test` gives the conditional odds ratio, which
 * is another one.
 *
 * @throws RangeError when a count is not one, `successes` exceeds `n`, or `level` is not between 0 and 1
 */
export function oddsRatio(
  arm: ProportionCounts,
  control: ProportionCounts,
  { method = 'miettinen-nurminen', level = 0.95 }: OddsRatioOptions = {},
): Estimable<ProportionEffect> {
  requireProportion(arm);
  requireProportion(control);
  requireLevel(level);
  const n = arm.n + control.n;
  const x = arm.successes + control.successes;
  if (arm.n === 0 || control.n === 0) return notEstimable(noUnits);
  if (x === 0 || x === n) {
    return notEstimable(
      'every unit of both arms had the same outcome, so nothing is known of the odds ratio',
      readDifference,
    );
  }
  const failures = { arm: arm.n - arm.successes, control: control.n - control.successes };
  const estimate = (arm.successes * failures.control) / (control.successes * failures.arm);
  if (method === 'wald') {
    const variance =
      1 / arm.successes + 1 / failures.arm + 1 / control.successes + 1 / failures.control;
    return waldOnLog(estimate, { variance, level });
  }
  const correction = method === 'score' ? 1 : n / (n - 1);
  // Of the smaller group, where seen less expected has more digits; of the other it is the negative.
  const swapped = arm.n > control.n;
  const [small, large] = swapped ? [control, arm] : [arm, control];
  const z = (odds: number): number => {
    const a = successesAtOdds(small, large, swapped ? 1 / odds : odds);
    const cells = [a, small.n - a, x - a, large.n - x + a];
    const information = cells.reduce((total, cell) => total + 1 / Math.max(0, cell), 0);
    const score = scoreOf(small.successes - a, correction / information);
    return swapped ? 0 - score : score;
  };
  const critical = normal.quantile((1 - level) / 2, 'upper');
  return {
    estimable: true,
    estimate,
    ...scoreLimits(z, { estimate, critical }),
    ...normalTest(z(1)),
  };
}
