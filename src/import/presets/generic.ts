import type { AlertLogMapping } from '../mapping.ts';

/** One file with a row for each showing, to be made by any system, or changed to fit what one makes. */
export const generic: AlertLogMapping = {
  title: 'One file, a row for each showing of the alert',
  notes: [
    'Leave columns out that the file does not have, and rename the others.',
    'Every row is of the alert of the trial: where the file has others too, name those of the trial in "alerts".',
    'Set the zone of the clocks, unless every time has its offset from UTC.',
  ],
  source: 'generic',
  zone: null,
  columns: {
    key: 'showing_id',
    time: 'shown_at',
    patient: 'patient_id',
    clinician: 'clinician_id',
    encounter: 'encounter_id',
    practice: 'practice_id',
    alert: 'alert',
    code: 'status',
    overrideReason: 'override_reason',
    order: 'order_code',
    answeredAt: 'answered_at',
  },
  codes: {
    returned: 'returned',
    displayed: 'displayed',
    silent: 'silent',
    overridden: 'overridden',
    accepted: 'accepted',
    filtered: { drop: 'filtered: never shown' },
    background: { drop: 'background: never shown' },
  },
};
