import {
  EventConflictError,
  EventError,
  RapidcycleError,
  StoreClosedError,
  StoreFullError,
  StoreUnusableError,
} from '../../errors.ts';
import type { TrialEvent } from '../../events/event.ts';
import { composingError } from './compose.ts';
import type { LogCounters, Settlement } from './port.ts';
import type { Loss } from './losses.ts';
import { noLosses } from './losses.ts';
import type { AppendReceipt, Store } from '../port.ts';
import type { LogLines } from './safe-logger.ts';

/** A piece of work that ends with an event in the ledger, or not. */
interface Work {
  /** Finds what the event needs, and appends it. */
  readonly write: (append: (event: TrialEvent) => Promise<Settlement>) => Promise<Settlement>;
  /** The arm it belongs to, for the gap when it is lost. */
  readonly arm: string;
  /** When it happened, milliseconds, as far as that is known: it may be no time at all. */
  readonly at: number;
}

/** Puts work on its way into the ledger, and counts what became of it. */
export interface Recorder {
  readonly counters: Omit<LogCounters, 'spooled'>;
  /** Never rejects. */
  record(work: Work): Promise<Settlement>;
  /**
   * Hands events to the store together. It rejects where the store does not take them; what becomes of
   * them is for the caller to count.
   */
  append(events: readonly TrialEvent[]): Promise<AppendReceipt>;
  /** Counts events that were appended. */
  count(settled: Pick<LogCounters, 'durable' | 'duplicate' | 'rejected'>): void;
  /** Work that a flush waits for. */
  track<T>(work: Promise<T>): Promise<T>;
  /** Counts something that is malformed. */
  reject(error: unknown): Promise<Settlement>;
  /** Writes what was lost as gaps, if the ledger takes them. */
  writeGaps(): Promise<void>;
  /** Resolves when everything recorded so far has settled. */
  flush(): Promise<void>;
  /** From now on everything is lost. */
  end(): void;
}

/** What a recorder works with. */
export interface RecorderOptions {
  readonly store: Pick<Store, 'append'>;
  /** How many may be on their way. */
  readonly capacity: number;
  readonly logger: LogLines | undefined;
  /** The clock, whole milliseconds. */
  readonly now: () => number;
  /** Makes the event of a loss. */
  readonly gapOf: (loss: Loss) => TrialEvent;
}

function storeError(cause: unknown): RapidcycleError {
  if (cause instanceof RapidcycleError) return cause;
  return new StoreUnusableError('the event could not be recorded', { cause });
}

const latest = 253_402_300_799_999;

/** Whether an event may have happened then: what is lost unchecked may bear any time. */
const isInstant = (at: number): boolean => Number.isInteger(at) && at >= 0 && at <= latest;

/** A recorder that writes to a store. */
export function recorderOf({ store, capacity, logger, now, gapOf }: RecorderOptions): Recorder {
  const counts = { durable: 0, duplicate: 0, unknown: 0, rejected: 0, lost: 0, waiting: 0 };
  const pending = new Set<Promise<unknown>>();
  const losses = noLosses();
  let ended = false;
  let losing = false;
  let writing: Promise<void> | undefined;

  const append = async (event: TrialEvent): Promise<Settlement> => {
    const { accepted, conflicting } = await store.append([event]);
    if (conflicting.length === 0) return { status: accepted === 1 ? 'durable' : 'duplicate' };
    const error = new EventConflictError(
      'an event with this id is in the ledger and says something else: it stands',
    );
    return { status: 'rejected', error };
  };

  const lose = (error: RapidcycleError, { arm, at: happened }: Work): Settlement => {
    // No ledger takes a gap from a time that is none, nor what else was lost in its arm.
    const at = isInstant(happened) ? happened : now();
    losses.add({ arm, from: at, to: at, count: 1 });
    if (!losing) logger?.error({ code: error.code, arm }, 'events are being lost');
    losing = true;
    return { status: 'lost', error };
  };

  const run = async (work: Work): Promise<Settlement> => {
    try {
      return await work.write(append);
    } catch (cause) {
      const error = storeError(cause);
      return error instanceof EventError ? { status: 'rejected', error } : lose(error, work);
    }
  };

  const settle = (settlement: Settlement): Settlement => {
    counts[settlement.status] += 1;
    if (settlement.status === 'rejected') {
      logger?.warn({ code: settlement.error?.code }, 'an event was rejected');
    }
    // The ledger takes events again: tell it now what it did not take.
    if (settlement.status === 'durable' && losses.pending) void writeGaps();
    return settlement;
  };

  const appendGaps = async (): Promise<void> => {
    const taken = losses.take();
    try {
      await store.append(taken.map(gapOf));
      losing = false;
      logger?.warn({ gaps: taken }, 'events were lost, and the ledger says so');
    } catch (cause) {
      taken.forEach(losses.add);
      logger?.error({ code: storeError(cause).code, gaps: taken }, 'gaps could not be written yet');
    }
  };
  const writeGaps = async (): Promise<void> => {
    if (writing === undefined && !losses.pending) return;
    writing ??= appendGaps().finally(() => {
      writing = undefined;
    });
    await writing;
  };

  const refusal = (): RapidcycleError | undefined => {
    if (ended) return new StoreClosedError('the log has been closed');
    if (counts.waiting < capacity) return undefined;
    return new StoreFullError(`${capacity} events are on their way to the ledger: no more fit`);
  };

  return {
    get counters() {
      return { ...counts };
    },
    record: (work) => {
      const refused = refusal();
      if (refused !== undefined) return Promise.resolve(settle(lose(refused, work)));
      counts.waiting += 1;
      const settled = run(work).then((settlement) => {
        counts.waiting -= 1;
        pending.delete(settled);
        return settle(settlement);
      });
      pending.add(settled);
      return settled;
    },
    append: async (events) => {
      if (ended) throw new StoreClosedError('the log has been closed');
      counts.waiting += events.length;
      try {
        return await store.append(events);
      } finally {
        counts.waiting -= events.length;
      }
    },
    count: ({ durable, duplicate, rejected }) => {
      counts.durable += durable;
      counts.duplicate += duplicate;
      counts.rejected += rejected;
    },
    track: (work) => {
      const settled: Promise<unknown> = work
        .catch(() => undefined)
        .finally(() => pending.delete(settled));
      pending.add(settled);
      return work;
    },
    reject: async (cause) => settle({ status: 'rejected', error: composingError(cause) }),
    writeGaps,
    flush: async () => {
      await Promise.all(pending);
      await writing;
    },
    end: () => {
      ended = true;
    },
  };
}
