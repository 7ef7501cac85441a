import type { MetricName } from '../trial/protocol.ts';
import type { Trial } from '../trial/trial.ts';
import type { ArmTotals } from './arm-totals.ts';
import { armWithout, scaleFor } from './arm-totals.ts';
import type { Design } from './design.ts';
import { rerandomizeArms } from './methods/rerandomization/index.ts';
import { compareArmsWithControl, estimateArms, omnibusOfArms } from './methods/several/index.ts';
import type { ArmsTogether, Measure } from './result.ts';

/** All arms of a trial at once; nothing to say of two. */
export function armsTogether(
  trial: Trial,
  totals: ArmTotals,
  {
    metric,
    kind,
    level,
    draws,
    design,
  }: Pick<Measure, 'kind' | 'level'> & {
    readonly metric: MetricName;
    readonly draws: number;
    readonly design: Design;
  },
): ArmsTogether | null {
  const names = trial.arms.map(({ name }) => name);
  if (names.length < 3) return null;
  const scale = scaleFor(totals, { kind, names });
  const missing = armWithout(names, totals);
  if (missing !== undefined) {
    return { omnibus: missing, simultaneous: missing, rerandomization: missing };
  }
  const arms = estimateArms(
    names.map((arm) => ({ arm, units: totals.units(arm) })),
    { scale },
  );
  const replayed = design.all(totals);
  return {
    omnibus: arms.estimable ? omnibusOfArms(arms.arms) : arms,
    simultaneous: arms.estimable
      ? compareArmsWithControl(arms.arms, { control: trial.control, scale, level })
      : arms,
    rerandomization: replayed.estimable
      ? rerandomizeArms(replayed.units, {
          arms: names.length,
          control: names.indexOf(trial.control),
          procedure: replayed.procedure,
          draws,
          seed: ['rerandomization', trial.fingerprint, metric],
          statistic: scale,
        })
      : replayed,
  };
}
