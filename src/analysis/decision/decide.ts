import { studentT } from '../../stats/index.ts';
import type { Claim, Guardrail, MetricName, Outcome } from '../../trial/protocol.ts';
import type { Resolved, Trial } from '../../trial/trial.ts';
import type { ArmTotals } from '../arm-totals.ts';
import { armTotals, assignedUnits, chanceOf } from '../arm-totals.ts';
import type { Estimable } from '../estimable.ts';
import { notEstimable } from '../estimable.ts';
import type { RatioOfTotals } from '../methods/ratio-of-totals.ts';
import { noSpread } from '../methods/ratio-of-totals.ts';
import type { Rerandomization } from '../methods/rerandomization/rerandomize.ts';
import { rerandomize } from '../methods/rerandomization/rerandomize.ts';
import type { Measure } from '../result.ts';
import type { UnitRow } from '../rows.ts';
import { methodFor } from './method.ts';

/** One question of the decision rule with its answer. */
export interface Answer {
  readonly metric: MetricName;
  readonly question: 'superiority' | 'non-inferiority' | 'equivalence';
  readonly scale: 'ratio' | 'difference';
  /**
   * The effect under the null hypothesis: 1 or 0 for superiority, the margin for non-inferiority, and
   * for equivalence the bound that is harder to rule out.
   */
  readonly null: number;
  /** The bounds of equivalence. */
  readonly bounds?: readonly [number, number] | undefined;
  /** `null` for a ratio to a control arm without events. */
  readonly estimate: number | null;
  /** The ends of the interval; `null` for a ratio with an arm without events. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly method: 'model' | 'rerandomization';
  /** One-sided, of "not better than the null"; of "outside the bounds" the larger of two (TOST). */
  readonly pValue: number;
  /** One-sided, of "not worse than the null"; of "within the bounds" the smaller of two. */
  readonly pOpposite: number;
  /** Whether `pValue` is at most half of alpha. */
  readonly passed: boolean;
  /** Whether `pOpposite` is at most half of alpha: for a guardrail, harm beyond the margin is shown. */
  readonly reversed: boolean;
}

/** A question about one arm against the control arm. */
export interface Question {
  readonly trial: Trial;
  readonly rows: readonly UnitRow[];
  readonly measure: Measure;
  readonly arm: string;
  readonly outcome: Resolved<Outcome> | Resolved<Guardrail>;
}

/** The answer to what the trial claims of its primary outcome. */
export function primaryAnswer(question: Question): Estimable<Answer> {
  const { claim } = question.trial.decision;
  switch (claim.kind) {
    case 'superiority':
      return superiority(question);
    case 'non-inferiority':
      return answer(question, 'non-inferiority', { scale: claim.scale, null: claim.margin });
    case 'equivalence':
      return equivalent(question, claim);
  }
}

/**
 * Equivalence of an arm and the control arm: neither at the lower bound or below nor at the upper one
 * or above, two one-sided tests each at half of alpha, so that the interval at 1 - alpha lies between
 * the bounds (Schuirmann 1987).
 */
function equivalent(
  question: Question,
  { scale, lower, upper }: Extract<Claim, { readonly kind: 'equivalence' }>,
): Estimable<Answer> {
  const isLowerBetter = question.outcome.better === 'lower';
  const low = answer(question, 'equivalence', { scale, null: lower });
  const high = answer(question, 'equivalence', { scale, null: upper });
  if (!low.estimable) return low;
  if (!high.estimable) return high;
  // Above the lower bound, and below the upper one.
  const [above, notAbove] = isLowerBetter
    ? [low.pOpposite, low.pValue]
    : [low.pValue, low.pOpposite];
  const [below, notBelow] = isLowerBetter
    ? [high.pValue, high.pOpposite]
    : [high.pOpposite, high.pValue];
  const pValue = Math.max(above, below);
  const pOpposite = Math.min(notAbove, notBelow);
  const level = question.trial.decision.alpha / 2;
  return {
    ...low,
    null: above >= below ? lower : upper,
    bounds: [lower, upper],
    pValue,
    pOpposite,
    passed: pValue <= level,
    reversed: pOpposite <= level,
  };
}

/**
 * Superiority of an arm on a measure: one-sided, at half of alpha, of a ratio of 1 (rates) or a
 * difference of 0 (proportions, and rates where an arm has no events).
 */
export function superiority(question: Question): Estimable<Answer> {
  const { measure, arm } = question;
  const comparison = measure.comparisons.find((each) => each.arm === arm);
  return measure.kind === 'rate' && comparison?.ratio.estimable === true
    ? answer(question, 'superiority', { scale: 'ratio', null: 1 })
    : answer(question, 'superiority', { scale: 'difference', null: 0 });
}

