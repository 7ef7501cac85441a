import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { requireLevel } from '../check.ts';
import type { Effect } from '../effect.ts';
import { bounded, effectOf } from '../effect.ts';
import type { Correction } from '../ratio-of-totals.ts';
import { differenceOf, noSpread, ratioOfTotals, relativeOf } from '../ratio-of-totals.ts';
import type { Omnibus } from '../several/omnibus.ts';
import { omnibusTest } from '../several/omnibus.ts';
import type { JointEffects } from './joint-effects.ts';
import { jointEffects } from './joint-effects.ts';
import type { Suppressible } from './small-cells.ts';
import { smallCells, suppressed } from './small-cells.ts';
import type { SubgroupCell } from './subgroup-cells.ts';
import { cellOf, withhold } from './subgroup-cells.ts';
import type { ArmBySubgroup, SubgroupRow } from './subgroup-rows.ts';
import { armBySubgroup, checkSubgroupRows } from './subgroup-rows.ts';

export interface SubgroupOptions {
  readonly arm: string;
  readonly control: string;
  /** `ratio` (arm over control, the default) or `difference` (arm minus control). */
  readonly scale?: 'ratio' | 'difference' | undefined;
  /** Default `MD`. */
  readonly correction?: Correction | undefined;
  /** Confidence level; default 0.95. */
  readonly level?: number | undefined;
  /** The subgroup that the others are compared with; default the first in order. */
  readonly reference?: string | undefined;
  /** The smallest number of persons or events that may be shown; default 11, and 0 shows all. */
  readonly smallest?: number | undefined;
}

/** The effect in one subgroup. Never read it without the interaction test. */
export interface SubgroupEffect {
  readonly subgroup: string;
  readonly arm: SubgroupCell;
  readonly control: SubgroupCell;
  /** With t on k₁ + k₀ - 2 degrees of freedom, of the units that this subgroup has. */
  readonly effect: Suppressible<Estimable<Effect>>;
  /**
   * This effect against that of the reference subgroup: a ratio of ratios, or a difference of
   * differences, with t on K - p degrees of freedom; `null` for the reference.
   */
  readonly againstReference: Suppressible<Estimable<Effect>> | null;
}

/** Effects by subgroup with the test whether they differ. */
export interface SubgroupEffects {
  readonly arm: string;
  readonly control: string;
  readonly scale: 'ratio' | 'difference';
  readonly reference: string;
  readonly subgroups: readonly SubgroupEffect[];
  /** That all subgroups have the same effect: Wald's F(S - 1, K - 2S). */
  readonly interaction: Estimable<Omnibus>;
}

/**
 * The effect of an arm in each subgroup, always with the interaction test. Each subgroup's effect is
 * the ratio (or difference) of ratios of totals of its rows; the test asks whether they are equal,
 * with the covariance that units with rows in several subgroups give them. That an effect is
 * significant in one subgroup and not in another says nothing; the interaction test does.
 *
 * It is the Poisson independence estimating equation of arm, subgroup and their product with a log
 * exposure offset, clustered on the unit, with Mancl-DeRouen's variance and F(S - 1, K - 2S), in
 * closed form.
 *
 * A subgroup must be a property that the arm cannot have changed. Cells of fewer than 11 persons or
 * events are withheld, with what else would give them away; tests and unaffected effects use all rows.
 *
 * In R: `f <- geeglm(y ~ arm * subgroup + offset(log(e)), id = unit, family = poisson)` (CR0), with
 * `clubSandwich::vcovCR(glm(...), cluster = unit, type = "CR3")` (MD).
 *
 * @param rows one or more a unit and subgroup; rows of other arms are left out
 * @throws RangeError for a number below 0 or none, a unit in both arms, a reference that no row has, or
 *   a level that is not between 0 and 1
 * @see Mancl & DeRouen 2001, Biometrics 57:126; Wang et al. 2007, NEJM 357:2189 (reporting subgroups).
 */
