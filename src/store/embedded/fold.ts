import type { Connection } from './connection.ts';
import { selectLastPlace } from './schema.ts';
import { applyStatements, clearScratch, clearStatements, gatherStatements } from './fold-sql.ts';

/** Places in the ledger, and the number of a trial or null for all. */
interface Range {
  readonly after: number;
  readonly upTo: number;
  readonly trial: number | null;
}

/** Keeps the sums in step with the events. */
export interface Fold {
  /** Folds the next events of all trials, up to the size of a batch; true when there are more. */
  readonly some: () => boolean;
  /** Makes the sums of one trial again from its first event. */
  readonly rebuild: (trial: number) => void;
}

// Appends wait while a batch is folded: this many take about a tenth of a second.
const batch = 20_000;

/** The fold of a ledger. Each step is one transaction with its watermark. */
export function foldOf(connection: Connection): Fold {
  const gather = gatherStatements.map((statement) => connection.prepare<[Range]>(statement));
  const scratch = clearScratch.map((statement) => connection.prepare<[]>(statement));
  const apply = applyStatements.map((statement) => connection.prepare<[]>(statement));
  const clear = clearStatements.map((statement) => connection.prepare<[number]>(statement));
  const move = connection.prepare<[number]>(`UPDATE watermark SET seq = ? WHERE name = 'sums'`);
  const watermark = connection
    .prepare<[], number>(`SELECT seq FROM watermark WHERE name = 'sums'`)
    .pluck();
  const last = connection.prepare<[], number>(selectLastPlace).pluck();

  const fold = (range: Range): void => {
    for (const statement of scratch) statement.run();
    for (const statement of gather) statement.run(range);
    for (const statement of apply) statement.run();
  };

  const some = connection.transaction((): boolean => {
    const after = watermark.get() ?? 0;
    const end = last.get() ?? 0;
    if (after >= end) return false;
    const upTo = Math.min(end, after + batch);
    fold({ after, upTo, trial: null });
    move.run(upTo);
    return upTo < end;
  });

  const rebuild = connection.transaction((trial: number): void => {
    const end = watermark.get() ?? 0;
    for (const statement of clear) statement.run(trial);
    for (let after = 0; after < end; after += batch) {
      fold({ after, upTo: Math.min(end, after + batch), trial });
    }
  });

  return {
    some: () => {
      // Nothing new is the common case, and must not take the lock of the writer.
      if ((watermark.get() ?? 0) >= (last.get() ?? 0)) return false;
      return some.immediate();
    },
    rebuild: (trial) => rebuild.immediate(trial),
  };
}
