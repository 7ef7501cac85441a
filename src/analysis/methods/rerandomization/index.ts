export { attainablePValue } from './attainable.ts';
export type { AttainablePValue } from './attainable.ts';
export { permutationTest } from './permutation-test.ts';
export type { PermutationTest, PermutationTestOptions } from './permutation-test.ts';
export type {
  CompleteProcedure,
  HashedProcedure,
  ListedProcedure,
  Procedure,
  SamplerProcedure,
  StratifiedProcedure,
} from './procedure.ts';
export { rerandomize } from './rerandomize.ts';
export type { AssignedUnit, Rerandomization, RerandomizationOptions } from './rerandomize.ts';
export { rerandomizeArms } from './rerandomize-arms.ts';
export type {
  ArmPair,
  ArmsRerandomization,
  ArmUnit,
  RerandomizeArmsOptions,
} from './rerandomize-arms.ts';
export { rerandomizationInterval } from './interval.ts';
export type { RerandomizationInterval, RerandomizationIntervalOptions, Sides } from './interval.ts';
export { rerandomizeResiduals } from './residuals.ts';
export type { ResidualOptions, ResidualUnit } from './residuals.ts';
export type { ReferenceSet, ReplayOptions } from './reference-set.ts';
export type { Statistic, StatisticOptions } from './statistic.ts';
