import { sum } from '../stats/index.ts';
import { isBrought } from '../trial/count.ts';
import type { Outcome } from '../trial/protocol.ts';
import type { Resolved, Trial } from '../trial/trial.ts';
import type { KnownShare, ResolvedMetric } from './definition.ts';
import { definitionOf } from './definition.ts';
import type { Estimable, NotEstimable } from './estimable.ts';
import { notEstimable } from './estimable.ts';
import type { RatioOfTotals, UnitTotals } from './methods/ratio-of-totals.ts';
import { ratioOfTotals } from './methods/ratio-of-totals.ts';
import { notByPeriod } from './over-time.ts';
import type { Column, UnitRow } from './rows.ts';
import { unitsInSeveralArms, valueOf } from './rows.ts';

/** What one unit adds to a measure. */
export interface MeasuredUnit extends UnitTotals {
  readonly unitId: string;
  /** In so many of what is counted: 120 orders are 1.2 hundreds of orders. */
  readonly denominator: number;
  /** As it is counted. */
  readonly counted: number;
}

/** The units of each arm as a measure divides them, and each arm's ratio of totals. */
export interface ArmTotals {
  readonly units: (arm: string) => readonly MeasuredUnit[];
  readonly estimate: (arm: string) => Estimable<RatioOfTotals>;
}

/** How columns are added up. */
export interface TotalOptions<C extends string> {
  readonly columns: readonly C[];
  /** Whether the columns are those of a summary, and not counted beside it. */
  readonly isSummarized: boolean;
  /** Columns that count the unit itself, which is one in however many strata it stands. */
  readonly once?: ReadonlySet<string> | undefined;
}

/** The totals of some columns of the summaries by unit. */
export function totalsByUnit<C extends Column>(
  rows: readonly UnitRow[],
  arm: string,
  columns: readonly C[],
): readonly Readonly<Record<C, number>>[] {
  return sumsByUnit(rows, arm, { columns, isSummarized: true });
}

/** The totals of some counts by unit: rows of one unit in several strata are one unit. */
export function sumsByUnit<C extends string>(
  rows: readonly UnitRow[],
  arm: string,
  { columns, isSummarized, once = new Set() }: TotalOptions<C>,
): readonly Readonly<Record<C, number> & { readonly unitId: string }>[] {
  const totals = new Map<string, Map<C, number>>();
  for (const row of rows) {
    if (row.arm !== arm) continue;
    const unit = totals.get(row.unitId) ?? new Map<C, number>();
    for (const column of new Set(columns)) {
      const before = unit.get(column) ?? 0;
      const value = valueOf(row, column, { isSummarized }) ?? 0;
      unit.set(column, once.has(column) ? Math.max(before, value) : before + value);
    }
    totals.set(row.unitId, unit);
  }
  return [...totals].map(([unitId, unit]) => ({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each column was set just above
    ...(Object.fromEntries(unit) as Record<C, number>),
    unitId,
  }));
}

/** Sums rows up for a measure. Units that stand in several arms leave nothing to estimate. */
export function armTotals(
  trial: Trial,
  rows: readonly UnitRow[],
  outcome: Resolved<Outcome>,
): ArmTotals {
  const metric = definitionOf(trial, outcome);
  const { numerator, denominator, per, isSummarized } = metric;
  const obstacle = notByPeriod(trial, metric) ?? obstacleOf(trial, rows, metric);
  const once = countsOfUnits(trial, metric);
  const arms = new Map(
    trial.arms.map(({ name }) => {
      const columns = [numerator.column, denominator.column];
      const units = sumsByUnit(rows, name, { columns, isSummarized, once }).map((unit) => {
        const counted = unit[denominator.column] ?? 0;
        return {
          unitId: unit.unitId,
          numerator: unit[numerator.column] ?? 0,
          denominator: per === 1 ? counted : counted / per,
          counted,
        };
      });
      return [name, { units, estimate: obstacle ?? ratioOfTotals(units) }] as const;
    }),
  );
  return {
    units: (arm) => arms.get(arm)?.units ?? [],
    estimate: (arm) =>
      arms.get(arm)?.estimate ?? notEstimable('the trial has no such arm', 'name one of its arms'),
  };
}

