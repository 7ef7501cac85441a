import { fiellerInterval } from '../methods/margins/index.ts';
import { rerandomizationInterval } from '../methods/rerandomization/index.ts';
import type { Answer, Question } from './decide.ts';
import type { Evidence } from './tails.ts';
import { replayFor } from './tails.ts';

type Ends = Pick<Answer, 'lower' | 'upper' | 'withoutInterval'>;

/**
 * The interval at 1 - alpha that goes with an answer, by the very test that gave it, so that an
 * interval beside the verdict never says otherwise than the verdict: of the re-randomisation test the
 * effects that neither one-sided test at half of alpha rejects; of the model Fieller's of a ratio at a
 * margin, and otherwise that of the measure.
 */
export function intervalBeside(question: Question, evidence: Evidence): Ends {
  const { measure, arm } = question;
  const {
    pair: { treated, control },
    hypothesis: { scale, isLog },
    replayed,
  } = evidence;
  const { level } = measure;
  if (scale === 'ratio' && !(treated.ratio > 0 && control.ratio > 0)) {
    return without('an arm has no events');
  }
  const comparison = measure.comparisons.find((each) => each.arm === arm);
  if (replayed !== undefined) {
    const { units } = replayed;
    const replay = replayFor(question, { ...evidence, replayed });
    const known = comparison?.rerandomizationInterval;
    const found =
      known?.estimable === true && known.statistic === replay.statistic
        ? known
        : rerandomizationInterval(units, { ...replay, level, sides: 'equal-tailed' });
    return found.estimable ? { lower: found.lower, upper: found.upper } : without(found.reason);
  }
  const found =
    scale === 'ratio' && !isLog
      ? fiellerInterval(
          { estimate: treated.ratio, standardError: treated.standardError },
          { estimate: control.ratio, standardError: control.standardError },
          { degreesOfFreedom: treated.units + control.units - 2, level },
        )
      : comparison?.[scale];
  if (found?.estimable === true) return { lower: found.lower, upper: found.upper };
  return without(found?.reason ?? 'the arms are not compared');
}

function without(reason: string): Ends {
  return { lower: null, upper: null, withoutInterval: reason };
}
