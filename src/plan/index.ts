export type {
  AssumedAcceptance,
  AssumedAlerts,
  AssumedCourse,
  AssumedEffect,
  AssumedExposure,
  PlanAssumptions,
  PlannedIcc,
} from './assumptions.ts';
export { assumptionsFrom } from './assumptions-from.ts';
export type { PlannedCurve, PlannedCurveRow } from './curves.ts';
export type { PlannedFloor } from './floors.ts';
export type { Detectable, FormulaPower } from './formula.ts';
export type { Likeness } from './outcome.ts';
export { assumptionsOfPilot, daysOf } from './pilot.ts';
export type { PilotAssumptions, PilotNumber } from './pilot.ts';
export { plan } from './plan.ts';
export type { PlanOptions } from './plan.ts';
export type { PlanReport, QuestionPlan } from './report.ts';
export type { PlannedConstraint, PlannedScheme } from './scheme.ts';
export type { SimulatedPower } from './simulate/run.ts';
export type { SimulatedArm, SimulatedShare } from './simulate/tally.ts';

// Power by formula, on plain numbers.
export {
  baselineCorrelation,
  clusterPower,
  clustersNeeded,
  crossover,
  designTotals,
  detectableEffect,
  detectableOverTime,
  detectableProportion,
  feasibility,
  husseyHughes,
  iccOf,
  iccOfKappa,
  iccPresets,
  kappaOfIcc,
  parallel,
  parallelWithBaseline,
  powerCurve,
  powerOfProportions,
  powerOverTime,
  sampleSizeOfProportions,
  severalArmsPower,
  sizeNeeded,
  steppedWedge,
  treatmentMatrix,
  twoStepPower,
  varianceOverTime,
  varianceWithinPeriods,
} from './power/index.ts';
export type {
  BaselinePeriod,
  ByArm,
  CellSizes,
  ClusterDesign,
  ComparisonPower,
  CurveDesigns,
  CurveRow,
  DesignTotals,
  DetectableEffect,
  Direction,
  Feasibility,
  GivenClusters,
  IccPreset,
  LevelAdjustment,
  MeanOutcome,
  NeededClusters,
  Outcome,
  PlannedClusterTrial,
  PlannedOverTime,
  PlannedPower,
  PlannedSeveralArms,
  PlannedTest,
  ProportionOutcome,
  ProportionsTest,
  RateOutcome,
  ReferenceLaw,
  SeveralArmsPower,
  Spread,
  TestOverTime,
  TimeCorrelation,
  TreatmentMatrix,
  TwoStepDesign,
  TwoStepPower,
  UnevenSizes,
  VarianceOverTime,
  VarianceWithinPeriods,
  WantedEffect,
  WantedOfClusters,
} from './power/index.ts';
