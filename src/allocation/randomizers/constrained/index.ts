export { constrainedRandomizer } from './constrained-randomizer.ts';
export { constraintOf } from './constraint-of.ts';
export type { Comparison, Constraint } from './constraint-of.ts';
export type { Cost } from './cost.ts';
export type { LockedPairs } from './pairs.ts';
