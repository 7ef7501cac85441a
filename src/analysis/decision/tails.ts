import { studentT } from '../../stats/index.ts';
import type { Estimable } from '../estimable.ts';
import { notEstimable } from '../estimable.ts';
import type { Replayed } from '../design.ts';
import type { RatioOfTotals } from '../methods/ratio-of-totals.ts';
import { noSpread } from '../methods/ratio-of-totals.ts';
import type {
  AssignedUnit,
  RerandomizationOptions,
  Statistic,
} from '../methods/rerandomization/index.ts';
import { rerandomize } from '../methods/rerandomization/index.ts';
import type { Answer, Question } from './decide.ts';

/** What is tested. */
export interface Hypothesis extends Pick<Answer, 'scale' | 'null'> {
  /** Whether the model takes the logarithm of a ratio. */
  readonly isLog: boolean;
}

/** The two arms of a question. */
export interface Pair {
  readonly treated: RatioOfTotals;
  readonly control: RatioOfTotals;
}

/** What a question is answered from. */
export interface Evidence {
  readonly pair: Pair;
  /** How the units are assigned again; nothing where the model decides. */
  readonly replayed: Replayed<AssignedUnit> | undefined;
  readonly hypothesis: Hypothesis;
}

/** One-sided p values of an effect below, and above, the null. */
export interface Tails {
  readonly less: number;
  readonly greater: number;
}

/** The one-sided p values of a hypothesis, by the model or by re-randomisation. */
export function tailsOf(question: Question, evidence: Evidence): Estimable<Tails> {
  const { replayed, pair, hypothesis } = evidence;
  if (replayed === undefined) return modelTails(pair, hypothesis);
  const { units } = replayed;
  const replay = replayFor(question, { ...evidence, replayed });
  const { scale, null: effect } = hypothesis;
  const known = question.measure.comparisons.find(({ arm }) => arm === question.arm);
  const isKnown =
    effect === (scale === 'ratio' ? 1 : 0) &&
    known?.rerandomization.estimable === true &&
    known.rerandomization.statistic === replay.statistic;
  const test = isKnown
    ? known.rerandomization
    : rerandomize(units, {
        ...replay,
        ...(scale === 'ratio' ? { scale: 1 / effect } : { shift: effect }),
      });
  return test.estimable ? { estimable: true, less: test.pLess, greater: test.pGreater } : test;
}

function modelTails(
  { treated, control }: Pair,
  { scale, null: effect, isLog }: Hypothesis,
): Estimable<Tails> {
  const factor = scale === 'ratio' ? effect : 1;
  const standardError = isLog
    ? Math.hypot(treated.standardError / treated.ratio, control.standardError / control.ratio)
    : Math.hypot(treated.standardError, factor * control.standardError);
  if (standardError === 0) return notEstimable(noSpread);
  if (!Number.isFinite(standardError)) {
    return notEstimable(
      'one unit holds nearly all of the denominator of an arm, so the variance cannot be judged',
      'a smaller unit of randomisation, or units of more even size',
    );
  }
  const distance = isLog
    ? Math.log(treated.ratio / control.ratio)
    : treated.ratio - factor * control.ratio - (scale === 'difference' ? effect : 0);
  const { lower, upper } = studentT.cdf(
    distance / standardError,
    treated.units + control.units - 2,
  );
  return { estimable: true, less: lower, greater: upper };
}

/** How the units of a question are assigned again. The test and its interval share their draws. */
export function replayFor(
  { trial, measure, arm }: Question,
  {
    replayed: { procedure },
    pair: { treated, control },
    hypothesis: { scale },
  }: Evidence & { readonly replayed: Replayed<AssignedUnit> },
): RerandomizationOptions & { readonly statistic: Statistic } {
  const hasEvents = treated.ratio > 0 && control.ratio > 0;
  return {
    procedure,
    draws: trial.decision.draws,
    seed: ['rerandomization', trial.fingerprint, measure.metric, arm],
    statistic: scale === 'ratio' && hasEvents ? 'logRatio' : 'difference',
  };
}
