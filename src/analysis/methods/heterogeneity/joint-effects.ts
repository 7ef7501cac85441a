import { sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Correction } from '../ratio-of-totals.ts';
import { influenceOf, ratioOfTotals } from '../ratio-of-totals.ts';
import type { ArmBySubgroup } from './subgroup-rows.ts';

/** Effects of several subgroups with the covariance that shared units give them. */
export interface JointEffects {
  /** log R₁ - log R₀ or R₁ - R₀, one for each subgroup. */
  readonly effects: readonly number[];
  readonly covariance: readonly (readonly number[])[];
}

/** Which comparison of the two arms, on which scale. */
export interface Comparison {
  readonly arm: ArmBySubgroup;
  readonly control: ArmBySubgroup;
  readonly scale: 'ratio' | 'difference';
  readonly correction: Correction;
}

/**
 * The effects of all subgroups together. A cell is the ratio of totals of one arm in one subgroup; a
 * unit's influence on it is ψᵢ = √wᵢ (Yᵢ - R Eᵢ) / ΣE, and the covariance of two cells of an arm is
 * Σᵢ ψᵢ φᵢ. This is the sandwich variance of the Poisson independence estimating equation with all
 * arm × subgroup terms, clustered on the unit: in such a model a unit's leverage is the diagonal of
 * its shares hᵢ of each cell, so that the matrices I - H of Kauermann-Carroll and Mancl-DeRouen need
 * no inversion.
 */
export function jointEffects(
  subgroups: readonly string[],
  { arm, control, scale, correction }: Comparison,
): Estimable<JointEffects> {
  const effects = subgroups.map(() => 0);
  const influences: Float64Array[][] = [];
  for (const { side, sign } of [
    { side: arm, sign: 1 },
    { side: control, sign: -1 },
  ]) {
    const rows: Float64Array[] = [];
    for (const [i, subgroup] of subgroups.entries()) {
      const cell = `arm ${side.name} of subgroup ${subgroup}`;
      const total = ratioOfTotals(side.totals(subgroup), correction);
      const influence = influenceOf(side.totals(subgroup), correction);
      if (!total.estimable) return missing(cell, total.reason);
      if (!influence.estimable) return missing(cell, influence.reason);
      if (scale === 'ratio' && total.ratio === 0) {
        return missing(cell, 'no events, so a ratio has no logarithm', 'test the differences');
      }
      if (!Number.isFinite(total.standardError)) {
        return missing(cell, 'one unit holds all of it, so its variance cannot be judged');
      }
      const slope = scale === 'ratio' ? 1 / total.ratio : 1;
      effects[i] =
        (effects[i] ?? 0) + sign * (scale === 'ratio' ? Math.log(total.ratio) : total.ratio);
      rows.push(influence.values.map((value) => value * slope));
    }
    influences.push(rows);
  }
  const covariance = subgroups.map((_, i) =>
    subgroups.map((_, j) =>
      sum(
        influences.map((rows) => {
          const other = rows[j];
          return sum([...(rows[i] ?? [])].map((value, unit) => value * (other?.[unit] ?? 0)));
        }),
      ),
    ),
  );
  return { estimable: true, effects, covariance };
}

const missing = (cell: string, reason: string, instead?: string): Estimable<never> =>
  notEstimable(
    `${cell}: ${reason}`,
    instead ?? 'merge the subgroup with another, by a rule that does not look at the outcome',
  );
