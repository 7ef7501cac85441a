export { assign, assignControl } from './assign.ts';
export type { AssignOptions, Assignment } from './assign.ts';
export { hashKey, joinKey } from './hash.ts';
export { balanceOf, columnsNeeded, describeClusters } from './clusters/index.ts';
export type {
  Balance,
  BalanceOptions,
  Cluster,
  ClusterList,
  ClustersSummary,
  CovariateBalance,
  GroupBalance,
  NeededColumn,
  SizeSummary,
  StratumSummary,
} from './clusters/index.ts';
export { checkLayers } from './layers.ts';
export { checkWithin } from './within.ts';
export { replay } from './replay.ts';
export type {
  AssignedRow,
  Disagreement,
  FirstStep,
  ReplayOptions,
  ReplayReport,
} from './replay.ts';
export type { Subject, SubjectIds } from './subject.ts';
export { allocate } from './list/allocate.ts';
export type { AllocateOptions } from './list/allocate.ts';
export type {
  Addition,
  AllocatedCluster,
  Allocation,
  Amendment,
  Merger,
  Withdrawal,
} from './list/allocation.ts';
export { allocationFrom, loadAllocation } from './list/allocation-from.ts';
export { allocationText } from './list/allocation-text.ts';
export { amend } from './list/amend.ts';
export type { AmendOptions, Change } from './list/amend.ts';
export type { ConstraintSummary, Diagnostics, TiedPair } from './list/diagnostics.ts';
export { clustersFrom, parseClusters } from './list/trial-clusters.ts';
export type { ClusterOptions } from './list/trial-clusters.ts';
export { referenceSetOf } from './list/reference-set.ts';
export type { ReferenceSet } from './list/reference-set.ts';
export { guessProbability, matchedSets, randomizerOf, togetherOf } from './randomizers/index.ts';
export type {
  GuessProbability,
  GuessSetting,
  MatchedSet,
  Pair,
  Randomizer,
  Redraw,
  RandomizerSetting,
  RedrawOptions,
  SeededSetting,
  Together,
  TogetherOptions,
} from './randomizers/index.ts';
export { constraintOf } from './randomizers/constrained/index.ts';
export type { Comparison, Constraint, Cost, LockedPairs } from './randomizers/constrained/index.ts';
