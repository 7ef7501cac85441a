// The doors: a trial and its ledger in, a measure or a whole analysis out.
export { overrideReasons } from './overrides/index.ts';
export type {
  ArmOverrides,
  OverrideCount,
  OverrideGroup,
  OverrideOptions,
  OverrideReason,
  OverrideReasons,
} from './overrides/index.ts';
export { analyze } from './analyze.ts';
export type { AnalyzeOptions, Ledger } from './analyze.ts';
export { acceptanceRate, acceptedPerPatientDay, alertsPerPatientDay } from './doors.ts';

// Metrics, of the registry or one's own.
export { columnOf, dismissalRateFor, measureOf, metrics, responseTimes } from './metrics/index.ts';
export type {
  ArmResponseTimes,
  BroughtCounts,
  DoorOptions,
  MeasureOfOptions,
  RegisteredMetric,
  ResponseQuantile,
  ResponseTimeOptions,
  ResponseTimes,
} from './metrics/index.ts';

// What a trial's analysis is made of.
export type { Answer } from './decision/decide.ts';
export type { Verdict } from './decision/verdict.ts';
export type { Estimable, NotEstimable } from './estimable.ts';
export { identityOf } from './identity.ts';
export type { Identity } from './identity.ts';
export type { Clustering } from './clustering.ts';
export type { MeasuredPeriod } from './by-period.ts';
export type { ArmOverTime } from './compare-over-time.ts';
export type {
  ArmComparison,
  ArmInterval,
  ArmMeasure,
  ArmsTogether,
  Measure,
  NaiveInterval,
} from './result.ts';
export type { AnalysisUnit, Column, SummarySource, UnitRow } from './rows.ts';
export { verdictTitles } from './text/summary.ts';
export type { ArmFlow, GatedArm, GatedOutcome, TrialAnalysis } from './trial-analysis.ts';

// Integrity: whether the trial ran as it was meant to.
export { contaminationOf, integrityReport, sampleRatioOf } from './integrity/index.ts';
export type {
  Anomaly,
  AnomalyCode,
  AnomalyOptions,
  ArmChanges,
  Contamination,
  EventStream,
  IntegrityOptions,
  IntegrityReport,
  ListState,
  MissingFeedback,
  Schedule,
  SampleRatio,
  SilentPractices,
  TriggerCourse,
} from './integrity/index.ts';

// Equity: whom the alert reached, and whether it worked alike.
export { divisionsByStrata, equityReport } from './equity/index.ts';
export type {
  Division,
  DivisionReach,
  DivisionReport,
  EquityOptions,
  EquityReport,
  PlainParticipation,
  PlainShare,
  Population,
  SubgroupReach,
} from './equity/index.ts';

// The statistical methods, on plain numbers: ratios of totals,
export type { Effect } from './methods/effect.ts';
export { differenceOf, ratioOfTotals, relativeOf } from './methods/ratio-of-totals.ts';
export type {
  UnitTotals,
  Correction,
  RatioOfTotals,
  Influence,
} from './methods/ratio-of-totals.ts';

// re-randomisation,
export {
  attainablePValue,
  permutationTest,
  rerandomizationInterval,
  rerandomize,
  rerandomizeArms,
  rerandomizeResiduals,
} from './methods/rerandomization/index.ts';
export type {
  ArmPair,
  AttainablePValue,
  ArmsRerandomization,
  ArmUnit,
  AssignedUnit,
  CompleteProcedure,
  HashedProcedure,
  ListedProcedure,
  PermutationTest,
  PermutationTestOptions,
  Procedure,
  ReferenceSet,
  ReplayOptions,
  Rerandomization,
  RerandomizationInterval,
  RerandomizationIntervalOptions,
  RerandomizationOptions,
  RerandomizeArmsOptions,
  ResidualOptions,
  ResidualUnit,
  SamplerProcedure,
  Sides,
  Statistic,
  StatisticOptions,
  StratifiedProcedure,
} from './methods/rerandomization/index.ts';

// models for clustered rows,
export {
  contrast,
  gee,
  negativeBinomialRegression,
  quasiPoisson,
  standardize,
  waldTest,
} from './methods/gee/index.ts';
export type {
  ByVariance,
  ClusteredData,
  ClusterLeverage,
  Combination,
  ContrastOptions,
  DevianceTest,
  FamilyName,
  GeeFit,
  GeeOptions,
  MarginalMean,
  NegativeBinomialFit,
  QuasiPoissonFit,
  RegressionData,
  SandwichCorrection,
  Standardized,
  StandardizeOptions,
  VarianceSource,
} from './methods/gee/index.ts';

// tests of clusters,
export {
  clusterAverage,
  clusterMeans,
  compareEstimands,
  donnerKlar,
  oddsRatioOfTotals,
  wilcoxonTest,
} from './methods/clusters/index.ts';
export type {
  AdjustedProportion,
  ArmMean,
  ClusterAverage,
  ClusterMeans,
  ClusterMeansOptions,
  ClusterSummaryStatistic,
  DonnerKlarOptions,
  DonnerKlarTest,
  EstimandsComparison,
  EstimandsOptions,
  ShiftInterval,
  WilcoxonOptions,
  WilcoxonTest,
} from './methods/clusters/index.ts';

// the likeness within clusters,
export {
  designEffect,
  effectiveSampleSize,
  iccOfMeans,
  iccOfProportions,
  rateVariation,
} from './methods/icc/index.ts';
export type {
  ClusterSummary,
  IccOptions,
  IntraclassCorrelation,
  PlannedDesign,
  ProportionIcc,
  RateVariation,
  SizedDesign,
} from './methods/icc/index.ts';

