import type { ArmValues } from '../outcome.ts';
import { valueIn } from '../outcome.ts';
import type { PlannedQuestion } from '../questions.ts';
import { questionsOf } from '../questions.ts';
import type { PlanSetting } from '../setting.ts';

/**
 * True values of the arms with the primary outcome at what is to be ruled out: for superiority as in the
 * control arm, for non-inferiority at the margin, for equivalence at the bound on the worse side. An
 * acceptance that would leave 0 to 1 stays as in the control arm.
 */
export function nullValues(setting: PlanSetting): readonly ArmValues[] {
  const { arms, values } = setting;
  const control = values[0] ?? { alerts: 0, acceptance: 0 };
  const questions = questionsOf(setting).filter(({ role }) => role === 'primary');
  return arms.map((arm) => {
    const question = questions.find((own) => own.arm === arm);
    return question === undefined ? control : atNull(control, question);
  });
}

function atNull(control: ArmValues, question: PlannedQuestion): ArmValues {
  const { counted, scale, better, null: lower, upper = lower } = question;
  if (question.question === 'superiority' || counted === undefined) return control;
  const effect = better === 'higher' ? lower : upper;
  const base = valueIn(control, counted);
  const factor = scale === 'ratio' ? effect : (base + effect) / base;
  if (!(factor > 0)) return control;
  if (counted !== 'acceptance') return { ...control, alerts: control.alerts * factor };
  const acceptance = control.acceptance * factor;
  return acceptance < 1 ? { ...control, acceptance } : control;
}
