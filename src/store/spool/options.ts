import type { Logger } from 'pino';
import type { KeyMaterial } from '../keys/key.ts';
import type { Store } from '../port.ts';

/** How to open a spool. */
export interface OpenSpoolOptions {
  /**
   * Opens the ledger of the server, such as `() => openPostgres(url, { key })`. It is called until it
   * succeeds, and again when that store has been closed or does not recover.
   */
  readonly upstream: () => Promise<Store>;
  /** The pseudonym key: that of the server's ledger. */
  readonly key?: KeyMaterial | undefined;
  /** A file that holds the key, in its place. */
  readonly keyFile?: string | undefined;
  /** Told of outages and refusals, never of ids; default silent. */
  readonly logger?: Logger | undefined;
  /** The clock, milliseconds since 1970-01-01T00:00Z; default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /**
   * How long `find` waits for a server that is away, milliseconds; default 30,000. Then it rejects,
   * because an event that is not in the file may be in the server's ledger.
   */
  readonly patience?: number | undefined;
  /** How long `close` goes on forwarding at most, milliseconds; default 5,000. The rest stays in the file. */
  readonly drainFor?: number | undefined;
  /** How long after its receipt the file keeps what has been forwarded, milliseconds; default 24 hours. */
  readonly keepForwarded?: number | undefined;
  /**
   * Whether to forward everything again that the file still holds; default false. For a server that was
   * restored, or failed over, to an earlier state: what it has is there once.
   */
  readonly again?: boolean | undefined;
  /** How many events may wait for the server before more are refused; default as many as the disk holds. */
  readonly maxWaiting?: number | undefined;
  /** How many events may wait for the local disk before more are refused; default 10,000. */
  readonly capacity?: number | undefined;
}

/** The options of a spool with their defaults. */
export interface SpoolOptions {
  readonly now: () => number;
  readonly patience: number;
  readonly drainFor: number;
  readonly keepForwarded: number;
  readonly maxWaiting: number;
}

const longestTimer = 2_147_483_647;

function requireWhole(name: string, value: number, [least, most]: readonly [number, number]): void {
  if (value === Infinity && most === Infinity) return;
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    throw new RangeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
  }
}

/**
 * Fills in the defaults.
 *
 * @throws RangeError when an option is out of range
 */
export function spoolOptions(options: OpenSpoolOptions): SpoolOptions {
  const {
    now = Date.now,
    patience = 30_000,
    drainFor = 5_000,
    keepForwarded = 24 * 3_600_000,
    maxWaiting = Infinity,
  } = options;
  requireWhole('patience', patience, [0, longestTimer]);
  requireWhole('drainFor', drainFor, [0, longestTimer]);
  requireWhole('keepForwarded', keepForwarded, [0, Number.MAX_SAFE_INTEGER]);
  requireWhole('maxWaiting', maxWaiting, [1, Infinity]);
  return { now, patience, drainFor, keepForwarded, maxWaiting };
}