// adjustment for what was there before,
export { ancova, ancovaOfLogRates, cuped, ratioCuped } from './methods/adjust/index.ts';
export type {
  AdjustedEffect,
  AdjustedRateRatio,
  AncovaOfLogRatesOptions,
  AncovaOptions,
  AncovaUnit,
  Cuped,
  CupedOptions,
  CupedUnit,
  RatioCuped,
  RatioCupedOptions,
  RobustVariance,
  UnitWithBaseline,
} from './methods/adjust/index.ts';

// margins,
export {
  equivalence,
  fiellerInterval,
  intersectionUnion,
  nonInferiority,
  nonInferiorityProportions,
  nonInferiorityRatio,
} from './methods/margins/index.ts';
export type {
  Better,
  Equivalence,
  EquivalenceOptions,
  EstimateWithError,
  FiellerOptions,
  NonInferiority,
  NonInferiorityOptions,
  NonInferiorityProportionsOptions,
  NonInferiorityRatioOptions,
  TEstimate,
} from './methods/margins/index.ts';

// several arms and several questions,
export {
  adjustPValues,
  compareArmsWithControl,
  compareWithControl,
  dunnettTest,
  estimateArms,
  factorial,
  gatekeep,
  gatekeepFamilies,
  omnibusOfArms,
  omnibusTest,
} from './methods/several/index.ts';
export type {
  Adjustment,
  ArmEstimate,
  ArmEstimates,
  ArmSample,
  ArmScale,
  ArmUnits,
  ControlComparison,
  ControlComparisons,
  ControlContrast,
  ControlOptions,
  Factor,
  Factorial,
  FactorialCell,
  FactorialOptions,
  FactorInteraction,
  FactorLevels,
  FactorTerm,
  GatedQuestion,
  GatekeepFamiliesOptions,
  GatekeepOptions,
  InteractionTerm,
  MainEffect,
  Omnibus,
  OmnibusOptions,
  Question,
  SimpleEffect,
} from './methods/several/index.ts';

// independent units,
export {
  binomialTest,
  numberNeeded,
  oddsRatio,
  poissonRate,
  poissonRateRatio,
  proportion,
  proportionDifference,
  riskRatio,
  twoByTwo,
} from './methods/independent/index.ts';
export type {
  Alternative,
  BinomialTestOptions,
  ExactTest,
  IntervalEstimate,
  NumberNeeded,
  NumberNeededRange,
  OddsRatioMethod,
  OddsRatioOptions,
  PoissonRateRatioOptions,
  ProportionCounts,
  ProportionDifferenceMethod,
  ProportionDifferenceOptions,
  ProportionEffect,
  ProportionMethod,
  ProportionOptions,
  RateCounts,
  RiskRatioMethod,
  RiskRatioOptions,
  TwoByTwo,
  TwoByTwoOptions,
  TwoByTwoTest,
} from './methods/independent/index.ts';

// subgroups and small cells,
export { smallCells, subgroupEffects, subgroupFamilies } from './methods/heterogeneity/index.ts';
export type {
  CountTable,
  FamilyEffects,
  SubgroupCell,
  SubgroupEffect,
  SubgroupEffects,
  SubgroupFamily,
  SubgroupOptions,
  SubgroupRow,
  Suppressed,
  Suppressible,
} from './methods/heterogeneity/index.ts';

// balance and reach,
export {
  balanceTable,
  binaryDifference,
  categoricalDifference,
  clusteredReach,
  continuousDifference,
  participationRatio,
  reach,
} from './methods/balance/index.ts';
export type {
  BalanceOptions,
  BalanceRow,
  ClusteredReachOptions,
  Covariate,
  CovariateSummary,
  DifferenceOptions,
  GroupShares,
  ParticipationRatio,
  Reach,
  Share,
  StandardizedDifference,
  StandardizedDistance,
  TwoArms,
} from './methods/balance/index.ts';

// sample ratios,
export {
  clusterSizes,
  independentCounts,
  permutedBlockCounts,
  sequentialSampleRatio,
  testSampleRatio,
  testSampleRatioByProcedure,
} from './methods/sample-ratio/index.ts';
export type {
  BlockPlan,
  CountSampler,
  ProcedureRatioTest,
  ProcedureReplay,
  SampleRatioLook,
  SampleRatioMethod,
  SampleRatioOptions,
  SampleRatioTest,
  SequentialSampleRatio,
  SequentialSampleRatioOptions,
  SizesByArm,
} from './methods/sample-ratio/index.ts';

// and drift.
export { rateBreak, triggerDrift } from './methods/drift/index.ts';
export type {
  ComparedPeriod,
  DriftOptions,
  PeriodCounts,
  RateBreak,
  TriggerDrift,
} from './methods/drift/index.ts';

// Designs over time: stepped wedge, crossover, switchback.
export {
  carryOverCheck,
  effectByPeriod,
  estimateOverTime,
  exposureTimeCheck,
  rerandomizationIntervalOverTime,
  rerandomizeOverTime,
} from './methods/over-time/index.ts';
export type {
  CarryOver,
  ComparisonOptions,
  ControlLevel,
  EffectByPeriod,
  ExposureEffect,
  ExposureTime,
  ExposureTimeOptions,
  JointTest,
  OverTimeEffect,
  OverTimeOptions,
  PeriodEffect,
  PeriodLevel,
  PeriodUnit,
  RerandomizationIntervalOverTimeOptions,
  RerandomizationOverTimeOptions,
  StatisticOverTime,
} from './methods/over-time/index.ts';
