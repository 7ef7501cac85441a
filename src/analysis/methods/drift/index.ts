export { rateBreak } from './rate-break.ts';
export type { RateBreak } from './rate-break.ts';
export { triggerDrift } from './trigger-drift.ts';
export type { ComparedPeriod, DriftOptions, PeriodCounts, TriggerDrift } from './trigger-drift.ts';
