import type { Resolved, Trial } from '../trial/trial.ts';
import type { Guardrail } from '../trial/protocol.ts';
import type { Answer } from './decide.ts';
import { nonInferiority, superiority } from './decide.ts';
import type { Estimable } from './estimable.ts';
import type { Measure } from './measure.ts';
import type { UnitRow } from './rows.ts';
import { metricTitles, percent, points, pText, significant } from './text.ts';

/** What the pre-set decision rule says of an arm. */
export interface Verdict {
  readonly arm: string;
  readonly verdict: 'adopt' | 'discard' | 'harm' | 'keep-testing' | 'inconclusive';
  /** Whether the trial has run to its end, so that the verdict is the planned one. */
  readonly final: boolean;
  /** Why, in words for a clinician. */
  readonly reasons: readonly string[];
  readonly primary: Estimable<Answer>;
  readonly guardrails: readonly Estimable<Answer>[];
  /**
   * Of "superior on the primary outcome and not inferior on any guardrail": the largest of the
   * one-sided p values (intersection-union test, Berger 1982), or `null` when one cannot be computed.
   */
  readonly pValue: number | null;
}

/** What a verdict is made of. */
export interface VerdictInput {
  readonly trial: Trial;
  readonly rows: readonly UnitRow[];
  readonly arm: string;
  readonly final: boolean;
  readonly primary: Measure;
  readonly guardrails: readonly {
    readonly outcome: Resolved<Guardrail>;
    readonly measure: Measure;
  }[];
}

/**
 * The composite verdict of an arm: adopt when it is superior on the primary outcome and not inferior
 * on every guardrail, each at full alpha (an intersection-union test needs no division of it).
 *
 * `harm` when a guardrail is shown to be beyond its margin; `discard` when the primary outcome is
 * shown to be worse, or the finished trial rules out a worthwhile effect. Before the planned end only
 * `harm` and `keep-testing` are given: adopting at the first favourable look would multiply the error.
 */
export function verdictOf(input: VerdictInput): Verdict {
  const { trial, rows, arm, final } = input;
  const primary = superiority({ trial, rows, arm, measure: input.primary, outcome: trial.primary });
  const guardrails = input.guardrails.map(({ outcome, measure }) =>
    nonInferiority({ trial, rows, arm, measure, outcome }),
  );
  const answers = [primary, ...guardrails];
  const estimable = answers.filter((each) => each.estimable);
  const reasons = [
    primaryReason(primary, input.primary, trial),
    ...guardrails.map((each, i) => guardrailReason(each, input.guardrails[i]?.measure)),
  ];

  const complete = estimable.length === answers.length;
  const ruledOut = final && isWorthwhileRuledOut(input);
  let verdict: Verdict['verdict'];
  if (guardrails.some((each) => each.estimable && each.reversed)) verdict = 'harm';
  else if (!final) verdict = 'keep-testing';
  else if (primary.estimable && primary.reversed) verdict = 'discard';
  else if (complete && estimable.every(({ passed }) => passed)) verdict = 'adopt';
  else if (ruledOut) verdict = 'discard';
  else verdict = 'inconclusive';

  if (verdict === 'discard' && ruledOut)
    reasons.push('The smallest effect worth adopting is ruled out.');
  if (!final)
    reasons.push('The trial has not reached its planned end: nothing is adopted before it.');
  return {
    arm,
    verdict,
    final,
    reasons,
    primary,
    guardrails,
    pValue: complete ? Math.max(...estimable.map(({ pValue }) => pValue)) : null,
  };
}

function isWorthwhileRuledOut({ trial, arm, primary }: VerdictInput): boolean {
  const { worthwhile } = trial.decision;
  const ratio = primary.comparisons.find((each) => each.arm === arm)?.ratio;
  if (worthwhile === undefined || ratio?.estimable !== true) return false;
  return trial.primary.better === 'lower' ? ratio.lower > worthwhile : ratio.upper < worthwhile;
}

function effectWords(answer: Answer, level: number): string {
  if (answer.scale === 'difference') {
    const show =
      answer.metric === 'acceptanceRate' ? points : (value: number) => significant(value);
    const unit = answer.metric === 'acceptanceRate' ? ' percentage points' : '';
    return `changed by ${show(answer.estimate)}${unit} (${percent(level, 0)} interval ${show(answer.lower)} to ${show(answer.upper)})`;
  }
  const change = (ratio: number): string =>
    `${ratio < 1 ? '−' : '+'}${Math.abs(100 * (ratio - 1)).toFixed(0)} %`;
  return `changed by ${change(answer.estimate)} (${percent(level, 0)} interval ${change(answer.lower)} to ${change(answer.upper)})`;
}

function primaryReason(answer: Estimable<Answer>, measure: Measure, trial: Trial): string {
  const title = metricTitles[measure.metric];
  if (!answer.estimable) return `${title}: cannot be judged, ${answer.reason}.`;
  const finding = answer.passed
    ? 'better than the control arm'
    : answer.reversed
      ? 'worse than the control arm'
      : 'not shown to differ from the control arm';
  return `${title} ${effectWords(answer, 1 - trial.decision.alpha)}: ${finding} (one-sided ${pText(answer.pValue)}).`;
}

function guardrailReason(answer: Estimable<Answer>, measure: Measure | undefined): string {
  const title = measure === undefined ? 'Guardrail' : metricTitles[measure.metric];
  if (!answer.estimable) return `${title}: cannot be judged, ${answer.reason}.`;
  const limit =
    answer.scale === 'ratio'
      ? `ratio of ${significant(answer.null)}`
      : answer.metric === 'acceptanceRate'
        ? `${points(answer.null)} points`
        : significant(answer.null);
  const finding = answer.passed
    ? `within the tolerated ${limit}`
    : answer.reversed
      ? `worse than the tolerated ${limit}`
      : `not shown to be within the tolerated ${limit}`;
  return `${title} ${effectWords(answer, measure?.level ?? 0.95)}: ${finding} (one-sided ${pText(answer.pValue)}).`;
}
