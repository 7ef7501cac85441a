import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ReasonCounts, RejectedRow, Rejects } from '../rejects.ts';
import { openRejects, reasonTally } from '../rejects.ts';
import type { SourceRow } from '../rows.ts';
import { readRows } from '../rows.ts';
import type { TableMapping } from './mapping.ts';

/** How far the import of a table has come. */
export interface TableProgress {
  /** Rows are read first, and then recorded patient by patient. */
  readonly stage: 'reading' | 'recording';
  /** Of all files, compressed where they are. */
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly rows: number;
  /** Patients that were recorded. */
  readonly patients: number;
}

/** What became of the rows of a table. */
export interface RowCounts {
  /** Rows read, those that could not be among them. */
  readonly rows: number;
  /** Rows that the import is not about, by reason. */
  readonly leftOut: ReasonCounts;
  /** Rows that could not be used, by reason. */
  readonly rejected: ReasonCounts;
}

/** How to read a table, whatever it holds. */
export interface TableOptions {
  /** A file for rows that cannot be used, each with its line and reason; it holds them as they are. */
  readonly rejects?: string | undefined;
  /** Whether to count only, and write nothing but the rejected rows; default false. */
  readonly dryRun?: boolean | undefined;
  readonly onProgress?: ((progress: TableProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The folder for what does not fit in memory; default the system's one for temporary files. */
  readonly temporary?: string | undefined;
}

/** A row, and the file that it stands in where there are several. */
interface TableRow {
  readonly row: SourceRow;
  readonly file: string | undefined;
}

/** The table that is being read. */
export interface Table {
  readonly counts: RowCounts;
  /** The rows of all files, in batches. */
  batches(): AsyncGenerator<readonly TableRow[], void, undefined>;
  leaveOut(reason: string): void;
  reject(rejected: RejectedRow, file: string | undefined): void;
  /** Tells how far it has come. */
  show(stage: TableProgress['stage'], patients: number): void;
}

/** Which columns are read, and what is told of rows that cannot be. */
interface TableShape {
  readonly mapping: Pick<TableMapping, 'format' | 'delimiter'>;
  readonly columns: readonly string[];
  readonly optional: readonly string[];
  /** Told that a row is no row, so that nobody knows whose it is. */
  readonly onUnreadable: () => void;
}

async function sizeOf(file: string): Promise<number> {
  // A file that is not there is told when it is to be read.
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/**
 * Reads a table that stands in one file or several, gives it to `work`, and closes what was opened,
 * however that ends.
 *
 * @throws what `readRows`, `openRejects` and `work` do
 */
export async function withTable<T>(
  files: readonly string[],
  {
    mapping,
    columns,
    optional,
    onUnreadable,
    options,
  }: TableShape & { readonly options: TableOptions },
  work: (table: Table) => Promise<T>,
): Promise<T> {
  const { onProgress, signal } = options;
  const rejects: Rejects | undefined =
    options.rejects === undefined ? undefined : await openRejects(options.rejects);
  const rejected = rejects ?? reasonTally();
  const leftOut = reasonTally();
  const sizes = await Promise.all(files.map(sizeOf));
  const bytesTotal = sizes.reduce((sum, size) => sum + size, 0);
  let bytesRead = 0;
  let rows = 0;

  const reject: Table['reject'] = (row, file) =>
    rejects === undefined ? rejected.add(row) : rejects.add(row, file);
  const show: Table['show'] = (stage, patients) =>
    onProgress?.({ stage, bytesRead, bytesTotal, rows, patients });

  const batches: Table['batches'] = async function* () {
    let before = 0;
    for (const path of files) {
      const file = files.length === 1 ? undefined : basename(path);
      const onReject = (row: RejectedRow): void => {
        rows += 1;
        reject(row, file);
        onUnreadable();
      };
      const reader = readRows(path, { ...mapping, columns, optional, onReject, signal });
      for await (const batch of reader) {
        yield batch.map((row) => ({ row, file }));
        rows += batch.length;
        bytesRead = before + reader.bytesRead;
        show('reading', 0);
        await rejects?.drained();
      }
      before += reader.bytesTotal;
    }
  };

  const table: Table = {
    get counts() {
      return { rows, leftOut: leftOut.byReason, rejected: rejected.byReason };
    },
    batches,
    leaveOut: (reason) => leftOut.add({ reason }),
    reject,
    show,
  };
  try {
    const result = await work(table);
    await rejects?.close();
    return result;
  } catch (cause) {
    await rejects?.abandon();
    throw cause;
  }
}