export function subgroupEffects(
  rows: readonly SubgroupRow[],
  options: SubgroupOptions,
): Estimable<SubgroupEffects> {
  const { scale = 'ratio', correction = 'MD', level = 0.95, smallest = 11 } = options;
  requireLevel(level);
  checkSubgroupRows(rows, [options.arm, options.control]);
  const arm = armBySubgroup(rows, options.arm);
  const control = armBySubgroup(rows, options.control);
  const own = rows.filter((row) => row.arm === arm.name || row.arm === control.name);
  const subgroups = [...new Set(own.map(({ subgroup }) => subgroup))].sort();
  const [first] = subgroups;
  if (first === undefined) return notEstimable('neither arm has a row');
  const { reference = first } = options;
  if (!subgroups.includes(reference)) {
    throw new RangeError(`no row has the reference subgroup "${reference}"`);
  }

  const sides = [arm, control];
  const cells = subgroups.map((subgroup) => sides.map((side) => cellOf(side, subgroup)));
  const numbers = (column: 'persons' | 'numerator') =>
    cells.map((row) => row.map((cell) => cell[column]));
  const tables = [numbers('persons'), numbers('numerator')];
  const hidden = smallCells(tables, smallest);
  const isSmall = (i: number): boolean =>
    tables.some((table) => (table[i] ?? []).some((count) => count > 0 && count < smallest));
  // Where a unit is one person, a number of units, or of degrees of freedom, is one of persons.
  const byUnits = rows.every(({ patients = 1 }) => patients <= 1);
  const isWithheld = (i: number): boolean =>
    isSmall(i) || (byUnits && (hidden[i] ?? []).includes(true));

  const found = jointEffects(subgroups, { arm, control, scale, correction });
  const joint =
    !found.estimable && subgroups.some((_, i) => isSmall(i))
      ? notEstimable('a subgroup is too small to be judged', found.instead)
      : found;
  const degreesOfFreedom = arm.units + control.units - 2 * subgroups.length;
  const base = subgroups.indexOf(reference);
  const show = (i: number, side: number): SubgroupCell => {
    const cell = cells[i]?.[side] ?? cellOf(arm, reference);
    return hidden[i]?.[side] === true ? withhold(cell, byUnits) : cell;
  };
  return {
    estimable: true,
    arm: arm.name,
    control: control.name,
    scale,
    reference,
    subgroups: subgroups.map((subgroup, i) => ({
      subgroup,
      arm: show(i, 0),
      control: show(i, 1),
      effect: isWithheld(i)
        ? suppressed
        : ownEffect([arm, control], subgroup, { scale, correction, level }),
      againstReference:
        i === base
          ? null
          : isWithheld(i) || isWithheld(base)
            ? suppressed
            : contrastOf(joint, [i, base], { scale, level, degreesOfFreedom }),
    })),
    interaction: interactionOf(joint, degreesOfFreedom),
  };
}

interface EffectOptions {
  readonly scale: SubgroupEffects['scale'];
  readonly level: number;
}

function ownEffect(
  [arm, control]: readonly [ArmBySubgroup, ArmBySubgroup],
  subgroup: string,
  { scale, level, correction }: EffectOptions & { readonly correction: Correction },
): Estimable<Effect> {
  const one = ratioOfTotals(arm.totals(subgroup), correction);
  const other = ratioOfTotals(control.totals(subgroup), correction);
  if (!one.estimable) return notEstimable(`arm ${arm.name}: ${one.reason}`);
  if (!other.estimable) return notEstimable(`arm ${control.name}: ${other.reason}`);
  return scale === 'ratio' ? relativeOf(one, other, level) : differenceOf(one, other, level);
}

function contrastOf(
  joint: Estimable<JointEffects>,
  [i, base]: readonly [number, number],
  { scale, level, degreesOfFreedom }: EffectOptions & { readonly degreesOfFreedom: number },
): Estimable<Effect> {
  if (!joint.estimable) return joint;
  if (degreesOfFreedom <= 0) return fewUnits;
  const { effects, covariance } = joint;
  const v = (row: number, column: number): number => covariance[row]?.[column] ?? 0;
  const variance = v(i, i) + v(base, base) - 2 * v(i, base);
  // What is left where the units' rows in one subgroup repeat those in the other is rounding.
  if (!(variance > 1e-13 * (v(i, i) + v(base, base)))) return notEstimable(noSpread);
  const effect = effectOf(
    (effects[i] ?? 0) - (effects[base] ?? 0),
    Math.sqrt(variance),
    degreesOfFreedom,
    level,
  );
  if (scale === 'difference') return bounded(effect);
  const [estimate, lower, upper] = [effect.estimate, effect.lower, effect.upper].map(Math.exp);
  return bounded({ ...effect, estimate: estimate ?? 1, lower: lower ?? 0, upper: upper ?? 0 });
}

/** Why a model with as many parameters as units is not tested. */
const fewUnits = notEstimable(
  'no more units than arms times subgroups, so nothing is left to judge the variance by',
  'merge subgroups, by a rule that does not look at the outcome',
);

function interactionOf(
  joint: Estimable<JointEffects>,
  degreesOfFreedom: number,
): Estimable<Omnibus> {
  if (!joint.estimable) return joint;
  const { effects, covariance } = joint;
  if (effects.length < 2) return notEstimable('there is one subgroup alone');
  if (degreesOfFreedom <= 0) return fewUnits;
  return omnibusTest(effects, covariance, {
    contrasts: effects
      .slice(1)
      .map((_, i) => effects.map((_, j) => (j === 0 ? -1 : +(j === i + 1)))),
    degreesOfFreedom,
  });
}
