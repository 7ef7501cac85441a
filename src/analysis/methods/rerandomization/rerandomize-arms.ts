import type { Estimable } from '../../estimable.ts';
import type { UnitTotals } from '../ratio-of-totals.ts';
import { floorOf } from './floor.ts';
import type { Floor } from './floor.ts';
import type { ReferenceSet, ReplayOptions } from './reference-set.ts';
import { actualSums, visitAssignments } from './reference-set.ts';
import { noSpreadWithin, obstacleIn, pValueOf, setUp, shortageOf } from './set-up.ts';
import type { Statistic, StatisticOptions } from './statistic.ts';
import { contrast, estimateArms, negligible, pooledRatio, spreadOf } from './statistic.ts';
import { maximumCount, monotone } from './step-down.ts';
import { rowsOf } from './sums.ts';

/** A unit with the index of the arm that it really had. */
export interface ArmUnit extends UnitTotals {
  readonly arm: number;
}

/** What is compared between several arms, and by how many draws. */
export interface RerandomizeArmsOptions
  extends ReplayOptions, Omit<StatisticOptions, 'studentized'> {
  /** How many arms the trial has: indices from 0 to one less. */
  readonly arms: number;
  /** The index of the control arm; default 0. */
  readonly control?: number | undefined;
  /** Of the pairs: an effect either way (default), below 0, or above 0. */
  readonly alternative?: 'two-sided' | 'less' | 'greater' | undefined;
}

/** An arm against the control arm among several. */
export interface ArmPair {
  readonly arm: number;
  /** Studentised. */
  readonly observed: number;
  /** Not adjusted for the number of arms. */
  readonly pValue: number;
  /** Adjusted by the largest statistic of all arms. */
  readonly singleStep: number;
  /** Adjusted step by step: the largest statistic of the arms not yet rejected. Never above `singleStep`. */
  readonly stepDown: number;
}

/** A re-randomisation test of several arms together. */
export interface ArmsRerandomization extends ReferenceSet, Floor {
  readonly statistic: Statistic;
  readonly alternative: 'two-sided' | 'less' | 'greater';
  /** Whether the arms differ at all. */
  readonly omnibus: {
    /** W, the Wald statistic of all contrasts with the control arm. */
    readonly observed: number;
    /** Contrasts: one fewer than arms. */
    readonly contrasts: number;
    readonly pValue: number;
    readonly monteCarloError: number;
  };
  /** Each arm but the control arm, in the order of their indices. */
  readonly pairs: readonly ArmPair[];
}

/**
 * Re-randomises all the arms of a trial together, for an omnibus test and for comparisons with the
 * control arm adjusted for their number by the joint distribution of their statistics.
 *
 * With b_a the estimate of an arm and v_a its variance k/(k - 1) Σ(Y - RE)² / (ΣE)² (for a logarithm
 * over R²): T_a = (b_a - b_0) / √(v_a + v_0), and W = (Lb)ᵀ(LVLᵀ)⁻¹Lb = Σ (b_a - b̄)² / v_a with b̄
 * weighted by 1/v_a. Each is compared with its values in the other assignments, as `rerandomize` does.
 * max-T (Westfall & Young 1993) uses the correlation of the T_a that a shared control arm gives, where
 * Bonferroni (for the single step) and Holm (for the step down) allow for the worst.
 *
 * All arms are mixed in every draw, so each p value is exact under the sharp null hypothesis of no
 * difference between any arms. The familywise error rate where only some arms are equal is held
 * asymptotically, thanks to the studentising (Chung & Romano 2016). For a p value that is exact for one
 * pair whatever the others do, give `rerandomize` the units of the two arms. In R:
 * `coin::oneway_test()` with `pvalue(, method = "single-step")` and `"step-down"`, for other statistics.
 *
 * @param units every unit that was randomised, in the order in which `procedure` has them
 * @throws RangeError when an arm is not an index below `arms`, or as `rerandomize` does
 */
