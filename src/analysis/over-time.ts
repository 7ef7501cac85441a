import { AnalysisRefusedError } from '../errors.ts';
import type { ReferenceSet } from '../allocation/index.ts';
import { periodsOf } from '../trial/groups.ts';
import type { Outcome } from '../trial/protocol.ts';
import type { Resolved, Trial } from '../trial/trial.ts';
import type { ResolvedMetric } from './definition.ts';
import { definitionOf } from './definition.ts';
import { procedureOf } from './design.ts';
import type { Estimable, NotEstimable } from './estimable.ts';
import { notEstimable } from './estimable.ts';
import type { PeriodUnit } from './methods/over-time/index.ts';
import type { UnitTotals } from './methods/ratio-of-totals.ts';
import type { Procedure } from './methods/rerandomization/index.ts';
import { listAssignments } from './methods/rerandomization/list-assignments.ts';
import type { UnitRow } from './rows.ts';
import { valueOf } from './rows.ts';

/** Whether the arm of a unit changes with time. */
export function isOverTime({ periods }: Pick<Trial, 'periods'>): boolean {
  return periods.length > 1;
}

/**
 * The index of an arm as the methods over time count: 0 for control, then the others in the order of
 * the protocol.
 */
export function armIndices({ arms, control }: Pick<Trial, 'arms' | 'control'>): readonly string[] {
  return [control, ...arms.map(({ name }) => name).filter((name) => name !== control)];
}

/** Rows without what fell into a washout after a change of arm. */
export function withoutWashout(
  rows: readonly UnitRow[],
  reference: ReferenceSet,
): readonly UnitRow[] {
  const armsOf = new Map(reference.clusters.map(({ id, arms }) => [id, arms]));
  return rows.filter(({ unitId, period = 1, washout = false }) => {
    const arms = armsOf.get(unitId) ?? [];
    return !washout || period === 1 || arms[period - 1] === arms[period - 2];
  });
}

/** Why a metric says nothing of a design over time: its counts cannot be told apart by period. */
export function notByPeriod(
  trial: Pick<Trial, 'periods'>,
  { numerator, denominator, isSummarized }: ResolvedMetric,
): NotEstimable | undefined {
  const isByPeriod = isSummarized && ![numerator.column, denominator.column].includes('patients');
  return isByPeriod || !isOverTime(trial)
    ? undefined
    : notEstimable(
        'this metric is counted over the whole trial and not by period',
        'alerts or accepted alerts per patient-day, or accepted alerts per alert',
      );
}

const unitless: UnitTotals = { numerator: 0, denominator: 0 };

function add(one: UnitTotals, other: UnitTotals): UnitTotals {
  return {
    numerator: one.numerator + other.numerator,
    denominator: one.denominator + other.denominator,
  };
}

/** What is wrong with how a row tells its washout apart. */
function washoutFault(
  { washout }: UnitRow,
  { days, period }: { readonly days: number; readonly period: number },
): string | undefined {
  const wanted: unknown = washout;
  if (wanted !== undefined && typeof wanted !== 'boolean') {
    return `\`washout\` is true or false, not ${JSON.stringify(wanted)}`;
  }
  if (washout === true && days === 0) {
    return 'a row is of a washout, and the protocol has none: what is left out is not chosen afterwards';
  }
  return washout === undefined && days > 0 && period > 1
    ? `the protocol leaves out the first ${days === 1 ? 'day' : `${days} days`} after a change of arm: rows of period 2 and later need their \`washout\`, true for those days of the period and false for the others`
    : undefined;
}

/**
 * What each listed cluster had in each period, in the order of the list; clusters and periods
 * without data are there with nothing.
 *
 * @throws AnalysisRefusedError for a row without its period, of a unit that is not on the list, in an arm
 *   that its list does not give it in that period, or that does not tell the washout as the protocol has it
 */
export function periodUnitsOf(
  trial: Trial,
  rows: readonly UnitRow[],
  { outcome, reference }: { readonly outcome: Resolved<Outcome>; readonly reference: ReferenceSet },
): Estimable<{ readonly units: readonly PeriodUnit[] }> {
  const metric = definitionOf(trial, outcome);
  const { numerator, denominator, per, isSummarized } = metric;
  const obstacle = notByPeriod(trial, metric);
  if (obstacle !== undefined) return obstacle;
  const periods = trial.periods.length;
  const { washout: days = 0 } = periodsOf(trial.protocol) ?? {};
  const names = armIndices(trial);
  const noParts = (): UnitTotals[] => Array.from({ length: periods }, () => unitless);
  const parts = new Map(
    reference.clusters.map(({ id, arms }) => [id, { arms, main: noParts(), washout: noParts() }]),
  );
  for (const row of rows) {
    const { unitId, arm, period = 0, washout = false } = row;
    const own = parts.get(unitId);
    const refuse = (what: string): never => {
      throw new AnalysisRefusedError(`Unit "${unitId}": ${what}.`);
    };
    if (own === undefined) return refuse('is not on the list of the trial: leave it out');
    if (!(Number.isInteger(period) && period >= 1 && period <= periods)) {
      return refuse(`a row needs its \`period\`, 1 to ${periods}`);
    }
    if (own.arms[period - 1] !== arm) {
      return refuse(
        `stands in arm ${arm} in period ${period}, and its list says ${own.arms[period - 1]}`,
      );
    }
    const fault = washoutFault(row, { days, period });
    if (fault !== undefined) return refuse(fault);
    const side = washout ? own.washout : own.main;
    const read = (column: string): number => valueOf(row, column, { isSummarized }) ?? 0;
    side[period - 1] = add(side[period - 1] ?? unitless, {
      numerator: read(numerator.column),
      denominator: read(denominator.column) / per,
    });
  }
  const units = [...parts.values()].map(({ arms, main, washout }): PeriodUnit => ({
    arms: arms.map((arm) => names.indexOf(arm)),
    cells: main.map((cell, period) =>
      period > 0 && arms[period] !== arms[period - 1]
        ? cell
        : add(cell, washout[period] ?? unitless),
    ),
    washout,
  }));
  return { estimable: true, units };
}

