import type { AlertLevel, AlertState, LedgerCount } from '../../../src/trial/count.ts';

const states: readonly AlertState[] = [
  ...(['alerts', 'silent', 'fired', 'repeats', 'accepted', 'dismissed'] as const),
  ...(['answered', 'timed', 'due', 'ignored', 'undismissed', 'ordered'] as const),
];

const levels: readonly AlertLevel[] = [
  ...(['alert', 'opening', 'firstAlert', 'firstFiring', 'encounter'] as const),
  ...(['patient', 'patientDay', 'clinician', 'clinicianDay'] as const),
];

/** Every state at every level, and the filters. */
export const everyCount: readonly LedgerCount[] = [
  ...states.flatMap((of) => levels.map((each) => ({ of, each }))),
  ...states.map((of) => ({ of, within: 'PT3S' })),
  ...states.map((of) => ({ of, each: 'patient' as const, eligible: true as const })),
  { of: 'alerts', known: 'encounter' },
  { of: 'dismissed', reason: '拒否 🏥' },
  { of: 'dismissed', reason: "O'Hara", within: 'PT1H' },
  { of: 'dismissed', reason: 'nobody gave it' },
  { of: 'atRisk', each: 'patientDay' },
  { of: 'atRisk', each: 'patientDay', days: 'midnight' },
  { of: 'atRisk', each: 'patientDay', days: 'elapsed', known: 'encounter' },
  { of: 'atRisk', each: 'patient' },
  { of: 'atRisk', each: 'encounter' },
];
