import type { Cell, Row } from '../row.ts';
import { trialColumn } from '../row.ts';
import type { Session } from './database.ts';
import {
  byColumn,
  drawPlaces,
  insertPlacedRows,
  insertRows,
  selectHolders,
  selectRows,
  unitColumn,
} from './rows.ts';

/** As many rows as one statement takes: to write out more of them would hold up whatever else the process does. */
export const batch = 500;

/** The id of a row. */
export const idOf = (row: Row): string => String(row[0]);

async function inBatches<T, R>(
  things: readonly T[],
  ask: (some: readonly T[]) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  const answers: R[] = [];
  for (let start = 0; start < things.length; start += batch) {
    answers.push(...(await ask(things.slice(start, start + batch))));
  }
  return answers;
}

interface Holder {
  readonly trial: Cell;
  readonly unit: Cell;
}

/**
 * The rows whose ids are free, or taken by an event that may be the same: an id has one trial and one
 * unit in a ledger. No key of the table holds that beyond a trial, nor, where the table is spread over
 * servers, beyond a unit.
 */
async function withOwnIds(
  session: Session,
  rows: readonly Row[],
  isDistributed: boolean,
): Promise<readonly Row[]> {
  const holders = new Map<string, Holder>();
  const trials = new Set(rows.map((row) => row[trialColumn]));
  // What is held within a trial is told by the index of its partition.
  const known = !isDistributed && trials.size === 1 ? [...trials] : [];
  const held = await inBatches(rows, (some) =>
    session.arrays<[string, number, string]>({
      text: selectHolders,
      values: [some.map(idOf), known],
      name: 'select holders',
    }),
  );
  for (const [id, trial, unit] of held) holders.set(id, { trial, unit });
  return rows.filter((row) => {
    const own = { trial: row[trialColumn] ?? null, unit: row[unitColumn] ?? null };
    const holder = holders.get(idOf(row));
    if (holder === undefined) holders.set(idOf(row), own);
    return holder === undefined || (holder.trial === own.trial && holder.unit === own.unit);
  });
}

async function insertPlaced(session: Session, rows: readonly Row[]): Promise<readonly [string][]> {
  const places = await session.arrays<[number]>({ text: drawPlaces, values: [rows.length] });
  return session.arrays<[string]>({
    text: insertPlacedRows(rows.length),
    values: rows.flatMap((row, index) => [places[index]?.[0] ?? null, ...row]),
  });
}

/** Adds the rows whose ids are not in the ledger, and returns the ids that were added. */
export async function insert(
  session: Session,
  rows: readonly Row[],
  isDistributed: boolean,
): Promise<Set<string>> {
  const own = await withOwnIds(session, rows, isDistributed);
  const added = await inBatches(own, (some) =>
    isDistributed
      ? insertPlaced(session, some)
      : session.arrays<[string]>({
          text: insertRows,
          values: byColumn(some),
          name: 'insert events',
        }),
  );
  return new Set(added.map(([id]) => id));
}

/** The stored rows of some ids. */
export async function present(
  session: Session,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Row>> {
  const rows = await inBatches(ids, (some) =>
    session.arrays<Row>({ text: selectRows, values: [some], name: 'select events' }),
  );
  return new Map(rows.map((row) => [idOf(row), row]));
}
