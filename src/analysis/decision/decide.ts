import type { Claim, Guardrail, MetricName, Outcome } from '../../trial/protocol.ts';
import type { Resolved, Trial } from '../../trial/trial.ts';
import { armTotals } from '../arm-totals.ts';
import type { Design } from '../design.ts';
import type { Estimable } from '../estimable.ts';
import { notEstimable } from '../estimable.ts';
import { noSpread } from '../methods/ratio-of-totals.ts';
import type { Measure } from '../result.ts';
import type { UnitRow } from '../rows.ts';
import type { Tested } from './answer-over-time.ts';
import { answerOverTime } from './answer-over-time.ts';
import { isOverTime } from '../over-time.ts';
import { intervalBeside } from './interval.ts';
import { methodFor } from './method.ts';
import type { Hypothesis, Pair } from './tails.ts';
import { tailsOf } from './tails.ts';

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
  /**
   * The ends of the interval at 1 - alpha that belongs to the test: of the model (of a ratio at a margin
   * Fieller's) or of the re-randomisation test. It excludes the null when `passed` or `reversed` and
   * not otherwise, unless a re-randomisation p value crosses its level more than once. `null` where
   * there is no end.
   */
  readonly lower: number | null;
  readonly upper: number | null;
  /** Why there is no interval at all. */
  readonly withoutInterval?: string | undefined;
  readonly method: 'model' | 'rerandomization';
  /** Why the model decides where re-randomisation should. */
  readonly withoutReplay?: string | undefined;
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
  readonly design: Design;
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
  const { trial, measure, arm } = question;
  // As the measure chooses what it re-randomises.
  const hasEvents = [arm, trial.control].every((name) =>
    measure.arms.some((each) => each.arm === name && each.numerator > 0),
  );
  return measure.kind === 'rate' && hasEvents
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

/**
 * Whether an effect as large as the smallest one worth adopting is ruled out: tested as a margin is, one-sided,
 * at half of alpha, by the method that decides.
 */
export function isWorthwhileRuledOut(question: Question): boolean {
  const { worthwhile } = question.trial.decision;
  if (worthwhile === undefined) return false;
  const found = answer(question, 'non-inferiority', { scale: 'ratio', null: worthwhile });
  return found.estimable && found.reversed;
}

function answer(
  question: Question,
  kind: Answer['question'],
  hypothesis: Pick<Answer, 'scale' | 'null'>,
): Estimable<Answer> {
  const { trial, measure, outcome } = question;
  const tested = isOverTime(trial)
    ? answerOverTime(question, hypothesis)
    : answerBetween(question, kind, hypothesis);
  if (!tested.estimable) return tested;
  const { tails, ...shown } = tested;
  const lowerIsBetter = outcome.better === 'lower';
  const pValue = lowerIsBetter ? tails.less : tails.greater;
  const pOpposite = lowerIsBetter ? tails.greater : tails.less;
  const level = trial.decision.alpha / 2;
  return {
    metric: measure.metric,
    question: kind,
    ...hypothesis,
    ...shown,
    pValue,
    pOpposite,
    passed: pValue <= level,
    reversed: pOpposite <= level,
  };
}

/** A question about arms that never change, by the ratios of totals of their units. */
function answerBetween(
  question: Question,
  kind: Answer['question'],
  { scale, null: nullEffect }: Pick<Answer, 'scale' | 'null'>,
): Estimable<Tested> {
  const { trial, rows, arm, outcome, design } = question;
  const totals = armTotals(trial, rows, outcome);
  const treated = totals.estimate(arm);
  const control = totals.estimate(trial.control);
  if (!treated.estimable) return notEstimable(`${arm}: ${treated.reason}`, treated.instead);
  if (!control.estimable) {
    return notEstimable(`${trial.control}: ${control.reason}`, control.instead);
  }
  if (treated.standardError === 0 && control.standardError === 0) {
    return notEstimable(noSpread, moreUnits);
  }
  const pair: Pair = { treated, control };
  const candidate = design.pair(totals, arm);
  const isWanted = methodFor(trial, treated.units + control.units) === 'rerandomization';
  // A procedure that cannot be replayed for two of several arms leaves the model to decide.
  const replayed = candidate.estimable && isWanted ? candidate : undefined;
  const hypothesis: Hypothesis = {
    scale,
    null: nullEffect,
    // Of no effect the ratio is tested as the measure shows it, on the logarithm.
    isLog: scale === 'ratio' && kind === 'superiority',
  };
  const evidence = { pair, replayed, hypothesis };
  const tails = tailsOf(question, evidence);
  if (!tails.estimable) return tails;
  return {
    estimable: true,
    estimate: estimateOf(pair, scale),
    ...intervalBeside(question, evidence),
    method: replayed === undefined ? 'model' : 'rerandomization',
    ...(isWanted && !candidate.estimable && { withoutReplay: candidate.reason }),
    tails,
  };
}

const moreUnits = 'more units, or a measure that varies between them';

function estimateOf({ treated, control }: Pair, scale: Answer['scale']): number | null {
  if (scale === 'difference') return treated.ratio - control.ratio;
  return control.ratio > 0 ? treated.ratio / control.ratio : null;
}
