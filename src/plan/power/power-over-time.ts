import type { Estimable } from '../../analysis/estimable.ts';
import { tooFew } from './cluster-power.ts';
import type { PlannedPower } from './cluster-power.ts';
import type { TreatmentMatrix } from './designs.ts';
import type { DetectableEffect, Direction } from './detect.ts';
import { detectEffect } from './detect.ts';
import type { Outcome } from './outcome.ts';
import { controlOf, effectBetween, requireOutcome, requireValue, spreadAt } from './outcome.ts';
import type { CellSizes } from './cells.ts';
import type { TimeCorrelation } from './time-correlation.ts';
import { varianceOverTime } from './over-time.ts';
import type { PlannedTest } from './planned-test.ts';
import { powerAt, shiftFor } from './planned-test.ts';

/** How the effect of an arm over time will be judged. */
export interface TestOverTime extends PlannedTest, TimeCorrelation {
  readonly sizes: CellSizes;
  /**
   * Of the t law; default clusters − arms (clusters − 2 with two arms). A stricter choice counts the
   * periods too: clusters − periods − 1.
   */
  readonly degreesOfFreedom?: number | undefined;
  /** Whether each arm has the variance of its own value (default), or all that of control. */
  readonly variance?: 'each-arm' | 'control' | undefined;
}

/** A trial over time as it is planned. */
export interface PlannedOverTime extends TestOverTime {
  /** The proportion, rate or mean in arm 1, 2, …; arm 0 is control. */
  readonly arms: readonly number[];
  /** Which arm is compared with which; default 1 with 0. */
  readonly comparison?: readonly [number, number] | undefined;
}

/**
 * The power of a stepped wedge, crossover or any other design over time, by generalised least squares
 * (`varianceOverTime`). For proportions the means are compared as they are, with binomial variances
 * in the arms; rates on the log scale with the delta method: κ² between clusters, φ/(λm) within.
 * The levels of the periods are taken to lie near that of control, without a trend of the variance.
 *
 * The t law has K − 2 degrees of freedom with two arms, as is advised for bias-corrected sandwich
 * variances (Ford & Westgate 2020, Stat Med 39:2779; Ouyang et al. 2026, arXiv 2604.18323, with
 * Mancl and DeRouen's): the variance is judged from the clusters, whereas periods are compared within
 * them and, with K − T − 1, would leave a wedge of eight clusters and five periods with two.
 *
 * In R: `pt(qt(0.975, df), df, abs(effect) / sqrt(variance), lower.tail = FALSE)`;
 * `SteppedPower::glsPower`, `swCRTdesign::swPwr` (normal law).
 *
 * @returns not estimable where the effect cannot be told from time, or no degree of freedom is left
 * @throws RangeError when a number is not possible
 */
export function powerOverTime(
  outcome: Outcome,
  matrix: TreatmentMatrix,
  trial: PlannedOverTime,
): Estimable<PlannedPower> {
  requireOutcome(outcome);
  trial.arms.forEach((value) => requireValue(outcome, value));
  const { comparison = [1, 0] } = trial;
  const values = [controlOf(outcome), ...trial.arms];
  const [value, against] = comparison.map((arm) => values[arm]);
  if (value === undefined || against === undefined) {
    throw new RangeError(
      `a comparison is of arms 0 to ${values.length - 1}, not ${comparison.join(' and ')}`,
    );
  }
  const effect = effectBetween(outcome, value, against);
  if (effect === 0) throw new RangeError(`the arms must differ, but both are ${value}`);
  const spreads = values.map((of) =>
    spreadAt(outcome, trial.variance === 'control' ? controlOf(outcome) : of),
  );
  const found = varianceOverTime(matrix, { ...trial, spreads, comparison });
  if (!found.estimable) return found;
  const degreesOfFreedom = degreesOf(matrix, trial);
  if (degreesOfFreedom < 1) return tooFew(degreesOfFreedom);
  const standardError = Math.sqrt(found.variance);
  const power = powerAt(Math.abs(effect) / standardError, degreesOfFreedom, trial);
  return { estimable: true, power, effect, standardError, degreesOfFreedom };
}

/**
 * The minimum detectable effect of a design over time with two arms: the value of arm 1 nearest to
 * control for which `powerOverTime` is as wanted.
 *
 * In R: `uniroot` of that.
 *
 * @returns not estimable where no value can be told from control, the effect cannot be told from time,
 *   or no degree of freedom is left
 * @throws RangeError when a number is not possible
 */
export function detectableOverTime(
  outcome: Outcome,
  matrix: TreatmentMatrix,
  trial: TestOverTime & {
    /** Default 0.8. */
    readonly power?: number | undefined;
    /** Default `higher`. */
    readonly direction?: Direction | undefined;
  },
): Estimable<DetectableEffect> {
  requireOutcome(outcome);
  const { power = 0.8, direction = 'higher' } = trial;
  const control = controlOf(outcome);
  const ofControl = spreadAt(outcome, control);
  const varianceAt = (value: number): Estimable<{ readonly variance: number }> => {
    const ofArm = trial.variance === 'control' ? ofControl : spreadAt(outcome, value);
    return varianceOverTime(matrix, { ...trial, spreads: [ofControl, ofArm] });
  };
  const found = varianceAt(control);
  if (!found.estimable) return found;
  const degreesOfFreedom = degreesOf(matrix, trial);
  if (degreesOfFreedom < 1) return tooFew(degreesOfFreedom);
  return detectEffect(outcome, {
    direction,
    shift: shiftFor(power, degreesOfFreedom, trial),
    standardError: (value) => {
      const at = varianceAt(value);
      return at.estimable ? Math.sqrt(at.variance) : Infinity;
    },
  });
}

function degreesOf(matrix: TreatmentMatrix, { test, degreesOfFreedom }: TestOverTime): number {
  if (test === 'z') return Infinity;
  if (degreesOfFreedom !== undefined) {
    if (!(degreesOfFreedom > 0)) {
      throw new RangeError(`degreesOfFreedom must be above 0, got ${degreesOfFreedom}`);
    }
    return degreesOfFreedom;
  }
  const seen = matrix.filter((row) => row.some((arm) => arm !== null));
  const arms = new Set(seen.flat().filter((arm) => arm !== null));
  return seen.length - arms.size;
}
