import { setTimeout as sleep } from 'node:timers/promises';
import { EventConflictError, EventError, StoreFullError } from '../../errors.ts';
import type { RapidcycleError } from '../../errors.ts';
import type { TrialEvent } from '../../events/event.ts';
import { checkEvent } from '../check.ts';
import type { Store } from '../port.ts';
import { eventColumns, receivedColumn, toRow } from '../row.ts';
import type { Recorder } from './recorder.ts';

/** What became of events that were appended together. */
export interface SettledBatch {
  readonly durable: number;
  readonly duplicate: number;
  /** Those that stand in the ledger with another opening, by id. */
  readonly standing: ReadonlyMap<string, TrialEvent>;
  readonly rejected: ReadonlyMap<string, RapidcycleError>;
}

const openingColumn = eventColumns.indexOf('opening_id');
// How long to wait when more is on its way to the ledger than fits, milliseconds.
const patience = 20;

/** Whether two events say the same, but for when it was learnt and which opening it was. */
function isSame(event: TrialEvent, standing: TrialEvent): boolean {
  const other = toRow(standing);
  return toRow(event).every(
    (cell, index) => index === receivedColumn || index === openingColumn || cell === other[index],
  );
}

/**
 * Appends events to a ledger, and finds out of each that is there already whether it says the same.
 * Which opening of a chart a firing belongs to follows from what the ledger held when it came, so
 * what stands there of that holds.
 */
export async function settleBatch(
  events: readonly TrialEvent[],
  { store, recorder }: { readonly store: Pick<Store, 'find'>; readonly recorder: Recorder },
): Promise<SettledBatch> {
  const rejected = new Map<string, RapidcycleError>();
  const standing = new Map<string, TrialEvent>();

  const appended = async (valid: readonly TrialEvent[]): ReturnType<Recorder['append']> => {
    for (;;) {
      try {
        return await recorder.append(valid);
      } catch (cause) {
        if (!(cause instanceof StoreFullError)) throw cause;
        await sleep(patience);
      }
    }
  };
  const validated = (): readonly TrialEvent[] =>
    events.filter((event) => {
      try {
        checkEvent(event);
        return true;
      } catch (cause) {
        if (!(cause instanceof EventError)) throw cause;
        rejected.set(event.id, cause);
        return false;
      }
    });

  let receipt: Awaited<ReturnType<Recorder['append']>>;
  try {
    receipt = await appended(events);
  } catch (cause) {
    // One that is malformed holds all of them up.
    if (!(cause instanceof EventError)) throw cause;
    receipt = await appended(validated());
  }
  let { duplicate } = receipt;
  if (receipt.conflicting.length > 0) {
    const byId = new Map(events.map((event) => [event.id, event]));
    const conflicting = new Set(receipt.conflicting);
    await Promise.all(
      [...conflicting].map(async (id) => {
        const present = await store.find(id);
        const event = byId.get(id);
        if (present !== undefined && event !== undefined && isSame(event, present)) {
          standing.set(id, present);
          return;
        }
        rejected.set(
          id,
          new EventConflictError('the ledger says something else of it, and that stands'),
        );
      }),
    );
    duplicate += receipt.conflicting.filter((id) => standing.has(id)).length;
  }
  recorder.count({ durable: receipt.accepted, duplicate, rejected: rejected.size });
  return { durable: receipt.accepted, duplicate, standing, rejected };
}
