import type { UnitTotals } from '../ratio-of-totals.ts';

/** What one unit adds to one subgroup. A unit may have rows in several subgroups. */
export interface SubgroupRow extends UnitTotals {
  readonly unitId: string;
  readonly arm: string;
  readonly subgroup: string;
  /** Persons of the row; where no row says so, each unit of a subgroup is one person. */
  readonly patients?: number | undefined;
}

/** The rows of one arm: for each subgroup one entry for each unit of the arm, in the same order. */
export interface ArmBySubgroup {
  readonly name: string;
  /** Units with a denominator in any subgroup. */
  readonly units: number;
  readonly totals: (subgroup: string) => readonly UnitTotals[];
  readonly persons: (subgroup: string) => number;
}

/**
 * Checks rows of two arms by subgroup.
 *
 * @throws RangeError for a number below 0 or none, a text that is empty, or a unit in both arms
 */
export function checkSubgroupRows(rows: readonly SubgroupRow[], arms: readonly string[]): void {
  if (new Set(arms).size !== arms.length) {
    throw new RangeError(`an arm cannot be compared with itself: "${arms[0]}"`);
  }
  const armOf = new Map<string, string>();
  for (const { unitId, arm, subgroup, numerator, denominator, patients } of rows) {
    if (unitId === '' || subgroup === '') {
      throw new RangeError('every row needs a `unitId` and a `subgroup` that are not empty');
    }
    const numbers = { numerator, denominator, patients: patients ?? 0 };
    for (const [name, value] of Object.entries(numbers)) {
      if (!(Number.isFinite(value) && value >= 0)) {
        throw new RangeError(`\`${name}\` must be a number of at least 0, not ${value}`);
      }
    }
    if (!arms.includes(arm)) continue;
    const before = armOf.get(unitId);
    if (before !== undefined && before !== arm) {
      throw new RangeError(
        'a unit stands in both arms: each unit has the one arm it was randomised to',
      );
    }
    armOf.set(unitId, arm);
  }
}

/** Sums the rows of one arm up by unit and subgroup. */
export function armBySubgroup(rows: readonly SubgroupRow[], name: string): ArmBySubgroup {
  const own = rows.filter(({ arm }) => arm === name);
  const places = new Map([...new Set(own.map(({ unitId }) => unitId))].map((id, i) => [id, i]));
  const sums = new Map<string, { readonly numerator: number[]; readonly denominator: number[] }>();
  const persons = new Map<string, number>();
  const counted = rows.some(({ patients }) => patients !== undefined);
  const empty = (): number[] => Array<number>(places.size).fill(0);
  for (const { unitId, subgroup, numerator, denominator, patients = 0 } of own) {
    const place = places.get(unitId) ?? 0;
    const sum = sums.get(subgroup) ?? { numerator: empty(), denominator: empty() };
    sum.numerator[place] = (sum.numerator[place] ?? 0) + numerator;
    sum.denominator[place] = (sum.denominator[place] ?? 0) + denominator;
    sums.set(subgroup, sum);
    persons.set(subgroup, (persons.get(subgroup) ?? 0) + patients);
  }
  const totals = (subgroup: string): readonly UnitTotals[] => {
    const sum = sums.get(subgroup);
    return [...places.values()].map((place) => ({
      numerator: sum?.numerator[place] ?? 0,
      denominator: sum?.denominator[place] ?? 0,
    }));
  };
  const active = new Set(own.filter(({ denominator }) => denominator > 0).map((row) => row.unitId));
  return {
    name,
    units: active.size,
    totals,
    persons: (subgroup) =>
      counted
        ? (persons.get(subgroup) ?? 0)
        : totals(subgroup).filter(({ denominator }) => denominator > 0).length,
  };
}