export function rerandomizeArms(
  units: readonly ArmUnit[],
  options: RerandomizeArmsOptions,
): Estimable<ArmsRerandomization> {
  const { statistic, arms, control = 0, alternative = 'two-sided' } = options;
  checkArms(units, { arms, control });
  const labels = units.map(({ arm }) => arm);
  const ready = setUp(units, { ...options, studentized: true, labels });
  if (!ready.estimable) return ready;
  const { values, actual, replay, plan } = ready;
  const obstacle = obstacleIn(values, actual, ready.estimates);
  if (obstacle !== undefined) return obstacle;

  const centre = pooledRatio(values);
  const sets = [rowsOf(values, { places: replay.places, centreOf: () => centre })];
  const others = Array.from({ length: arms }, (_, arm) => arm).filter((arm) => arm !== control);
  const estimates = new Float64Array(2 * arms);
  const unit = ready.estimates.isLog ? 1 : spreadOf(values, centre);
  const against = { control, studentized: true, unit };
  const signOf = alternative === 'less' ? -1 : 1;
  const scoreOf = (t: number): number => (alternative === 'two-sided' ? Math.abs(t) : signOf * t);

  estimateArms(actualSums(replay, sets, actual), estimates, ready.estimates);
  const observed = others.map((arm) => contrast(estimates, arm, against));
  if (!observed.every(Number.isFinite)) return noSpreadWithin;
  const wald = waldOf(estimates, unit);
  if (!Number.isFinite(wald)) return noSpreadWithin;
  const slack = (score: number): number => 1e-9 * Math.abs(score) + negligible;
  const actualScores = observed.map(scoreOf);
  const counted = maximumCount(actualScores, slack);
  const scores = new Float64Array(others.length);
  let [all, defined, draws, larger] = [0, 0, 0, 0];
  visitAssignments(
    replay,
    (sums, weight) => {
      all += weight;
      if (!estimateArms(sums, estimates, ready.estimates)) return;
      draws += 1;
      defined += weight;
      for (let i = 0; i < others.length; i += 1) {
        scores[i] = scoreOf(contrast(estimates, others[i] ?? 0, against));
      }
      counted.add(scores, weight);
      if (waldOf(estimates, unit) >= wald - slack(wald)) larger += weight;
    },
    { ...options, sets },
  );
  const share = defined / all;
  const shortage = shortageOf(ready, { draws, share });
  if (shortage !== undefined) return shortage;

  const { method, assignments } = plan;
  const shares = (weights: Float64Array): readonly number[] =>
    Array.from(weights, (extreme) => pValueOf(method, extreme, defined));
  const unadjusted = shares(counted.unadjusted);
  const singleStep = shares(counted.singleStep);
  const stepDown = monotone(shares(counted.stepDown), actualScores);
  const pValue = pValueOf(method, larger, defined);
  return {
    estimable: true,
    statistic,
    alternative,
    omnibus: {
      observed: wald,
      contrasts: others.length,
      pValue,
      monteCarloError: method === 'enumeration' ? 0 : Math.sqrt((pValue * (1 - pValue)) / draws),
    },
    pairs: others.map((arm, i) => ({
      arm,
      observed: observed[i] ?? 0,
      pValue: unadjusted[i] ?? 1,
      singleStep: singleStep[i] ?? 1,
      stepDown: stepDown[i] ?? 1,
    })),
    method,
    assignments,
    draws,
    ...floorOf(replay, { method, draws, share }),
  };
}

function checkArms(
  units: readonly ArmUnit[],
  { arms, control }: { readonly arms: number; readonly control: number },
): void {
  if (!(Number.isInteger(arms) && arms >= 2 && arms <= 255)) {
    throw new RangeError(`arms must be a whole number from 2 to 255, not ${arms}`);
  }
  const isArm = (arm: number): boolean => Number.isInteger(arm) && arm >= 0 && arm < arms;
  if (!isArm(control))
    throw new RangeError(`control must be one of 0 to ${arms - 1}, not ${control}`);
  units.forEach(({ arm }, i) => {
    if (!isArm(arm))
      throw new RangeError(`unit ${i} has the arm ${arm}, not one of 0 to ${arms - 1}`);
  });
}

/** Σ (b - b̄)² / v over arms, with b̄ weighted by 1/v. An arm without variance fixes b̄ at its own b. */
function waldOf(estimates: Float64Array, unit: number): number {
  let [weight, weighted] = [0, 0];
  for (let at = 0; at < estimates.length; at += 2) {
    const v = estimates[at + 1] ?? 0;
    if (v === 0) {
      weight = 1;
      weighted = estimates[at] ?? 0;
      break;
    }
    weight += 1 / v;
    weighted += (estimates[at] ?? 0) / v;
  }
  const mean = weighted / weight;
  let wald = 0;
  for (let at = 0; at < estimates.length; at += 2) {
    const away = (estimates[at] ?? 0) - mean;
    if (Math.abs(away) > negligible * unit) wald += (away * away) / (estimates[at + 1] ?? 0);
  }
  return wald;
}
