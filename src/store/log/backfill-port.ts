import type { RapidcycleError } from '../../errors.ts';
import type { Coding, Stage } from '../../events/event.ts';
import type { Protocol } from '../../trial/protocol.ts';
import type { LoggedAssignment } from './port.ts';

/** An answer to an alert of the past. */
export interface PastAnswer {
  readonly type: 'dismissal' | 'acceptance' | 'order';
  /** Milliseconds; default that of the alert. */
  readonly at?: number | undefined;
  /** Why a dismissal was given, or what an order, by click, was for. */
  readonly code?: Coding | undefined;
}

/** A firing of the alert in the past, with everything that became of it. */
export interface PastFiring<P extends Protocol = Protocol> {
  /** What tells it from every other firing of all sources. It is only kept as a keyed hash. */
  readonly key: string;
  /**
   * When it was, as the source has it, in milliseconds as if that were in UTC. With the key it makes the id, so it
   * must be the same whenever the firing is told again, also when the zone turns out to be another.
   */
  readonly written: number;
  /** At the instant of the firing. */
  readonly assignment: LoggedAssignment<P>;
  readonly stage: Stage;
  readonly alert: string;
  /** Milliseconds. */
  readonly at: number;
  readonly answers: readonly PastAnswer[];
  /** What departed from the protocol, as short codes. */
  readonly deviations: readonly string[];
}

/** What became of past firings that were handed over together. */
export interface BackfillReceipt {
  /** Impressions that are in the ledger now, and were not before. */
  readonly durable: number;
  /** Impressions that were in the ledger before. */
  readonly duplicate: number;
  /** Answers, and departures from the protocol, likewise. */
  readonly answers: number;
  readonly duplicateAnswers: number;
  readonly deviations: number;
  readonly duplicateDeviations: number;
  /** The firings that the ledger does not take, by their place in the list, and why. */
  readonly rejected: ReadonlyMap<number, RapidcycleError>;
}

/**
 * The way into the ledger for what happened before: many events at a time, and any number of times.
 * What is told again is a duplicate; what contradicts the ledger is rejected.
 */
export interface Backfill<P extends Protocol = Protocol> {
  /**
   * Writes firings down; tell them in order of time, over all calls, or the openings of charts are told
   * apart only as well as may be. A call may be made before the last one is done, and should not be
   * made before the one before that: nothing else holds back more than fits.
   *
   * It rejects where the ledger cannot be written, with its error; nothing is counted as lost, because
   * it can all be told again.
   */
  add(firings: readonly PastFiring<P>[]): Promise<BackfillReceipt>;
}
