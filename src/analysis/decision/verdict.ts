import type { Guardrail } from '../../trial/protocol.ts';
import type { Resolved, Trial } from '../../trial/trial.ts';
import type { Answer } from './decide.ts';
import { isWorthwhileRuledOut, nonInferiority, primaryAnswer } from './decide.ts';
import type { Floor } from './floor.ts';
import { fewestPerArm, floorOf } from './floor.ts';
import { reasonOf } from './reasons.ts';
import type { Design } from '../design.ts';
import type { Estimable } from '../estimable.ts';
import type { Measure } from '../result.ts';
import type { UnitRow } from '../rows.ts';
import { significant } from '../text/words.ts';

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
  readonly design: Design;
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
 * (superiority, unless the protocol says otherwise) is shown and the arm is not inferior on every
 * guardrail, each at full alpha (an intersection-union test needs no division of it). Several arms
 * share alpha by Holm's step-down.
 *
 * Refused where arms are so small that no assignment of units to arms of their sizes could have
 * supported the claim, whichever test decides.
 *
 * `harm` when a guardrail is shown to be beyond its margin, at any time and unadjusted. `discard`
 * when the finished trial shows the primary outcome to be worse, or rules out a worthwhile effect.
 * Before the planned end only `harm` and `keep-testing` are given, and after an early stop only
 * `harm` and `inconclusive`: adopting at the first favourable look would multiply the error.
 */
export function verdictsOf(input: VerdictInput): readonly Verdict[] {
  const { trial } = input;
  const level = trial.decision.alpha / 2;
  const answers = trial.arms
    .filter(({ name }) => name !== trial.control)
    .map(({ name }) => ({ ...answersOf(input, name), floor: floorOf(input, name) }));
  // A p value below what its arms allow is the model's alone, and frees no alpha for the other arms.
  const shown = holm(
    answers.map(({ arm, pValue, passed, floor }) => ({
      arm,
      pValue: pValue === null ? null : Math.max(pValue, floor?.pValue ?? 0),
      passed,
    })),
    level,
  );
  // What Holm could have rejected had every p value been the smallest that its arms allow.
  const possible = holm(
    answers.map(({ arm, floor }) => ({ arm, pValue: floor?.pValue ?? 0, passed: true })),
    level,
  );
  return answers.map((each) =>
    verdictOf(input, each, { isShown: shown.has(each.arm), isPossible: possible.has(each.arm) }),
  );
}

function answersOf(
  { trial, rows, design, primary, guardrails }: VerdictInput,
  arm: string,
): Answers {
  const first = primaryAnswer({
    trial,
    rows,
    design,
    arm,
    measure: primary,
    outcome: trial.primary,
  });
  const others = guardrails.map(({ outcome, measure }) =>
    nonInferiority({ trial, rows, design, arm, measure, outcome }),
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
function holm(
  answers: readonly Pick<Answers, 'arm' | 'pValue' | 'passed'>[],
  level: number,
): ReadonlySet<string> {
  const adoptable = new Set<string>();
  const ordered = [...answers].sort((a, b) => (a.pValue ?? 1) - (b.pValue ?? 1));
  for (const [index, { arm, pValue, passed }] of ordered.entries()) {
    if (!passed || (pValue ?? 1) > level / (ordered.length - index)) break;
    adoptable.add(arm);
  }
  return adoptable;
}

function verdictOf(
  input: VerdictInput,
  answers: Answers & { readonly floor: Floor | undefined },
  { isShown, isPossible }: { readonly isShown: boolean; readonly isPossible: boolean },
): Verdict {
  const { trial, rows, design, final } = input;
  const { arm, primary, guardrails, pValue, passed, floor } = answers;
  const level = trial.decision.alpha / 2;
  const isTooFew = floor !== undefined && floor.pValue > level;
  const obstacles = input.obstacles(arm);
  const ruledOut = isWorthwhileRuledOut({
    trial,
    rows,
    design,
    arm,
    measure: input.primary,
    outcome: trial.primary,
  });
  const reasons = [
    reasonOf(primary, input.primary),
    ...guardrails.map((each, i) => reasonOf(each, input.guardrails[i]?.measure ?? input.primary)),
    ...withoutReplay([primary, ...guardrails]),
  ];

  let verdict: Verdict['verdict'];
  if (guardrails.some((each) => each.estimable && each.reversed)) verdict = 'harm';
  else if (!final) verdict = 'keep-testing';
  else if (obstacles.length > 0 || isTooFew) verdict = 'inconclusive';
  else if ((primary.estimable && primary.reversed) || ruledOut) verdict = 'discard';
  else if (isShown) verdict = 'adopt';
  else verdict = 'inconclusive';

  if (final && ruledOut && !isTooFew)
    reasons.push('The smallest effect worth adopting is ruled out.');
  if (final && passed && !isShown && isPossible) {
    reasons.push('With several arms compared, this is not enough to adopt one (Holm).');
  }
  if (final) reasons.push(...obstacles);
  if (floor !== undefined && (isTooFew || !isPossible)) reasons.push(refusalOf(trial, floor));
  if (!final)
    reasons.push('The trial has not reached its planned end: nothing is adopted before it.');
  return { arm, verdict, final, reasons, primary, guardrails, pValue };
}

/** Why the t test decided where the protocol has the assignment made again. */
function withoutReplay(answers: readonly Estimable<Answer>[]): readonly string[] {
  const reasons = answers.flatMap((each) => (each.estimable ? (each.withoutReplay ?? []) : []));
  return [...new Set(reasons)].map(
    (reason) => `The t test decided, as re-randomisation could not: ${reason}.`,
  );
}

/** Why this assignment could not support a claim, whatever the data, and what could. */
function refusalOf({ decision, arms, unit }: VerdictInput['trial'], floor: Floor): string {
  const { by, ground, pValue } = floor;
  const several = arms.length > 2;
  const level = decision.alpha / 2 / (arms.length - 1);
  return (
    `No claim can be made with ${ground} no one-sided p value below ` +
    `${significant(pValue)} can be had, whatever the effect, and ${significant(level)} is asked for` +
    `${several ? ' of the first of several arms' : ''}. ${
      by === 'sizes'
        ? `Randomise at least ${fewestPerArm(level)} ${unit}s to each arm, or a smaller unit.`
        : `Randomise more ${unit}s, or by a method that leaves more lists.`
    }`
  );
}
