import type { AlertCounting, MetricName, PatientDayCounting } from '../trial/protocol.ts';
import type { Trial } from '../trial/trial.ts';
import { measure } from './measure.ts';
import type { Measure } from './result.ts';
import type { AnalysisUnit, SummarySource } from './rows.ts';
import { checkUnit, rowsOf } from './rows.ts';

/** How a measure is counted and judged; what is left out comes from the trial. */
export interface DoorOptions {
  /** Default: as in the trial's own outcome of this name, else `fired`. */
  readonly alerts?: AlertCounting | undefined;
  /** Default: as in the trial's own outcome of this name, else `calendar`. */
  readonly patientDays?: PatientDayCounting | undefined;
  /** Confidence level; default 1 - the trial's alpha. */
  readonly level?: number | undefined;
  /** Number of re-randomisations; default the trial's. */
  readonly draws?: number | undefined;
  /** The unit of analysis: only the unit that was randomised is accepted. */
  readonly unit?: AnalysisUnit | undefined;
}

const better = {
  alertsPerPatientDay: 'lower',
  acceptanceRate: 'higher',
  acceptedPerPatientDay: 'higher',
} as const;

async function door(
  metric: MetricName,
  trial: Trial,
  source: SummarySource,
  options: DoorOptions,
): Promise<Measure> {
  checkUnit(trial, options.unit);
  const named = [trial.primary, ...trial.guardrails, ...trial.secondary].find(
    (outcome) => outcome.metric === metric,
  );
  const outcome = {
    metric,
    better: named?.better ?? better[metric],
    alerts: options.alerts ?? named?.alerts ?? 'fired',
    patientDays: options.patientDays ?? named?.patientDays ?? 'calendar',
  };
  return measure(trial, await rowsOf(trial, source), {
    outcome,
    level: options.level,
    draws: options.draws,
  });
}

/**
 * Alerts per patient-day by arm, and each arm against the control arm.
 *
 * Alerts are those that were shown; patient-days are those of eligible patients, whatever their arm
 * did. Each arm's rate is a ratio of totals with the Mancl-DeRouen variance between the units that
 * were randomised; arms are compared by t on K - 2 degrees of freedom and by re-randomisation.
 *
 * @example
 * const burden = await alertsPerPatientDay(trial, store);
 * console.log(`${burden}`);
 *
 * @param source a ledger, or unit summaries from anywhere
 * @throws AnalysisRefusedError for a unit below the one that was randomised, or rows of another trial
 */
export async function alertsPerPatientDay(
  trial: Trial,
  source: SummarySource,
  options: DoorOptions = {},
): Promise<Measure> {
  return door('alertsPerPatientDay', trial, source, options);
}

/**
 * Accepted alerts per alert by arm, and each arm against the control arm.
 *
 * Alerts are a post-randomisation count: an arm that drops bad alerts raises its acceptance without
 * one more order. Read it beside `acceptedPerPatientDay`.
 *
 * @param source a ledger, or unit summaries from anywhere
 * @throws AnalysisRefusedError for a unit below the one that was randomised, or rows of another trial
 */
export async function acceptanceRate(
  trial: Trial,
  source: SummarySource,
  options: DoorOptions = {},
): Promise<Measure> {
  return door('acceptanceRate', trial, source, options);
}

/**
 * Accepted alerts per patient-day by arm, and each arm against the control arm: what the alert
 * achieves, free of the post-randomisation denominator of `acceptanceRate`.
 *
 * @param source a ledger, or unit summaries from anywhere
 * @throws AnalysisRefusedError for a unit below the one that was randomised, or rows of another trial
 */
export async function acceptedPerPatientDay(
  trial: Trial,
  source: SummarySource,
  options: DoorOptions = {},
): Promise<Measure> {
  return door('acceptedPerPatientDay', trial, source, options);
}
