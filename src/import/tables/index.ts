/** Tables of research warehouses as sources of patient-days and orders. */
export { readCrosswalk } from './crosswalk.ts';
export type { Crosswalk, CrosswalkOptions } from './crosswalk.ts';
export type { IdLookups, Lookup } from '../identities.ts';
export type {
  CodeColumn,
  OrderColumns,
  OrderMapping,
  StatusColumn,
  StayColumns,
  StayMapping,
  TableMapping,
  TimeColumns,
} from './mapping.ts';
export { orderMappingFrom, stayMappingFrom } from './mapping-schema.ts';
export type { TableOrderCode } from './order-row.ts';
export { importOrders } from './orders.ts';
export type { OrderImportCounts, OrderImportOptions, TableOrderRule } from './orders.ts';
export { tablePresets } from './presets/index.ts';
export type { RowCounts, TableOptions, TableProgress } from './read-table.ts';
export type { TableStay } from './stay-row.ts';
export { importStays } from './stays.ts';
export type { StayImportCounts, StayImportOptions } from './stays.ts';
