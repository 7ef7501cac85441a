import type { Allocation } from '../allocation/list/allocation.ts';
import type { EventType, TrialEvent } from '../events/event.ts';
import type { LedgerCount } from '../trial/count.ts';
import type { Json } from '../trial/protocol.ts';
import type { Reason } from '../trial/reason.ts';
import type { Trial } from '../trial/trial.ts';
import type { Pseudonymizer } from './keys/pseudonym.ts';

/** Kinds of ids that are replaced by a keyed hash. Practices are organisations and stay as they are. */
export type PersonKind = 'patient' | 'clinician' | 'encounter';

/** A trial that a ledger holds. */
export interface RegisteredTrial {
  readonly id: string;
  readonly round: number;
  readonly fingerprint: string;
  /** The protocol as written. */
  readonly protocol: Json;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly registeredAt: number;
  /** When the trial was stopped, if it was. */
  readonly stoppedAt: number | null;
  /** When its events were removed, if they were; its sums stand. */
  readonly retiredAt: number | null;
}

/**
 * A run of a trial's events, sealed: a link of the chain by which a change of what happened shows.
 * See `chain/chain.ts` for what is hashed.
 */
export interface Segment {
  /** From 1 in each trial. */
  readonly number: number;
  /** The place of its first event in the ledger. */
  readonly first: number;
  /** The place of its last event. */
  readonly last: number;
  /** How many events of the trial it holds. */
  readonly events: number;
  /** SHA-256 of its events, hexadecimal. */
  readonly content: string;
  /** SHA-256 of the segment before and of this one: the head of the chain, as long as it is the last. */
  readonly head: string;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly sealedAt: number;
}

/** How much a ledger holds of one trial, and how far its upkeep is. */
export interface TrialStatistics {
  readonly fingerprint: string;
  /** Events in the ledger, also those that have been retired. */
  readonly events: number;
  /** Of them not yet in the sums. */
  readonly unfolded: number;
  /** Of them in no sealed segment yet. */
  readonly unsealed: number;
  readonly segments: number;
  /** First and last instant at which an event happened, milliseconds; null without events. */
  readonly firstAt: number | null;
  readonly lastAt: number | null;
}

/** The state of a ledger, without anything of a person. */
export interface StoreStatistics {
  /** What keeps it, such as `SQLite 3.53.2`. */
  readonly engine: string;
  /** The version of its schema; 0 where there is none. */
  readonly schema: number;
  /** On the disk, with what is not yet checkpointed; null when it is not known. */
  readonly bytes: number | null;
  /** In the order of `trials`. */
  readonly trials: readonly TrialStatistics[];
}

/** What became of the events of one append. */
export interface AppendReceipt {
  /** Now in the ledger and on the disk. */
  readonly accepted: number;
  /** Already in the ledger, saying the same. */
  readonly duplicate: number;
  /** Ids that are in the ledger but say something else there; the ledger is unchanged. */
  readonly conflicting: readonly string[];
}

/** Which events to read, in the order in which they were appended. */
export interface EventQuery {
  /** Fingerprint. */
  readonly trial: string;
  /** Only events after this place in the ledger. */
  readonly after?: number | undefined;
  readonly types?: readonly EventType[] | undefined;
  /** Only events that happened at or after this instant, milliseconds. */
  readonly since?: number | undefined;
}

/** An event with its place in the ledger. */
export interface SequencedEvent {
  readonly sequence: number;
  readonly event: TrialEvent;
}

/** The counts that are kept for each unit and day, of random assignments only. */
export interface Sums {
  /** Impressions that were returned or displayed. */
  readonly alerts: number;
  /** Openings of a chart with at least one such impression. */
  readonly alertsByOpening: number;
  /** Impressions that were not shown. */
  readonly silent: number;
  /** Alerts with an acceptance, or an order by click or tag, within the response window. */
  readonly accepted: number;
  /** Openings with such an alert. */
  readonly acceptedByOpening: number;
  /** Alerts with a dismissal within the response window. */
  readonly dismissed: number;
  /** Alerts that are counted both as accepted and as dismissed; acceptance takes precedence. */
  readonly acceptedAndDismissed: number;
  /** Alerts, shown or silent, followed by an order within the response window, by any route. */
  readonly ordered: number;
  /** Eligible patient-days: calendar days touched. */
  readonly calendarDays: number;
  /** Eligible patient-days: midnights present. */
  readonly midnightDays: number;
  /** Eligible patient-days: elapsed hours / 24. */
  readonly elapsedDays: number;
  /** Patient-days with at least one alert shown. It depends on the arm: never a denominator of a comparison. */
  readonly exposedDays: number;
}

/** Everything an estimator needs of one unit: its sums over the trial. */
export interface UnitSummary extends Sums {
  readonly unitId: string;
  readonly arm: string;
  /** As on the events; empty when the trial has no strata. */
  readonly stratum: string;
  /** Patients with at least one eligible patient-day. */
  readonly patients: number;
}

/** The sums of one unit, arm and stratum on one calendar day. */
export interface UnitDaySums extends Sums {
  readonly unitId: string;
  readonly arm: string;
  readonly stratum: string;
  /** `YYYY-MM-DD` in the trial's time zone; that of the alert for what answered it. */
  readonly day: string;
}

/** The sums of one arm on one calendar day. */
export interface DaySums extends Sums {
  readonly arm: string;
  /** `YYYY-MM-DD` in the trial's time zone. */
  readonly day: string;
}

