import { studentT } from '../stats/index.ts';
import type { Guardrail, MetricName, Outcome } from '../trial/protocol.ts';
import type { Resolved, Trial } from '../trial/trial.ts';
import type { Estimable } from './estimable.ts';
import { notEstimable } from './estimable.ts';
import type { Measure } from './measure.ts';
import { assignedUnits, definitionOf, procedureOf, totalsOf } from './measure.ts';
import { ratioOfTotals } from './ratio.ts';
import { rerandomize } from './rerandomize.ts';
import type { UnitRow } from './rows.ts';

/** One question of the decision rule with its answer. */
export interface Answer {
  readonly metric: MetricName;
  readonly question: 'superiority' | 'non-inferiority';
  readonly scale: 'ratio' | 'difference';
  /** The effect under the null hypothesis: 1 or 0 for superiority, the margin for non-inferiority. */
  readonly null: number;
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  readonly method: 'model' | 'rerandomization';
  /** One-sided, of "not better than the null". */
  readonly pValue: number;
  /** One-sided, of "not worse than the null". */
  readonly pOpposite: number;
  /** Whether `pValue` is at most half of alpha. */
  readonly passed: boolean;
  /** Whether `pOpposite` is at most half of alpha: for a guardrail, harm beyond the margin is shown. */
  readonly reversed: boolean;
}

const autoUpTo = 40;

/** Which p value decides, given the number of units in the two arms. */
function methodFor(trial: Trial, units: number): 'model' | 'rerandomization' {
  const { test } = trial.decision;
  if (test !== 'auto') return test;
  return units < autoUpTo ? 'rerandomization' : 'model';
}

/** A question about one arm against the control arm. */
export interface Question {
  readonly trial: Trial;
  readonly rows: readonly UnitRow[];
  readonly measure: Measure;
  readonly arm: string;
  readonly outcome: Resolved<Outcome> | Resolved<Guardrail>;
}

/**
 * Superiority of an arm on a measure: one-sided, at half of alpha, of a ratio of 1 (rates) or a
 * difference of 0 (proportions).
 */
export function superiority(question: Question): Estimable<Answer> {
  const scale = question.measure.kind === 'rate' ? 'ratio' : 'difference';
  return answer(question, 'superiority', scale, scale === 'ratio' ? 1 : 0);
}

/**
 * Non-inferiority of an arm on a guardrail: one-sided, at half of alpha, of an effect at the margin.
 *
 * Differences by t = (estimate - margin) / SE; ratios by t = (R₁ - m R₀) / √(SE₁² + m² SE₀²), which
 * needs no logarithm (Fieller 1954; Sasabuchi 1988). By re-randomisation the treated units are
 * shifted by the margin first.
 */
export function nonInferiority(
  question: Question & { readonly outcome: Resolved<Guardrail> },
): Estimable<Answer> {
  return answer(question, 'non-inferiority', question.outcome.scale, question.outcome.margin);
}

function answer(
  { trial, rows, measure, arm, outcome }: Question,
  question: Answer['question'],
  scale: Answer['scale'],
  null_: number,
): Estimable<Answer> {
  const comparison = measure.comparisons.find((each) => each.arm === arm);
  const effect = comparison?.[scale] ?? notEstimable(`arm ${arm} is not compared`);
  if (!effect.estimable) return effect;
  const columns = definitionOf(outcome);
  const of = (name: string) => totalsOf(rows, name, columns);
  const treated = ratioOfTotals(of(arm));
  const control = ratioOfTotals(of(trial.control));
  if (!treated.estimable) return treated;
  if (!control.estimable) return control;

  const method = methodFor(trial, treated.units + control.units);
  let tails: { readonly less: number; readonly greater: number };
  if (method === 'rerandomization') {
    const test = rerandomize(assignedUnits(of, arm, trial.control), {
      ...procedureOf(trial, arm),
      draws: trial.decision.draws,
      seed: ['rerandomization', trial.fingerprint, measure.metric, arm],
      statistic: scale === 'ratio' ? 'logRatio' : 'difference',
      null: scale === 'ratio' ? Math.log(null_) : null_,
    });
    if (!test.estimable) return test;
    tails = { less: test.pLess, greater: test.pGreater };
  } else {
    const t =
      scale === 'difference'
        ? (effect.estimate - null_) / effect.standardError
        : question === 'superiority'
          ? effect.statistic
          : (treated.ratio - null_ * control.ratio) /
            Math.hypot(treated.standardError, null_ * control.standardError);
    const { lower, upper } = studentT.cdf(t, effect.degreesOfFreedom);
    tails = { less: lower, greater: upper };
  }
  const pValue = outcome.better === 'lower' ? tails.less : tails.greater;
  const pOpposite = outcome.better === 'lower' ? tails.greater : tails.less;
  const level = trial.decision.alpha / 2;
  return {
    estimable: true,
    metric: measure.metric,
    question,
    scale,
    null: null_,
    estimate: effect.estimate,
    lower: effect.lower,
    upper: effect.upper,
    method,
    pValue,
    pOpposite,
    passed: pValue <= level,
    reversed: pOpposite <= level,
  };
}
