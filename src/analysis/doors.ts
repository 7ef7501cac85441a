import type { Trial } from '../trial/trial.ts';
import type { DoorOptions } from './metrics/measure-of.ts';
import { measureOf } from './metrics/measure-of.ts';
import type { Measure } from './result.ts';
import type { SummarySource } from './rows.ts';

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
  return measureOf(trial, source, { ...options, metric: 'alertsPerPatientDay' });
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
  return measureOf(trial, source, { ...options, metric: 'acceptanceRate' });
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
  return measureOf(trial, source, { ...options, metric: 'acceptedPerPatientDay' });
}
