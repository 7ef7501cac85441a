import type { AlertLogMapping } from '../mapping.ts';
import { epicEhi } from './epic-ehi.ts';

/** Epic's Clarity with its codes: ALT_HISTORY, joined with ALERT by which advisory it was. */
export const epicClarity: AlertLogMapping = {
  ...epicEhi,
  title: 'Epic Clarity: ALT_HISTORY joined with ALERT, with codes',
  notes: [
    'Columns are as seen in published SQL. Of the statuses, 1 (Overridden) and 3 (Filtered) are: look the others up in ZC_ALT_STATUS, and put them in "codes". Until then their rows are rejected.',
    'Set the zone of the clocks. Without it, every row is rejected.',
    'In "alerts", put the record id of your advisory (BPA_LOCATOR_ID), and its name in the trial. With millions of alerts, put it in join.where too: the rest of ALERT is then not kept in memory.',
    'A showing outside of an encounter has no PAT_CSN and is kept. Filtered alerts were never shown. Published SQL keeps what was shown by WAS_SHOWN_C 0, and advisories by GENERAL_ALT_TYPE_C 1 of ALERT: look both up at your site, and put them in "where".',
    'ALT_HISTORY_2 has the instant in local time too (ALT_ACTION_INST_LOCAL_DTTM), and when an action was taken (ACT_TKN_INST_DTTM, for columns.answeredAt): join them to the extract by ALT_CSN_ID.',
    'Which action was taken (accepted, ordered) stands in a table whose name is not published: join it to the extract, and say in "codes" which actions accept.',
    'Free text (OVERALL_OVR_CMNT) is not read.',
  ],
  columns: {
    ...epicEhi.columns,
    practice: 'PATIENT_DEP_ID',
    alert: 'BPA_LOCATOR_ID',
    code: 'ALT_STATUS_C',
    overrideReason: 'OVERALL_OVR_RSN_C',
  },
  alerts: { 'the record id of your advisory in BPA_LOCATOR_ID': 'advisory' },
  codes: { '1': 'overridden', '3': { drop: 'filtered: never shown' } },
  overrideSystem: 'urn:epic:OVERALL_OVR_RSN_C',
  join: { column: 'ALT_ID', key: 'ALT_ID', columns: ['PAT_ID', 'PAT_CSN', 'BPA_LOCATOR_ID'] },
};
