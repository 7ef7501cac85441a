export { analyze } from './analyze.ts';
export type { AnalyzeOptions, Ledger } from './analyze.ts';
export type { Answer } from './decision/decide.ts';
export { acceptanceRate, acceptedPerPatientDay, alertsPerPatientDay } from './doors.ts';
export type { DoorOptions } from './doors.ts';
export type { Estimable, NotEstimable } from './estimable.ts';
export { identityOf } from './identity.ts';
export type { Identity } from './identity.ts';
export type { ArmComparison, ArmInterval, ArmMeasure, Measure, NaiveInterval } from './result.ts';
export { differenceOf, ratioOfTotals, relativeOf } from './methods/ratio-of-totals.ts';
export type { Effect } from './methods/effect.ts';
export type { Correction, RatioOfTotals, UnitTotals } from './methods/ratio-of-totals.ts';
export { rerandomize } from './methods/rerandomization/rerandomize.ts';
export type {
  AssignedUnit,
  Rerandomization,
  RerandomizationOptions,
} from './methods/rerandomization/rerandomize.ts';
export type { AnalysisUnit, Column, SummarySource, UnitRow } from './rows.ts';
export { testSampleRatio } from './sample-ratio.ts';
export type { SampleRatio } from './sample-ratio.ts';
export { metricTitles } from './text.ts';
export { verdictTitles } from './summary-text.ts';
export type { Verdict } from './decision/verdict.ts';
export type { ArmFlow, TrialAnalysis } from './trial-analysis.ts';
