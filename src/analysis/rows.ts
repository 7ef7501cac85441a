import type { Allocation } from '../allocation/index.ts';
import { AnalysisRefusedError } from '../errors.ts';
import type { Store, UnitSummary } from '../store/port.ts';
import type { Trial } from '../trial/trial.ts';
import { isSummaryColumn } from './metrics/column.ts';
import { periodRows } from './period-rows.ts';

/**
 * A unit summary from anywhere: a ledger, a warehouse, a file. Only the columns that a measure needs
 * have to be there.
 */
export type UnitRow = Pick<UnitSummary, 'unitId' | 'arm'> &
  Partial<UnitSummary> & {
    /** Of a design over time: the period, counted from 1. */
    readonly period?: number | undefined;
    /** Of a design over time: whether this is the washout at the beginning of the period. */
    readonly washout?: boolean | undefined;
    /** Further counts by their names, such as `orders` or `acceptedByPatient`. */
    readonly counts?: Readonly<Record<string, number>> | undefined;
  };

/** Where unit summaries come from. */
export type SummarySource =
  | (Pick<Store, 'summaries'> & Partial<Pick<Store, 'counts' | 'unitDays' | 'allocation'>>)
  | readonly UnitRow[];

/** The columns of a unit summary that hold numbers. */
export type Column = Exclude<keyof UnitSummary, 'unitId' | 'arm' | 'stratum'>;

/** The rows of a source, as the summaries of the ledger or as they are given, in the order of units. */
export async function rowsOf(trial: Trial, source: SummarySource): Promise<readonly UnitRow[]> {
  const rows = 'summaries' in source ? await summariesOf(trial, source) : source;
  return rows.length > 1 ? [...rows].sort(byUnit) : rows;
}

async function summariesOf(
  trial: Trial,
  source: Exclude<SummarySource, readonly UnitRow[]>,
): Promise<readonly UnitRow[]> {
  if (trial.periods.length === 1) return source.summaries(trial.fingerprint);
  if (source.unitDays === undefined) {
    throw new AnalysisRefusedError(
      `Trial ${trial.id} is a design over time, and this source has no sums by day: give rows with their \`period\`.`,
    );
  }
  return periodRows(trial, await source.unitDays(trial.fingerprint));
}

/**
 * The list of a trial that allocates from one: the one that is given, or the one that its ledger
 * keeps; `undefined` of a trial that hashes.
 */
export async function allocationOf(
  trial: Trial,
  source: SummarySource,
  given: Allocation | undefined,
): Promise<Allocation | undefined> {
  if (trial.allocation.kind === 'hashed') return undefined;
  if (given !== undefined) return given;
  return 'summaries' in source ? source.allocation?.(trial.fingerprint) : undefined;
}

// Not by locale: the order of the units decides what the random draws mean, so it must be the same everywhere.
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A total order, so that nothing depends on how the rows came: not even the rounding of a unit's sums. */
function byUnit(a: UnitRow, b: UnitRow): number {
  return (
    compareText(a.unitId, b.unitId) ||
    compareText(a.arm, b.arm) ||
    compareText(a.stratum ?? '', b.stratum ?? '') ||
    (a.period ?? 0) - (b.period ?? 0) ||
    Number(a.washout ?? false) - Number(b.washout ?? false)
  );
}

/** Reads a column: from the summary itself, or from its further counts, whichever comes first. */
export function valueOf(
  row: UnitRow,
  column: string,
  { isSummarized }: { readonly isSummarized: boolean },
): number | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a name that is no column finds nothing
  const own = row[column as Column];
  const further = row.counts?.[column];
  return isSummarized ? (own ?? further) : (further ?? own);
}

/** What rows are checked for. */
export interface RowNeeds {
  /** Columns that must be there. For a share, the numerator first and then the denominator. */
  readonly columns: readonly string[];
  /** Whether the columns are those of a summary. */
  readonly isSummarized: boolean;
  /** Whether the first column is a part of the second. */
  readonly isShare?: boolean | undefined;
}

/**
 * Checks that rows belong to a trial and hold the columns that are needed.
 *
 * @throws AnalysisRefusedError naming the row and what is wrong with it
 */
export function checkRows(
  trial: Trial,
  rows: readonly UnitRow[],
  { columns, isSummarized, isShare = false }: RowNeeds,
): void {
  const arms = new Set(trial.arms.map(({ name }) => name));
  rows.forEach((row, index) => {
    const refuse = (what: string): never => {
      throw new AnalysisRefusedError(`Unit summary ${index + 1} of ${rows.length}: ${what}.`);
    };
    if (typeof row.unitId !== 'string' || row.unitId === '') {
      refuse('`unitId` must be a text that is not empty');
    }
    if (!arms.has(row.arm)) {
      refuse(
        `"${row.arm}" is not an arm of trial ${trial.id}; its arms are ${[...arms].join(', ')}`,
      );
    }
    for (const column of summaryColumnsOf(row)) {
      const value: unknown = row[column];
      if (!(typeof value === 'number' && Number.isFinite(value) && value >= 0)) {
        refuse(`\`${column}\` must be a number of at least 0, not ${String(value)}`);
      }
    }
    const values = columns.map((column) => {
      const value = valueOf(row, column, { isSummarized });
      if (value === undefined && !isSummaryColumn(column)) {
        refuse(`the count \`${column}\` is missing: give it in \`counts\` of every row`);
      }
      return typeof value === 'number' && Number.isFinite(value) && value >= 0
        ? value
        : refuse(`\`${column}\` must be a number of at least 0, not ${String(value)}`);
    });
    const [part = 0, whole = 0] = values;
    if (isShare && part > whole) {
      refuse(`\`${columns[0]}\` (${part}) cannot be above \`${columns[1]}\` (${whole})`);
    }
  });
}

/** The columns of a summary that a row has: they are shown in the flow, whether a measure needs them or not. */
function summaryColumnsOf(row: UnitRow): readonly Column[] {
  return flowColumns.filter((column) => row[column] !== undefined);
}

const flowColumns: readonly Column[] = [
  'patients',
  'calendarDays',
  'alerts',
  'alertsByOpening',
  'silent',
  'accepted',
  'dismissed',
  'acceptedAndDismissed',
];

/** Units that stand in more than one arm; of a design over time, in more than one in a period. */
export function unitsInSeveralArms(rows: readonly UnitRow[]): number {
  const arms = new Map<string, string>();
  const several = new Set<string>();
  for (const { unitId, arm, period } of rows) {
    const key = period === undefined ? unitId : JSON.stringify([unitId, period]);
    const before = arms.get(key);
    if (before === undefined) arms.set(key, arm);
    else if (before !== arm) several.add(unitId);
  }
  return several.size;
}

/** The units that may be analysed: the one that was randomised. */
export type AnalysisUnit = Trial['unit'] | 'alert';

/**
 * Refuses an analysis below the unit of randomisation.
 *
 * @throws AnalysisRefusedError
 */
export function checkUnit(trial: Trial, unit: AnalysisUnit | undefined): void {
  if (unit === undefined || unit === trial.unit) return;
  throw new AnalysisRefusedError(
    `Trial ${trial.id} randomised by ${trial.unit}: a p value by ${unit} would treat what belongs to one ` +
      `${trial.unit} as independent and reject true null hypotheses far too often. Leave \`unit\` out, or give "${trial.unit}".`,
  );
}
