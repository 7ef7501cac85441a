import { sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { noUnitsLeft, requireArms } from './arm-estimates.ts';
import { requireSpread, requireUnits } from '../check.ts';
import { compareArmsWithControl } from './compare-arms-with-control.ts';
import type { ControlComparisons, ControlOptions } from './compare-with-control.ts';

/** One value a unit, summed up for an arm. */
export interface ArmSample {
  readonly arm: string;
  readonly mean: number;
  /** Between the units of the arm, with n - 1; 0 where there is one unit only. */
  readonly variance: number;
  readonly units: number;
}

/**
 * Dunnett's test of several arms against one control in a one-way layout: one value a unit, the same
 * variance in every arm.
 *
 * s² = Σ(nₐ - 1)sₐ² / (K - p), tᵢ = (x̄ᵢ - x̄₀) / (s √(1/nᵢ + 1/n₀)) on K - p degrees of freedom,
 * correlation λᵢλⱼ with λᵢ = √(nᵢ / (nᵢ + n₀)).
 *
 * In R: `summary(multcomp::glht(aov(y ~ arm), multcomp::mcp(arm = "Dunnett")))`, and `confint`.
 *
 * @throws RangeError when the control is not among the arms, there are fewer than 2, one stands twice,
 *   a mean or a variance is none, units are no whole number, or the level is not between 0 and 1
 * @see C. W. Dunnett, JASA 50 (1955) 1096 and Biometrics 20 (1964) 482; {@link compareWithControl}
 */
export function dunnettTest(
  arms: readonly ArmSample[],
  options: ControlOptions & { readonly control: string },
): Estimable<ControlComparisons> {
  for (const { arm, variance, units } of arms) {
    requireSpread(`variance of "${arm}"`, variance);
    requireUnits(`units of "${arm}"`, units);
  }
  const degreesOfFreedom = sum(arms.map(({ units }) => units - 1));
  const squares = sum(arms.map(({ units, variance }) => (units - 1) * variance));
  const pooled = degreesOfFreedom > 0 ? squares / degreesOfFreedom : 0;
  const estimates = arms.map(({ arm, mean, units }) => ({
    arm,
    estimate: mean,
    standardError: Math.sqrt(pooled / units),
    units,
  }));
  requireArms(estimates);
  if (degreesOfFreedom === 0) return notEstimable(noUnitsLeft);
  // What is left of values alike is rounding, which would pass for a tiny variance.
  const size = Math.max(...arms.map(({ mean }) => Math.abs(mean)));
  if (Math.sqrt(pooled) <= 2 ** -50 * size)
    return notEstimable('the values do not vary, so there is no variance to judge by');
  return compareArmsWithControl(estimates, { ...options, scale: 'difference' });
}
