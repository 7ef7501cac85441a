export { openLog } from './log.ts';
export type { OpenLogOptions } from './log.ts';
export { memoryStore } from './memory.ts';
export type { MemoryStoreOptions } from './memory.ts';
export { openPostgres } from './postgres/index.ts';
export type { OpenPostgresOptions, PostgresConnection } from './postgres/index.ts';
export { openStore } from './open-store.ts';
export type { OpenStoreOptions } from './open-store.ts';
export type { KeyMaterial } from './key.ts';
export type {
  AppendReceipt,
  CountQuery,
  DaySums,
  DelayCount,
  EventQuery,
  FlowCount,
  PersonKind,
  RegisteredTrial,
  SequencedEvent,
  Store,
  Sums,
  UnitCounts,
  UnitDaySums,
  UnitSummary,
} from './port.ts';
export type {
  AcceptanceDetails,
  AnswerDetails,
  DismissalDetails,
  ImpressionDetails,
  LogCounters,
  LoggedAssignment,
  OrderDetails,
  PatientDayDetails,
  Recorded,
  RecordedIds,
  RecordedImpression,
  Settlement,
  TrialLog,
} from './log-port.ts';
