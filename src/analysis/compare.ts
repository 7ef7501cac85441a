import type { MetricName } from '../trial/protocol.ts';
import type { Trial } from '../trial/trial.ts';
import type { ArmTotals } from './arm-totals.ts';
import { scaleFor } from './arm-totals.ts';
import type { Design } from './design.ts';
import type { Estimable } from './estimable.ts';
import { notEstimable } from './estimable.ts';
import type { Effect } from './methods/effect.ts';
import type { RatioOfTotals } from './methods/ratio-of-totals.ts';
import { effectOf } from './methods/effect.ts';
import { differenceOf, ratioScale, relativeOf } from './methods/ratio-of-totals.ts';
import { compareEstimands } from './methods/clusters/index.ts';
import { rerandomizationInterval, rerandomize } from './methods/rerandomization/index.ts';
import { methodFor } from './decision/method.ts';
import type { ArmComparison, Measure, NaiveInterval } from './result.ts';

/** How arms are compared on a measure. */
export interface CompareOptions {
  readonly kind: Measure['kind'];
  readonly level: number;
  readonly draws: number;
  readonly metric: MetricName;
  readonly design: Design;
}

/** An arm against the control arm on a measure. */
export function compareArm(
  trial: Trial,
  arm: string,
  { totals, ...options }: CompareOptions & { readonly totals: ArmTotals },
): ArmComparison {
  const { kind, level, draws, metric, design } = options;
  const head = { arm, control: trial.control };
  const treated = totals.estimate(arm);
  const control = totals.estimate(trial.control);
  if (!treated.estimable || !control.estimable) {
    const [name, why] = treated.estimable ? [trial.control, control] : [arm, treated];
    const none = why.estimable
      ? notEstimable(name)
      : notEstimable(`${name}: ${why.reason}`, why.instead);
    return {
      ...head,
      ratio: none,
      difference: none,
      rerandomization: none,
      rerandomizationInterval: none,
      estimands: none,
      naive: none,
    };
  }
  const ratio = relativeOf(treated, control, level);
  const difference = differenceOf(treated, control, level);
  // Without events in an arm there is no logarithm; the difference can still be tested.
  const statistic = scaleFor(totals, { kind, names: [arm, trial.control] });
  const replayed = design.pair(totals, arm);
  const replay = {
    draws,
    seed: ['rerandomization', trial.fingerprint, metric, arm],
    statistic,
  } as const;
  const isDeciding =
    replayed.estimable && methodFor(trial, treated.units + control.units) === 'rerandomization';
  return {
    ...head,
    ratio,
    difference,
    rerandomization: replayed.estimable
      ? rerandomize(replayed.units, { ...replay, procedure: replayed.procedure })
      : replayed,
    rerandomizationInterval: isDeciding
      ? rerandomizationInterval(replayed.units, {
          ...replay,
          procedure: replayed.procedure,
          level,
          sides: 'equal-tailed',
        })
      : null,
    estimands: compareEstimands(totals.units(arm), totals.units(trial.control), {
      scale: statistic,
      level,
    }),
    naive: naiveOf(treated, control, { kind, level, effect: kind === 'rate' ? ratio : difference }),
  };
}

// So many degrees of freedom that t is the normal distribution, as for independent events.
const normalDegrees = 1e6;

function naiveOf(
  treated: RatioOfTotals,
  control: RatioOfTotals,
  {
    kind,
    level,
    effect,
  }: Pick<CompareOptions, 'kind' | 'level'> & { readonly effect: Estimable<Effect> },
): Estimable<NaiveInterval> {
  if (!effect.estimable) return effect;
  if (kind === 'rate') {
    const standardError = Math.sqrt(1 / treated.numerator + 1 / control.numerator);
    const naive = ratioScale(
      effectOf(Math.log(effect.estimate), standardError, normalDegrees, level),
    );
    if (!naive.estimable) return naive;
    return {
      estimable: true,
      lower: naive.lower,
      upper: naive.upper,
      designEffect: (effect.standardError / standardError) ** 2,
    };
  }
  const variance = ({ ratio, denominator }: RatioOfTotals): number =>
    (ratio * (1 - ratio)) / denominator;
  const standardError = Math.sqrt(variance(treated) + variance(control));
  if (!(standardError > 0)) {
    return notEstimable(
      'everything counted had the same outcome',
      'the interval between units, which needs no such variance',
    );
  }
  const { lower, upper } = effectOf(effect.estimate, standardError, normalDegrees, level);
  return {
    estimable: true,
    lower,
    upper,
    designEffect: (effect.standardError / standardError) ** 2,
  };
}
