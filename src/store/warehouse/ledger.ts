import type { Allocation } from '../../allocation/list/allocation.ts';
import { ProtocolMismatchError, StoreUnusableError } from '../../errors.ts';
import type { Trial } from '../../trial/trial.ts';
import type { RegisteredTrial, Store } from '../port.ts';
import type { WarehouseOptions, WarehouseQueries } from './queries.ts';
import { warehouseQueries } from './queries.ts';
import type { ResultRow } from './result.ts';
import { countsFrom, daysFrom, delaysFrom, flowFrom, unitDaysFrom, unitRowsFrom } from './rows.ts';

/** Runs a query in an engine, and gives its rows by the names of their columns. */
export type WarehouseQuery = (sql: string) => Promise<readonly ResultRow[]>;

/** A trial whose events are in a warehouse, with what is no event. */
export interface WarehouseTrial {
  readonly trial: Trial;
  /** When it was stopped, milliseconds, if it was. */
  readonly stoppedAt?: number | undefined;
  /** Its list, when it allocates from one. */
  readonly allocation?: Allocation | undefined;
}

/** Where a warehouse keeps events, and of which trials. */
export interface WarehouseLedgerOptions extends WarehouseOptions {
  readonly trials: readonly (Trial | WarehouseTrial)[];
}

/** A ledger in a warehouse: everything that an analysis asks for, but the events one by one. */
export type WarehouseLedger = Pick<
  Store,
  'summaries' | 'unitDays' | 'days' | 'flow' | 'counts' | 'delays' | 'trials' | 'allocation'
>;

interface Held extends WarehouseTrial {
  readonly queries: WarehouseQueries;
}

// The events do not tell when their trial was registered: no later than it began.
function registered({ trial, stoppedAt }: WarehouseTrial): RegisteredTrial {
  return {
    id: trial.id,
    round: trial.round,
    fingerprint: trial.fingerprint,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON it is
    protocol: JSON.parse(JSON.stringify(trial.protocol)) as RegisteredTrial['protocol'],
    registeredAt: trial.startsAt,
    stoppedAt: stoppedAt ?? null,
    retiredAt: null,
  };
}

/**
 * The ledger of trials whose events are in a warehouse, for `analyze`. Each question is one query, which
 * goes through all events of its trial in the engine; only sums travel.
 *
 * @param query runs a query with the engine's own client
 * @throws RangeError when no table is named
 */
export function warehouseLedger(
  query: WarehouseQuery,
  options: WarehouseLedgerOptions,
): WarehouseLedger {
  const trials = new Map<string, Held>();
  for (const given of options.trials) {
    const held = 'trial' in given ? given : { trial: given };
    trials.set(held.trial.fingerprint, {
      ...held,
      queries: warehouseQueries(held.trial, options),
    });
  }
  const heldOf = (fingerprint: string): Held => {
    const held = trials.get(fingerprint);
    if (held !== undefined) return held;
    throw new ProtocolMismatchError(
      'no trial with this fingerprint was given for the warehouse: give it in `trials`; a changed protocol is a new round',
    );
  };
  const ask = async (sql: string): Promise<readonly ResultRow[]> => {
    try {
      return await query(sql);
    } catch (cause) {
      // What a client says can hold a password.
      throw new StoreUnusableError(
        `${options.dialect.name} could not answer a query: the cause says why; check that the table is there and has the columns of an export of events`,
        { cause },
      );
    }
  };
  return {
    trials: async () => [...trials.values()].map(registered),
    allocation: async (fingerprint) => heldOf(fingerprint).allocation,
    summaries: async (fingerprint) =>
      unitRowsFrom(await ask(heldOf(fingerprint).queries.summaries)),
    unitDays: async (fingerprint) => unitDaysFrom(await ask(heldOf(fingerprint).queries.unitDays)),
    days: async (fingerprint) => daysFrom(await ask(heldOf(fingerprint).queries.days)),
    flow: async (fingerprint) => flowFrom(await ask(heldOf(fingerprint).queries.flow)),
    delays: async (fingerprint) => delaysFrom(await ask(heldOf(fingerprint).queries.delays)),
    counts: async (fingerprint, asked) => {
      const sql = heldOf(fingerprint).queries.counts(asked);
      return countsFrom(await ask(sql), { counts: asked.counts.length });
    },
  };
}
