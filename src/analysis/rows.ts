import { AnalysisRefusedError } from '../errors.ts';
import type { Store, UnitSummary } from '../store/port.ts';
import type { Trial } from '../trial/trial.ts';

/**
 * A unit summary from anywhere: a ledger, a warehouse, a file. Only the columns that a measure needs
 * have to be there.
 */
export type UnitRow = Pick<UnitSummary, 'unitId' | 'arm'> & Partial<UnitSummary>;

/** Where unit summaries come from. */
export type SummarySource = Pick<Store, 'summaries'> | readonly UnitRow[];

/** The columns of a unit summary that hold numbers. */
export type Column = Exclude<keyof UnitSummary, 'unitId' | 'arm' | 'stratum'>;

/** Whether the source is a ledger. */
function isLedger(source: SummarySource): source is Pick<Store, 'summaries'> {
  return 'summaries' in source;
}

/** The rows of a source: those of the trial in a ledger, or the rows as they are given. */
export async function rowsOf(trial: Trial, source: SummarySource): Promise<readonly UnitRow[]> {
  const rows = isLedger(source) ? await source.summaries(trial.fingerprint) : source;
  return rows.length > 1 ? [...rows].sort(byUnit) : rows;
}

// Not by locale: the order of the units decides what the random draws mean, so it must be the same everywhere.
function byUnit(a: UnitRow, b: UnitRow): number {
  return a.unitId < b.unitId ? -1 : a.unitId > b.unitId ? 1 : 0;
}

/** What rows are checked for. */
export interface RowNeeds {
  /** Columns that must be there. For a share, the numerator first and then the denominator. */
  readonly columns: readonly Column[];
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
  { columns, isShare = false }: RowNeeds,
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
    const values = columns.map((column) => {
      const value = row[column];
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

/** Units that stand in more than one arm. */
export function unitsInSeveralArms(rows: readonly UnitRow[]): number {
  const arms = new Map<string, string>();
  const several = new Set<string>();
  for (const { unitId, arm } of rows) {
    const before = arms.get(unitId);
    if (before === undefined) arms.set(unitId, arm);
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
