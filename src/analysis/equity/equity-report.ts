import type { Outcome } from '../../trial/protocol.ts';
import type { Resolved, Trial } from '../../trial/trial.ts';
import { notBrought, obstacleOf } from '../arm-totals.ts';
import { definitionOf } from '../definition.ts';
import type { Estimable } from '../estimable.ts';
import { notEstimable } from '../estimable.ts';
import type { SubgroupEffects, SubgroupRow } from '../methods/heterogeneity/index.ts';
import { subgroupFamilies } from '../methods/heterogeneity/index.ts';
import type { UnitRow } from '../rows.ts';
import { checkRows, valueOf } from '../rows.ts';
import type { DivisionReach, Population } from './reach-by-subgroup.ts';
import { reachBySubgroup } from './reach-by-subgroup.ts';
import type { Division } from './subgroups-of.ts';
import { divisionsByStrata, unknownSubgroup } from './subgroups-of.ts';

export interface EquityOptions {
  /** How the rows are divided; default by each stratum of the trial. */
  readonly divisions?: readonly Division[] | undefined;
  /** Eligible persons by subgroup, for each division that there are numbers for. */
  readonly population?: Readonly<Record<string, Population>> | undefined;
  /** Default the trial's primary outcome. */
  readonly outcome?: Resolved<Outcome> | undefined;
  /** Confidence level; default 1 - the trial's alpha. */
  readonly level?: number | undefined;
  /** The smallest number of persons or events that may be shown; default 11, and 0 shows all. */
  readonly smallest?: number | undefined;
}

/** Reach and effects by one division. */
export interface DivisionReport extends DivisionReach {
  readonly name: string;
  readonly comparisons: readonly {
    readonly arm: string;
    readonly control: string;
    readonly effects: Estimable<SubgroupEffects>;
    /** Of the interaction test, by Holm over the divisions; `null` where there is no test. */
    readonly adjustedPValue: number | null;
  }[];
}

/** Whom a trial reached, and whether its effect is the same for all. Plain data, without small cells. */
export interface EquityReport {
  readonly metric: string;
  readonly unit: string;
  readonly level: number;
  readonly smallest: number;
  readonly divisions: readonly DivisionReport[];
}

/**
 * Looks at a trial by subgroup: whom it reached, how far the participants resemble the population, and
 * the effect in each subgroup, always with the interaction test and the numbers of units. Rows may be
 * by unit, or by unit and subgroup.
 *
 * @throws AnalysisRefusedError for rows of another trial
 * @throws RangeError when two divisions have the same name, or more persons took part than are eligible
 */
export function equityReport(
  trial: Trial,
  rows: readonly UnitRow[],
  options: EquityOptions = {},
): EquityReport {
  const {
    divisions = divisionsByStrata(trial),
    population = {},
    outcome = trial.primary,
  } = options;
  const { level = 1 - trial.decision.alpha, smallest = 11 } = options;
  const metric = definitionOf(trial, outcome);
  const { definition, numerator, denominator, per, isSummarized } = metric;
  const columns = [numerator.column, denominator.column] as const;
  const missing = notBrought(rows, metric);
  const isShare = definition.kind === 'proportion';
  checkRows(trial, rows, {
    columns: columns.filter((column) => column !== missing),
    isSummarized,
    isShare: isShare && missing === undefined,
  });
  const read = (row: UnitRow, column: string): number =>
    valueOf(row, column, { isSummarized }) ?? 0;
  const obstacle = obstacleOf(trial, rows, metric);
  const families = divisions.map(({ name, subgroupOf }) => ({
    name,
    rows: rows.map((row): SubgroupRow => ({
      unitId: row.unitId,
      arm: row.arm,
      subgroup: subgroupOf(row) ?? unknownSubgroup,
      numerator: read(row, columns[0]),
      denominator: read(row, columns[1]) / per,
      patients: row.patients,
    })),
  }));
  const scale = isShare ? 'difference' : 'ratio';
  const control = trial.control;
  const byArm = trial.arms
    .filter(({ name }) => name !== control)
    .map(({ name: arm }) => ({
      arm,
      families:
        obstacle !== undefined
          ? []
          : subgroupFamilies(families, { arm, control, scale, level, smallest }),
    }));
  return {
    metric: outcome.metric,
    unit: trial.unit,
    level,
    smallest,
    divisions: families.map(({ name, rows: divided }, i) => ({
      name,
      ...reachBySubgroup(personsOf(divided), {
        trial,
        population: population[name],
        smallest,
        level,
      }),
      comparisons: byArm.map(({ arm, families: found }) => ({
        arm,
        control,
        effects: found[i]?.effects ?? obstacle ?? none,
        adjustedPValue: found[i]?.adjustedPValue ?? null,
      })),
    })),
  };
}

const none = notEstimable('the rows have no such subgroup');

/** Persons by subgroup: patients where the rows count them, else units. */
function personsOf(rows: readonly SubgroupRow[]): ReadonlyMap<string, number> {
  const counted = rows.some(({ patients }) => patients !== undefined);
  const units = new Map<string, Set<string>>();
  const persons = new Map<string, number>();
  for (const { unitId, subgroup, patients = 0 } of rows) {
    const members = units.get(subgroup) ?? new Set<string>();
    units.set(subgroup, members.add(unitId));
    persons.set(subgroup, counted ? (persons.get(subgroup) ?? 0) + patients : members.size);
  }
  return persons;
}
