import type { Answer } from '../analysis/index.ts';
import { definitionOf } from '../analysis/definition.ts';
import type { PlanSetting } from './setting.ts';
import { decidingOutcomes } from './setting.ts';
import type { Counted } from './outcome.ts';
import { countedBy } from './outcome.ts';

/** A question that the decision rule will ask of an arm. */
export interface PlannedQuestion {
  /** Its place in `PlanSetting.arms`, where control is 0. */
  readonly index: number;
  readonly arm: string;
  readonly role: 'primary' | 'guardrail';
  readonly metric: string;
  readonly title: string;
  readonly kind: 'rate' | 'proportion';
  /** `undefined` where assumptions say nothing of the metric. */
  readonly counted: Counted | undefined;
  readonly better: 'lower' | 'higher';
  readonly question: Answer['question'];
  readonly scale: 'ratio' | 'difference';
  /** The effect to be ruled out; of equivalence the lower of two. */
  readonly null: number;
  /** The upper one of equivalence. */
  readonly upper?: number | undefined;
}

/** A question that can be computed. */
export type CountedQuestion = PlannedQuestion & { readonly counted: Counted };

/** Whether assumptions say something of what a question is about. */
export function isCounted(question: PlannedQuestion): question is CountedQuestion {
  return question.counted !== undefined;
}

/** All questions, arm after arm, the primary one first. */
export function questionsOf({ trial, arms }: PlanSetting): readonly PlannedQuestion[] {
  const { claim } = trial.decision;
  return arms.slice(1).flatMap((arm, i) =>
    decidingOutcomes(trial).map((outcome, place): PlannedQuestion => {
      const { title, kind } = definitionOf(trial, outcome).definition;
      const head = {
        index: i + 1,
        arm,
        metric: outcome.metric,
        title,
        kind,
        counted: countedBy(trial, outcome),
        better: outcome.better,
      };
      const guardrail = trial.guardrails[place - 1];
      if (guardrail !== undefined) {
        const { scale, margin } = guardrail;
        return { ...head, role: 'guardrail', question: 'non-inferiority', scale, null: margin };
      }
      const role = 'primary';
      switch (claim.kind) {
        case 'superiority': {
          const isRate = kind === 'rate';
          return {
            ...head,
            role,
            question: claim.kind,
            scale: isRate ? 'ratio' : 'difference',
            null: isRate ? 1 : 0,
          };
        }
        case 'non-inferiority':
          return { ...head, role, question: claim.kind, scale: claim.scale, null: claim.margin };
        case 'equivalence':
          return {
            ...head,
            role,
            question: claim.kind,
            scale: claim.scale,
            null: claim.lower,
            upper: claim.upper,
          };
      }
    }),
  );
}
