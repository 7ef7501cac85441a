import { sum } from '../../../stats/index.ts';
import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import { noSpread } from '../ratio-of-totals.ts';
import type { ArmEstimate, ArmScale } from './arm-estimates.ts';
import { noUnitsLeft, requireArms } from './arm-estimates.ts';
import type { ControlComparisons, ControlOptions } from './compare-with-control.ts';
import { compareWithControl } from './compare-with-control.ts';

/**
 * Every arm against control by Dunnett's method, from arms estimated independently of each other.
 *
 * The estimates of arms i and j share the control, so they correlate by
 * v₀ / √((v₀ + vᵢ)(v₀ + vⱼ)) = λᵢλⱼ with λᵢ = √(v₀ / (v₀ + vᵢ)), v = se². Degrees of freedom K - p.
 * On the scale `logRatio` estimates and intervals are ratios, standard errors those of the logarithm.
 *
 * In R: `multcomp::glht(multcomp::parm(b[-1] - b[1], v[1] + diag(v[-1]), df = K - p))`.
 *
 * @param arms as {@link estimateArms} gives them on the same scale
 * @throws RangeError when the control is not among the arms, there are fewer than 2, one stands twice,
 *   a number is none, or the level is not between 0 and 1
 * @see {@link compareWithControl}; C. W. Dunnett, J. Am. Stat. Assoc. 50 (1955) 1096; T. Hothorn, F. Bretz
 *   and P. Westfall, Biom. J. 50 (2008) 346.
 */
export function compareArmsWithControl(
  arms: readonly ArmEstimate[],
  {
    control: controlArm,
    scale,
    ...options
  }: ControlOptions & { readonly control: string; readonly scale: ArmScale },
): Estimable<ControlComparisons> {
  requireArms(arms);
  const control = armNamed(arms, controlArm);
  const degreesOfFreedom = sum(arms.map(({ units }) => units)) - arms.length;
  if (degreesOfFreedom <= 0) return notEstimable(noUnitsLeft);
  const contrasts = arms
    .filter(({ arm }) => arm !== controlArm)
    .map(({ arm, estimate, standardError }) => {
      const spread = Math.hypot(control.standardError, standardError);
      return {
        arm,
        estimate: estimate - control.estimate,
        standardError: spread,
        loading: control.standardError / spread,
      };
    });
  // Also where both spreads are 0, which makes the loading 0/0.
  const still = contrasts.find(({ loading }) => !(loading < 1));
  if (still !== undefined) return notEstimable(`${still.arm}: ${noSpread}`);
  const result = compareWithControl(contrasts, { ...options, degreesOfFreedom });
  if (!result.estimable || scale === 'difference') return result;
  const comparisons = result.comparisons.map((comparison) => ({
    ...comparison,
    estimate: Math.exp(comparison.estimate),
    lower: Math.exp(comparison.lower),
    upper: Math.exp(comparison.upper),
  }));
  const boundless = comparisons.find(
    ({ upper }, i) => upper === Infinity && result.comparisons[i]?.upper !== Infinity,
  );
  if (boundless !== undefined)
    return notEstimable(`${boundless.arm}: the interval of its ratio runs beyond all numbers`);
  return { ...result, comparisons };
}

function armNamed(arms: readonly ArmEstimate[], name: string): ArmEstimate {
  const found = arms.find(({ arm }) => arm === name);
  if (found !== undefined) return found;
  const known = arms.map(({ arm }) => `"${arm}"`).join(', ');
  throw new RangeError(`control "${name}" is not among the arms ${known}`);
}
