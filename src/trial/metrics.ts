import type { AlertCount, RiskCount } from './count.ts';
import type { MetricDefinition } from './metric.ts';

/** The names of the registry. */
export type RegisteredMetric =
  | 'alertsPerPatientDay'
  | 'alertsPerExposedDay'
  | 'alertsPerPatient'
  | 'alertsPerEncounter'
  | 'alertsPerClinicianDay'
  | 'alertsPerExposedClinicianDay'
  | 'alertsPer100Orders'
  | 'firingsPerPatientDay'
  | 'acceptanceRate'
  | 'firstAlertAcceptance'
  | 'acceptancePerEncounter'
  | 'acceptancePerPatient'
  | 'acceptancePerEligiblePatient'
  | 'acceptedPerPatientDay'
  | 'dismissalRate'
  | 'ignoredRate'
  | 'answeredWithin3Seconds'
  | 'repeatShare'
  | 'reach'
  | 'adoption'
  | 'clinicianAdoption'
  | 'orderRate'
  | 'orderAfterFirstFiring';

const alerts: AlertCount = { of: 'alerts' };
const accepted: AlertCount = { of: 'accepted' };
const patientDays: RiskCount = { of: 'atRisk', each: 'patientDay' };
const patients: RiskCount = { of: 'atRisk', each: 'patient' };

const orenstein = 'Orenstein et al., J Am Med Inform Assoc 2021';

/**
 * The measures of alert burden, acceptance and fatigue that the field uses, each with its numerator
 * and denominator as data. A denominator of alerts depends on what the arm did, and the measure says
 * so; `beside` names what to read with it. A proportion is shown in percent.
 */
