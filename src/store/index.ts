export { auditSums } from './audit.ts';
export type { SumDifference, SumsAudit } from './audit.ts';
export { backupLedger, checkLedger } from './embedded/backup.ts';
export type { BackupOptions, LedgerCheck } from './embedded/backup.ts';
export { copyLedger } from './copy.ts';
export type { CopyOptions, CopyProgress, CopyReport } from './copy.ts';
export { exportLedger } from './export/export.ts';
export type { ExportReceipt } from './export/export.ts';
export type { ExportOptions, ExportProgress } from './export/options.ts';
export { headToPublish, publishHead, readHeads } from './chain/heads.ts';
export type { PublishedHead } from './chain/heads.ts';
export { openLog } from './log/log.ts';
export type { OpenLogOptions } from './log/log.ts';
export { memoryStore } from './memory/memory-store.ts';
export type { MemoryStoreOptions } from './memory/memory-store.ts';
export { addKey } from './keys/key-file.ts';
export { distribute, distributionSql, openPostgres } from './postgres/index.ts';
export type {
  DistributeOptions,
  OpenPostgresOptions,
  PostgresConnection,
} from './postgres/index.ts';
export type { Pseudonymizer } from './keys/pseudonym.ts';
export { rekeyLedger } from './keys/rekey.ts';
export type { RekeyOptions } from './keys/rekey.ts';
export { scan } from './scan/scan.ts';
export type { ScanOptions, ScanReport, Unseen } from './scan/scan.ts';
export type { Finding, IdentifierKind } from './scan/finding.ts';
export { openSpool } from './spool/index.ts';
export type { OpenSpoolOptions, SpooledStore, SpoolState, SpoolStatistics } from './spool/index.ts';
export { dialects, unitRowsFrom, warehouseLedger, warehouseQueries } from './warehouse/index.ts';
export type {
  Dialect,
  Engine,
  ResultRow,
  WarehouseLedger,
  WarehouseLedgerOptions,
  WarehouseOptions,
  WarehouseQueries,
  WarehouseQuery,
  WarehouseTrial,
} from './warehouse/index.ts';
export { openStore } from './embedded/open-store.ts';
export type { OpenStoreOptions } from './embedded/open-store.ts';
export type { KeyMaterial } from './keys/key.ts';
export type {
  AppendReceipt,
  CountQuery,
  DaySums,
  DelayCount,
  EventQuery,
  FlowCount,
  PersonKind,
  RegisteredTrial,
  Segment,
  SequencedEvent,
  Store,
  StoreStatistics,
  Sums,
  TrialStatistics,
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
} from './log/port.ts';
export type { Backfill, BackfillReceipt, PastAnswer, PastFiring } from './log/backfill-port.ts';
export { verifyChain } from './chain/verify-chain.ts';
export type { ChainReport } from './chain/verify-chain.ts';
