export type { Dialect } from './dialect.ts';
export { dialects } from './dialects.ts';
export type { Engine } from './dialects.ts';
export { warehouseLedger } from './ledger.ts';
export type {
  WarehouseLedger,
  WarehouseLedgerOptions,
  WarehouseQuery,
  WarehouseTrial,
} from './ledger.ts';
export { warehouseQueries } from './queries.ts';
export type { WarehouseOptions, WarehouseQueries } from './queries.ts';
export type { ResultRow } from './result.ts';
export { unitRowsFrom } from './rows.ts';
