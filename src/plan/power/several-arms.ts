import type { Estimable } from '../../analysis/estimable.ts';
import { requireFraction, requireUnits } from '../../analysis/methods/check.ts';
import type { Seed } from '../../stats/index.ts';
import { tooFew } from './cluster-power.ts';
import type { ClusterDesign } from './cluster-trial.ts';
import { clusterVariance, requireDesign } from './cluster-trial.ts';
import type { LevelAdjustment } from './comparison-level.ts';
import { levelOf } from './comparison-level.ts';
import { drawRejections } from './joint-power.ts';
import type { Outcome } from './outcome.ts';
import { controlOf, effectBetween, requireValue } from './outcome.ts';
import { powerAt } from './planned-test.ts';

/** A trial of control and other arms as it is planned. */
export interface PlannedSeveralArms extends ClusterDesign {
  /** The proportion, rate or mean in arm 1, 2, …; arm 0 is control. */
  readonly arms: readonly number[];
  /** Clusters of control, arm 1, arm 2, …. */
  readonly clusters: readonly number[];
  /** Pairs of arms to compare, each the first against the second; default each arm against control. */
  readonly comparisons?: readonly (readonly [number, number])[] | undefined;
  /** Default `holm`. */
  readonly adjustment?: LevelAdjustment | undefined;
  /** Simulated trials for what depends on all comparisons; default 20,000. */
  readonly draws?: number | undefined;
  readonly seed?: Seed | undefined;
}

/** The power of one of several comparisons. */
export interface ComparisonPower {
  readonly comparison: readonly [number, number];
  /** A difference, or the logarithm of a ratio. */
  readonly effect: number;
  readonly standardError: number;
  /** The two-sided level of this comparison by itself; for Holm that of the first step. */
  readonly level: number;
  /**
   * Chance that it is found, in its direction; where there is no effect, the chance of a false finding
   * in either. For Holm simulated, at the least the power at `level`.
   */
  readonly power: number;
}

/** The power of a trial of several arms. */
export interface SeveralArmsPower {
  readonly comparisons: readonly ComparisonPower[];
  /** Chance that at least one effect is found. */
  readonly any: number;
  /** Chance that all effects are found. */
  readonly all: number;
  /** Largest Monte Carlo standard error of what was simulated: `any`, `all` and, for Holm, each power. */
  readonly monteCarloError: number;
  /** Clusters − arms; `Infinity` for a test by the normal law. */
  readonly degreesOfFreedom: number;
}

/**
 * The power of each comparison in a trial that randomises clusters to several arms: a t test with the
 * variance judged from all arms, on clusters − arms degrees of freedom, at the level α/m for m
 * comparisons (`bonferroni`), at Dunnett's simultaneous level for all arms against control, or by
 * Holm's steps. The chances that any and that all effects are found, and all of Holm's, are simulated
 * from the joint law of the estimates: normal arm values over one √(χ²/df).
 *
 * In R: `pt(qt(1 - level / 2, df), df, abs(effect) / se, lower.tail = FALSE)`, with Dunnett's
 * `qmvt(0.95, tail = "both.tails", df = df, corr = )$quantile` for the first quantile.
 *
 * @returns not estimable where the clusters leave no degree of freedom
 * @throws RangeError when a number is not possible, a comparison is none or not of two arms, or
 *   Dunnett's level is asked for other comparisons than all arms with control
 * @see S. Holm, Scand. J. Statist. 6 (1979) 65; C. W. Dunnett, J. Amer. Statist. Assoc. 50 (1955) 1096.
 */
export function severalArmsPower(
  outcome: Outcome,
  trial: PlannedSeveralArms,
): Estimable<SeveralArmsPower> {
  requireDesign(outcome, trial);
  const { arms, clusters, alpha = 0.05, adjustment = 'holm' } = trial;
  const { comparisons = arms.map((_, i) => [i + 1, 0] as const) } = trial;
  if (arms.length === 0 || clusters.length !== arms.length + 1) {
    throw new RangeError(
      `${arms.length} arms beside control need as many numbers of clusters and one more, got ${clusters.length}`,
    );
  }
  requireFraction('alpha', alpha);
  arms.forEach((value) => requireValue(outcome, value));
  clusters.forEach((k, i) => requireUnits(`clusters[${i}]`, k));
  requireComparisons(comparisons, { arms: clusters.length, adjustment });
  const judged = clusters.reduce((total, k) => total + k, -clusters.length);
  const between = judged - (trial.baselineCorrelation === undefined ? 0 : 1);
  if (trial.test !== 'z' && between < 1) return tooFew(between);
  const degreesOfFreedom = trial.test === 'z' ? Infinity : between;
  const values = [controlOf(outcome), ...arms];
  const variances = values.map(
    (value, i) => clusterVariance(outcome, value, trial) / (clusters[i] ?? 1),
  );
  const level = levelOf(comparisons, { alpha, adjustment, variances, degreesOfFreedom });
  const planned = comparisons.map(([i, j]) => {
    const effect = effectBetween(outcome, values[i] ?? 0, values[j] ?? 0);
    const standardError = Math.sqrt((variances[i] ?? 0) + (variances[j] ?? 0));
    return { comparison: [i, j] as const, effect, standardError, level };
  });
  const { draws = 20_000, seed = 'several arms' } = trial;
  const joint = drawRejections(planned, {
    deviations: variances.map(Math.sqrt),
    degreesOfFreedom,
    alpha,
    stepwise: adjustment === 'holm',
    draws,
    seed,
  });
  const holm = adjustment === 'holm';
  const powerOf = ({ effect, standardError }: (typeof planned)[number]): number =>
    effect === 0
      ? level
      : powerAt(Math.abs(effect) / standardError, degreesOfFreedom, { ...trial, alpha: level });
  const simulated = [joint.any, joint.all, ...(holm ? joint.each : [])];
  return {
    estimable: true,
    comparisons: planned.map((comparison, i) => ({
      ...comparison,
      power: holm ? (joint.each[i] ?? 0) : powerOf(comparison),
    })),
    any: joint.any,
    all: joint.all,
    monteCarloError: Math.max(...simulated.map((p) => Math.sqrt((p * (1 - p)) / draws))),
    degreesOfFreedom,
  };
}

function requireComparisons(
  comparisons: readonly (readonly [number, number])[],
  { arms, adjustment }: { readonly arms: number; readonly adjustment: LevelAdjustment },
): void {
  if (comparisons.length === 0) throw new RangeError('there must be at least one comparison');
  for (const [i, j] of comparisons) {
    for (const arm of [i, j]) {
      if (!(Number.isSafeInteger(arm) && arm >= 0 && arm < arms)) {
        throw new RangeError(`a comparison is of arms 0 to ${arms - 1}, not of ${arm}`);
      }
    }
    if (i === j) throw new RangeError(`arm ${i} cannot be compared with itself`);
  }
  if (adjustment === 'dunnett' && comparisons.some(([, against]) => against !== 0)) {
    throw new RangeError('Dunnett’s level is for arms against control; take bonferroni or holm');
  }
}
