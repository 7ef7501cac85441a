import type { AlertLogMapping } from '../mapping.ts';

/** Oracle Millennium: the dialogues of Discern Expert, EKS_DLG_EVENT. */
export const oracleEks: AlertLogMapping = {
  title: 'Oracle Millennium: EKS_DLG_EVENT',
  notes: [
    'Columns are as published for the EHI export, but for PERSON_ID and OVERRIDE_REASON_CD, which are seen in published reports that are written in CCL.',
    'Set the zone of the clocks. Without it, every row is rejected. Reports turn DLG_DT_TM into the time of the site, a plain extract may have it in UTC: look before you set it.',
    'In "alerts", put the module (DLG_NAME), and its name in the trial.',
    'ACTION_FLAG is 1 (display only), 2 (cancel the triggering order), 3 (continue) or 4 (modify it). Whether to cancel or to modify is what your alert asks for is not published: rows with 2 and 4 are rejected until "codes" says it. 0 is unspecified; 5 is what a rule logged by itself.',
    '0 stands where nothing is known, in ids as in codes. An id with decimals, such as CCL writes it, is rejected.',
    'The text of an override (LONG_TEXT_ID) is not read.',
  ],
  source: 'oracle-eks',
  zone: null,
  times: ['iso', 'MM/DD/YYYY HH:mm:ss', 'DD-MON-YYYY HH:mm:ss'],
  missing: ['0', '0.0', '0.00'],
  columns: {
    key: 'DLG_EVENT_ID',
    time: 'DLG_DT_TM',
    patient: 'PERSON_ID',
    clinician: 'DLG_PRSNL_ID',
    encounter: 'ENCNTR_ID',
    alert: 'DLG_NAME',
    code: 'ACTION_FLAG',
    overrideReason: 'OVERRIDE_REASON_CD',
  },
  alerts: { 'the module of your alert in DLG_NAME': 'alert' },
  codes: {
    '1': 'displayed',
    '3': 'overridden',
    '5': { drop: 'logged by a rule: never shown' },
  },
  overrideSystem: 'urn:oracle:OVERRIDE_REASON_CD',
};
