import type { Estimable } from '../../estimable.ts';
import { floorOf } from './floor.ts';
import type { Floor } from './floor.ts';
import type { ReferenceSet, ReplayOptions } from './reference-set.ts';
import { actualSums, visitAssignments } from './reference-set.ts';
import type { AssignedUnit } from './set-up.ts';
import { noSpreadWithin, obstacleIn, pValueOf, setUp, shortageOf } from './set-up.ts';
import type { Statistic, StatisticOptions } from './statistic.ts';
import { contrast, estimateArms, negligible, pooledRatio, spreadOf } from './statistic.ts';
import type { Values } from './sums.ts';
import { rowsOf } from './sums.ts';

export type { AssignedUnit } from './set-up.ts';

// Held here because looking up a global each time is slow where globals are proxied, as in test runners.
const { isNaN: isNotANumber } = Number;

/** What is tested, and by how many draws. */
export interface RerandomizationOptions extends ReplayOptions, StatisticOptions {
  /** Multiplies the treated units' numerators first, to test a ratio other than 1; default 1. */
  readonly scale?: number | undefined;
  /** The difference of ratios under the null hypothesis; default 0. */
  readonly shift?: number | undefined;
}

/** The p values of a re-randomisation test. */
export interface Rerandomization extends ReferenceSet, Floor {
  readonly statistic: Statistic;
  readonly studentized: boolean;
  /** The statistic of the actual assignment. */
  readonly observed: number;
  /** Two-sided. */
  readonly pValue: number;
  /** One-sided, of an effect below the null. */
  readonly pLess: number;
  /** One-sided, of an effect above the null. */
  readonly pGreater: number;
  /** Standard error that the draws leave in `pValue`; 0 when all assignments were gone through. */
  readonly monteCarloError: number;
}

/**
 * A re-randomisation test of two arms: the assignment is made again as the trial made it, and the
 * statistic of the actual assignment is compared with those of the others. Exact under the sharp null
 * hypothesis that every unit's numerator would have been the same in either arm, up to the null
 * effect; studentised, asymptotically right when only the ratios are equal.
 *
 * p = #{|T_b| ≥ |T|} / N over all N assignments, each by its chance, when there are few of them;
 * otherwise (1 + #{|T_b| ≥ |T|}) / (B + 1) over B random ones; and likewise one-sided. Values within
 * 10⁻⁹ of each other are ties. Only assignments in which the statistic exists are counted (two units,
 * or one unstudentised, and for a log ratio some events in each arm): which those are follows from
 * the data alone, so conditioning on them keeps the test exact. An effect other than none is tested
 * by taking it out of the treated units first: `scale` times Y, less `shift` times E.
 *
 * Sources: Chung & Romano 2013, Ann Stat 41:484; Wu & Ding 2021, JASA 116:1898; Phipson & Smyth 2010
 * (the +1). In R: `ri2::conduct_ri()` with a `test_function`, or `combn()` over the assignments.
 *
 * @param units every unit that was randomised, in the order in which `procedure` has them; those
 *   without a denominator take part in the randomisation alone. Random draws are dealt out in this
 *   order: keep to one (by id, say) for the same p value from the same seed
 * @throws RangeError when `draws` is no whole number above 0, `scale` is not above 0, `shift` goes
 *   with `meanLogRatio`, or the procedure could not have given the units their arms
 */
export function rerandomize(
  units: readonly AssignedUnit[],
  options: RerandomizationOptions,
): Estimable<Rerandomization> {
  const { statistic, studentized = true } = options;
  const labels = units.map(({ treated }) => (treated ? 1 : 0));
  checkNull(options);
  const ready = setUp(units, { ...options, labels, arms: 2 });
  if (!ready.estimable) return ready;
  const { actual, replay, plan } = ready;
  const values = underNull(ready.values, labels, options);
  const obstacle = obstacleIn(values, actual, ready.estimates);
  if (obstacle !== undefined) return obstacle;

  const centre = pooledRatio(values);
  const sets = [rowsOf(values, { places: replay.places, centreOf: () => centre })];
  const estimates = new Float64Array(4);
  const scale = ready.estimates.isLog ? 1 : spreadOf(values, centre);
  const twoArms = { control: 0, studentized, unit: scale };
  const statisticOf = (sums: Float64Array): number =>
    estimateArms(sums, estimates, ready.estimates) ? contrast(estimates, 1, twoArms) : Number.NaN;
  const observed = statisticOf(actualSums(replay, sets, actual));
  if (!Number.isFinite(observed)) return noSpreadWithin;

  const slack = 1e-9 * Math.abs(observed) + negligible * (studentized ? 1 : scale);
  const size = Math.abs(observed);
  let [all, defined, draws, two, less, greater] = [0, 0, 0, 0, 0, 0];
  visitAssignments(
    replay,
    (sums, weight) => {
      all += weight;
      const t = statisticOf(sums);
      if (isNotANumber(t)) return;
      draws += 1;
      defined += weight;
      if (t >= size - slack || -t >= size - slack) two += weight;
      if (t <= observed + slack) less += weight;
      if (t >= observed - slack) greater += weight;
    },
    { ...options, sets, arms: 2 },
  );
  const share = defined / all;
  const shortage = shortageOf(ready, { draws, share });
  if (shortage !== undefined) return shortage;
  const { method, assignments } = plan;
  const pValue = pValueOf(method, two, defined);
  return {
    estimable: true,
    statistic,
    studentized,
    observed,
    pValue,
    pLess: pValueOf(method, less, defined),
    pGreater: pValueOf(method, greater, defined),
    method,
    assignments,
    draws,
    monteCarloError: method === 'enumeration' ? 0 : Math.sqrt((pValue * (1 - pValue)) / draws),
    ...floorOf(replay, { method, draws, share }),
  };
}

function checkNull({ statistic, scale = 1, shift = 0 }: RerandomizationOptions): void {
  if (!(scale > 0 && Number.isFinite(scale))) {
    throw new RangeError(`scale must be a number above 0, not ${scale}`);
  }
  if (!Number.isFinite(shift)) throw new RangeError(`shift must be a number, not ${shift}`);
  if (statistic === 'meanLogRatio' && shift !== 0) {
    throw new RangeError('meanLogRatio compares ratios: give the null as `scale`, not as `shift`');
  }
}

/** The values with the effect of the null hypothesis taken out of the treated units. */
function underNull(
  { y, e, used }: Values,
  labels: readonly number[],
  { statistic, scale = 1, shift = 0 }: RerandomizationOptions,
): Values {
  const outcome = y.map((value, i) => {
    if (labels[i] !== 1 || used[i] !== 1) return value;
    return statistic === 'meanLogRatio'
      ? value + Math.log(scale)
      : value * scale - shift * (e[i] ?? 0);
  });
  return { y: outcome, e, used };
}
