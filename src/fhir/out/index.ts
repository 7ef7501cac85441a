export { exportFhir, fhirParts } from './export.ts';
export type {
  FhirExportManifest,
  FhirExportOptions,
  FhirExportProgress,
  FhirPart,
} from './export.ts';
export { researchStudy } from './research-study.ts';
export type { StudyOptions } from './research-study.ts';
export { armGroups, auditEvents, measureReports, researchSubjects } from './resources-of.ts';
export type { AuditEventOptions, MeasureReportsOptions, OutOptions } from './resources-of.ts';
export type {
  OutAuditEvent,
  OutCoding,
  OutConcept,
  OutDevice,
  OutExtension,
  OutGroup,
  OutIdentifier,
  OutMeasure,
  OutMeasureReport,
  OutPeriod,
  OutPopulation,
  OutReference,
  OutResearchStudy,
  OutResearchSubject,
} from './resources.ts';
