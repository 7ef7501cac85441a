import type { Estimable } from '../analysis/index.ts';
import { notEstimable } from '../analysis/estimable.ts';
import { isOverTime } from '../analysis/over-time.ts';
import { tooFew } from './power/cluster-power.ts';
import { clusterVariance } from './power/cluster-trial.ts';
import type { Outcome, Spread, TreatmentMatrix } from './power/index.ts';
import { varianceWithinPeriods } from './power/index.ts';
import { spreadAt } from './power/outcome.ts';
import type { ArmValues, Counted } from './outcome.ts';
import { outcomeFor, valueIn } from './outcome.ts';
import { analysedShare } from './periods.ts';
import type { PlanSetting } from './setting.ts';

/** The units of a trial as the formulas see them: those that are planned, or more, fewer, larger ones. */
export type PlannedDesign =
  | {
      readonly kind: 'parallel';
      /** Units of each arm, control first. */
      readonly counts: readonly number[];
      /** Mean patient-days; may be `Infinity`. */
      readonly size: number;
      readonly cv: number;
    }
  | {
      readonly kind: 'over-time';
      readonly matrix: TreatmentMatrix;
      /** Patient-days of each unit in each period, without the washout. */
      readonly sizes: readonly (readonly number[])[];
    };

/** Of how many times the units, and of how large ones, a design is. */
export interface Enlarged {
  /** Over time a whole number. Default 1. */
  readonly units?: number | undefined;
  /** Default 1. */
  readonly size?: number | undefined;
}

/** The design of a setting, or one like it. */
export function designFor(
  setting: PlanSetting,
  { units = 1, size = 1 }: Enlarged = {},
): PlannedDesign {
  const { trial, reference, arms, counts, periods } = setting;
  if (isOverTime(trial) && reference !== undefined) {
    const matrix = reference.clusters.map((own) => own.arms.map((arm) => arms.indexOf(arm)));
    const sizes = matrix.map((row, i) =>
      periods.map(
        (own, period) =>
          (setting.sizes?.[i] ?? setting.size) *
          size *
          own.length *
          analysedShare(own, { arms: row, period }),
      ),
    );
    const times = <T>(rows: readonly T[]): readonly T[] =>
      Array.from({ length: units }, () => rows).flat();
    return { kind: 'over-time', matrix: times(matrix), sizes: times(sizes) };
  }
  return {
    kind: 'parallel',
    counts: counts.map((count) => Math.max(1, Math.round(count * units))),
    size: setting.size * size,
    cv: setting.cv,
  };
}

/** What is compared, between which values. */
export interface Compared {
  readonly counted: Counted;
  readonly scale: 'ratio' | 'difference';
  /** The arm that is compared with control. */
  readonly index: number;
  /** True values by arm, control first. */
  readonly values: readonly ArmValues[];
  /** Of the outcome in the compared arm, where it is not what `values` say. */
  readonly value?: number | undefined;
}

/**
 * The standard error of an effect (of a ratio, of its logarithm) by the variances of `clusterPower` or
 * `varianceWithinPeriods`. Acceptance is weighted by alerts, whose numbers vary between units by
 * CV² = (1 + CV_days²)(1 + κ²) − 1 + φ/m for m of them on average.
 *
 * @param baselineCorrelation multiplies the variance by 1 − r²
 * @returns not estimable where too few units, or periods without overlap, leave nothing to judge by
 */
