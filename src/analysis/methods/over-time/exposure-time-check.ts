import type { Estimable } from '../../estimable.ts';
import { notEstimable } from '../../estimable.ts';
import type { Effect } from '../effect.ts';
import { contrast } from '../gee/contrast.ts';
import { requireUnits } from '../check.ts';
import { armEffect, armTerms } from './arm-effect.ts';
import type { Cell } from './cells.ts';
import { armName } from './cells.ts';
import type { ComparisonOptions } from './comparison.ts';
import { comparisonOf } from './comparison.ts';
import { fitCells } from './fit.ts';
import type { JointTest } from './joint-test.ts';
import { testEqual } from './joint-test.ts';
import type { PeriodUnit } from './period-unit.ts';

/** What is compared, and how exposure times are told apart. */
export interface ExposureTimeOptions extends ComparisonOptions {
  /**
   * The exposure time from which on all are taken together; default the longest that two clusters
   * reached.
   */
  readonly longest?: number | undefined;
}

/** The effect of an arm in clusters that have had it for some time. */
export interface ExposureEffect {
  /** Periods running with the arm, this one included: from 1. */
  readonly exposure: number;
  /** Whether longer times are taken together with it. */
  readonly isLongest: boolean;
  /** Clusters that were seen so. */
  readonly clusters: number;
  readonly effect: Estimable<Effect>;
}

/** Whether an effect changes with the time since the arm began. */
export interface ExposureTime {
  readonly effects: readonly ExposureEffect[];
  /** Of all exposure times having one effect. */
  readonly test: Estimable<JointTest>;
  /** The mean over the exposure times, each counted once (of ratios: the geometric mean). */
  readonly average: Estimable<Effect>;
  /** The effect by the model that takes it as constant. */
  readonly constant: Estimable<Effect>;
}

/**
 * Checks whether the effect of an arm depends on how long a cluster has had it: the model of
 * `estimateOverTime` with a coefficient θ_s for each exposure time s = 1, 2, … (periods running with the
 * arm) in the place of θ. A joint F test asks whether all θ_s are equal; their mean (1/S) Σ θ_s is the
 * time-averaged effect of the S times that were seen. Where the effect grows or fades, the estimate of the constant model need not
 * even lie between the θ_s: in a stepped wedge it can have the other sign, so read the average then.
 *
 * The longest times are seen in few clusters and late periods alone, so they are imprecise; those that
 * only one cluster reached are taken together with the one before. A test that finds nothing with few
 * clusters does not show that the effect is constant.
 *
 * Sources: Kenny, Voldal, Xia, Heagerty & Hughes 2022, Stat Med 41:4311; Maleyeff, Li, Haneuse & Wang
 * 2023, Biometrics 79:2551; Hughes, Granston & Heagerty 2015, Contemp Clin Trials 45:55. In R:
 * `geepack::geeglm(y ~ factor(period) + factor(exposure) + offset(log(e)), family = poisson, id =
 * cluster)` with `exposure` 0 under control.
 *
 * @throws RangeError as `estimateOverTime` does, and for a `longest` that is no whole number above 0
 */
export function exposureTimeCheck(
  units: readonly PeriodUnit[],
  { longest, ...options }: ExposureTimeOptions,
): Estimable<ExposureTime> {
  if (longest !== undefined) requireUnits('longest', longest);
  const comparison = comparisonOf(units, options);
  if (!comparison.estimable) return comparison;
  const { arm, judged, judging } = comparison;
  const runs = units.map(({ arms }) => runsOf(arms, arm));
  const exposureOf = ({ cluster, period }: Cell): number => runs[cluster]?.[period] ?? 0;
  const reached = (least: number): number =>
    new Set(judged.cells.filter((cell) => exposureOf(cell) >= least).map(({ cluster }) => cluster))
      .size;
  const times = judged.cells.reduce((most, cell) => Math.max(most, exposureOf(cell)), 0);
  let last = Math.min(times, longest ?? times);
  while (last > 1 && reached(last) < 2) last -= 1;
  const timeOf = (cell: Cell): number => Math.min(last, exposureOf(cell));
  const exposures = [...new Set(judged.cells.map(timeOf))]
    .filter((exposure) => exposure > 0)
    .sort((a, b) => a - b);
  if (exposures.length < 2) {
    return notEstimable(
      `too few clusters had ${armName(arm)} for more than one period running, so there is one exposure time`,
    );
  }
  const nameOf = (exposure: number): string => `exposure ${exposure}`;
  const fit = fitCells(judged.cells, {
    ...comparison,
    periods: judged.periods,
    terms: [
      ...exposures.map((exposure) => ({
        name: nameOf(exposure),
        valueOf: (cell: Cell) => +(timeOf(cell) === exposure),
      })),
      ...armTerms(judged.arms.filter((index) => index !== arm)),
    ],
  });
  if (!fit.estimable) return fit;
  const mean = fit.terms.map((term) =>
    exposures.some((exposure) => nameOf(exposure) === term) ? 1 / exposures.length : 0,
  );
  return {
    estimable: true,
    effects: exposures.map((exposure) => ({
      exposure,
      isLongest: exposure === last,
      clusters: new Set(
        judged.cells.filter((cell) => timeOf(cell) === exposure).map(({ cluster }) => cluster),
      ).size,
      effect: contrast(fit, nameOf(exposure), judging),
    })),
    test: testEqual(fit, exposures.map(nameOf), judging),
    average: contrast(fit, mean, judging),
    constant: armEffect(comparison),
  };
}

/** By period, for how many periods running a cluster has had an arm. */
function runsOf(arms: readonly number[], arm: number): readonly number[] {
  let run = 0;
  return arms.map((index) => (run = index === arm ? run + 1 : 0));
}
