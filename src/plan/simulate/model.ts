import type { AllocatedCluster } from '../../allocation/index.ts';
import type { UnitRow } from '../../analysis/index.ts';
import type { RandomStream } from '../../stats/index.ts';
import { beta, normal } from '../../stats/index.ts';
import type { ArmValues } from '../outcome.ts';
import type { PlanSetting } from '../setting.ts';
import { drawCount, drawShare, drawSuccesses, logNormalAt } from './variates.ts';

/** The arms of a unit, one for each period. */
export type SimulatedUnit = Pick<AllocatedCluster, 'id' | 'arms'>;

/**
 * The rows of a simulated trial. For unit i in period j, in arm a,
 *
 *     days_ij: of i given, or log-normal with the assumed mean and CV, by the length of j, in whole days,
 *     alerts_ij ~ Poisson or, with φ > 1, negative binomial with the mean μ and the variance φμ,
 *         μ = days_ij · λ_a · trend^(j−1) · f_ij,  f_ij log-normal with mean 1 and CV κ,
 *     accepted_ij ~ Binomial(alerts_ij, p_ij),  p_ij ~ Beta with mean π_a and variance ρπ_a(1 − π_a).
 *
 * Rates and acceptance of a unit are independent, and so are units. The days of a washout have a row of
 * their own, with the rate and the acceptance of their period. Over time log f_ij and the normal
 * score of p_ij correlate between the periods of a unit: by the cluster autocorrelation, or its power of
 * the distance, on the scale of the true rates (exactly) and of the scores of acceptance (which for
 * ICCs as they occur is nearly the same).
 *
 * @param values of the arms, in the order of `setting.arms`
 */
export function drawRows(
  setting: PlanSetting,
  units: readonly SimulatedUnit[],
  { values, stream }: { readonly values: readonly ArmValues[]; readonly stream: RandomStream },
): readonly UnitRow[] {
  const { assumptions, likeness, arms, sizes, size, cv, periods } = setting;
  const { kappa, overdispersion, icc } = likeness;
  const { trend = 1 } = assumptions.overTime ?? {};
  const valuesOf = new Map(arms.map((arm, index) => [arm, values[index]]));
  const isOverTime = (units[0]?.arms.length ?? 1) > 1;
  const courses = isOverTime ? coursesOf(setting) : undefined;
  return units.flatMap(({ id, arms: own }, unit) => {
    const mean = sizes?.[unit] ?? size * (cv === 0 ? 1 : logNormalAt(stream.normal(), cv));
    const [rates, scores] = courses?.(stream, own.length) ?? [[stream.normal()], undefined];
    return own.flatMap((arm, period): readonly UnitRow[] => {
      const { alerts: rate = 0, acceptance = 0 } = valuesOf.get(arm) ?? {};
      const factor = logNormalAt(rates[period] ?? 0, kappa) * trend ** period;
      const share =
        scores === undefined
          ? drawShare(stream, acceptance, icc)
          : shareAt(scores[period] ?? 0, acceptance, icc);
      const { length = 1, washout = 0 } = periods[period] ?? {};
      const row = (part: number): UnitRow => {
        const days = Math.max(1, Math.round(mean * length * part));
        const alerts = drawCount(stream, { mean: days * rate * factor, overdispersion });
        const accepted = acceptance > 0 ? drawSuccesses(stream, alerts, share) : 0;
        return {
          unitId: id,
          arm,
          ...(isOverTime ? { period: period + 1 } : {}),
          alerts,
          alertsByOpening: alerts,
          accepted,
          acceptedByOpening: accepted,
          calendarDays: days,
          midnightDays: days,
          elapsedDays: days,
        };
      };
      // Under another list other units change their arm, so the beginning of a period is apart in all.
      if (washout === 0) return [row(1)];
      return [
        { ...row(1 - washout), washout: false },
        { ...row(washout), washout: true },
      ];
    });
  });
}

/** The share that goes with a normal score. */
function shareAt(score: number, mean: number, icc: number): number {
  if (icc === 0 || mean === 0) return mean;
  const concentration = 1 / icc - 1;
  return beta.quantile(normal.cdf(score).lower, mean * concentration, (1 - mean) * concentration);
}

/** Draws the normal scores of a unit over its periods: of its rates, and of its acceptance. */
function coursesOf({
  assumptions,
  likeness: { kappa },
}: PlanSetting): (
  stream: RandomStream,
  periods: number,
) => readonly [readonly number[], readonly number[]] {
  const { clusterAutocorrelation: together = 1, structure = 'nested-exchangeable' } =
    assumptions.overTime ?? {};
  // Log-normal rates correlate a little less than their logarithms.
  const ofLogs =
    kappa === 0 ? together : Math.log1p(together * kappa ** 2) / Math.log1p(kappa ** 2);
  const draw = (stream: RandomStream, periods: number, correlation: number): readonly number[] => {
    const [shared, apart] = [Math.sqrt(correlation), Math.sqrt(1 - correlation)];
    const level = stream.normal();
    if (structure === 'nested-exchangeable') {
      return Array.from({ length: periods }, () => shared * level + apart * stream.normal());
    }
    let last = level;
    return Array.from({ length: periods }, (_, period) => {
      if (period > 0) {
        last = correlation * last + Math.sqrt(1 - correlation ** 2) * stream.normal();
      }
      return last;
    });
  };
  return (stream, periods) => [draw(stream, periods, ofLogs), draw(stream, periods, together)];
}
