export { openSpool } from './open-spool.ts';
export type { OpenSpoolOptions } from './options.ts';
export type { SpooledStore, SpoolState, SpoolStatistics } from './spooled-store.ts';
