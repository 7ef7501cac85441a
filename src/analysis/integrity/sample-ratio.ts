import type { Allocation, ReferenceSet } from '../../allocation/index.ts';
import { sum } from '../../stats/index.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Estimable } from '../estimable.ts';
import { notEstimable } from '../estimable.ts';
import { designOf } from '../design.ts';
import type { SampleRatioMethod } from '../methods/sample-ratio/index.ts';
import { testSampleRatio, testSampleRatioByProcedure } from '../methods/sample-ratio/index.ts';
import type { UnitRow } from '../rows.ts';

/** Whether the arms hold the units that the protocol's weights would give them. */
export interface SampleRatio {
  /** Pearson's statistic Σ(O - E)²/E. */
  readonly chiSquared: number;
  readonly pValue: number;
  /** How the p value is found; `procedure` by making the list again. */
  readonly method: SampleRatioMethod | 'procedure';
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

/**
 * The sample-ratio test of a trial, on the units that were randomised and nothing else: of hashed units
 * against the weights, of listed ones whether those with data stand in the arms as in other lists that
 * the same procedure makes. The arms of a list are as large as they were made, so it is clusters that
 * never show up which can upset them.
 *
 * @throws AnalysisRefusedError when the trial allocates from a list and none is given
 */
export function sampleRatioOf(
  trial: Trial,
  rows: readonly UnitRow[],
  allocation?: Allocation,
): Estimable<SampleRatio> {
  const units = new Map(trial.arms.map(({ name }) => [name, new Set<string>()]));
  for (const { arm, unitId } of rows) units.get(arm)?.add(unitId);
  const counts = trial.arms.map(({ name }) => units.get(name)?.size ?? 0);
  const n = sum(counts);
  if (n === 0)
    return notEstimable('no unit has been randomised yet', 'look again once the trial has units');
  const { reference } = designOf(trial, allocation);
  if (reference !== undefined) {
    return listedRatio(trial, reference, {
      counts,
      seen: new Set(rows.map(({ unitId }) => unitId)),
    });
  }
  const weights = trial.arms.map(({ weight }) => weight);
  const expected = weights.map((weight) => (n * weight) / sum(weights));
  return judged(trial, { counts, expected, ...testSampleRatio(counts, weights) });
}

function listedRatio(
  trial: Trial,
  { clusters, groups, draw }: ReferenceSet,
  { counts, seen }: { readonly counts: readonly number[]; readonly seen: ReadonlySet<string> },
): Estimable<SampleRatio> {
  if (trial.periods.length > 1) {
    return notEstimable(
      'every cluster has every arm in its turn, so no arm can hold too many of them',
      'look at the periods that have no data',
    );
  }
  const isSeen = clusters.map(({ id }) => seen.has(id));
  const { statistic, pValue, cells } = testSampleRatioByProcedure(counts, {
    sampler: (stream) => {
      const drawn = groups.map(() => 0);
      draw(stream)[0]?.forEach((group, i) => {
        if (isSeen[i] === true) drawn[group] = (drawn[group] ?? 0) + 1;
      });
      return drawn;
    },
    seed: ['sample ratio', trial.fingerprint],
    draws: ratioDraws,
  });
  return judged(trial, {
    counts,
    expected: cells.map(({ mean }) => mean),
    chiSquared: statistic,
    pValue,
    method: 'procedure',
  });
}

/** So many that a mismatch at 0.001 can be seen. */
const ratioDraws = 4_999;

function judged(
  trial: Trial,
  {
    counts,
    expected,
    ...test
  }: Pick<SampleRatio, 'chiSquared' | 'pValue' | 'method'> & {
    readonly counts: readonly number[];
    readonly expected: readonly number[];
  },
): Estimable<SampleRatio> {
  return {
    estimable: true,
    arms: trial.arms.map(({ name }, i) => ({
      arm: name,
      units: counts[i] ?? 0,
      expected: expected[i] ?? 0,
    })),
    ...test,
    threshold,
    mismatch: test.pValue < threshold,
  };
}
