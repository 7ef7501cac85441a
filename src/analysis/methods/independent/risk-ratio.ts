import { normal } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import type { ProportionCounts } from './counts.ts';
import { noUnits, requireProportion } from './counts.ts';
import type { ProportionEffect } from './proportion-difference.ts';
import { normalTest } from './proportion-difference.ts';
import { varianceAtRatio } from './restricted.ts';
import { scoreLimits, scoreOf } from './score-limit.ts';
import { waldOnLog } from './wald-on-log.ts';

/** How the interval of a risk ratio is made. */
export type RiskRatioMethod = 'miettinen-nurminen' | 'koopman' | 'wald';

/** How `riskRatio` is asked. */
export interface RiskRatioOptions {
  /** Default `miettinen-nurminen`. */
  readonly method?: RiskRatioMethod | undefined;
  /** Default 0.95. */
  readonly level?: number | undefined;
}

/**
 * The ratio p₁/p₂ of the proportions of independent units in two arms, by
 *
 * - `miettinen-nurminen`: all φ with |z(φ)| ≤ z₍₁₋α/₂₎, where
 *   z(φ) = (p₁ - φ p₂) / √({p̃₁(1 - p̃₁)/n₁ + φ² p̃₂(1 - p̃₂)/n₂} N/(N - 1)), N = n₁ + n₂, and p̃ are the
 *   maximum-likelihood proportions whose ratio is φ (closed form, a quadratic);
 * - `koopman`: the same without N/(N - 1);
 * - `wald`: normal on the logarithm, Var(log p₁/p₂) = 1/x₁ - 1/n₁ + 1/x₂ - 1/n₂ (Katz); none where an
 *   arm has no successes or every unit has.
 *
 * The p value is that of z(1) (for `koopman` Pearson's uncorrected chi-squared), and for `wald` that
 * of the logarithm over its standard error. Nothing is added to a count of 0: without successes in the
 * arm the score interval runs from 0 to a limit, without successes in the control the estimate and the
 * upper limit are `Infinity`, and without successes in either the ratio is not estimable.
 *
 * The units must be independent. Rows of one cluster, as the alerts of one practice or patient, are
 * not: for those take `ratioOfTotals` with `relativeOf`, or `rerandomize`.
 *
 * Sources: Miettinen & Nurminen 1985; Koopman 1984; Katz, Baptista, Azen & Pike 1978. Base R has no
 * interval of a risk ratio; `glm(y ~ arm, binomial(link = "log"))` has the estimate and standard error
 * of `wald`.
 *
 * @throws RangeError when a count is not one, `successes` exceeds `n`, or `level` is not between 0 and 1
 */
export function riskRatio(
  arm: ProportionCounts,
  control: ProportionCounts,
  { method = 'miettinen-nurminen', level = 0.95 }: RiskRatioOptions = {},
): Estimable<ProportionEffect> {
  requireProportion(arm);
  requireProportion(control);
  requireLevel(level);
  if (arm.n === 0 || control.n === 0) return notEstimable(noUnits);
  if (arm.successes + control.successes === 0) {
    return notEstimable(
      'neither arm has a success, so nothing is known of the ratio',
      readDifference,
    );
  }
  const estimate = (arm.successes * control.n) / (control.successes * arm.n);
  if (method === 'wald') {
    const variance = 1 / arm.successes - 1 / arm.n + 1 / control.successes - 1 / control.n;
    return waldOnLog(estimate, { variance, level });
  }
  const n = arm.n + control.n;
  const correction = method === 'koopman' ? 1 : n / (n - 1);
  const z = (ratio: number): number =>
    scoreOf(
      arm.successes / arm.n - (ratio * control.successes) / control.n,
      varianceAtRatio(arm, control, ratio) * correction,
    );
  const critical = normal.quantile((1 - level) / 2, 'upper');
  return {
    estimable: true,
    estimate,
    ...scoreLimits(z, { estimate, critical }),
    ...normalTest(z(1)),
  };
}

/** What to read where a ratio says nothing. */
export const readDifference = 'read `proportionDifference`';
