import type { AlertLogMapping } from '../mapping.ts';

/** Oracle Millennium: the dialogues of Discern Expert, EKS_DLG_EVENT, joined with ENCOUNTER. */
export const oracleEks: AlertLogMapping = {
  title: 'Oracle Millennium: EKS_DLG_EVENT joined with ENCOUNTER',
  notes: [
    'Columns of EKS_DLG_EVENT are as published for the EHI export. That ENCOUNTER has PERSON_ID is not taken from there: check it.',
    'Set the zone of the clocks. Without it, every row is rejected.',
    'In "alerts", put the module (DLG_NAME), and its name in the trial.',
    'ACTION_FLAG is 1 (display only), 2 (cancel the triggering order), 3 (continue) or 4 (modify it). Whether to cancel or to modify is what your alert asks for is not published: rows with 2 and 4 are rejected until "codes" says it.',
    'The reason of an override is text (LONG_TEXT_ID), and is not read.',
  ],
  source: 'oracle-eks',
  zone: null,
  times: ['iso', 'MM/DD/YYYY HH:mm:ss', 'DD-MON-YYYY HH:mm:ss'],
  columns: {
    key: 'DLG_EVENT_ID',
    time: 'DLG_DT_TM',
    patient: 'PERSON_ID',
    clinician: 'DLG_PRSNL_ID',
    encounter: 'ENCNTR_ID',
    alert: 'DLG_NAME',
    code: 'ACTION_FLAG',
  },
  alerts: { 'the module of your alert in DLG_NAME': 'alert' },
  codes: { '1': 'displayed', '3': 'overridden' },
  join: { column: 'ENCNTR_ID', key: 'ENCNTR_ID', columns: ['PERSON_ID'] },
};
