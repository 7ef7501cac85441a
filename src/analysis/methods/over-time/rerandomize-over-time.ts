import type { Estimable } from '../../estimable.ts';
import { floorOf } from '../rerandomization/floor.ts';
import type { Rerandomization } from '../rerandomization/rerandomize.ts';
import { pValueOf, shortageOf } from '../rerandomization/set-up.ts';
import { noOverlap } from './cells.ts';
import { visitOrders } from './orders.ts';
import type { PeriodUnit } from './period-unit.ts';
import { scoring, studentizedScore, sumsPerOrder } from './score.ts';
import type { OrdersOptions } from './trial-orders.ts';
import { cellsUnder, leastSquares, noDifference, trialOrders } from './trial-orders.ts';
import { countTwins } from './twins.ts';

/** What is tested, and by how many draws. */
export interface RerandomizationOverTimeOptions extends OrdersOptions {
  /** Multiplies the numerators of cells that really had the arm, to test a ratio other than 1; default 1. */
  readonly scale?: number | undefined;
  /** The difference of ratios under the null hypothesis; default 0. */
  readonly shift?: number | undefined;
}

/**
 * A re-randomisation test of an arm against control over the orders of the arms (stepped wedge,
 * crossover, switchback): clusters are dealt out to the sequences again as the trial did, and the
 * statistic of the actual orders is compared with those of the others. Exact under the sharp null
 * hypothesis that every cell's numerator would have been the same in either arm, up to the null effect,
 * whatever the trend over time, the correlation of the periods, and the number of clusters.
 *
 * The statistic compares clusters within periods alone (vertically): with x = 1 in cells that get the
 * arm and 0 in those that get control, x̄_j its mean in period j weighted by E, and R_j = Y_·j / E_·j,
 *
 *     T = U / √V,  U = Σ_i u_i,  V = Σ_i u_i²,  u_i = Σ_j (x_ij - x̄_j)(Y_ij - E_ij R_j).
 *
 * U is the score of θ at 0 under independence with a free effect of every period, of both links of
 * `estimateOverTime` (so `statistic` says no more than on which scale effects are told), and V its
 * variance by clusters. x̄_j appears as R_j is estimated: Σ_i (x_ij - x̄_j) E_ij = 0, so U does not depend
 * on the period effects. Within a period U adds (E₁E₀/E)(R₁ - R₀), the weights of Mantel & Haenszel;
 * periods in which all clusters have one arm add nothing. Studentised, the test stays right in large
 * trials when effects on clusters differ but cancel out.
 *
 * Of more than two arms, cells that get another arm in a draw are left out of that draw; clusters move
 * between all arms, so the hypothesis is then that no arm differs from control in any cell. p values,
 * ties and the null effect (`scale` times Y, less `shift` times E, in cells that really had the arm) are
 * as in `rerandomize`.
 *
 * Sources: Wang & De Gruttola 2017, Stat Med 36:2831; Ji, Fink, Robyn & Small 2017, Ann Appl Stat 11:1;
 * Thompson, Davey, Fielding, Hargreaves & Hayes 2018, Stat Med 37:2487 (within periods); Kennedy-Shaffer,
 * de Gruttola & Lipsitch 2020, Stat Med 39:815; Hughes, Heagerty, Xia & Ren 2020, Biometrics 76:119;
 * Rabideau & Wang 2021, Stat Med 40:4442. In R: none (in Stata `swpermute`, `withinperiod`); by `combn()`
 * over the orders.
 *
 * @param units every cluster that was randomised, in the order in which `procedure` has them; those
 *   without a denominator take part in the randomisation alone. Where days after a change of arm are
 *   left out, give them as `washout`: under another order they fall elsewhere, and without them the test
 *   is not exact
 * @param options `procedure` and `groups` are about groups of clusters, which are indices of `sequences`
 * @throws RangeError when `draws` is no whole number above 0, `scale` is not above 0, the clusters do not
 *   have the arms of their sequences, or the procedure could not have given them their groups
 */
export function rerandomizeOverTime(
  units: readonly PeriodUnit[],
  options: RerandomizationOverTimeOptions,
): Estimable<Rerandomization> {
  const { statistic, arm = 1, scale = 1, shift = 0 } = options;
  requireNull({ scale, shift });
  const ready = trialOrders(units, options);
  const { clusters, groups, replay, plan } = ready;
  const cells = cellsUnder(ready, { numerator: (y, e) => scale * y - shift * e });
  const sumOf = scoring(cells, ready.roles);
  const sums = new Float64Array(sumsPerOrder);
  const judging = { at: 0, steps: 0, least: leastSquares(cells) };
  if (!sumOf(groups, sums, 0)) return noOverlap(arm);
  if ((sums[1] ?? 0) <= judging.least) return noDifference;
  const observed = studentizedScore(sums, judging);

  const slack = 1e-9 * Math.abs(observed) + 1e-12;
  const size = Math.abs(observed);
  const twins = plan.method === 'enumeration' ? countTwins(ready) : undefined;
  let [all, defined, draws, two, less, greater] = [0, 0, 0, 0, 0, 0];
  visitOrders(
    replay,
    (drawn, weight) => {
      all += weight;
      if (!sumOf(drawn, sums, 0)) return;
      const t = studentizedScore(sums, judging);
      draws += 1;
      defined += weight;
      if (t >= size - slack || -t >= size - slack) two += weight;
      if (t <= observed + slack) less += weight;
      if (t >= observed - slack) greater += weight;
      twins?.add(drawn, weight);
    },
    { ...options, clusters },
  );
  const share = defined / all;
  const judged = { ...replay, ...twins?.chances(all) };
  const shortage = shortageOf({ plan, replay: judged }, { draws, share });
  if (shortage !== undefined) return shortage;
  const { method, assignments } = plan;
  const pValue = pValueOf(method, two, defined);
  return {
    estimable: true,
    statistic,
    studentized: true,
    observed,
    pValue,
    pLess: pValueOf(method, less, defined),
    pGreater: pValueOf(method, greater, defined),
    method,
    assignments,
    draws,
    monteCarloError: method === 'enumeration' ? 0 : Math.sqrt((pValue * (1 - pValue)) / draws),
    ...floorOf(judged, { method, draws, share }),
  };
}

function requireNull({ scale, shift }: { readonly scale: number; readonly shift: number }): void {
  if (!(scale > 0 && scale < Infinity)) {
    throw new RangeError(`scale must be a number above 0, not ${scale}`);
  }
  if (!Number.isFinite(shift)) throw new RangeError(`shift must be a number, not ${shift}`);
}
