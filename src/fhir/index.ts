export { bulkExport } from './bulk/export.ts';
export type { BulkExport, BulkExportOptions, BulkProgress } from './bulk/export.ts';
export { bulkFiles } from './bulk/bulk-files.ts';
export { bundleFiles } from './bulk/bundle-files.ts';
export type { FileReject, FileRejects } from './bulk/rejects.ts';
export type { ResourceFiles, ResourceFilesOptions } from './bulk/resource-files.ts';
export type { BulkLevel, BulkQuestion } from './bulk/request.ts';
export type { BulkFile, BulkFileKind } from './bulk/state.ts';
export { fhirSource } from './client.ts';
export type {
  FhirSource,
  FhirSourceOptions,
  FhirVersion,
  SearchParameters,
  SourceCounters,
} from './client.ts';
export { ingestPatientDays } from './ingest.ts';
export type { IngestCounts, IngestOptions, IngestProgress } from './ingest.ts';
export { inpatientClasses, patientDays } from './patient-days.ts';
export type { CountedPatientDays, PatientDayOptions } from './patient-days.ts';
export type { PresenceFault } from './presence.ts';
export { byLocation } from './by-location.ts';
export { groupMembers } from './group-members.ts';
export { orderOf } from './orders/order-of.ts';
export type { OrderLike, OrderOptions, OrderReading } from './orders/order-of.ts';
export { orderIntents, orderResources, orderRuleFrom } from './orders/order-rule.ts';
export type { OrderCode, OrderResource, OrderRule } from './orders/order-rule.ts';
export { fileCheckpoint } from './record/checkpoint.ts';
export type { Checkpoint } from './record/checkpoint.ts';
export type { DayIngestion } from './record/days-of.ts';
export { ingest } from './record/ingest.ts';
export type { RecordCounts, RecordOptions, RecordProgress } from './record/options.ts';
export type { RecordSource, SearchedType, SearchOverrides } from './record/reading.ts';
export { fromR5 } from './r5/from-r5.ts';
export type { RetryOptions } from './retry.ts';
export { smartBackend } from './smart/backend.ts';
export type { SmartBackendOptions } from './smart/backend.ts';
export type { AssertionAlgorithm, PrivateJwk, PrivateKeySource } from './smart/private-key.ts';
export type { ConnectionOptions } from './wire/connection.ts';
export type { TokenProvider } from './wire/token.ts';
export type { DayCounts } from '../intake/day-recorder.ts';
export type { OrderCounts, ToldOrder } from '../intake/order-recorder.ts';
export type { UnitOrders } from '../intake/unit-orders.ts';
export type {
  CodeableConcept,
  Encounter,
  EncounterLocation,
  FhirCoding,
  Identifier,
  Immunization,
  Medication,
  MedicationRequest,
  Patient,
  Period,
  Reference,
  Resource,
  ResourceOf,
  ResourceTypes,
  ServiceRequest,
} from './r4.ts';
export * from './out/index.ts';
