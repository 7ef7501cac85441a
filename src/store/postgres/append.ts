import { setImmediate as turn } from 'node:timers/promises';
import { codeOf, StoreFullError, StoreUnusableError } from '../../errors.ts';
import type { AppendReceipt, Store } from '../port.ts';
import type { Row } from '../row.ts';
import { receivedColumn, trialColumn } from '../row.ts';
import type { Database } from './database.ts';
import { batch, idOf, insert, present } from './insert.ts';
import { beginAppend, keepPlans } from './locks.ts';
import { rowOf } from './rows.ts';
import type { Trials } from './trials.ts';

interface Call {
  /** When it was made, as `performance.now` tells it. */
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

const fingerprintOf = (row: Row): string => String(row[trialColumn]);

const isSame = (row: Row, present: Row | undefined): boolean =>
  row.every((cell, index) => index === receivedColumn || cell === present?.[index]);

/** A call whose rows have the numbers of their trials. */
interface Ready {
  readonly call: Call;
  readonly rows: readonly Row[];
}

// What the server says of a row without a partition.
const checkViolation = '23514';
const noPartition = new StoreUnusableError('a trial has no place for its events');

/** The appends of a store: one transaction at a time, so that events keep the order of their calls. */
export function appenderOf(
  database: Database,
  {
    trials,
    capacity,
    isDistributed,
  }: {
    readonly trials: Pick<Trials, 'known' | 'live'>;
    readonly capacity: number;
    /** Whether the table is spread over servers. */
    readonly isDistributed: boolean;
  },
): Appender {
  const waiting: Call[] = [];
  let waitingRows = 0;
  let running: Promise<void> | undefined;

  const begin = [beginAppend(database.schema), ...(isDistributed ? [] : [keepPlans])].join(';');

  const commit = async (
    group: readonly Ready[],
    since: number,
  ): Promise<readonly AppendReceipt[]> => {
    const rows = group.flatMap((ready) => ready.rows);
    // What an earlier try has added: whether its commit was done is not known when the connection is lost.
    const earlier = new Set<string>();
    return database.transaction(
      async (session) => {
        const fresh = await insert(session, rows, isDistributed).catch((error: unknown) => {
          throw codeOf(error) === checkViolation ? noPartition : error;
        });
        // What is added again had not been committed, and is there once like everything else.
        const before = new Set([...earlier].filter((id) => !fresh.has(id)));
        for (const id of fresh) earlier.add(id);
        const added = new Set(fresh);
        const others = rows.filter((row) => !added.delete(idOf(row))).map(idOf);
        const stored =
          others.length === 0 ? new Map<string, Row>() : await present(session, others);
        return group.map((ready) => {
          const conflicting: string[] = [];
          let accepted = 0;
          for (const row of ready.rows) {
            const id = idOf(row);
            if (fresh.delete(id)) accepted += 1;
            else if (!isSame(row, stored.get(id))) conflicting.push(id);
            else if (before.delete(id)) accepted += 1;
          }
          const duplicate = ready.rows.length - accepted - conflicting.length;
          return { accepted, duplicate, conflicting };
        });
      },
      { begin, since },
    );
  };

  /** The calls with the numbers of their trials; each that has none is refused. */
  const numbered = async (
    calls: readonly Call[],
    look: Trials['known'],
  ): Promise<readonly Ready[]> => {
    const group: Ready[] = [];
    for (const call of calls) {
      try {
        const numbers = new Map<string, number>();
        for (const fingerprint of new Set(call.rows.map(fingerprintOf))) {
          numbers.set(fingerprint, (await look(fingerprint)).number);
        }
        const rows = call.rows.map((row) =>
          row.with(trialColumn, numbers.get(fingerprintOf(row)) ?? null),
        );
        group.push({ call, rows });
      } catch (error) {
        call.reject(error);
      }
    }
    return group;
  };

  const settle = async (group: readonly Ready[], orElse?: () => Promise<void>): Promise<void> => {
    const [first] = group;
    if (first === undefined) return;
    try {
      // A call waits for a lost connection no longer than its own patience, however many are before it.
      const receipts = await commit(group, first.call.since);
      for (const [index, { call }] of group.entries()) {
        const receipt = receipts[index];
        if (receipt !== undefined) call.resolve(receipt);
        // What all callers do next is not done in one go: other work of the process comes between.
        await turn();
      }
    } catch (error) {
      if (error === noPartition && orElse !== undefined) await orElse();
      else for (const { call } of group) call.reject(error);
    }
  };

  const next = async (): Promise<void> => {
    const calls: Call[] = [];
    for (let size = 0; size < batch;) {
      const call = waiting.shift();
      if (call === undefined) break;
      calls.push(call);
      size += call.rows.length;
    }
    const group = await numbered(calls, trials.known);
    // A trial that was retired since refuses its own calls and no other.
    await settle(group, async () =>
      settle(
        await numbered(
          group.map(({ call }) => call),
          trials.live,
        ),
      ),
    );
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
          waiting.push({ since: performance.now(), rows, resolve, reject });
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
