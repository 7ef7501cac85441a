import { sum } from '../../../stats/index.ts';
import type { Suppressible } from './small-cells.ts';
import { suppressed } from './small-cells.ts';
import type { ArmBySubgroup } from './subgroup-rows.ts';

/** One arm of one subgroup. */
export interface SubgroupCell {
  readonly arm: string;
  /** Randomised units (clusters) with a denominator here. Withheld where they are the persons. */
  readonly units: Suppressible<number>;
  readonly persons: Suppressible<number>;
  readonly numerator: Suppressible<number>;
  readonly denominator: Suppressible<number>;
  /** Numerator over denominator; `null` when the denominator is 0. */
  readonly ratio: Suppressible<number | null>;
}

/** A cell with all its numbers. */
export interface OpenCell extends SubgroupCell {
  readonly persons: number;
  readonly numerator: number;
}

/** Counts one arm of one subgroup. */
export function cellOf(side: ArmBySubgroup, subgroup: string): OpenCell {
  const used = side.totals(subgroup).filter((unit) => unit.denominator > 0);
  const numerator = sum(used.map((unit) => unit.numerator));
  const denominator = sum(used.map((unit) => unit.denominator));
  return {
    arm: side.name,
    units: used.length,
    persons: side.persons(subgroup),
    numerator,
    denominator,
    ratio: denominator > 0 ? numerator / denominator : null,
  };
}

/** A cell whose counts are withheld; its units too where they are the persons. */
export function withhold({ arm, units }: SubgroupCell, unitsToo: boolean): SubgroupCell {
  return {
    arm,
    units: unitsToo ? suppressed : units,
    persons: suppressed,
    numerator: suppressed,
    denominator: suppressed,
    ratio: suppressed,
  };
}
