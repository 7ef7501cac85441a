import type { AlertLogMapping } from '../mapping.ts';

/** Epic's EHI export, or an extract of Clarity with names in place of codes: ALT_HISTORY, joined with ALERT. */
export const epicEhi: AlertLogMapping = {
  title: 'Epic: ALT_HISTORY joined with ALERT, with names in place of codes',
  notes: [
    'Names of tables and columns are as published (open.epic.com/EHITables), but for ALT_ACTION_INST, the instant of the showing, which is seen in Clarity only: CONTACT_DATE is a day, and is not enough.',
    "Clarity's ALT_HISTORY_2 has the instant in local time too (ALT_ACTION_INST_LOCAL_DTTM), and when an action was taken (ACT_TKN_INST_DTTM, for columns.answeredAt): join them to the extract by ALT_CSN_ID.",
    'Set the zone of the clocks. Without it, every row is rejected.',
    'In "alerts", put the description of your advisory. With millions of alerts, put it in join.where too ({ "column": "ALERT_DESC", "in": [...] }): the rest of ALERT is then not kept in memory.',
    'A showing outside of an encounter has no PAT_CSN and is kept. Filtered alerts were never shown.',
    'What Removed, Canceled, Deferred and Held mean is not published: their rows are rejected until "codes" says it.',
    'Which action was taken (accepted, ordered) stands in a table whose name is not published: join it to the extract, give its column as columns.code or as a second extract with the same keys, and say in "codes" which actions accept.',
    'Free text (OVERALL_OVR_CMNT) is not read.',
  ],
  source: 'epic',
  zone: null,
  times: ['iso', 'M/D/YYYY h:mm:ss A', 'M/D/YYYY H:mm:ss'],
  columns: {
    key: 'ALT_CSN_ID',
    time: 'ALT_ACTION_INST',
    patient: 'PAT_ID',
    clinician: 'USER_ID',
    encounter: 'PAT_CSN',
    practice: 'PATIENT_DEP_ID_EXTERNAL_NAME',
    alert: 'ALERT_DESC',
    code: 'ALT_STATUS_C_NAME',
    overrideReason: 'OVERALL_OVR_RSN_C_NAME',
  },
  alerts: { 'the description of your advisory in ALERT_DESC': 'advisory' },
  codes: {
    Overridden: 'overridden',
    Viewed: 'displayed',
    Filtered: { drop: 'filtered: never shown' },
  },
  overrideSystem: 'urn:epic:OVERALL_OVR_RSN_C_NAME',
  join: { column: 'ALT_ID', key: 'ALT_ID', columns: ['PAT_ID', 'PAT_CSN', 'ALERT_DESC'] },
};
