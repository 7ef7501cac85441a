import { studentT } from '../../stats/index.ts';
import { replayOverTime, statisticFor } from '../compare-over-time.ts';
import type { Estimable } from '../estimable.ts';
import { notEstimable } from '../estimable.ts';
import type { OverTimeEffect } from '../methods/over-time/index.ts';
import {
  estimateOverTime,
  rerandomizationIntervalOverTime,
  rerandomizeOverTime,
} from '../methods/over-time/index.ts';
import { armIndices, periodUnitsOf, sequencesOf } from '../over-time.ts';
import type { Answer, Question } from './decide.ts';
import { methodFor } from './method.ts';
import type { Tails } from './tails.ts';

/** An answer without what follows from its tails. */
export type Tested = Pick<
  Answer,
  'estimate' | 'lower' | 'upper' | 'withoutInterval' | 'method' | 'withoutReplay'
> & {
  readonly tails: Tails;
};

type Hypothesised = Pick<Answer, 'scale' | 'null'>;

/**
 * A question about a design over time, by the effect adjusted for periods: the t test of log ratio or
 * difference against the null, or re-randomisation over the sequences with the null effect taken out
 * of the treated cells.
 */
export function answerOverTime(question: Question, hypothesis: Hypothesised): Estimable<Tested> {
  const { trial, rows, measure, arm, outcome, design } = question;
  const { reference } = design;
  if (reference === undefined) return notEstimable('the trial has no list of clusters');
  const found = periodUnitsOf(trial, rows, { outcome, reference });
  if (!found.estimable) return found;
  const { units } = found;
  const sequences = sequencesOf(trial, reference);
  const { scale, null: effect } = hypothesis;
  const statistic = scale === 'ratio' ? 'logRatio' : 'difference';
  const { level } = measure;
  const estimate = estimateOverTime(units, {
    statistic,
    arm: armIndices(trial).indexOf(arm),
    arms: trial.arms.length,
    level,
  });
  if (!estimate.estimable) return estimate;
  if (methodFor(trial, units.length) === 'model') return byModel(estimate, hypothesis);
  if (!sequences.estimable) {
    return { ...byModel(estimate, hypothesis), withoutReplay: sequences.reason };
  }

  const replay = {
    ...replayOverTime(trial, sequences, {
      metric: measure.metric,
      arm,
      draws: trial.decision.draws,
    }),
    statistic,
  } as const;
  const test = rerandomizeOverTime(units, {
    ...replay,
    ...(scale === 'ratio' ? { scale: 1 / effect } : { shift: effect }),
  });
  if (!test.estimable) return test;
  const comparison = measure.comparisons.find((each) => each.arm === arm);
  const shown = statisticFor(trial, { units, sequences }, { kind: measure.kind, arm });
  const known = comparison?.rerandomizationInterval;
  const interval =
    known?.estimable === true && shown === statistic
      ? known
      : rerandomizationIntervalOverTime(units, { ...replay, level, sides: 'equal-tailed' });
  return {
    estimable: true,
    estimate: estimate.estimate,
    ...(interval.estimable
      ? { lower: interval.lower, upper: interval.upper }
      : { lower: null, upper: null, withoutInterval: interval.reason }),
    method: 'rerandomization',
    tails: { less: test.pLess, greater: test.pGreater },
  };
}

function byModel(
  { estimate, standardError, degreesOfFreedom, lower, upper }: OverTimeEffect,
  { scale, null: effect }: Hypothesised,
): Extract<Estimable<Tested>, { readonly estimable: true }> {
  const distance = scale === 'ratio' ? Math.log(estimate) - Math.log(effect) : estimate - effect;
  const tails = studentT.cdf(distance / standardError, degreesOfFreedom);
  return {
    estimable: true,
    estimate,
    lower,
    upper,
    method: 'model',
    tails: { less: tails.lower, greater: tails.upper },
  };
}