/** What to count of a trial. */
export interface CountQuery {
  readonly counts: readonly LedgerCount[];
  /** The instant of the analysis, milliseconds: the windows of later alerts are still open. */
  readonly asOf: number;
}

/** Counts of one unit, arm and stratum, of random assignments only. */
export interface UnitCounts {
  readonly unitId: string;
  readonly arm: string;
  readonly stratum: string;
  /** In the order of the counts that were asked for. */
  readonly values: readonly number[];
}

/** How many alerts of an arm were first answered after a time. */
export interface DelayCount {
  readonly arm: string;
  /**
   * Milliseconds from the alert to its first answer, rounded up: to 0.1 s (at least) up to a minute, to 1 s up to
   * an hour, to a minute from there on. `null` where the answer is dated before the alert, because two
   * clocks disagree; 0 where it bears the very time of the alert, as when its own is not told.
   */
  readonly delay: number | null;
  readonly alerts: number;
}

/** How many events of a kind there are, random or not. */
export interface FlowCount {
  readonly type: EventType;
  /** The stage of impressions, and what deviated of deviations; else `null`. */
  readonly kind: string | null;
  readonly arm: string;
  readonly reason: Reason;
  readonly events: number;
}

/**
 * Where the events of trials are kept. Adapters are checked by one contract suite.
 *
 * Every promise of a write resolves when the data is on the disk and not before.
 */
export interface Store extends AsyncDisposable {
  /** Where it is, for messages. */
  readonly location: string;
  /** Of a store that forwards what it takes: how many events it has still to forward. */
  readonly state?: { readonly waiting: number } | undefined;
  /** The keyed hash of a person's id; never the id. */
  readonly pseudonym: Pseudonymizer;
  /**
   * Registers a trial; registering the same protocol again does nothing.
   *
   * @throws ProtocolMismatchError when another protocol is registered for this id and round
   */
  register(trial: Trial): Promise<void>;
  trials(): Promise<readonly RegisteredTrial[]>;
  /**
   * Keeps the list of a registered trial, or the amendments that stand behind it since. Keeping the
   * same list again does nothing, with fewer amendments too.
   *
   * @throws AllocationError when it is neither the list that is kept, nor that one with more or fewer
   *   amendments behind
   * @throws ProtocolMismatchError when its trial is not registered
   */
  keepAllocation(allocation: Allocation): Promise<void>;
  /** The list of a trial with all its amendments; undefined when none is kept. */
  allocation(fingerprint: string): Promise<Allocation | undefined>;
  /** Marks a trial as stopped from an instant on; the first stop stands. */
  stop(fingerprint: string, at: number): Promise<void>;
  /**
   * Appends events; all or none of one call. Idempotent by id.
   *
   * @throws ProtocolMismatchError when an event's trial is not registered
   */
  append(events: readonly TrialEvent[]): Promise<AppendReceipt>;
  find(id: string): Promise<TrialEvent | undefined>;
  read(query: EventQuery): AsyncIterable<SequencedEvent>;
  /** One row for each unit, arm and stratum, ordered by them; folds what is new first. */
  summaries(fingerprint: string): Promise<readonly UnitSummary[]>;
  /** One row for each unit, arm, stratum and day, ordered by them; folds what is new first. */
  unitDays(fingerprint: string): Promise<readonly UnitDaySums[]>;
  /** One row for each arm and day, ordered by day and arm. */
  days(fingerprint: string): Promise<readonly DaySums[]>;
  /**
   * Any counts, made from the events: one row for each unit, arm and stratum that has a firing or
   * patient-days, ordered by them. An answer is counted on its alert, and only if the ledger holds
   * the alert.
   *
   * It goes through all events of the trial, so ask from another process than the alert service's.
   */
  counts(fingerprint: string, query: CountQuery): Promise<readonly UnitCounts[]>;
  /** The response times of each arm, ordered by arm and time: random assignments, answers in time. */
  delays(fingerprint: string): Promise<readonly DelayCount[]>;
  /** Counts of all events, random or not. */
  flow(fingerprint: string): Promise<readonly FlowCount[]>;
  /**
   * Throws the sums away and makes them again from the events.
   *
   * @throws StoreUnusableError when the events of the trial were retired
   */
  rebuild(fingerprint: string): Promise<void>;
  /**
   * Seals what has been appended since the last segment. Publish the head that it returns outside of the
   * ledger, in a log or a file: who changes the events afterwards cannot change it.
   *
   * @returns the last segment; undefined when the trial has no events
   */
  seal(fingerprint: string): Promise<Segment | undefined>;
  /** The segments of a trial, in their order. */
  segments(fingerprint: string): Promise<readonly Segment[]>;
  /**
   * Removes the events of a trial for ever, once they are sealed and folded; a second time does nothing.
   * Its protocol, list, stop, segments and sums stand; `read` finds nothing any more, and what goes
   * through the events (`counts`, `delays`, `rebuild`) is refused, as are further events.
   *
   * @param at when it is done, milliseconds; by then the trial must have ended or been stopped, and its last
   *   response window passed
   * @throws StoreUnusableError while the trial is running
   */
  retire(fingerprint: string, at: number): Promise<void>;
  statistics(): Promise<StoreStatistics>;
  /**
   * By what a ledger recognises its key: from it the key cannot be found. Undefined when the ledger has
   * never been opened with one.
   */
  keyCheck(): Promise<string | undefined>;
  close(): Promise<void>;
}
