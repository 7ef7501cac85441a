import { StoreFullError } from '../../errors.ts';
import type { AppendReceipt, Store } from '../port.ts';
import type { Row } from '../row.ts';
import { receivedColumn, trialColumn } from '../row.ts';
import type { Database, Session } from './database.ts';
import { beginAppend } from './locks.ts';
import { byColumn, insertRows, rowOf, selectRows } from './rows.ts';
import type { Trials } from './trials.ts';

interface Call {
  /** When it was made, milliseconds since 1970. */
  readonly since: number;
  readonly rows: readonly Row[];
  readonly resolve: (receipt: AppendReceipt) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes events, and commits what came in the meantime together. */
export interface Appender {
  readonly append: Store['append'];
  /** Waits until every call has been answered. */
  readonly drain: () => Promise<void>;
}

// As many rows as one statement takes; what waits longer than that goes into the next transaction.
const batch = 1_000;

const idOf = (row: Row): string => String(row[0]);

const isSame = (row: Row, present: Row | undefined): boolean =>
  row.every((cell, index) => index === receivedColumn || cell === present?.[index]);

async function insert(session: Session, rows: readonly Row[]): Promise<Set<string>> {
  const fresh = new Set<string>();
  for (let start = 0; start < rows.length; start += batch) {
    const added = await session.arrays<[string]>({
      text: insertRows,
      values: byColumn(rows.slice(start, start + batch)),
      name: 'insert events',
    });
    for (const [id] of added) fresh.add(id);
  }
  return fresh;
}

async function present(session: Session, ids: readonly string[]): Promise<Map<string, Row>> {
  const stored = new Map<string, Row>();
  for (let start = 0; start < ids.length; start += batch) {
    const rows = await session.arrays<Row>({
      text: selectRows,
      values: [ids.slice(start, start + batch)],
      name: 'select events',
    });
    for (const row of rows) stored.set(idOf(row), row);
  }
  return stored;
}

/** The appends of a store: one transaction at a time, so that events keep the order of their calls. */
export function appenderOf(
  database: Database,
  { known, capacity }: { readonly known: Trials['known']; readonly capacity: number },
): Appender {
  const waiting: Call[] = [];
  let waitingRows = 0;
  let running: Promise<void> | undefined;

  const commit = async (
    calls: readonly Call[],
    since: number,
  ): Promise<readonly AppendReceipt[]> => {
    const rows = calls.flatMap((call) => call.rows);
    // What an earlier try has added: whether its commit was done is not known when the connection is lost.
    const earlier = new Set<string>();
    return database.transaction(
      async (session) => {
        const fresh = await insert(session, rows);
        // What is added again had not been committed, and is there once like everything else.
        const before = new Set([...earlier].filter((id) => !fresh.has(id)));
        for (const id of fresh) earlier.add(id);
        const added = new Set(fresh);
        const others = rows.filter((row) => !added.delete(idOf(row))).map(idOf);
        const stored =
          others.length === 0 ? new Map<string, Row>() : await present(session, others);
        return calls.map((call) => {
          const conflicting: string[] = [];
          let accepted = 0;
          for (const row of call.rows) {
            const id = idOf(row);
            if (fresh.delete(id)) accepted += 1;
            else if (!isSame(row, stored.get(id))) conflicting.push(id);
            else if (before.delete(id)) accepted += 1;
          }
          const duplicate = call.rows.length - accepted - conflicting.length;
          return { accepted, duplicate, conflicting };
        });
      },
      { begin: beginAppend(database.schema), since },
    );
  };

  /** The call with the numbers of its trials; nothing when it is refused. */
  const numbered = async (call: Call): Promise<Call | undefined> => {
    try {
      const rows: Row[] = [];
      for (const row of call.rows) {
        const { number } = await known(String(row[trialColumn]));
        rows.push(row.with(trialColumn, number));
      }
      return { ...call, rows };
    } catch (error) {
      call.reject(error);
      return undefined;
    }
  };

  const next = async (): Promise<void> => {
    const group: Call[] = [];
    let size = 0;
    for (let call = waiting.shift(); call !== undefined; call = waiting.shift()) {
      const ready = await numbered(call);
      if (ready !== undefined) {
        group.push(ready);
        size += ready.rows.length;
      }
      if (size >= batch) break;
    }
    const [first] = group;
    if (first === undefined) return;
    try {
      // A call waits for a lost connection no longer than its own patience, however many are before it.
      const receipts = await commit(group, first.since);
      group.forEach(({ resolve }, index) => {
        const receipt = receipts[index];
        if (receipt !== undefined) resolve(receipt);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };

  const run = async (): Promise<void> => {
    // Calls made in one go are one group.
    await Promise.resolve();
    while (waiting.length > 0) await next();
    running = undefined;
  };

  return {
    append: async (events) => {
      const rows = events.map(rowOf);
      if (rows.length === 0) return { accepted: 0, duplicate: 0, conflicting: [] };
      if (waitingRows + rows.length > capacity) {
        throw new StoreFullError(
          `${waitingRows} events are waiting for the database and at most ${capacity} may: none of these ${rows.length} was taken`,
        );
      }
      waitingRows += rows.length;
      try {
        return await new Promise<AppendReceipt>((resolve, reject) => {
          waiting.push({ since: Date.now(), rows, resolve, reject });
          running ??= run();
        });
      } finally {
        waitingRows -= rows.length;
      }
    },
    drain: async () => {
      await running;
    },
  };
}
