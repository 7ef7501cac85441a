import type { Estimable } from '../analysis/index.ts';
import { normal } from '../stats/index.ts';
import type { Direction } from './power/index.ts';
import { detectEffect } from './power/detect.ts';
import { spreadAt } from './power/outcome.ts';
import { powerAt, shiftFor } from './power/planned-test.ts';
import { outcomeFor, valueIn } from './outcome.ts';
import type { ArmValues } from './outcome.ts';
import type { PlannedDesign } from './planned-design.ts';
import { designFor, standardErrorOf, toScale } from './planned-design.ts';
import type { CountedQuestion, PlannedQuestion } from './questions.ts';
import type { PlanSetting } from './setting.ts';

/** The chance that a question is answered with yes, by formula. */
export interface FormulaPower {
  readonly power: number;
  /** Of a ratio, of its logarithm. */
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

/**
 * The two-sided level of a question: alpha over the number of arms compared with control, which is what
 * Holm's first step asks for.
 */
export function levelOf({ trial }: Pick<PlanSetting, 'trial'>): number {
  return trial.decision.alpha / (trial.arms.length - 1);
}

/** An effect on the scale of its test: a difference, or the logarithm of a ratio. */
function onScale(effect: number, scale: PlannedQuestion['scale']): number {
  return scale === 'ratio' ? Math.log(effect) : effect;
}

/** The assumed effect of the arm of a question: arm over control, or minus it. */
export function effectOf({ values }: PlanSetting, question: CountedQuestion): number {
  const [value = 0, control = 0] = [values[question.index], values[0]].map((own) =>
    own === undefined ? 0 : valueIn(own, question.counted),
  );
  return question.scale === 'ratio' ? value / control : value - control;
}

/**
 * How far the assumed effect lies on the better side of each effect that is to be ruled out; below 0
 * on the wrong side.
 */
function distancesOf(setting: PlanSetting, question: CountedQuestion): readonly number[] {
  const { scale, better, null: lower, upper } = question;
  const effect = onScale(effectOf(setting, question), scale);
  const above = effect - onScale(lower, scale);
  if (upper !== undefined) return [above, onScale(upper, scale) - effect];
  return [better === 'higher' ? above : -above];
}

/**
 * The power of a question: P(T > c) for a noncentral t with the degrees of freedom of the units of the
 * two arms less 2 (over time: of all units less the arms) and the distance of the assumed effect from
 * the one to be ruled out, over its standard error. For equivalence P₁ + P₂ − 1 of the two sides, or 0.
 *
 * @param options `baselineCorrelation` of an analysis that adjusts for a baseline
 */
export function formulaPower(
  setting: PlanSetting,
  question: CountedQuestion,
  {
    design = designFor(setting),
    baselineCorrelation,
  }: {
    readonly design?: PlannedDesign | undefined;
    readonly baselineCorrelation?: number | undefined;
  } = {},
): Estimable<FormulaPower> {
  const { values } = setting;
  const found = standardErrorOf(setting, design, { ...question, values, baselineCorrelation });
  if (!found.estimable) return found;
  const { standardError, degreesOfFreedom } = found;
  const alpha = levelOf(setting);
  const sides = distancesOf(setting, question).map((distance) => {
    // Nothing is found from so far on the wrong side, nor where nothing varies.
    if (distance <= -30 * standardError) return 0;
    return powerAt(distance / standardError, degreesOfFreedom, { alpha });
  });
  const power = sides.reduce((together, side) => Math.max(0, together + side - 1));
  return { estimable: true, power, standardError, degreesOfFreedom };
}

/** What a question could find with the wanted power. */
export interface Detectable {
  /** The value of the outcome in the arm: the nearest to control that is told from it. */
  readonly value: number;
  /** Arm over control, or minus it; of non-inferiority the narrowest margin that could be met. */
  readonly effect: number;
}

/**
 * Of superiority the minimum detectable effect on the better side of control; of non-inferiority the
 * narrowest margin that an arm without any effect would meet with the wanted power; of equivalence
 * the narrowest bounds, on the better side.
 */
export function detectableBy(
  setting: PlanSetting,
  question: CountedQuestion,
  design: PlannedDesign = designFor(setting),
): Estimable<Detectable> {
  const { counted, scale, better, index } = question;
  const alpha = levelOf(setting);
  const [control = { alerts: 0, acceptance: 0 }] = setting.values;
  const values = setting.values.map((own, arm) => (arm === index ? control : own));
  const base = valueIn(control, counted);
  const at = (value: number): ReturnType<typeof standardErrorOf> =>
    standardErrorOf(setting, design, { ...question, values, value });
  const plain = at(base);
  if (!plain.estimable) return plain;
  const { standardError, degreesOfFreedom } = plain;
  const direction: Direction = better;
  if (question.question !== 'superiority') {
    // Two sides are met together with the wanted power when each is missed half as often.
    const isTwoSided = question.question === 'equivalence';
    const wanted = isTwoSided ? (1 + setting.power) / 2 : setting.power;
    const away = shiftFor(wanted, degreesOfFreedom, { alpha }) * standardError;
    const isBelow = (direction === 'higher') !== isTwoSided;
    const shift = isBelow ? -away : away;
    const effect = scale === 'ratio' ? Math.exp(shift) : shift;
    return {
      estimable: true,
      value: scale === 'ratio' ? base * effect : base + effect,
      effect,
    };
  }
  const outcome = outcomeFor(counted, { of: control, likeness: setting.likeness, scale });
  const found = detectEffect(outcome, {
    direction,
    shift: shiftFor(setting.power, degreesOfFreedom, { alpha }),
    standardError: (value) => {
      const own = at(value);
      return own.estimable ? own.standardError : Infinity;
    },
  });
  if (!found.estimable) return found;
  return {
    estimable: true,
    value: found.arm,
    effect: scale === 'ratio' ? found.arm / base : found.arm - base,
  };
}

/**
 * More units than this each arm needs, however many alerts each of them has (Hemming's rule k > n_I ρ,
 * the same for rates with κ²): k₀ > c² (B₁/θ + B₀)(1 + CV²)/distance², with B the variances between
 * units on the scale of the test, CV that of their sizes (of acceptance, of their expected alerts),
 * θ the units of the arm for each of control, c = z₁₋α/₂ + z_power.
 *
 * @returns nothing where the assumed effect is on the wrong side
 * @see K. Hemming et al., BMC Med. Res. Methodol. 11 (2011) 102.
 */
export function leastUnits(
  setting: PlanSetting,
  question: CountedQuestion,
): { readonly arm: number; readonly control: number } | undefined {
  const { counted, scale, index } = question;
  const { values, counts, likeness, cv } = setting;
  const distance = Math.min(...distancesOf(setting, question));
  const [control, arm] = [values[0], values[index]];
  if (!(distance > 0) || control === undefined || arm === undefined) return undefined;
  const betweenIn = (of: ArmValues): number => {
    const value = valueIn(of, counted);
    const outcome = outcomeFor(counted, { of, likeness, scale });
    return spreadAt(outcome, value).between * toScale(outcome, { value, scale });
  };
  const factor = normal.quantile(1 - levelOf(setting) / 2) + normal.quantile(setting.power);
  const ratio = (counts[index] ?? 1) / (counts[0] ?? 1);
  const spread = betweenIn(arm) / ratio + betweenIn(control);
  const uneven = (1 + cv * cv) * (counted === 'acceptance' ? 1 + likeness.kappa ** 2 : 1);
  const needed = (factor * factor * spread * uneven) / (distance * distance);
  return { arm: ratio * needed, control: needed };
}
