export { importAlertLog } from './import-alert-log.ts';
export type { ImportAlertLogOptions, ImportProgress } from './import-alert-log.ts';
export type {
  AlertLogColumns,
  AlertLogMapping,
  CodeMeaning,
  ColumnNames,
  Condition,
  JoinedFile,
} from './mapping.ts';
export { mappingFrom } from './mapping-schema.ts';
export type { AlertLogReport, RejectedLine } from './tally.ts';
export { alertLogPresets } from './presets/index.ts';
export type { AlertLogPreset } from './presets/index.ts';
export { openRejects } from './rejects.ts';
export type { ReasonCounts, RejectedRow, Rejects, RejectsOptions } from './rejects.ts';
export * from './tables/index.ts';
