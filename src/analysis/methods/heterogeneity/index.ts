export { smallCells } from './small-cells.ts';
export type { CountTable, Suppressed, Suppressible } from './small-cells.ts';
export type { SubgroupCell } from './subgroup-cells.ts';
export { subgroupEffects } from './subgroup-effects.ts';
export type { SubgroupEffect, SubgroupEffects, SubgroupOptions } from './subgroup-effects.ts';
export { subgroupFamilies } from './subgroup-families.ts';
export type { FamilyEffects, SubgroupFamily } from './subgroup-families.ts';
export type { SubgroupRow } from './subgroup-rows.ts';