/** Columns that count the randomised unit itself: it is there or not, however many its strata. */
function countsOfUnits(
  trial: Trial,
  { numerator, denominator }: ResolvedMetric,
): ReadonlySet<string> {
  const own = [numerator, denominator].filter(
    ({ count }) => 'each' in count && count.each === trial.unit,
  );
  return new Set(own.map(({ column }) => column));
}

/** Why units in more than one arm leave nothing to estimate. */
export function unitsInArms(several: number): NotEstimable {
  return notEstimable(
    `${several} unit(s) stand in more than one arm`,
    'run `rapidcycle verify` on the ledger to see which arm the protocol gives them, and analyse again',
  );
}

/** Why a measure cannot be estimated in any arm. */
export function obstacleOf(
  trial: Trial,
  rows: readonly UnitRow[],
  { numerator, denominator, riskKnown }: ResolvedMetric,
): NotEstimable | undefined {
  const several = unitsInSeveralArms(rows);
  if (several > 0) {
    return unitsInArms(several);
  }
  const missing = notBrought(rows, { numerator, denominator });
  if (missing !== undefined) {
    return notEstimable(
      `the count \`${missing}\` was not brought, and a ledger of alerts cannot know it`,
      'give it by unit in `brought`, or in `counts` of every row',
    );
  }
  const isOfClinicians = [numerator, denominator].some(
    ({ count }) => 'each' in count && (count.each === 'clinician' || count.each === 'clinicianDay'),
  );
  if (isOfClinicians && (trial.unit === 'patient' || trial.unit === 'encounter')) {
    return notEstimable(
      `the trial randomised by ${trial.unit}, and a clinician meets several of them, in both arms: clinicians cannot be counted by ${trial.unit}`,
      'read the rates per patient or encounter',
    );
  }
  const days = riskKnown && sharesIn(rows, riskKnown);
  if (days !== undefined && days.known < days.whole) {
    return notEstimable(
      `${days.whole - days.known} of ${days.whole} patient-days carry no encounter, so the encounters at risk are not known`,
      'log patient-days with the encounter of their subject, or bring `encounters` with the rows',
    );
  }
  return undefined;
}

/** A count that has to be brought and that no row has. */
export function notBrought(
  rows: readonly UnitRow[],
  { numerator, denominator }: Pick<ResolvedMetric, 'numerator' | 'denominator'>,
): string | undefined {
  return [numerator, denominator].find(
    ({ count, column }) =>
      isBrought(count) &&
      rows.every((row) => valueOf(row, column, { isSummarized: true }) === undefined),
  )?.column;
}

/** How much of a total carries an id; nothing where the rows do not tell. */
export function sharesIn(
  rows: readonly UnitRow[],
  { whole, known }: KnownShare,
): { readonly whole: number; readonly known: number } | undefined {
  const total = (column: string): number | undefined => {
    const values = rows.map((row) => valueOf(row, column, { isSummarized: false }));
    return values.every((value) => value !== undefined) ? sum(values) : undefined;
  };
  const [all, some] = [total(whole.column), total(known.column)];
  return all === undefined || some === undefined ? undefined : { whole: all, known: some };
}

/** Why some of several arms cannot be estimated, and so not all of them together. */
export function armWithout(names: readonly string[], totals: ArmTotals): NotEstimable | undefined {
  for (const name of names) {
    const estimate = totals.estimate(name);
    if (!estimate.estimable) return notEstimable(`${name}: ${estimate.reason}`, estimate.instead);
  }
  return undefined;
}

/** How arms are compared by default: rates by ratio, unless an arm without events leaves no logarithm. */
export function scaleFor(
  totals: ArmTotals,
  { kind, names }: { readonly kind: 'rate' | 'proportion'; readonly names: readonly string[] },
): 'logRatio' | 'difference' {
  const hasEvents = names.every((name) => {
    const estimate = totals.estimate(name);
    return estimate.estimable && estimate.ratio > 0;
  });
  return kind === 'rate' && hasEvents ? 'logRatio' : 'difference';
}
