import { sum } from '../../stats/index.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Estimable } from '../estimable.ts';
import { notEstimable } from '../estimable.ts';
import type { SampleRatioTest } from '../methods/sample-ratio/index.ts';
import { testSampleRatio } from '../methods/sample-ratio/index.ts';
import type { UnitRow } from '../rows.ts';

/** Whether the arms hold the units that the protocol's weights would give them. */
export interface SampleRatio extends SampleRatioTest {
  readonly arms: readonly {
    readonly arm: string;
    readonly units: number;
    readonly expected: number;
  }[];
  /** The p value below which a mismatch is called. */
  readonly threshold: number;
  readonly mismatch: boolean;
}

const threshold = 0.001;

/** The sample-ratio test of a trial, on the units that were randomised and nothing else. */
export function sampleRatioOf(trial: Trial, rows: readonly UnitRow[]): Estimable<SampleRatio> {
  const units = new Map(trial.arms.map(({ name }) => [name, new Set<string>()]));
  for (const { arm, unitId } of rows) units.get(arm)?.add(unitId);
  const counts = trial.arms.map(({ name }) => units.get(name)?.size ?? 0);
  const n = sum(counts);
  if (n === 0)
    return notEstimable('no unit has been randomised yet', 'look again once the trial has units');
  const weights = trial.arms.map(({ weight }) => weight);
  const test = testSampleRatio(counts, weights);
  return {
    estimable: true,
    arms: trial.arms.map(({ name, weight }, i) => ({
      arm: name,
      units: counts[i] ?? 0,
      expected: (n * weight) / sum(weights),
    })),
    ...test,
    threshold,
    mismatch: test.pValue < threshold,
  };
}
