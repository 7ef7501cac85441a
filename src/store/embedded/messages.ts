import type { Allocation } from '../../allocation/list/allocation.ts';
import type { Failure } from './failure.ts';
import type {
  AppendReceipt,
  DaySums,
  DelayCount,
  FlowCount,
  RegisteredTrial,
  Segment,
  StoreStatistics,
  UnitCounts,
  UnitDaySums,
  UnitSummary,
} from '../port.ts';
import type { Row } from '../row.ts';
import type { TimedCount } from '../counts/timed-count.ts';

/** What the writer needs to begin. */
export interface WriterSetup {
  readonly file: string;
  /** Milliseconds. */
  readonly busyTimeout: number;
  /** Whether no other process may hold the ledger for its service. */
  readonly service: boolean;
}

/** A trial on its way into the ledger. */
export interface Registration {
  readonly id: string;
  readonly round: number;
  readonly fingerprint: string;
  /** JSON. */
  readonly protocol: string;
  /** Milliseconds. */
  readonly responseWindow: number;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly registeredAt: number;
}

/** Which page of events to read. */
export interface PageQuery {
  readonly trial: string;
  readonly after: number;
  /** The last place to read; null for the last there is. */
  readonly upTo: number | null;
  readonly since: number | null;
  readonly types: readonly string[] | null;
  readonly limit: number;
}

/** What to count of which trial. */
export interface TimedCountQuery {
  readonly fingerprint: string;
  readonly counts: readonly TimedCount[];
  /** Milliseconds. */
  readonly asOf: number;
}

/** Rows of events, each behind its place, and the last place that the reading goes to. */
export interface Page {
  readonly rows: readonly (readonly [number, ...Row])[];
  readonly upTo: number;
}

/** How far a ledger has been forwarded to another. */
export interface Forwarded {
  /** The last place that has been dealt with; 0 for none. */
  readonly upTo: number;
  /** How many events wait behind it. */
  readonly waiting: number;
  /** When the ledger learnt of the first of them, milliseconds; null when none waits. */
  readonly oldest: number | null;
  /** How many events the other ledger can never take. */
  readonly refused: number;
}

/** What has been forwarded next. */
export interface ForwardedNext {
  /** The last place that has been dealt with. */
  readonly upTo: number;
  /** The places up to there that the other ledger can never take. */
  readonly refused: readonly number[];
}

/** What to remove of what has been forwarded. */
export interface DiscardQuery {
  /** Only what the ledger learnt of before this instant, milliseconds. */
  readonly before: number;
  /** The clock: what bears a later instant was dated by a wrong one, and is not kept for it. */
  readonly now: number;
  /** How many events at most. */
  readonly limit: number;
}

/** What became of one append. */
export type AppendOutcome = { readonly receipt: AppendReceipt } | { readonly failure: Failure };

/** The argument and the value of each request; its name is that of an operation of the ledger. */
export interface Requests {
  readonly keyCheck: readonly [undefined, string | undefined];
  readonly bindKey: readonly [string, void];
  readonly register: readonly [Registration, void];
  readonly trials: readonly [undefined, readonly RegisteredTrial[]];
  readonly keepAllocation: readonly [Allocation, void];
  readonly allocation: readonly [string, Allocation | undefined];
  readonly stop: readonly [{ readonly fingerprint: string; readonly at: number }, void];
  readonly find: readonly [string, Row | undefined];
  readonly page: readonly [PageQuery, Page];
  readonly summaries: readonly [string, readonly UnitSummary[]];
  readonly unitDays: readonly [string, readonly UnitDaySums[]];
  readonly days: readonly [string, readonly DaySums[]];
  readonly counts: readonly [TimedCountQuery, readonly UnitCounts[]];
  readonly delays: readonly [string, readonly DelayCount[]];
  readonly flow: readonly [string, readonly FlowCount[]];
  readonly rebuild: readonly [string, void];
  readonly seal: readonly [string, Segment | undefined];
  readonly segments: readonly [string, readonly Segment[]];
  readonly retire: readonly [{ readonly fingerprint: string; readonly at: number }, void];
  readonly statistics: readonly [undefined, StoreStatistics];
  readonly lastPlace: readonly [undefined, number];
  readonly forwarded: readonly [undefined, Forwarded];
  readonly markForwarded: readonly [ForwardedNext, number | null];
  readonly pageOfAll: readonly [{ readonly after: number; readonly limit: number }, Page['rows']];
  readonly discard: readonly [DiscardQuery, number];
  readonly close: readonly [undefined, void];
}

export type RequestName = keyof Requests;

/** For some requests what comes first: it takes the argument, does some of it, and tells whether there is more. */
export type Before = {
  readonly [N in RequestName]?: (argument: Requests[N][0]) => boolean;
};

/** One append on its way to the writer. */
export interface AppendCall {
  readonly call: number;
  readonly rows: readonly Row[];
}

/** One request on its way to the writer. */
export interface RequestCall {
  readonly call: number;
  readonly name: RequestName;
  readonly argument: unknown;
}

/** Calls that were made in one go. */
export interface Calls {
  readonly appends: readonly AppendCall[];
  readonly requests: readonly RequestCall[];
}

/** The answer to one call. */
export type Answer = { readonly call: number } & (
  { readonly value: unknown } | { readonly failure: Failure }
);

/** Answers to calls that were dealt with together. */
export interface Answers {
  /** The appends whose events were all added: that is nearly all, and short to say. */
  readonly added: readonly number[];
  readonly others: readonly Answer[];
}
