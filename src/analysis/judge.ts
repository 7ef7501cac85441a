import type { Trial } from '../trial/trial.ts';
import type { Verdict, VerdictInput } from './decision/verdict.ts';
import { verdictsOf } from './decision/verdict.ts';
import type { Design } from './design.ts';
import { measureBy } from './measure.ts';
import type { Measure } from './result.ts';
import type { UnitRow } from './rows.ts';

/** What a judgement depends on besides the trial and its rows. */
export interface JudgeOptions extends Pick<VerdictInput, 'final' | 'obstacles'> {
  readonly design: Design;
}

/** What the decision rule of a trial needs, and what it says. */
export interface Judgement {
  readonly primary: Measure;
  readonly guardrails: VerdictInput['guardrails'];
  readonly verdicts: readonly Verdict[];
}

/** Measures the outcomes that decide and judges the arms by them. */
export function judge(
  trial: Trial,
  rows: readonly UnitRow[],
  { design, final, obstacles }: JudgeOptions,
): Judgement {
  const primary = measureBy(trial, rows, { outcome: trial.primary, design });
  const guardrails = trial.guardrails.map((outcome) => ({
    outcome,
    measure: measureBy(trial, rows, { outcome, design }),
  }));
  return {
    primary,
    guardrails,
    verdicts: verdictsOf({ trial, rows, design, final, primary, guardrails, obstacles }),
  };
}
