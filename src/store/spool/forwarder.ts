import { StoreClosedError } from '../../errors.ts';
import { fromRow } from '../from-row.ts';
import type { Forwarded } from '../embedded/messages.ts';
import type { LedgerFile } from '../embedded/open-store.ts';
import type { TrialEvent } from '../../events/event.ts';
import type { LogLines } from '../log/safe-logger.ts';
import type { Definitions } from './definitions.ts';
import { discardForwarded } from './discard.ts';
import type { Link } from './link.ts';
import type { Reserve } from './reserve.ts';
import { send } from './send.ts';

// Small, so that neither making it nor checking it holds the event loop of a service.
const batch = 250;

/** Forwards what is in the file of a spool to the ledger of the server. */
export interface Forwarder {
  readonly counts: {
    readonly waiting: number;
    readonly oldestWaiting: number | null;
    readonly forwarded: number;
    readonly duplicate: number;
    readonly refused: number;
  };
  /** Takes note of events that are in the file now. */
  added(events: readonly TrialEvent[], accepted: number): void;
  /** Takes note that the file could not take events: room is made once all that is in it has been forwarded. */
  ranShort(): void;
  /** Begins to forward, or to try again; does nothing when it is under way. */
  wake(): void;
  /** Resolves when what is in the file now has been forwarded. It waits as long as that takes or fails. */
  drained(): Promise<void>;
  /** Resolves when it does not forward any more. */
  stop(): Promise<void>;
}

/** What a forwarder works with. */
export interface ForwarderOptions {
  readonly link: Link;
  readonly definitions: Definitions;
  readonly logger: LogLines | undefined;
  readonly reserve: Reserve;
  /** The clock, milliseconds. */
  readonly now: () => number;
  /** How far the file has been forwarded. */
  readonly from: Forwarded;
}

interface Waiter {
  readonly place: number;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

/** The forwarder of a spool. */
export function forwarderOf(
  { store: file, request }: LedgerFile,
  { link, definitions, logger, reserve, now, from }: ForwarderOptions,
): Forwarder {
  let { upTo, waiting, oldest, refused } = from;
  let forwarded = 0;
  let duplicate = 0;
  let running: Promise<void> | undefined;
  let isWanted = false;
  let isShort = false;
  /** Places that the server refuses, and the file does not know of yet. */
  let unmarked: readonly number[] = [];
  const ending = new AbortController();
  const waiters = new Set<Waiter>();

  const settle = (): void => {
    for (const waiter of waiters) {
      if (waiter.place > upTo) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  };
  const fail = (cause: unknown): void => {
    for (const { reject } of waiters) reject(cause);
    waiters.clear();
  };

  /** Notes in the file how far it has been forwarded. */
  const mark = async (): Promise<void> => {
    const next = { upTo, refused: unmarked };
    const marking = request('markForwarded', next).catch(async (cause: unknown) => {
      // An outage may have filled the disk.
      if (!(await reserve.give())) throw cause;
      logger?.warn({}, 'the disk of the spool is full: its reserve is used to forward what waits');
      return request('markForwarded', next);
    });
    oldest = await marking;
    unmarked = [];
  };
  /** Makes room for new events, and for the reserve that was given up. */
  const recover = async (): Promise<void> => {
    isShort = false;
    await reserve.give();
    const at = now();
    await discardForwarded(request, { before: at + 1, now: at });
    await reserve.take();
  };

  /** Forwards what comes next; false when there is nothing. */
  const next = async (): Promise<boolean> => {
    const upstream = await link.open();
    if (!link.connected || !definitions.isForwarded) {
      await definitions.exchange(upstream);
      link.there();
    }
    const rows = await request('pageOfAll', { after: upTo, limit: batch });
    const last = rows.at(-1);
    if (last === undefined) {
      waiting = 0;
      oldest = null;
      if (isShort || reserve.isGiven) await recover();
      return false;
    }
    const events = rows.map(([sequence, ...row]) => ({ sequence, event: fromRow(row) }));
    const sent = await send(upstream, events, {
      trials: () => file.trials(),
      isRefused: (fingerprint) => definitions.isRefused(fingerprint),
      logger,
    });
    [upTo] = last;
    unmarked = [...unmarked, ...sent.refused];
    try {
      await mark();
    } finally {
      // The server has them, whatever the file knows.
      waiting = Math.max(0, waiting - rows.length);
      forwarded += sent.forwarded;
      duplicate += sent.duplicate;
      refused += sent.refused.length;
    }
    return true;
  };
  const run = async (): Promise<void> => {
    try {
      while (!ending.signal.aborted && (isWanted || !definitions.isForwarded)) {
        isWanted = false;
        while (!ending.signal.aborted && (await next())) settle();
        settle();
      }
    } catch (cause) {
      // Closed in the middle: what was not marked is sent again, and is there once.
      if (ending.signal.aborted) return;
      link.away(cause);
      fail(cause);
    }
  };
  const wake = (): void => {
    isWanted = true;
    if (ending.signal.aborted) return;
    running ??= run().finally(() => {
      running = undefined;
      // Woken after the last look.
      if (isWanted && link.connected) wake();
    });
  };

  return {
    get counts() {
      return { waiting, oldestWaiting: oldest, forwarded, duplicate, refused };
    },
    added: (events, accepted) => {
      waiting += accepted;
      if (accepted > 0) oldest ??= events[0]?.receivedAt ?? null;
      // An attempt to reach a server that is away is not made for every event.
      if (link.connected) wake();
    },
    ranShort: () => {
      isShort = true;
      if (link.connected) wake();
    },
    wake,
    drained: async () => {
      const place = await request('lastPlace', undefined);
      if (place <= upTo) return;
      await new Promise<void>((resolve, reject) => {
        waiters.add({ place, resolve, reject });
        wake();
      });
    },
    stop: async () => {
      ending.abort();
      fail(new StoreClosedError('the spool has been closed'));
      await running;
    },
  };
}
