import type { Trial } from '../trial/trial.ts';
import type { UnitTotals } from './methods/ratio-of-totals.ts';
import type { Estimable } from './estimable.ts';
import { notEstimable } from './estimable.ts';
import type { ProportionIcc, RateVariation } from './methods/icc/index.ts';
import { iccOfProportions, rateVariation } from './methods/icc/index.ts';
import type { PeriodUnit } from './methods/over-time/index.ts';
import { controlByPeriods, isOverTime } from './over-time.ts';
import type { Measure } from './result.ts';

/** How alike what belongs to one unit of randomisation is: what the next trial is planned with. */
export interface Clustering {
  /** Of a proportion: the intraclass correlation within arms; `null` of a rate. */
  readonly icc: Estimable<ProportionIcc> | null;
  /**
   * Of a rate: how the true rates of the control arm's units vary, in a design over time with the rates of
   * the periods taken out; `null` of a proportion.
   */
  readonly variation: Estimable<RateVariation> | null;
}

const noCounts = notEstimable(
  'the counts are not whole numbers, so there are no single observations to be alike',
  'count whole events, or leave the correlation out',
);

/** The likeness within units, of whichever kind the measure has. */
export function clusteringOf(
  trial: Trial,
  unitsOf: (arm: string) => readonly UnitTotals[],
  {
    kind,
    level,
    units,
  }: Pick<Measure, 'kind' | 'level'> & {
    /** Of a design over time. */
    readonly units?: readonly PeriodUnit[] | undefined;
  },
): Clustering {
  if (kind === 'rate') {
    const control = units === undefined ? unitsOf(trial.control) : controlByPeriods(units);
    return { icc: null, variation: rateVariation(control, { level }) };
  }
  // In a design over time one cluster stands in every arm, and would be compared with itself.
  const names = isOverTime(trial) ? [trial.control] : trial.arms.map(({ name }) => name);
  const arms = names.map(unitsOf);
  const isCounted = arms
    .flat()
    .every(
      ({ numerator, denominator }) =>
        Number.isSafeInteger(numerator) &&
        Number.isSafeInteger(denominator) &&
        numerator <= denominator,
    );
  return { icc: isCounted ? finite(iccOfProportions(arms, { level })) : noCounts, variation: null };
}

/** Where the clusters that can be compared hold one observation each, an estimate can run beyond all numbers. */
function finite(icc: Estimable<ProportionIcc>): Estimable<ProportionIcc> {
  const isFinite = Object.values(icc).every(
    (value) => typeof value !== 'number' || Number.isFinite(value),
  );
  return isFinite
    ? icc
    : notEstimable(
        'the units that can be compared hold one observation each, so there is nothing within them to be alike',
        'wait for more observations of each unit',
      );
}
