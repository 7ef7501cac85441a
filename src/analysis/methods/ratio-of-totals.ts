import { sum } from '../../stats/index.ts';
import type { Estimable } from '../estimable.ts';
import { notEstimable } from '../estimable.ts';
import type { Effect } from './effect.ts';
import { bounded, effectOf } from './effect.ts';

/** What one unit adds to a ratio of totals: events over exposure, or accepted over alerts. */
export interface UnitTotals {
  readonly numerator: number;
  readonly denominator: number;
}

/**
 * How the variance is corrected for few units: not at all (`CR0`), by k/(k - 1) (`delta`), or by the
 * leverage of each unit (`KC`, Kauermann-Carroll; `MD`, Mancl-DeRouen).
 */
export type Correction = 'CR0' | 'delta' | 'KC' | 'MD';

/** A ratio of totals over the units of an arm. */
export interface RatioOfTotals {
  readonly ratio: number;
  readonly standardError: number;
  /** Units with a denominator above 0. */
  readonly units: number;
  readonly numerator: number;
  readonly denominator: number;
  /** The largest share of the denominator that one unit holds, from 0 to 1. */
  readonly largestShare: number;
}

/**
 * The ratio of totals R = ΣY / ΣE over units, with the variance of its linearisation
 * Var(R) = (ΣE)⁻² Σ wᵢ (Yᵢ - R Eᵢ)², where with hᵢ = Eᵢ / ΣE
 * w = 1 (CR0), k/(k - 1) (delta), 1/(1 - hᵢ) (KC), 1/(1 - hᵢ)² (MD, the default).
 *
 * It is the event-average estimand, and equal to the Poisson independence estimating equation with a
 * log exposure offset and its sandwich variance. With MD and t on K - 2 degrees of freedom the type I
 * error of a two-arm comparison stayed between 3.8 and 5.4 % for 10 to 50 clusters.
 *
 * Sources: Liang & Zeger 1986 (CR0); Kauermann & Carroll 2001 (KC); Mancl & DeRouen 2001 (MD). In R:
 * `geesmv::GEE.var.md(y ~ 1 + offset(log(e)), id, "poisson", "independence")`.
 *
 * @param units one entry a unit; those without a denominator are left out
 */
export function ratioOfTotals(
  units: readonly UnitTotals[],
  correction: Correction = 'MD',
): Estimable<RatioOfTotals> {
  const used = units.filter(({ denominator }) => denominator > 0);
  const denominator = sum(used.map((unit) => unit.denominator));
  const numerator = sum(used.map((unit) => unit.numerator));
  if (used.length === 0) return notEstimable('no unit has a denominator above 0');
  if (used.length === 1) return notEstimable('one unit alone has no variance between units');
  const ratio = numerator / denominator;
  const weight = weightOf(correction, used.length);
  const squares = used.map((unit) => {
    const residual = unit.numerator - ratio * unit.denominator;
    return weight(unit.denominator / denominator) * residual * residual;
  });
  return {
    estimable: true,
    ratio,
    standardError: Math.sqrt(sum(squares)) / denominator,
    units: used.length,
    numerator,
    denominator,
    largestShare: used.reduce((most, unit) => Math.max(most, unit.denominator), 0) / denominator,
  };
}

function weightOf(correction: Correction, k: number): (share: number) => number {
  switch (correction) {
    case 'CR0':
      return () => 1;
    case 'delta':
      return () => k / (k - 1);
    case 'KC':
      return (share) => 1 / (1 - share);
    case 'MD':
      return (share) => 1 / (1 - share) ** 2;
  }
}

/** Why an arm or a comparison without spread is not estimated. */
export const noSpread = 'every unit has the same ratio, so there is no variance to judge by';

/** The difference of two ratios of totals, arm minus control, with t on K - 2 degrees of freedom. */
export function differenceOf(
  arm: RatioOfTotals,
  control: RatioOfTotals,
  level: number,
): Estimable<Effect> {
  const standardError = Math.hypot(arm.standardError, control.standardError);
  if (standardError === 0) return notEstimable(noSpread);
  return bounded(
    effectOf(arm.ratio - control.ratio, standardError, arm.units + control.units - 2, level),
  );
}

/**
 * The ratio of two ratios of totals, arm over control: t on the logarithm with K - 2 degrees of
 * freedom, Var(log R₁ - log R₀) = Var(R₁)/R₁² + Var(R₀)/R₀² (delta method).
 */
export function relativeOf(
  arm: RatioOfTotals,
  control: RatioOfTotals,
  level: number,
): Estimable<Effect> {
  if (arm.ratio === 0 || control.ratio === 0) {
    return notEstimable('an arm has no events, so the ratio has no logarithm: read the difference');
  }
  const standardError = Math.hypot(
    arm.standardError / arm.ratio,
    control.standardError / control.ratio,
  );
  if (standardError === 0) return notEstimable(noSpread);
  const log = effectOf(
    Math.log(arm.ratio / control.ratio),
    standardError,
    arm.units + control.units - 2,
    level,
  );
  return bounded({
    ...log,
    estimate: Math.exp(log.estimate),
    lower: Math.exp(log.lower),
    upper: Math.exp(log.upper),
  });
}
