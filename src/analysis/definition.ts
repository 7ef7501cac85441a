import type { Outcome } from '../trial/protocol.ts';
import type { Resolved } from '../trial/trial.ts';
import type { Column } from './rows.ts';

/** The columns that a measure divides. */
export interface MeasureColumns {
  readonly numerator: Column;
  readonly denominator: Column;
}

const days = {
  calendar: 'calendarDays',
  midnight: 'midnightDays',
  elapsed: 'elapsedDays',
} as const;
const dayWords = {
  calendar: 'eligible patient-days (calendar days touched)',
  midnight: 'eligible patient-days (midnight census)',
  elapsed: 'eligible patient-days (elapsed hours / 24)',
} as const;
const alertWords = {
  fired: 'alerts shown (every firing)',
  opening: 'alerts shown (one for each opening of a chart)',
} as const;

/** The columns and the words of an outcome. */
export function definitionOf(
  outcome: Resolved<Outcome>,
): MeasureColumns & { readonly words: readonly [string, string] } {
  const byOpening = outcome.alerts === 'opening';
  const alerts = byOpening ? 'alertsByOpening' : 'alerts';
  const accepted = byOpening ? 'acceptedByOpening' : 'accepted';
  const acceptedWords = `accepted, of ${alertWords[outcome.alerts]}`;
  switch (outcome.metric) {
    case 'alertsPerPatientDay':
      return {
        numerator: alerts,
        denominator: days[outcome.patientDays],
        words: [alertWords[outcome.alerts], dayWords[outcome.patientDays]],
      };
    case 'acceptanceRate':
      return {
        numerator: accepted,
        denominator: alerts,
        words: [acceptedWords, alertWords[outcome.alerts]],
      };
    case 'acceptedPerPatientDay':
      return {
        numerator: accepted,
        denominator: days[outcome.patientDays],
        words: [acceptedWords, dayWords[outcome.patientDays]],
      };
  }
}
