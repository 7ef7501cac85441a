/** What can be wrong with events, in the order in which it is reported. */
export const anomalyCodes = [
  'answer-without-alert',
  'outside-trial',
  'patient-day-repeated',
  'alert-without-patient-day',
  'burst',
  'answer-repeated',
  'answer-before-alert',
  'answer-late',
  'received-late',
  'clock-ahead',
] as const;

/** What is wrong with some events. */
export type AnomalyCode = (typeof anomalyCodes)[number];

/** What each means, and what to do about it. */
export const anomalyWords: Readonly<
  Record<AnomalyCode, { readonly serious: boolean; readonly what: string; readonly advice: string }>
> = {
  'answer-without-alert': {
    serious: true,
    what: 'alerts that were answered and that the ledger does not hold',
    advice: 'Find where alerts were lost: their rate is too low and acceptance per alert too high.',
  },
  'outside-trial': {
    serious: true,
    what: 'alerts or patient-days of random assignments outside the days of the trial',
    advice: 'Check the clocks and the time zone of what was recorded or imported.',
  },
  'patient-day-repeated': {
    serious: true,
    what: 'patient-days recorded again for a patient and day that had one',
    advice:
      'Read encounters of one patient on one day as one patient-day: the denominator is too high.',
  },
  'alert-without-patient-day': {
    serious: true,
    what: 'patients with an alert on a day for which they have no patient-day',
    advice:
      'Compare who is eligible for the alert with who is counted at risk: the rate counts the alert and not the day.',
  },
  burst: {
    serious: true,
    what: 'minutes in which one unit had a burst of alerts',
    advice: 'Look for a loop or a batch job that opens charts; count openings instead of firings.',
  },
  'answer-repeated': {
    serious: false,
    what: 'answers to an alert that had the same answer already',
    advice: 'Nothing: an alert counts once. Where there are many, the sender may be retrying.',
  },
  'answer-before-alert': {
    serious: false,
    what: 'answers that came before their alert by the clock',
    advice:
      'Set the clocks of the EHR and the service: these answers are counted, their delays are wrong.',
  },
  'answer-late': {
    serious: false,
    what: 'answers after the response window',
    advice:
      'Nothing: they are not counted. Where there are many, plan a longer window for the next round.',
  },
  'received-late': {
    serious: false,
    what: 'alerts or answers received long after they happened',
    advice:
      'Expected of imports. Otherwise wait with an analysis until what is under way has come in.',
  },
  'clock-ahead': {
    serious: false,
    what: 'alerts or answers dated later than they were received',
    advice: 'Set the clock of the sender: such events may stand on the wrong day.',
  },
};
