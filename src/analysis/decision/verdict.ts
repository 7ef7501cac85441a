import type { Guardrail } from '../../trial/protocol.ts';
import type { Resolved, Trial } from '../../trial/trial.ts';
import type { Answer } from './decide.ts';
import { nonInferiority, primaryAnswer } from './decide.ts';
import { reasonOf } from './reasons.ts';
import { attainablePValue } from '../methods/rerandomization/attainable.ts';
import type { Estimable } from '../estimable.ts';
import type { Measure } from '../result.ts';
import type { UnitRow } from '../rows.ts';
import { pText } from '../text.ts';

/** What the pre-set decision rule says of an arm. */
export interface Verdict {
  readonly arm: string;
  readonly verdict: 'adopt' | 'discard' | 'harm' | 'keep-testing' | 'inconclusive';
  /** Whether the trial is over, with its last response window. */
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

/** What verdicts are made of. */
export interface VerdictInput {
  readonly trial: Trial;
  readonly rows: readonly UnitRow[];
  readonly final: boolean;
  readonly primary: Measure;
  readonly guardrails: readonly {
    readonly outcome: Resolved<Guardrail>;
    readonly measure: Measure;
  }[];
  /** Why nothing but harm may be concluded about an arm, such as a sample-ratio mismatch. */
  readonly obstacles: (arm: string) => readonly string[];
}

type Answers = Pick<Verdict, 'arm' | 'primary' | 'guardrails' | 'pValue'> & {
  /** Whether every question is answered with yes, each at half of alpha. */
  readonly passed: boolean;
};

/**
 * The composite verdict on each arm: adopt when what the trial claims of the primary outcome
 * (superiority, unless the protocol says otherwise) is shown and the arm is not inferior on every guardrail, each at full alpha (an intersection-union test needs no division of
 * it). Several arms share alpha by Holm's step-down.
 *
 * Refused where arms are so small that no assignment could have shown an effect.
 *
 * `harm` when a guardrail is shown to be beyond its margin, at any time and unadjusted. `discard`
 * when the finished trial shows the primary outcome to be worse, or rules out a worthwhile effect.
 * Before the planned end only `harm` and `keep-testing` are given, and after an early stop only
 * `harm` and `inconclusive`: adopting at the first favourable look would multiply the error.
 */
export function verdictsOf(input: VerdictInput): readonly Verdict[] {
  const { trial } = input;
  const answers = trial.arms
    .filter(({ name }) => name !== trial.control)
    .map(({ name }) => answersOf(input, name));
  const adoptable = holm(answers, trial.decision.alpha / 2);
  return answers.map((each) => verdictOf(input, each, adoptable.has(each.arm)));
}

function answersOf({ trial, rows, primary, guardrails }: VerdictInput, arm: string): Answers {
  const first = primaryAnswer({ trial, rows, arm, measure: primary, outcome: trial.primary });
  const others = guardrails.map(({ outcome, measure }) =>
    nonInferiority({ trial, rows, arm, measure, outcome }),
  );
  const all = [first, ...others];
  const known = all.filter((each) => each.estimable);
  const isComplete = known.length === all.length;
  return {
    arm,
    primary: first,
    guardrails: others,
    pValue: isComplete ? Math.max(...known.map(({ pValue }) => pValue)) : null,
    passed: isComplete && known.every(({ passed }) => passed),
  };
}

/** The arms that may be adopted at a one-sided level over all of them (Holm 1979). */
function holm(answers: readonly Answers[], level: number): ReadonlySet<string> {
  const adoptable = new Set<string>();
  const ordered = [...answers].sort((a, b) => (a.pValue ?? 1) - (b.pValue ?? 1));
  for (const [index, { arm, pValue, passed }] of ordered.entries()) {
    if (!passed || (pValue ?? 1) > level / (ordered.length - index)) break;
    adoptable.add(arm);
  }
  return adoptable;
}

function verdictOf(input: VerdictInput, answers: Answers, isAdoptable: boolean): Verdict {
  const { final } = input;
  const { arm, primary, guardrails, pValue, passed } = answers;
  const obstacles = [...input.obstacles(arm), ...fewUnits(input, arm)];
  const ruledOut = isWorthwhileRuledOut(input, arm);
  const reasons = [
    reasonOf(primary, input.primary),
    ...guardrails.map((each, i) => reasonOf(each, input.guardrails[i]?.measure ?? input.primary)),
  ];

  let verdict: Verdict['verdict'];
  if (guardrails.some((each) => each.estimable && each.reversed)) verdict = 'harm';
  else if (!final) verdict = 'keep-testing';
  else if (obstacles.length > 0) verdict = 'inconclusive';
  else if ((primary.estimable && primary.reversed) || ruledOut) verdict = 'discard';
  else if (isAdoptable) verdict = 'adopt';
  else verdict = 'inconclusive';

  if (final && ruledOut) reasons.push('The smallest effect worth adopting is ruled out.');
  if (final && passed && !isAdoptable) {
    reasons.push('With several arms compared, this is not enough to adopt one (Holm).');
  }
  if (final) reasons.push(...obstacles);
  else reasons.push('The trial has not reached its planned end: nothing is adopted before it.');
  return { arm, verdict, final, reasons, primary, guardrails, pValue };
}

/** Why arms of these sizes could not support a claim, whatever the data. */
function fewUnits({ trial, primary, guardrails }: VerdictInput, arm: string): readonly string[] {
  const level = trial.decision.alpha / 2;
  const sizes = [primary, ...guardrails.map(({ measure }) => measure)].map(({ arms }) => {
    const unitsOf = (name: string): number => arms.find((each) => each.arm === name)?.units ?? 0;
    return { arm: unitsOf(arm), control: unitsOf(trial.control) };
  });
  const fewest = sizes.reduce((a, b) => (b.arm + b.control < a.arm + a.control ? b : a));
  if (fewest.arm < 1 || fewest.control < 1) return [];
  const { oneSided } = attainablePValue(fewest);
  if (oneSided <= level) return [];
  return [
    `With ${fewest.arm} and ${fewest.control} units of randomisation (${trial.unit}) no assignment could have shown an effect: the smallest possible one-sided ${pText(oneSided)} is above ${level}. Randomise more of them, at least 4 in each arm, or a smaller unit.`,
  ];
}

function isWorthwhileRuledOut({ trial, primary }: VerdictInput, arm: string): boolean {
  const { worthwhile } = trial.decision;
  const ratio = primary.comparisons.find((each) => each.arm === arm)?.ratio;
  if (worthwhile === undefined || ratio?.estimable !== true) return false;
  return trial.primary.better === 'lower' ? ratio.lower > worthwhile : ratio.upper < worthwhile;
}
