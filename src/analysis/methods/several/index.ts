export { adjustPValues } from './adjust-p-values.ts';
export type { Adjustment } from './adjust-p-values.ts';
export { estimateArms } from './arm-estimates.ts';
export type { ArmEstimate, ArmEstimates, ArmUnits, ArmScale } from './arm-estimates.ts';
export { compareArmsWithControl } from './compare-arms-with-control.ts';
export { compareWithControl } from './compare-with-control.ts';
export type {
  ControlComparison,
  ControlComparisons,
  ControlContrast,
  ControlOptions,
} from './compare-with-control.ts';
export { dunnettTest } from './dunnett-test.ts';
export type { ArmSample } from './dunnett-test.ts';
export { factorial } from './factorial.ts';
export type {
  Factorial,
  FactorialCell,
  FactorialOptions,
  FactorTerm,
  FactorInteraction,
  InteractionTerm,
  MainEffect,
  SimpleEffect,
} from './factorial.ts';
export type { Factor, FactorLevels } from './factorial-contrasts.ts';
export { gatekeep } from './gatekeep.ts';
export type { GatedQuestion, GatekeepOptions, Question } from './gatekeep.ts';
export { gatekeepFamilies } from './gatekeep-families.ts';
export type { GatekeepFamiliesOptions } from './gatekeep-families.ts';
export { omnibusOfArms, omnibusTest } from './omnibus.ts';
export type { Omnibus, OmnibusOptions } from './omnibus.ts';
