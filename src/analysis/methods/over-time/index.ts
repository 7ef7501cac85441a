export { carryOverCheck } from './carry-over-check.ts';
export type { CarryOver } from './carry-over-check.ts';
export type { ComparisonOptions } from './comparison.ts';
export { effectByPeriod } from './effect-by-period.ts';
export type { EffectByPeriod, PeriodEffect } from './effect-by-period.ts';
export { estimateOverTime } from './estimate-over-time.ts';
export type {
  ControlLevel,
  OverTimeEffect,
  OverTimeOptions,
  PeriodLevel,
} from './estimate-over-time.ts';
export { exposureTimeCheck } from './exposure-time-check.ts';
export type { ExposureEffect, ExposureTime, ExposureTimeOptions } from './exposure-time-check.ts';
export type { JointTest } from './joint-test.ts';
export type { PeriodUnit, StatisticOverTime } from './period-unit.ts';
export { rerandomizeOverTime } from './rerandomize-over-time.ts';
export type { RerandomizationOverTimeOptions } from './rerandomize-over-time.ts';
export { rerandomizationIntervalOverTime } from './rerandomization-interval-over-time.ts';
export type { RerandomizationIntervalOverTimeOptions } from './rerandomization-interval-over-time.ts';
