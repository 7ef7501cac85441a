import { basename } from 'node:path';
import type { Problem } from '../../errors.ts';
import { ImportError } from '../../errors.ts';
import type { RowReader } from '../rows.ts';
import { readRows } from '../rows.ts';
import type { Lookup } from '../identities.ts';

/** Which columns of a crosswalk are which. */
export interface CrosswalkOptions {
  /** The column of the ids of the table. */
  readonly from: string;
  /** The column of the ids that alerts are served with. */
  readonly to: string;
  /** Of CSV; default by the name of the file. */
  readonly delimiter?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A crosswalk from one kind of id to another. */
export interface Crosswalk {
  readonly lookup: Lookup;
  /** Ids that it knows. */
  readonly size: number;
}

const mostProblems = 20;

/**
 * Reads a crosswalk from a CSV or NDJSON file, such as from `PATID` to the id of the health record. It is
 * held in memory. A line in which one of the two is empty is passed over; several ids may lead to one.
 *
 * @throws ImportError when the file cannot be read, or an id leads to two others: with the lines
 */
export async function readCrosswalk(
  file: string,
  { from, to, delimiter, signal }: CrosswalkOptions,
): Promise<Crosswalk> {
  const ids = new Map<string, string>();
  const problems: Problem[] = [];
  const complain = (line: number, message: string): void => {
    if (problems.length < mostProblems) {
      problems.push({ path: basename(file), message: `line ${line}: ${message}` });
    }
  };
  const rows: RowReader = readRows(file, {
    columns: [from, to],
    delimiter,
    signal,
    onReject: ({ line, reason }) => complain(line, reason),
  });
  for await (const batch of rows) {
    for (const { line, fields } of batch) {
      const here = (fields[from] ?? '').trim();
      const there = (fields[to] ?? '').trim();
      if (here === '' || there === '') continue;
      const known = ids.get(here);
      if (known !== undefined && known !== there) {
        complain(line, `an id leads to another one than in a line before: it may lead to one only`);
      }
      ids.set(here, there);
    }
  }
  if (problems.length > 0) throw new ImportError(problems);
  return { lookup: (id) => ids.get(id), size: ids.size };
}
