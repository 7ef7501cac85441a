import type { MetricName } from '../trial/protocol.ts';
import { periodsOf } from '../trial/groups.ts';
import type { Trial } from '../trial/trial.ts';
import type { Estimable } from './estimable.ts';
import { methodFor } from './decision/method.ts';
import type { Effect } from './methods/effect.ts';
import type {
  CarryOver,
  ExposureTime,
  OverTimeEffect,
  PeriodUnit,
} from './methods/over-time/index.ts';
import {
  carryOverCheck,
  estimateOverTime,
  exposureTimeCheck,
  rerandomizationIntervalOverTime,
  rerandomizeOverTime,
} from './methods/over-time/index.ts';
import type { SequenceProcedure } from './over-time.ts';
import { armIndices, unadjusted } from './over-time.ts';
import type { ArmComparison, Measure } from './result.ts';

/** What is known of a measure of a design over time. */
export interface OverTimeEvidence {
  readonly units: readonly PeriodUnit[];
  readonly sequences: Estimable<SequenceProcedure>;
}

/** What only a design over time has to say of an arm. */
export interface ArmOverTime {
  readonly arm: string;
  /**
   * The effect that decides, which takes the periods of a cluster as independent, with what it rests on
   * and the level of control in each period.
   */
  readonly independence: Estimable<OverTimeEffect>;
  /**
   * The effect adjusted for periods with a common correlation of the periods of a cluster: beside the one
   * that decides.
   */
  readonly exchangeable: Estimable<OverTimeEffect>;
  /** Whether the effect changes with the time since the arm began; `null` where clusters go back and forth. */
  readonly exposureTime: Estimable<ExposureTime> | null;
  /** Whether the arm of the period before still works; `null` where no cluster goes back. */
  readonly carryOver: Estimable<CarryOver> | null;
}

/** What a comparison over time depends on. */
export interface CompareOverTimeOptions {
  readonly kind: Measure['kind'];
  readonly level: number;
  readonly draws: number;
  readonly metric: MetricName;
  readonly evidence: Estimable<OverTimeEvidence>;
}

/** How an effect of a kind of measure is tested by default: a ratio where there are events to take it of. */
export function statisticFor(
  trial: Trial,
  { units }: OverTimeEvidence,
  { kind, arm }: { readonly kind: Measure['kind']; readonly arm: string },
): 'logRatio' | 'difference' {
  const index = armIndices(trial).indexOf(arm);
  const hasEvents = [0, index].every((wanted) =>
    units.some(({ arms, cells }) =>
      cells.some(({ numerator }, period) => arms[period] === wanted && numerator > 0),
    ),
  );
  return kind === 'rate' && hasEvents ? 'logRatio' : 'difference';
}

/** What re-randomises an arm over the sequences of the clusters. The test and its interval share it. */
export function replayOverTime(
  trial: Trial,
  sequences: SequenceProcedure,
  {
    metric,
    arm,
    draws,
  }: Pick<CompareOverTimeOptions, 'metric' | 'draws'> & { readonly arm: string },
): SequenceProcedure & {
  readonly arm: number;
  readonly arms: number;
  readonly draws: number;
  readonly seed: readonly string[];
} {
  return {
    ...sequences,
    arm: armIndices(trial).indexOf(arm),
    arms: trial.arms.length,
    draws,
    seed: ['rerandomization', trial.fingerprint, metric, arm],
  };
}

/** An arm of a design over time against the control arm on a measure, adjusted for periods. */
export function compareArmOverTime(
  trial: Trial,
  arm: string,
  { kind, level, draws, metric, evidence }: CompareOverTimeOptions,
): ArmComparison {
  const head = { arm, control: trial.control };
  if (!evidence.estimable) {
    return {
      ...head,
      ratio: evidence,
      difference: evidence,
      rerandomization: evidence,
      rerandomizationInterval: null,
      estimands: evidence,
      naive: evidence,
    };
  }
  const { units, sequences } = evidence;
  const options = { arm: armIndices(trial).indexOf(arm), arms: trial.arms.length, level };
  const statistic = statisticFor(trial, evidence, { kind, arm });
  const estimate = (which: 'logRatio' | 'difference'): Estimable<Effect> =>
    estimateOverTime(units, { ...options, statistic: which });
  const isDeciding = methodFor(trial, units.length) === 'rerandomization';
  const replay = sequences.estimable && replayOverTime(trial, sequences, { metric, arm, draws });
  return {
    ...head,
    ratio: estimate('logRatio'),
    difference: estimate('difference'),
    rerandomization: replay
      ? rerandomizeOverTime(units, { ...replay, statistic })
      : unreplayed(sequences),
    rerandomizationInterval:
      replay && isDeciding
        ? rerandomizationIntervalOverTime(units, {
            ...replay,
            statistic,
            level,
            sides: 'equal-tailed',
          })
        : null,
    estimands: unadjusted,
    naive: unadjusted,
  };
}

function unreplayed(
  sequences: Estimable<SequenceProcedure>,
): Extract<typeof sequences, { readonly estimable: false }> {
  return sequences.estimable ? unadjusted : sequences;
}

/** What only a design over time has to say of each arm. */
export function armsOverTime(
  trial: Trial,
  { kind, level, evidence }: Pick<CompareOverTimeOptions, 'kind' | 'level' | 'evidence'>,
): readonly ArmOverTime[] {
  const names = armIndices(trial);
  return names.slice(1).map((arm, index) => {
    if (!evidence.estimable) {
      return {
        arm,
        independence: evidence,
        exchangeable: evidence,
        exposureTime: evidence,
        carryOver: evidence,
      };
    }
    const { units } = evidence;
    const statistic = statisticFor(trial, evidence, { kind, arm });
    const options = { arm: index + 1, arms: names.length, level, statistic };
    const isOneWay = periodsOf(trial.protocol)?.design === 'stepped-wedge';
    return {
      arm,
      independence: estimateOverTime(units, options),
      exchangeable: estimateOverTime(units, { ...options, correlation: 'exchangeable' }),
      exposureTime: isOneWay ? exposureTimeCheck(units, options) : null,
      carryOver: isOneWay ? null : carryOverCheck(units, options),
    };
  });
}