/** The sequences of a design over time and how clusters could have come to others. */
export interface SequenceProcedure {
  /** The arm by period of each sequence, as `armIndices`. */
  readonly sequences: readonly (readonly number[])[];
  /** The sequence of each cluster. */
  readonly groups: readonly number[];
  readonly procedure: Procedure;
}

/** As many sequences as can be told apart by a byte. */
const mostSequences = 256;

const known = new WeakMap<ReferenceSet, Estimable<SequenceProcedure>>();

/** How the clusters of a design over time could have come to other sequences. */
export function sequencesOf(trial: Trial, reference: ReferenceSet): Estimable<SequenceProcedure> {
  // Every measure and every question asks; of a constrained list the answer is thousands of lists.
  const found = known.get(reference) ?? madeSequences(trial, reference);
  known.set(reference, found);
  return found;
}

function madeSequences(trial: Trial, reference: ReferenceSet): Estimable<SequenceProcedure> {
  const { groups, actual, draw } = reference;
  const names = armIndices(trial);
  const indices = groups.map(({ arms }) => arms.map((arm) => names.indexOf(arm)));
  const [only, ...more] = reference.redraw();
  const [first] = actual;
  if (only === undefined || first === undefined) return nothingAllocated;
  if (more.length === 0) {
    const found = procedureOf(only, [...groups.keys()]);
    return found.estimable ? { ...found, sequences: indices, groups: [...first] } : found;
  }
  const count = groups.length ** actual.length;
  if (count > mostSequences) {
    return notEstimable(
      `${actual.length} blocks of periods give ${count.toLocaleString('en-GB')} sequences, more than the ${mostSequences} that are replayed`,
      'the model, which compares clusters within periods',
    );
  }
  // A sequence of a switchback is one group for each block: numbers to the base of the groups.
  const digit = (sequence: number, block: number): number =>
    Math.floor(sequence / groups.length ** block) % groups.length;
  const { length: base } = groups;
  const composed = (blocks: readonly Uint8Array[]): Uint8Array => {
    const sequence = new Uint8Array(first.length);
    let worth = 1;
    for (const own of blocks) {
      for (let i = 0; i < sequence.length; i += 1) {
        sequence[i] = (sequence[i] ?? 0) + (own[i] ?? 0) * worth;
      }
      worth *= base;
    }
    return sequence;
  };
  return {
    estimable: true,
    sequences: Array.from({ length: count }, (_, sequence) =>
      actual.flatMap((__, block) => indices[digit(sequence, block)] ?? []),
    ),
    groups: [...composed(actual)],
    procedure: enumerated(reference, composed) ?? {
      kind: 'sampler',
      sample: (stream) => composed(draw(stream)),
    },
  };
}

/** Up to so many lists all of them are gone through. */
const enumerateUpTo = 20_000;

/** All lists of a switchback, if its blocks leave few. */
function enumerated(
  { groups, actual, redraw }: ReferenceSet,
  composed: (blocks: readonly Uint8Array[]) => Uint8Array,
): Procedure | undefined {
  let lists: readonly (readonly Uint8Array[])[] = [[]];
  for (const [block, own] of redraw().entries()) {
    const found = procedureOf(own, [...groups.keys()]);
    if (!found.estimable) return undefined;
    const ways = listAssignments(found.procedure, {
      labels: actual[block] ?? [],
      arms: groups.length,
      atMost: enumerateUpTo / lists.length,
    });
    if (ways === undefined) return undefined;
    lists = lists.flatMap((before) => ways.map((way) => [...before, way]));
  }
  return { kind: 'listed', allocations: lists.map(composed) };
}

/**
 * What each cluster had under control, its exposure by the rates of the periods that it was in: the rate of
 * control in a period over that in all of them. Periods in which one cluster alone had control tell nothing.
 */
export function controlByPeriods(units: readonly PeriodUnit[]): readonly UnitTotals[] {
  const periods = units[0]?.cells.length ?? 0;
  const of = (unit: PeriodUnit, period: number): UnitTotals =>
    unit.arms[period] === 0 ? (unit.cells[period] ?? unitless) : unitless;
  const told = Array.from({ length: periods }, (_, period) => period).filter(
    (period) => units.filter((unit) => of(unit, period).denominator > 0).length > 1,
  );
  const rates = new Map(
    told.map((period) => {
      const all = units.map((unit) => of(unit, period)).reduce(add, unitless);
      return [period, all.numerator / all.denominator];
    }),
  );
  const whole = told
    .flatMap((period) => units.map((unit) => of(unit, period)))
    .reduce(add, unitless);
  const rate = whole.numerator / whole.denominator;
  return units.map((unit) =>
    told
      .map((period) => {
        const { numerator, denominator } = of(unit, period);
        const relative = rate > 0 ? (rates.get(period) ?? 0) / rate : 1;
        return { numerator, denominator: denominator * relative };
      })
      .reduce(add, unitless),
  );
}

const nothingAllocated: NotEstimable = notEstimable('the list has no clusters');

/** What a design over time has to say besides its effects is not said by an unadjusted comparison. */
export const unadjusted: NotEstimable = notEstimable(
  'arms of a design over time had different periods, so a comparison that does not adjust for them would mix the effect with time',
  'the effect adjusted for periods',
);
