import type { Allocation } from '../allocation/index.ts';
import type { Estimable, Measure, SummarySource } from '../analysis/index.ts';
import { acceptanceRate, alertsPerPatientDay } from '../analysis/index.ts';
import { notEstimable } from '../analysis/estimable.ts';
import { rowsOf } from '../analysis/rows.ts';
import type { Trial } from '../trial/trial.ts';
import type { PlanAssumptions } from './assumptions.ts';

/** A number from a pilot, with its interval where it has one. */
export interface PilotNumber {
  readonly value: number;
  readonly lower: number | null;
  readonly upper: number | null;
}

/** What a pilot says to plan with. */
export interface PilotAssumptions {
  /** As far as the pilot knows them, to be completed with `effects`. */
  readonly assumptions: Partial<
    Pick<PlanAssumptions, 'units' | 'patientDays' | 'alerts' | 'acceptance'>
  >;
  /** The same with their intervals at the level of the pilot's trial, and why there is none. */
  readonly estimates: {
    /** Alerts per patient-day in the control arm. */
    readonly alerts: Estimable<PilotNumber>;
    /** Coefficient of variation of true rates between the units of the control arm. */
    readonly kappa: Estimable<PilotNumber>;
    /** Accepted alerts per alert in the control arm. */
    readonly acceptance: Estimable<PilotNumber>;
    /** Intraclass correlation of acceptance, within arms; 0 where the estimate is below. */
    readonly icc: Estimable<PilotNumber>;
  };
  /** Days that the pilot was planned for. */
  readonly days: number;
}

const dayInMilliseconds = 86_400_000;

/** The calendar days of a trial, or of one of its periods on average. */
export function daysOf({ startsAt, endsAt, periods }: Trial): number {
  return Math.round((endsAt - startsAt) / dayInMilliseconds) / periods.length;
}

/**
 * What to plan with, from a pilot: the rates of its control arm and how alike what belongs to one unit
 * is (κ of alerts per patient-day, ICC of acceptance), with their intervals, and how many patient-days
 * units have, with their coefficient of variation (as `designEffect` takes it: divisor k). κ holds all
 * variation beyond Poisson counts, so `overdispersion` stays 1.
 *
 * From few units κ and ICC are hardly known: plan with the upper ends of their intervals too.
 *
 * In R: `sd(days) / mean(days)` with the divisor k; κ and ICC as `rateVariation` and `iccOfProportions`.
 *
 * @param trial of the pilot, not the one that is planned
 * @param source its ledger, or its unit summaries
 * @param options `days`: for how long units will be observed (of a design over time, in a period), so
 *   that patient-days are scaled; default as long as in the pilot. `allocation`: the list of a pilot that
 *   allocated from one, where its source is no ledger that keeps it
 * @throws AnalysisRefusedError as the doors of the analysis do
 * @throws RangeError when days is no number above 0
 */
export async function assumptionsOfPilot(
  trial: Trial,
  source: SummarySource,
  {
    days = daysOf(trial),
    allocation,
  }: {
    readonly days?: number | undefined;
    readonly allocation?: Allocation | undefined;
  } = {},
): Promise<PilotAssumptions> {
  if (!(days > 0 && days < Infinity)) {
    throw new RangeError(`days must be a number above 0, got ${days}`);
  }
  const burden = await alertsPerPatientDay(trial, source, { allocation });
  const uptake = await acceptanceRate(trial, source, { allocation });
  const { variation } = burden.clustering;
  const { icc } = uptake.clustering;
  const kappa: Estimable<PilotNumber> =
    variation?.estimable === true
      ? numberOf({ ...variation, value: variation.kappa })
      : (variation ?? notCounted);
  const estimates: PilotAssumptions['estimates'] = {
    alerts: rateOf(burden, trial.control),
    kappa,
    acceptance: rateOf(uptake, trial.control),
    icc: icc?.estimable === true ? numberOf({ ...icc, value: icc.truncated }) : (icc ?? notCounted),
  };
  const planned = daysOf(trial);
  const exposures = await patientDaysOf(trial, source);
  const mean = exposures.reduce((sum, own) => sum + own, 0) / Math.max(1, exposures.length);
  const spread = exposures.reduce((sum, own) => sum + (own / mean - 1) ** 2, 0);
  const { alerts, acceptance } = estimates;
  return {
    assumptions: {
      ...(exposures.length >= 2 ? { units: exposures.length } : {}),
      ...(mean > 0
        ? {
            patientDays: {
              mean: (mean * days) / planned,
              cv: Math.sqrt(spread / exposures.length),
            },
          }
        : {}),
      ...(alerts.estimable && kappa.estimable
        ? { alerts: { control: alerts.value, kappa: kappa.value } }
        : {}),
      ...(acceptance.estimable && estimates.icc.estimable
        ? { acceptance: { control: acceptance.value, icc: estimates.icc.value } }
        : {}),
    },
    estimates,
    days: planned,
  };
}

const notCounted = notEstimable('the pilot does not count it');

function numberOf({
  value,
  lower,
  upper,
}: {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}): Estimable<PilotNumber> {
  return { estimable: true, value, lower: Math.max(0, lower), upper };
}

function rateOf({ arms }: Measure, arm: string): Estimable<PilotNumber> {
  const own = arms.find((each) => each.arm === arm);
  if (own === undefined || own.ratio === null || own.ratio === 0) {
    return notEstimable(`nothing was counted in arm ${arm}`);
  }
  const { rate } = own;
  return {
    estimable: true,
    value: own.ratio,
    lower: rate.estimable ? rate.lower : null,
    upper: rate.estimable ? rate.upper : null,
  };
}

/** The patient-days of each unit, in a period on average where there are some. */
async function patientDaysOf(trial: Trial, source: SummarySource): Promise<readonly number[]> {
  const days = new Map<string, number>();
  for (const { unitId, calendarDays = 0 } of await rowsOf(trial, source)) {
    days.set(unitId, (days.get(unitId) ?? 0) + calendarDays);
  }
  return [...days.values()].filter((own) => own > 0).map((own) => own / trial.periods.length);
}
