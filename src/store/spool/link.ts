import { nameOf, RapidcycleError, StoreClosedError, StoreUnusableError } from '../../errors.ts';
import type { Store } from '../port.ts';
import type { LogLines } from '../log/safe-logger.ts';
import type { Answered } from './answer-within.ts';
import { answerWithin } from './answer-within.ts';
import type { Upstream } from './upstream.ts';
import { closeQuietly, isAway, openUpstream } from './upstream.ts';

/** How long whoever cannot wait gives the server to answer, milliseconds. */
export const moment = 2_000;

// Between two attempts, milliseconds.
const shortestPause = 250;
const longestPause = 10_000;

// So often the same store is tried before another is opened in its place.
const attemptsWithOneStore = 3;

/** The connection of a spool to the ledger of the server. */
export interface Link {
  /** Whether the server's ledger answered when it was last asked. */
  readonly connected: boolean;
  /** Since when, or since when not, milliseconds. */
  readonly since: number;
  /** Why it is away, in words. */
  readonly error: string | undefined;
  /** When it last came back after having been away, milliseconds of `performance.now`. */
  readonly cameBackAt: number | undefined;
  /** The server's ledger, opened if it is not. */
  open(): Promise<Store>;
  /** Takes note that it answers. */
  there(): void;
  /** Takes note that it did not answer, and sees to the next attempt. */
  away(cause: unknown): void;
  /**
   * Asks the server's ledger, if it is there and answers in a moment.
   *
   * @returns undefined when it does not; what it refuses is thrown
   */
  ask<T>(question: (upstream: Store) => Promise<T>): Promise<Answered<T> | undefined>;
  /** Waits a moment until the attempt that is made now has come to an end. */
  settled(): Promise<void>;
  /**
   * Asks the server's ledger, after one more attempt when it is away.
   *
   * @throws StoreUnusableError while it is away
   */
  demand<T>(question: (upstream: Store) => Promise<T>): Promise<T>;
  /**
   * Asks the server's ledger, and waits so many milliseconds for it.
   *
   * @throws StoreUnusableError when it does not answer by then
   */
  insist<T>(question: (upstream: Store) => Promise<T>, patience: number): Promise<T>;
  close(): Promise<void>;
}

/** What a link works with. */
export interface LinkOptions extends Upstream {
  readonly now: () => number;
  readonly logger: LogLines | undefined;
  /** Makes an attempt to reach the server, unless one is being made. */
  readonly attempt: () => void;
}

function wordsOf(cause: unknown): string {
  // What others throw may hold anything.
  return cause instanceof RapidcycleError
    ? cause.message
    : `the server's ledger cannot be used (${nameOf(cause)})`;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Makes a link.
 *
 * @param opening the first attempt to open the server's ledger, which has begun
 */
export function linkTo(options: LinkOptions, opening: Promise<Store>): Link {
  const { now, logger, attempt } = options;
  let begun: Promise<Store> | undefined = opening;
  let store: Store | undefined;
  let connected = false;
  let wasAway = false;
  let since = now();
  let error: string | undefined;
  let cameBackAt: number | undefined;
  let failures = 0;
  let overdue = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const waiters = new Set<Waiter>();

  const open = async (): Promise<Store> => {
    if (store !== undefined) return store;
    begun ??= openUpstream(options);
    try {
      store = await begun;
    } finally {
      begun = undefined;
    }
    return store;
  };
  const unreachable = (): StoreUnusableError =>
    new StoreUnusableError(
      `the server's ledger is away, and what is asked of it has to wait: ${error ?? 'it does not answer'}`,
    );
  const there = (): void => {
    clearTimeout(timer);
    failures = 0;
    if (connected) return;
    connected = true;
    since = now();
    error = undefined;
    if (wasAway) {
      cameBackAt = performance.now();
      logger?.info({}, "the server's ledger is back");
    }
    for (const { resolve } of waiters) resolve();
    waiters.clear();
  };
  const away = (cause: unknown): void => {
    if (closed) return;
    if (connected || !wasAway) {
      since = now();
      const code = cause instanceof RapidcycleError ? cause.code : nameOf(cause);
      logger?.warn({ code }, "the server's ledger is away: events wait on the local disk");
    }
    connected = false;
    wasAway = true;
    error = wordsOf(cause);
    failures += 1;
    if (
      store !== undefined &&
      (cause instanceof StoreClosedError || failures % attemptsWithOneStore === 0)
    ) {
      closeQuietly(store);
      store = undefined;
    }
    for (const { reject } of waiters) reject(unreachable());
    waiters.clear();
    const pause = Math.min(longestPause, shortestPause * 2 ** Math.min(failures - 1, 10));
    clearTimeout(timer);
    // Services that lost one server do not all come back at once.
    timer = setTimeout(attempt, pause * (0.5 + Math.random() / 2));
    timer.unref();
  };
  /** Waits until it is there; rejects when the next attempt fails. */
  const reach = (): Promise<void> =>
    new Promise((resolve, reject) => {
      if (connected) resolve();
      else waiters.add({ resolve, reject });
    });
  const put = async <T>(question: (upstream: Store) => Promise<T>): Promise<T> => {
    try {
      return await question(await open());
    } catch (cause) {
      // When it is away already, that has been seen to.
      if (connected && isAway(cause)) away(cause);
      throw cause;
    }
  };

  return {
    get connected() {
      return connected;
    },
    get since() {
      return since;
    },
    get error() {
      return error;
    },
    get cameBackAt() {
      return cameBackAt;
    },
    open,
    there,
    away,
    ask: async (question) => {
      // One answer that does not come is enough: other questions would pile up behind it.
      if (!connected || overdue > 0) return undefined;
      const answer = put(question);
      try {
        const answered = await answerWithin(answer, moment);
        if (answered === undefined) {
          overdue += 1;
          const end = (): void => {
            overdue -= 1;
          };
          void answer.then(end, end);
        }
        return answered;
      } catch (cause) {
        if (isAway(cause)) return undefined;
        throw cause;
      }
    },
    settled: async () => {
      await answerWithin(reach(), moment).catch(() => undefined);
    },
    demand: async (question) => {
      const reached = reach();
      if (!connected) attempt();
      if ((await answerWithin(reached, moment)) === undefined) throw unreachable();
      // What it refuses may look like an outage, such as to remove the events of a trial that is running.
      return question(await open());
    },
    insist: async (question, patience) => {
      const deadline = performance.now() + patience;
      const reached = reach();
      if (!connected) attempt();
      for (let next = reached; ; next = reach()) {
        const left = Math.max(0, deadline - performance.now());
        try {
          const answered = await answerWithin(
            next.then(() => put(question)),
            left,
          );
          if (answered !== undefined) return answered.value;
        } catch (cause) {
          if (!isAway(cause)) throw cause;
        }
        if (performance.now() >= deadline || closed) throw unreachable();
      }
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      for (const { reject } of waiters) reject(unreachable());
      waiters.clear();
      const last = store ?? (await begun?.catch(() => undefined));
      await last?.close().catch(() => undefined);
    },
  };
}
