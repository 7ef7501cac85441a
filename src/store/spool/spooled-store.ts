import type { Store, StoreStatistics } from '../port.ts';

/** How a spool stands with the server's ledger, for a health report. */
export interface SpoolState {
  /** Events on the local disk that the server's ledger does not have yet. */
  readonly waiting: number;
  /** When the first of them was learnt of, milliseconds since 1970-01-01T00:00Z; null when none waits. */
  readonly oldestWaiting: number | null;
  /** Events that the server's ledger took since the spool was opened. */
  readonly forwarded: number;
  /** Events that it had already: sent again after a crash, or by another service too. */
  readonly duplicate: number;
  /** Events in the file that it can never take; they stay in the file. */
  readonly refused: number;
  /** Whether the server's ledger answered when it was last asked. */
  readonly connected: boolean;
  /** Since when, or since when not, milliseconds since 1970-01-01T00:00Z. */
  readonly since: number;
  /** What is wrong, in words. */
  readonly error?: string | undefined;
}

/** The state of the server's ledger, and of the spool before it. */
export interface SpoolStatistics extends StoreStatistics {
  readonly spool: SpoolState;
}

/**
 * The ledger of a server with a spool before it.
 *
 * What is appended is acknowledged from the local disk and forwarded in its order. Whoever reads gets the
 * server's ledger, with all that was appended here before: a reading forwards it first, and rejects
 * with a StoreUnusableError while the server is away.
 *
 * Two answers are given without the server. `trials` and `allocation` are then the last known.
 * And `read` takes impressions `since` an instant (and nothing else) from the file when the server is
 * away or behind, so that a log can be opened: a service follows the openings of charts that it has
 * served itself, and the file has those.
 */
export interface SpooledStore extends Store {
  readonly state: SpoolState;
  statistics(): Promise<SpoolStatistics>;
}
