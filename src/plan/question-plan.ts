import { notEstimable } from '../analysis/estimable.ts';
import { isOverTime } from '../analysis/over-time.ts';
import { detectableBy, effectOf, formulaPower, leastUnits, levelOf } from './formula.ts';
import { valueIn } from './outcome.ts';
import { designFor } from './planned-design.ts';
import type { PlannedQuestion } from './questions.ts';
import { isCounted } from './questions.ts';
import type { QuestionPlan } from './report.ts';
import type { PlanSetting } from './setting.ts';

/** What the design can say of a question. */
export function questionPlan(setting: PlanSetting, question: PlannedQuestion): QuestionPlan {
  const { trial, values, assumptions } = setting;
  const { arm, role, metric, title, better, scale, index, kind } = question;
  const head = {
    arm,
    role,
    metric,
    title,
    better,
    question: question.question,
    scale,
    null: question.null,
    ...(question.upper === undefined ? {} : { upper: question.upper }),
    kind,
    level: levelOf(setting),
  };
  if (!isCounted(question)) {
    const none = notEstimable(
      'the assumptions say nothing of this metric',
      'alerts or accepted alerts per patient-day, or accepted alerts per alert, of arms that all show their alert',
    );
    return {
      ...head,
      assumed: null,
      power: none,
      unlimited: null,
      adjusted: null,
      detectable: none,
      leastUnits: null,
    };
  }
  const parallel = !isOverTime(trial);
  const [control, own] = [values[0], values[index]].map((each) =>
    each === undefined ? 0 : valueIn(each, question.counted),
  );
  const { baselineCorrelation } = assumptions;
  const powerOf = (options: Parameters<typeof formulaPower>[2]): number | null => {
    const found = formulaPower(setting, question, options);
    return found.estimable ? found.power : null;
  };
  return {
    ...head,
    assumed: { control: control ?? 0, arm: own ?? 0, effect: effectOf(setting, question) },
    power: formulaPower(setting, question),
    unlimited: parallel ? powerOf({ design: designFor(setting, { size: Infinity }) }) : null,
    adjusted:
      parallel && role === 'primary' && baselineCorrelation !== undefined
        ? powerOf({ baselineCorrelation })
        : null,
    detectable: detectableBy(setting, question),
    leastUnits: parallel ? (leastUnits(setting, question) ?? null) : null,
  };
}
