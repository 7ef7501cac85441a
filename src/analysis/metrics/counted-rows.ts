import { AnalysisRefusedError } from '../../errors.ts';
import type { LedgerCount } from '../../trial/count.ts';
import type { Outcome } from '../../trial/protocol.ts';
import type { Resolved, Trial } from '../../trial/trial.ts';
import { countsNeeded, definitionOf } from '../definition.ts';
import type { SummarySource, UnitRow } from '../rows.ts';
import { rowsOf } from '../rows.ts';
import { columnOf } from './column.ts';

/** Counts of one unit that no ledger of alerts can know, such as the orders placed there. */
export interface BroughtCounts {
  /** As in the ledger: the pseudonym of a person, a practice as it is. */
  readonly unitId: string;
  /** By the names of the columns that the metrics name. */
  readonly counts: Readonly<Record<string, number>>;
}

/** What rows are read for. */
export interface RowOptions {
  readonly outcomes: readonly Resolved<Outcome>[];
  /** Instant of the analysis, milliseconds. */
  readonly asOf: number;
  readonly brought?: readonly BroughtCounts[] | undefined;
}

/**
 * The rows of a source with every count that the outcomes need: those of the trial in a ledger, which
 * counts what its summaries do not hold; or the rows as they are given.
 *
 * @throws AnalysisRefusedError when counts are brought for a unit that has no row, or twice for one
 */
export async function countedRows(
  trial: Trial,
  source: SummarySource,
  { outcomes, asOf, brought }: RowOptions,
): Promise<readonly UnitRow[]> {
  const rows = await rowsOf(trial, source);
  const counted =
    'summaries' in source ? await withCounts(trial, { source, rows, outcomes, asOf }) : rows;
  return brought === undefined ? counted : withBrought(counted, brought);
}

const keyOf = ({
  unitId,
  arm,
  stratum = '',
}: Pick<UnitRow, 'unitId' | 'arm' | 'stratum'>): string => JSON.stringify([unitId, arm, stratum]);

async function withCounts(
  trial: Trial,
  {
    source,
    rows,
    outcomes,
    asOf,
  }: Pick<RowOptions, 'outcomes' | 'asOf'> & {
    readonly source: Exclude<SummarySource, readonly UnitRow[]>;
    readonly rows: readonly UnitRow[];
  },
): Promise<readonly UnitRow[]> {
  const wanted = new Map<string, LedgerCount>();
  for (const outcome of outcomes) {
    for (const count of countsNeeded(definitionOf(trial, outcome))) {
      wanted.set(columnOf(count), count);
    }
  }
  // Those counts are of the whole trial: by period there are none, and the measure says so.
  if (wanted.size === 0 || source.counts === undefined || trial.periods.length > 1) return rows;
  const columns = [...wanted.keys()];
  const found = await source.counts(trial.fingerprint, { counts: [...wanted.values()], asOf });
  const byKey = new Map(found.map((row) => [keyOf(row), row.values]));
  return rows.map((row) => {
    const values = byKey.get(keyOf(row));
    const counts = Object.fromEntries(columns.map((column, i) => [column, values?.[i] ?? 0]));
    return { ...row, counts };
  });
}

function withBrought(
  rows: readonly UnitRow[],
  brought: readonly BroughtCounts[],
): readonly UnitRow[] {
  const waiting = new Map(brought.map(({ unitId, counts }) => [unitId, counts]));
  if (waiting.size < brought.length) {
    throw new AnalysisRefusedError('Counts are brought twice for one unit: add them up first.');
  }
  const zeros = Object.fromEntries(
    brought.flatMap(({ counts }) => Object.keys(counts).map((name) => [name, 0])),
  );
  const seen = new Set<string>();
  const all = rows.map((row) => {
    const counts = waiting.get(row.unitId);
    if (counts === undefined) return row;
    // A unit has its counts once, in the first of its rows.
    const own = seen.has(row.unitId) ? zeros : counts;
    seen.add(row.unitId);
    return { ...row, counts: { ...row.counts, ...own } };
  });
  if (seen.size < waiting.size) {
    throw new AnalysisRefusedError(
      `Counts are brought for ${waiting.size - seen.size} unit(s) of which there is no unit summary: take them out, or log the patient-days of those units first.`,
    );
  }
  return all;
}
