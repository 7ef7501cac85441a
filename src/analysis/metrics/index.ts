export { metrics } from '../../trial/metrics.ts';
export type { RegisteredMetric } from '../../trial/metrics.ts';
export { columnOf } from './column.ts';
export type { BroughtCounts } from './counted-rows.ts';
export { dismissalRateFor } from './dismissal-rate-for.ts';
export { measureOf } from './measure-of.ts';
export type { DoorOptions, MeasureOfOptions } from './measure-of.ts';
export { responseTimes } from './response-time.ts';
export type {
  ArmResponseTimes,
  ResponseQuantile,
  ResponseTimeOptions,
  ResponseTimes,
} from './response-time.ts';
