import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Correction, RatioOfTotals, UnitTotals } from '../ratio-of-totals.ts';
import { ratioOfTotals } from '../ratio-of-totals.ts';
import { requireDistinct, requireFinite, requireSpread, requireUnits } from '../check.ts';

/** How arms are compared: by the logarithm of the ratio of their ratios, or by subtraction. */
export type ArmScale = 'logRatio' | 'difference';

/** The randomised units of one arm. */
export interface ArmUnits {
  readonly arm: string;
  readonly units: readonly UnitTotals[];
}

/** What one arm says by itself, independently of the others, on the scale of the comparison. */
export interface ArmEstimate {
  readonly arm: string;
  /** A rate, proportion or mean; its logarithm where arms are compared by ratio. */
  readonly estimate: number;
  /** Of `estimate`. */
  readonly standardError: number;
  /** Randomised units behind the estimate. */
  readonly units: number;
}

/** The arms of a trial, each estimated from its own units. */
export interface ArmEstimates {
  readonly arms: readonly ArmEstimate[];
}

/**
 * The ratio of totals R of every arm, ready for a comparison of several arms: log R with standard error
 * se(R)/R for `logRatio`, R with se(R) for `difference`; by default with the Mancl-DeRouen variance.
 *
 * All or none: a family of comparisons does not shrink because one arm cannot be estimated.
 *
 * @param arms the units of each arm; each unit in one arm only
 * @throws RangeError when an arm stands twice, a number is not finite or a denominator is below 0
 * @see `ratioOfTotals`; L. A. Mancl and T. A. DeRouen, Biometrics 57 (2001) 126. In R: the arm coefficients of
 *   `geeglm(y ~ 0 + arm + offset(log(e)), poisson, id = unit)` (CR0).
 */
export function estimateArms(
  arms: readonly ArmUnits[],
  {
    scale,
    correction = 'MD',
  }: { readonly scale: ArmScale; readonly correction?: Correction | undefined },
): Estimable<ArmEstimates> {
  requireDistinct(
    'the arm',
    arms.map(({ arm }) => arm),
  );
  const estimates: ArmEstimate[] = [];
  for (const { arm, units } of arms) {
    const total = ratioOfTotals(units, correction);
    if (!total.estimable) return { ...total, reason: `${arm}: ${total.reason}` };
    const estimate = onScale(arm, total, scale);
    if (!estimate.estimable) return estimate;
    const { estimable: _, ...kept } = estimate;
    estimates.push(kept);
  }
  return { estimable: true, arms: estimates };
}

function onScale(
  arm: string,
  { ratio, standardError, units }: RatioOfTotals,
  scale: ArmScale,
): Estimable<ArmEstimate> {
  if (!Number.isFinite(standardError)) {
    return notEstimable(`${arm}: one unit holds the whole denominator, so there is no variance`);
  }
  if (scale === 'difference')
    return { estimable: true, arm, estimate: ratio, standardError, units };
  if (ratio <= 0) {
    return notEstimable(
      `${arm}: without events (a ratio of 0 or below) there is no logarithm`,
      'compare by difference',
    );
  }
  return {
    estimable: true,
    arm,
    estimate: Math.log(ratio),
    standardError: standardError / ratio,
    units,
  };
}

/**
 * Refuse arms that cannot be told apart or hold a number that is none.
 *
 * @throws RangeError
 */
export function requireArms(arms: readonly ArmEstimate[]): void {
  if (arms.length < 2)
    throw new RangeError(`a comparison takes 2 arms or more, got ${arms.length}`);
  requireDistinct(
    'the arm',
    arms.map(({ arm }) => arm),
  );
  for (const { arm, estimate, standardError, units } of arms) {
    requireFinite(`estimate of "${arm}"`, estimate);
    requireSpread(`standardError of "${arm}"`, standardError);
    requireUnits(`units of "${arm}"`, units);
  }
}

/** Why arms of one unit each are not compared. */
export const noUnitsLeft =
  'there are no more units than arms, so no variance between units is left';
