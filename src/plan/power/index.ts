export { baselineCorrelation } from './baseline.ts';
export type { BaselinePeriod } from './baseline.ts';
export type { CellSizes } from './cells.ts';
export { clusterPower } from './cluster-power.ts';
export type { PlannedClusterTrial, PlannedPower } from './cluster-power.ts';
export type { ByArm, ClusterDesign } from './cluster-trial.ts';
export type { LevelAdjustment } from './comparison-level.ts';
export { clustersNeeded } from './clusters-needed.ts';
export type { NeededClusters, WantedEffect } from './clusters-needed.ts';
export {
  crossover,
  parallel,
  parallelWithBaseline,
  steppedWedge,
  treatmentMatrix,
} from './designs.ts';
export type { TreatmentMatrix } from './designs.ts';
export type { DetectableEffect, Direction } from './detect.ts';
export { detectableEffect } from './detectable.ts';
export type { GivenClusters } from './detectable.ts';
export { feasibility } from './feasibility.ts';
export type { Feasibility } from './feasibility.ts';
export { designTotals, husseyHughes } from './hussey-hughes.ts';
export type { DesignTotals } from './hussey-hughes.ts';
export { iccOf, iccPresets } from './icc-presets.ts';
export type { IccPreset } from './icc-presets.ts';
export { iccOfKappa, kappaOfIcc } from './kappa.ts';
export type { MeanOutcome, Outcome, ProportionOutcome, RateOutcome, Spread } from './outcome.ts';
export { varianceOverTime } from './over-time.ts';
export { varianceWithinPeriods } from './within-periods.ts';
export type { UnevenSizes, VarianceWithinPeriods } from './within-periods.ts';
export type { VarianceOverTime } from './columns.ts';
export type { PlannedTest, ReferenceLaw } from './planned-test.ts';
export { powerCurve } from './power-curve.ts';
export type { CurveDesigns, CurveRow } from './power-curve.ts';
export { detectableOverTime, powerOverTime } from './power-over-time.ts';
export type { PlannedOverTime, TestOverTime } from './power-over-time.ts';
export {
  detectableProportion,
  powerOfProportions,
  sampleSizeOfProportions,
} from './proportions.ts';
export type { ProportionsTest } from './proportions.ts';
export { severalArmsPower } from './several-arms.ts';
export type { ComparisonPower, PlannedSeveralArms, SeveralArmsPower } from './several-arms.ts';
export { sizeNeeded } from './size-needed.ts';
export type { WantedOfClusters } from './size-needed.ts';
export { twoStepPower } from './two-step.ts';
export type { TwoStepDesign, TwoStepPower } from './two-step.ts';
export type { TimeCorrelation } from './time-correlation.ts';
