import { sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import type { Effect } from '../effect.ts';
import { bounded, effectOf } from '../effect.ts';
import type { AdjustedEffect } from './adjusted.ts';
import { besideUnadjusted, requireFinite } from './adjusted.ts';
import type { RobustVariance } from './least-squares.ts';
import { lastCoefficient } from './least-squares.ts';

/** One unit's outcome, and what was known of it before randomisation. */
export interface AncovaUnit {
  readonly outcome: number;
  /** As many in every unit, at least one. */
  readonly covariates: readonly number[];
  /** Above 0; default 1. */
  readonly weight?: number | undefined;
}

/** How the regression is made. */
export interface AncovaOptions {
  /**
   * Whether each arm has slopes of its own (Lin 2013, default), or both share theirs (plain analysis
   * of covariance, for few units).
   */
  readonly interacted?: boolean | undefined;
  /** Default `HC2`; `HC3`, which for units as rows is Mancl and DeRouen's correction, for few units. */
  readonly variance?: RobustVariance | undefined;
  /** Confidence level; default 0.95. */
  readonly level?: number | undefined;
}

/**
 * The difference of mean outcomes, arm minus control, adjusted for covariates by least squares:
 * y ~ arm + (x - x̄) + arm·(x - x̄), or without the last term; robust standard error, t on K - p
 * degrees of freedom for p coefficients. Unadjusted it is y ~ arm with the same variance. The rows must
 * be the randomised units, or an analysis by patient of randomised practices is too sure.
 *
 * Covariates must have been fixed before randomisation and named in the protocol. The alerts of the
 * trial itself are neither: the arm changes them, and adjusting by them takes out part of the effect.
 *
 * Sources: Lin 2013, Ann Appl Stat 7:295; MacKinnon & White 1985, J Econometrics 29:305. In R:
 * `estimatr::lm_lin(y ~ arm, covariates = ~ x, se_type = "HC2")` and
 * `estimatr::lm_robust(y ~ arm + x, se_type = "HC2")`, with `weights` too.
 *
 * @param arm one entry a unit
 * @throws RangeError when a number is not finite, a weight is not above 0, units have no covariates or
 *   not the same number of them, or the level is not between 0 and 1
 */
export function ancova(
  arm: readonly AncovaUnit[],
  control: readonly AncovaUnit[],
  { interacted = true, variance = 'HC2', level = 0.95 }: AncovaOptions = {},
): Estimable<AdjustedEffect> {
  requireLevel(level);
  const units = [...arm, ...control];
  const covariates = covariatesOf(units);
  const outcome = Float64Array.from(units, (unit) => unit.outcome);
  const weights = weightsOf(units);
  const treated = outcome.map((_, i) => (i < arm.length ? 1 : 0));
  const constant = outcome.map(() => 1);
  const interactions = interacted
    ? covariates.map((x) => x.map((v, i) => v * (treated[i] ?? 0)))
    : [];
  const effect = (between: readonly Float64Array[]): Estimable<Effect> => {
    const columns = [constant, ...between, treated];
    const found = lastCoefficient({ columns, outcome, weights }, variance);
    if (!found.estimable) return found;
    return bounded(effectOf(found.value, found.standardError, found.degreesOfFreedom, level));
  };
  return besideUnadjusted(effect([...covariates, ...interactions]), effect([]));
}

/** Each covariate as a column, less its weighted mean over both arms. */
function covariatesOf(units: readonly AncovaUnit[]): readonly Float64Array[] {
  const count = units[0]?.covariates.length ?? 1;
  if (count === 0) throw new RangeError('an adjustment needs at least one covariate');
  const other = units.find(({ covariates }) => covariates.length !== count);
  if (other !== undefined) {
    throw new RangeError(
      `every unit needs as many covariates as the first, ${count}, not ${other.covariates.length}`,
    );
  }
  requireFinite(
    'outcome',
    units.map(({ outcome }) => outcome),
  );
  const weights = weightsOf(units);
  const whole = sum(weights);
  return Array.from({ length: count }, (_, j) => {
    const column = units.map(({ covariates }) => covariates[j] ?? 0);
    requireFinite('covariate', column);
    const mean = sum(column.map((x, i) => x * (weights[i] ?? 0))) / whole;
    return Float64Array.from(column, (x) => x - mean);
  });
}

function weightsOf(units: readonly AncovaUnit[]): Float64Array {
  return Float64Array.from(units, ({ weight = 1 }) => {
    if (!(weight > 0 && weight < Infinity)) {
      throw new RangeError(`weight must be finite and above 0, not ${weight}`);
    }
    return weight;
  });
}
