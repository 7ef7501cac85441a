import {
  KeyError,
  RapidcycleError,
  StoreClosedError,
  StoreFullError,
  StoreUnusableError,
} from '../../errors.ts';
import type { Store } from '../port.ts';

/** The ledger of a server, as a spool opens it. */
export interface Upstream {
  readonly upstream: () => Promise<Store>;
  /** By what the ledger of the spool recognises its key. */
  readonly keyCheck: string;
}

/** Whether a store says that it cannot take anything now, and not that it refuses what was asked. */
export function isAway(cause: unknown): boolean {
  if (cause instanceof RangeError) return false;
  return (
    !(cause instanceof RapidcycleError) ||
    cause instanceof StoreUnusableError ||
    cause instanceof StoreClosedError ||
    cause instanceof StoreFullError
  );
}

/**
 * Checks that the ledger of the server has the key of the spool.
 *
 * @throws KeyError when it has another, or none
 */
async function checkKey(upstream: Store, keyCheck: string): Promise<void> {
  const theirs = await upstream.keyCheck();
  if (theirs === keyCheck) return;
  throw new KeyError(
    theirs === undefined
      ? "the server's ledger has no key yet: open it with that of the spool"
      : "the server's ledger was begun with another key than the spool: the same person would get a second pseudonym there",
  );
}

/**
 * Opens the ledger of a server.
 *
 * @throws KeyError when it has another key than the spool; whatever its store throws when it is away
 */
export async function openUpstream({ upstream, keyCheck }: Upstream): Promise<Store> {
  const store = await upstream();
  try {
    await checkKey(store, keyCheck);
    return store;
  } catch (error) {
    closeQuietly(store);
    throw error;
  }
}

/** Closes a store of which nothing is expected any more. */
export function closeQuietly(store: Store): void {
  // Nothing of a spool depends on how its server's store ends.
  void store.close().catch(() => undefined);
}
