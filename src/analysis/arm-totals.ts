import type { Outcome } from '../trial/protocol.ts';
import type { Resolved, Trial } from '../trial/trial.ts';
import { definitionOf } from './definition.ts';
import type { Estimable } from './estimable.ts';
import { notEstimable } from './estimable.ts';
import type { RatioOfTotals, UnitTotals } from './methods/ratio-of-totals.ts';
import { ratioOfTotals } from './methods/ratio-of-totals.ts';
import type { AssignedUnit } from './methods/rerandomization/rerandomize.ts';
import type { Column, UnitRow } from './rows.ts';
import { unitsInSeveralArms } from './rows.ts';

/** The units of each arm as a measure divides them, and each arm's ratio of totals. */
export interface ArmTotals {
  readonly units: (arm: string) => readonly UnitTotals[];
  readonly estimate: (arm: string) => Estimable<RatioOfTotals>;
}

/** The totals of some columns by unit: rows of one unit in several strata are one unit. */
export function totalsByUnit<C extends Column>(
  rows: readonly UnitRow[],
  arm: string,
  columns: readonly C[],
): readonly Readonly<Record<C, number>>[] {
  const totals = new Map<string, Map<C, number>>();
  for (const row of rows) {
    if (row.arm !== arm) continue;
    const unit = totals.get(row.unitId) ?? new Map<C, number>();
    for (const column of columns) unit.set(column, (unit.get(column) ?? 0) + (row[column] ?? 0));
    totals.set(row.unitId, unit);
  }
  return [...totals.values()].map(
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each column was set just above
    (unit) => Object.fromEntries(unit) as Record<C, number>,
  );
}

/** Sums rows up for a measure. Units that stand in several arms leave nothing to estimate. */
export function armTotals(
  trial: Trial,
  rows: readonly UnitRow[],
  outcome: Resolved<Outcome>,
): ArmTotals {
  const { numerator, denominator } = definitionOf(outcome);
  const several = unitsInSeveralArms(rows);
  const arms = new Map(
    trial.arms.map(({ name }) => {
      const units = totalsByUnit(rows, name, [numerator, denominator]).map((unit) => ({
        numerator: unit[numerator],
        denominator: unit[denominator],
      }));
      const estimate =
        several > 0
          ? notEstimable(
              `${several} unit(s) stand in more than one arm: run \`rapidcycle verify\` on the ledger`,
            )
          : ratioOfTotals(units);
      return [name, { units, estimate }] as const;
    }),
  );
  return {
    units: (arm) => arms.get(arm)?.units ?? [],
    estimate: (arm) => arms.get(arm)?.estimate ?? notEstimable('the trial has no such arm'),
  };
}

/** The units of an arm and of the control arm, each with the arm that it had. */
export function assignedUnits(
  totals: ArmTotals,
  arm: string,
  control: string,
): readonly AssignedUnit[] {
  return [
    ...totals.units(arm).map((unit) => ({ ...unit, treated: true })),
    ...totals.units(control).map((unit) => ({ ...unit, treated: false })),
  ];
}

/** The chance that hashed assignment gives a unit of the two arms the treated one. */
export function chanceOf(trial: Trial, arm: string): number {
  const weight = (name: string): number =>
    trial.arms.find((each) => each.name === name)?.weight ?? 0;
  return weight(arm) / (weight(arm) + weight(trial.control));
}
