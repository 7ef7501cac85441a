import type { ClinicTruth } from './settings.ts';

/** The true values of the measures of one arm. */
export interface ArmTruth {
  readonly alertsPerPatientDay: number;
  readonly acceptanceRate: number;
  readonly acceptedPerPatientDay: number;
}

/** What an estimate of a trial in a synthetic clinic should come near to. */
export interface TrialTruth {
  readonly usual: ArmTruth;
  readonly redesign: ArmTruth;
  /** Alerts per patient-day, redesign over usual: `1 - quietShare`. */
  readonly alertsRatio: number;
  /** Acceptance per alert, redesign minus usual. */
  readonly acceptanceDifference: number;
  /** Accepted alerts per patient-day, redesign over usual. */
  readonly acceptedRatio: number;
}

/**
 * The probability that a firing of the usual alert is accepted on a ward: what makes the mean over
 * all places the set one.
 */
export function wardAcceptance(truth: ClinicTruth): number {
  const { quietShare, acceptance, proceduralAcceptance } = truth;
  return (acceptance - quietShare * proceduralAcceptance) / (1 - quietShare);
}

/**
 * The truth of a trial of the usual and the redesigned alert in a clinic with these settings. The
 * ratio of alerts and the difference of acceptance are exact; the levels are means over clinics'
 * patients, over calendar days and over all firings.
 *
 * The redesign is not shown in procedural areas, where few accept: its acceptance per alert is higher
 * for that alone. The ratio of accepted alerts per patient-day says what it really gains or loses.
 */
export function truthOf(truth: ClinicTruth): TrialTruth {
  const arm = (alertsPerPatientDay: number, acceptanceRate: number): ArmTruth => ({
    alertsPerPatientDay,
    acceptanceRate,
    acceptedPerPatientDay: alertsPerPatientDay * acceptanceRate,
  });
  const { firingsPerPatientDay, quietShare, acceptance, cardEffect } = truth;
  const usual = arm(firingsPerPatientDay, acceptance);
  const redesign = arm(firingsPerPatientDay * (1 - quietShare), wardAcceptance(truth) + cardEffect);
  return {
    usual,
    redesign,
    alertsRatio: 1 - quietShare,
    acceptanceDifference: redesign.acceptanceRate - usual.acceptanceRate,
    acceptedRatio: redesign.acceptedPerPatientDay / usual.acceptedPerPatientDay,
  };
}