export function standardErrorOf(
  setting: PlanSetting,
  design: PlannedDesign,
  compared: Compared & { readonly baselineCorrelation?: number | undefined },
): Estimable<{ readonly standardError: number; readonly degreesOfFreedom: number }> {
  const { counted, scale, index, values, baselineCorrelation } = compared;
  const { likeness } = setting;
  const control = values[0] ?? { alerts: 0, acceptance: 0 };
  // Accepted alerts vary as the acceptance of the arm does.
  const outcomeOf = (arm: number): Outcome =>
    outcomeFor(counted, { of: values[arm] ?? control, likeness, scale });
  const valueOf = (arm: number): number =>
    (arm === index ? compared.value : undefined) ?? valueIn(values[arm] ?? control, counted);
  if (design.kind === 'over-time')
    return overTime(setting, design, { outcomeOf, compared, valueOf });

  const [k1 = 0, k0 = 0] = [design.counts[index], design.counts[0]];
  const degreesOfFreedom = k1 + k0 - (baselineCorrelation === undefined ? 2 : 3);
  if (degreesOfFreedom < 1) return tooFew(degreesOfFreedom);
  const varianceIn = (arm: number): number => {
    const alerts = (values[arm] ?? control).alerts;
    const value = valueOf(arm);
    const outcome = outcomeOf(arm);
    const sized =
      counted === 'acceptance'
        ? alertsOf({ ...design, alerts, likeness })
        : { size: design.size, cv: design.cv };
    return (
      clusterVariance(outcome, value, { ...sized, baselineCorrelation }) *
      toScale(outcome, { value, scale })
    );
  };
  const variance = varianceIn(index) / k1 + varianceIn(0) / k0;
  return { estimable: true, standardError: Math.sqrt(variance), degreesOfFreedom };
}

/** The number of alerts of a unit, and how it varies. */
function alertsOf({
  size,
  cv,
  alerts,
  likeness: { kappa, overdispersion },
}: {
  readonly size: number;
  readonly cv: number;
  readonly alerts: number;
  readonly likeness: PlanSetting['likeness'];
}): { readonly size: number; readonly cv: number } {
  const mean = size * alerts;
  const squared = (1 + cv * cv) * (1 + kappa * kappa) - 1 + overdispersion / mean;
  return { size: mean, cv: Math.sqrt(squared) };
}

/** The factor from the variance of an outcome to that on a scale: of a proportion's logarithm, by the delta method. */
export function toScale(
  outcome: Outcome,
  { value, scale }: { readonly value: number; readonly scale: Compared['scale'] },
): number {
  return outcome.kind === 'proportion' && scale === 'ratio' ? 1 / value ** 2 : 1;
}

function overTime(
  setting: PlanSetting,
  { matrix, sizes }: Extract<PlannedDesign, { readonly kind: 'over-time' }>,
  {
    outcomeOf,
    compared: { counted, scale, index, values },
    valueOf,
  }: {
    readonly outcomeOf: (arm: number) => Outcome;
    readonly compared: Compared;
    readonly valueOf: (arm: number) => number;
  },
): ReturnType<typeof standardErrorOf> {
  const { clusterAutocorrelation, structure = 'nested-exchangeable' } =
    setting.assumptions.overTime ?? {};
  const spreads = values.map((_, arm): Spread => {
    const value = valueOf(arm);
    const outcome = outcomeOf(arm);
    const { between, within } = spreadAt(outcome, value);
    const factor = toScale(outcome, { value, scale });
    return { between: between * factor, within: within * factor };
  });
  const degreesOfFreedom = matrix.length - values.length;
  if (degreesOfFreedom < 1) return tooFew(degreesOfFreedom);
  const { likeness, cv } = setting;
  const isAcceptance = counted === 'acceptance';
  // A difference of rates that change with time is not one number: then they are taken to stay.
  const isCourse = isAcceptance || scale === 'ratio';
  const trend = isCourse ? (setting.assumptions.overTime?.trend ?? 1) : 1;
  const found = varianceWithinPeriods(matrix, {
    sizes: matrix.map((row, i) =>
      row.map((arm, period) => {
        const days = (sizes[i]?.[period] ?? 0) * trend ** period;
        return isAcceptance ? days * (values[arm ?? 0]?.alerts ?? 1) : days;
      }),
    ),
    spreads,
    weights: values.map((_, arm) => (scale === 'ratio' ? valueOf(arm) : 1)),
    uneven: {
      cv: setting.sizes === undefined ? cv : 0,
      ...(isAcceptance ? { kappa: likeness.kappa, overdispersion: likeness.overdispersion } : {}),
    },
    comparison: [index, 0],
    ...(clusterAutocorrelation === undefined ? {} : { structure, clusterAutocorrelation }),
  });
  if (!found.estimable) return found;
  if (!(found.variance > 0)) return notEstimable('nothing varies');
  return { estimable: true, standardError: Math.sqrt(found.variance), degreesOfFreedom };
}