/**
 * Non-inferiority of an arm on a guardrail: one-sided, at half of alpha, of an effect at the margin.
 *
 * Differences by t = (estimate - margin) / SE; ratios by t = (R₁ - m R₀) / √(SE₁² + m² SE₀²), which
 * needs no logarithm and so exists without events too (Fieller 1954; Sasabuchi 1988). By
 * re-randomisation the margin is taken out of the treated units first.
 */
export function nonInferiority(
  question: Question & { readonly outcome: Resolved<Guardrail> },
): Estimable<Answer> {
  const { scale, margin } = question.outcome;
  return answer(question, 'non-inferiority', { scale, null: margin });
}

interface Hypothesis {
  readonly scale: Answer['scale'];
  readonly null: number;
}

function answer(
  question: Question,
  kind: Answer['question'],
  hypothesis: Hypothesis,
): Estimable<Answer> {
  const { trial, rows, measure, arm, outcome } = question;
  const totals = armTotals(trial, rows, outcome);
  const treated = totals.estimate(arm);
  const control = totals.estimate(trial.control);
  if (!treated.estimable) return notEstimable(`${arm}: ${treated.reason}`);
  if (!control.estimable) return notEstimable(`${trial.control}: ${control.reason}`);

  if (treated.standardError === 0 && control.standardError === 0) return notEstimable(noSpread);

  const method = methodFor(trial, treated.units + control.units);
  const comparison = measure.comparisons.find((each) => each.arm === arm);
  const tails =
    method === 'model'
      ? modelTails(treated, control, { kind, hypothesis })
      : tailsOf(
          // Of no effect, the measure has made this very test already.
          kind === 'superiority' && comparison !== undefined
            ? comparison.rerandomization
            : rerandomizeAt(question, totals, hypothesis),
        );
  if (!tails.estimable) return tails;
  const lowerIsBetter = outcome.better === 'lower';
  const pValue = lowerIsBetter ? tails.less : tails.greater;
  const pOpposite = lowerIsBetter ? tails.greater : tails.less;
  const level = trial.decision.alpha / 2;
  const effect = comparison?.[hypothesis.scale];
  return {
    estimable: true,
    metric: measure.metric,
    question: kind,
    scale: hypothesis.scale,
    null: hypothesis.null,
    estimate: estimateOf(treated, control, hypothesis.scale),
    lower: effect?.estimable === true ? effect.lower : null,
    upper: effect?.estimable === true ? effect.upper : null,
    method,
    pValue,
    pOpposite,
    passed: pValue <= level,
    reversed: pOpposite <= level,
  };
}

function estimateOf(
  treated: RatioOfTotals,
  control: RatioOfTotals,
  scale: Answer['scale'],
): number | null {
  if (scale === 'difference') return treated.ratio - control.ratio;
  return control.ratio > 0 ? treated.ratio / control.ratio : null;
}

/** One-sided p values of an effect below, and above, the null. */
type Tails = Estimable<{ readonly less: number; readonly greater: number }>;

function modelTails(
  treated: RatioOfTotals,
  control: RatioOfTotals,
  { kind, hypothesis }: { readonly kind: Answer['question']; readonly hypothesis: Hypothesis },
): Tails {
  const { scale, null: effect } = hypothesis;
  const isLog = scale === 'ratio' && kind === 'superiority';
  const factor = scale === 'ratio' ? effect : 1;
  const standardError = isLog
    ? Math.hypot(treated.standardError / treated.ratio, control.standardError / control.ratio)
    : Math.hypot(treated.standardError, factor * control.standardError);
  if (!(standardError > 0)) return notEstimable(noSpread);
  const distance = isLog
    ? Math.log(treated.ratio / control.ratio)
    : treated.ratio - factor * control.ratio - (scale === 'difference' ? effect : 0);
  const { lower, upper } = studentT.cdf(
    distance / standardError,
    treated.units + control.units - 2,
  );
  return { estimable: true, less: lower, greater: upper };
}

function tailsOf(test: Estimable<Rerandomization>): Tails {
  return test.estimable ? { estimable: true, less: test.pLess, greater: test.pGreater } : test;
}

/** The re-randomisation test of an effect at the margin. */
function rerandomizeAt(
  { trial, measure, arm }: Question,
  totals: ArmTotals,
  { scale, null: margin }: Hypothesis,
): Estimable<Rerandomization> {
  const [treated, control] = [totals.estimate(arm), totals.estimate(trial.control)];
  const hasEvents =
    treated.estimable && control.estimable && treated.ratio > 0 && control.ratio > 0;
  const isRatio = scale === 'ratio';
  const chance = chanceOf(trial, arm);
  return rerandomize(assignedUnits(totals, arm, trial.control), {
    procedure: { kind: 'hashed', weights: [1 - chance, chance] },
    draws: trial.decision.draws,
    seed: ['rerandomization', trial.fingerprint, measure.metric, arm],
    statistic: isRatio && hasEvents ? 'logRatio' : 'difference',
    ...(isRatio ? { scale: 1 / margin } : { shift: margin }),
  });
}
