export { fhirSource } from './client.ts';
export type { FhirSource, FhirSourceOptions, SearchParameters, SourceCounters } from './client.ts';
export { ingestPatientDays } from './ingest.ts';
export type { IngestCounts, IngestOptions, IngestProgress } from './ingest.ts';
export { inpatientClasses, patientDays } from './patient-days.ts';
export type { CountedPatientDays, PatientDayOptions } from './patient-days.ts';
export type { PresenceFault } from './presence.ts';
export type { RetryOptions } from './retry.ts';
export type {
  Encounter,
  FhirCoding,
  Patient,
  Period,
  Reference,
  Resource,
  ResourceOf,
  ResourceTypes,
} from './r4.ts';