export const metrics: Readonly<Record<RegisteredMetric, MetricDefinition>> = {
  alertsPerPatientDay: {
    title: 'Alerts per patient-day',
    numerator: alerts,
    denominator: patientDays,
    kind: 'rate',
    better: 'lower',
    source: `${orenstein} (alerts per inpatient-day); Austrian et al., J Med Internet Res 2021`,
  },
  alertsPerExposedDay: {
    title: 'Alerts per patient-day with an alert',
    numerator: { of: 'alerts', known: 'patient' },
    denominator: { of: 'alerts', each: 'patientDay' },
    kind: 'rate',
    better: 'lower',
    beside: ['alertsPerPatientDay'],
    source: 'Austrian et al., J Med Internet Res 2021 (firings per patient per day)',
  },
  alertsPerPatient: {
    title: 'Alerts per patient',
    numerator: alerts,
    denominator: patients,
    kind: 'rate',
    better: 'lower',
  },
  alertsPerEncounter: {
    title: 'Alerts per encounter',
    numerator: alerts,
    denominator: { of: 'atRisk', each: 'encounter' },
    kind: 'rate',
    better: 'lower',
    source: orenstein,
  },
  alertsPerClinicianDay: {
    title: 'Alerts per clinician-day',
    numerator: alerts,
    denominator: {
      column: 'clinicianDays',
      title: 'clinician-days (calendar days with at least one log-in)',
    },
    kind: 'rate',
    better: 'lower',
    source: orenstein,
  },
  alertsPerExposedClinicianDay: {
    title: 'Alerts per clinician-day with an alert',
    numerator: { of: 'alerts', known: 'clinician' },
    denominator: { of: 'alerts', each: 'clinicianDay' },
    kind: 'rate',
    better: 'lower',
    beside: ['alertsPerClinicianDay', 'alertsPerPatientDay'],
  },
  alertsPer100Orders: {
    title: 'Alerts per 100 orders',
    numerator: alerts,
    denominator: { column: 'orders', title: 'orders placed, from this alert or not' },
    kind: 'rate',
    better: 'lower',
    per: 100,
    source: orenstein,
  },
  firingsPerPatientDay: {
    title: 'Firings per patient-day, shown or silent',
    numerator: { of: 'fired' },
    denominator: patientDays,
    kind: 'rate',
    better: 'lower',
  },
  acceptanceRate: {
    title: 'Acceptance per alert',
    numerator: accepted,
    denominator: alerts,
    kind: 'proportion',
    better: 'higher',
    beside: ['acceptedPerPatientDay', 'acceptancePerEligiblePatient'],
    source: 'CDS Hooks outcome `accepted`',
  },
  firstAlertAcceptance: {
    title: 'Acceptance of the first alert of a patient',
    numerator: { of: 'accepted', each: 'firstAlert' },
    denominator: { of: 'alerts', each: 'firstAlert' },
    kind: 'proportion',
    better: 'higher',
    beside: ['acceptancePerEligiblePatient'],
    source: 'Ancker et al., BMC Med Inform Decis Mak 2017 (repeats answer otherwise than firsts)',
  },
  acceptancePerEncounter: {
    title: 'Encounters with an accepted alert, of those with an alert',
    numerator: { of: 'accepted', each: 'encounter' },
    denominator: { of: 'alerts', each: 'encounter' },
    kind: 'proportion',
    better: 'higher',
    beside: ['acceptedPerPatientDay', 'acceptancePerEligiblePatient'],
    source:
      'Appl Clin Inform 2024, doi 10.1055/a-2247-9355 (the denominator can reverse a ranking)',
  },
  acceptancePerPatient: {
    title: 'Patients with an accepted alert, of those with an alert',
    numerator: { of: 'accepted', each: 'patient' },
    denominator: { of: 'alerts', each: 'patient' },
    kind: 'proportion',
    better: 'higher',
    beside: ['acceptancePerEligiblePatient', 'acceptedPerPatientDay'],
  },
  acceptancePerEligiblePatient: {
    title: 'Patients with an accepted alert, of all eligible ones',
    numerator: { of: 'accepted', each: 'patient', eligible: true },
    denominator: patients,
    kind: 'proportion',
    better: 'higher',
  },
  acceptedPerPatientDay: {
    title: 'Accepted alerts per patient-day',
    numerator: accepted,
    denominator: patientDays,
    kind: 'rate',
    better: 'higher',
  },
  dismissalRate: {
    title: 'Dismissal per alert',
    numerator: { of: 'dismissed' },
    denominator: alerts,
    kind: 'proportion',
    better: 'lower',
    beside: ['acceptedPerPatientDay', 'ignoredRate'],
    source: 'Poly et al., JMIR Med Inform 2020 (override rate); CDS Hooks outcome `overridden`',
  },
  ignoredRate: {
    title: 'Ignored alerts',
    numerator: { of: 'ignored' },
    denominator: { of: 'due' },
    kind: 'proportion',
    better: 'lower',
    beside: ['acceptedPerPatientDay'],
    source: 'CDS Hooks: a card may be ignored entirely, and then there is no feedback',
  },
  answeredWithin3Seconds: {
    title: 'Answers within 3 seconds',
    numerator: { of: 'timed', within: 'PT3S' },
    denominator: { of: 'timed' },
    kind: 'proportion',
    better: 'lower',
    beside: ['ignoredRate', 'acceptedPerPatientDay'],
    source:
      'Elias et al., Appl Clin Inform 2019 (closed within 3 s); McDaniel et al., J Am Med Inform Assoc 2016 (dwell time)',
  },
  repeatShare: {
    title: 'Repeated alerts',
    numerator: { of: 'repeats' },
    denominator: { of: 'alerts', known: 'patient' },
    kind: 'proportion',
    better: 'lower',
    beside: ['alertsPerPatientDay'],
    source: 'Ancker et al., BMC Med Inform Decis Mak 2017 (same-patient repeats)',
  },
  reach: {
    title: 'Reach: eligible patients with an alert',
    numerator: { of: 'alerts', each: 'patient', eligible: true },
    denominator: patients,
    kind: 'proportion',
    better: 'higher',
    source: 'RE-AIM; Trinkley et al., NCT04028557 (unique eligible patients)',
  },
  adoption: {
    title: 'Adoption: alerts not dismissed outright',
    numerator: { of: 'undismissed' },
    denominator: { of: 'due' },
    kind: 'proportion',
    better: 'higher',
    beside: ['ignoredRate', 'acceptedPerPatientDay'],
    source:
      'RE-AIM; Trinkley et al., NCT04028557 (not outright dismissed: ignored alerts count too)',
  },
  clinicianAdoption: {
    title: 'Clinicians who accepted an alert, of those with an alert',
    numerator: { of: 'accepted', each: 'clinician' },
    denominator: { of: 'alerts', each: 'clinician' },
    kind: 'proportion',
    better: 'higher',
    beside: ['acceptedPerPatientDay'],
    source: 'RE-AIM (adoption by those who deliver)',
  },
  orderRate: {
    title: 'Orders after a firing, shown or silent',
    numerator: { of: 'ordered' },
    denominator: { of: 'fired' },
    kind: 'proportion',
    better: 'higher',
    beside: ['orderAfterFirstFiring'],
    source: 'The outcome that a silent arm has too: Downing et al., BMJ Qual Saf 2019',
  },
  orderAfterFirstFiring: {
    title: 'Orders after the first firing of a patient, shown or silent',
    numerator: { of: 'ordered', each: 'firstFiring' },
    denominator: { of: 'fired', each: 'firstFiring' },
    kind: 'proportion',
    better: 'higher',
  },
};

/** Whether the registry has a metric of this name. */
export function isRegistered(name: string): name is RegisteredMetric {
  return Object.hasOwn(metrics, name);
}
