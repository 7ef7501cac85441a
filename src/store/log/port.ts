import type { AssignOptions, Assignment } from '../../allocation/assign.ts';
import type { Subject } from '../../allocation/subject.ts';
import type { RapidcycleError } from '../../errors.ts';
import type { Coding, OrderRoute, Stage } from '../../events/event.ts';
import type { Protocol } from '../../trial/protocol.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Backfill } from './backfill-port.ts';

/** The ids of a subject as they may be written down: persons as pseudonyms. */
export interface RecordedIds {
  readonly patient?: string | undefined;
  readonly practice?: string | undefined;
  readonly clinician?: string | undefined;
  readonly encounter?: string | undefined;
}

/** An assignment whose ids have been replaced by pseudonyms: what a log gives, and what it takes. */
export interface LoggedAssignment<P extends Protocol = Protocol> extends Assignment<P> {
  readonly ids: RecordedIds;
  readonly stratum: string;
}

/**
 * What became of something that was logged.
 *
 * - `durable`: committed to the disk
 * - `duplicate`: was in the ledger already
 * - `unknown`: it answers an impression that the ledger does not hold
 * - `rejected`: malformed, or contradicts the ledger; `error` says why
 * - `lost`: could not be recorded; counted, and written as a gap as soon as the ledger works again
 */
export interface Settlement {
  readonly status: 'durable' | 'duplicate' | 'unknown' | 'rejected' | 'lost';
  readonly error?: RapidcycleError | undefined;
  /** Of patient-days that are `durable`: whether they correct what stood in the ledger. */
  readonly amended?: boolean | undefined;
}

/** Something on its way into the ledger. */
export interface Recorded {
  readonly id: string;
  /** Never rejects, so that it may be left alone. */
  readonly settled: Promise<Settlement>;
}

/** An impression on its way into the ledger. */
export interface RecordedImpression extends Recorded {
  /** Whether the same clinician had opened the same chart within the repeat window before. */
  readonly repeat: boolean;
}

export interface ImpressionDetails {
  readonly stage: Stage;
  /** The alert that fired, such as the id of its CDS service. */
  readonly alert: string;
  /** Default: a new id. */
  readonly id?: string | undefined;
  /** Milliseconds; default now. */
  readonly at?: number | undefined;
}

export interface AnswerDetails {
  /** Milliseconds; default now. */
  readonly at?: number | undefined;
  /** Default: a new id. Give a derived one where the same answer may arrive again. */
  readonly id?: string | undefined;
}

export interface DismissalDetails extends AnswerDetails {
  readonly override?: Coding | undefined;
}

export interface AcceptanceDetails extends AnswerDetails {
  readonly suggestion?: string | undefined;
}

export interface OrderDetails extends AnswerDetails {
  readonly route: OrderRoute;
  readonly order?: Coding | undefined;
}

/** One patient's time at risk on one calendar day. */
export interface PatientDayDetails {
  /** `YYYY-MM-DD` in the trial's time zone. */
  readonly day: string;
  readonly calendar: number;
  readonly midnight: number;
  readonly elapsed: number;
}

/** How many events went which way since the log was opened. */
export interface LogCounters {
  readonly durable: number;
  readonly duplicate: number;
  readonly unknown: number;
  readonly rejected: number;
  readonly lost: number;
  /** Not settled yet. */
  readonly waiting: number;
  /** On the local disk and not in the server's ledger yet; 0 without a spool. */
  readonly spooled: number;
}

/**
 * The object that integrators hold: it assigns, and writes down what happened. No method throws,
 * waits, or does input or output in the caller's thread.
 */
export interface TrialLog<P extends Protocol = Protocol> extends AsyncDisposable {
  readonly trial: Trial<P>;
  readonly counters: LogCounters;
  /**
   * Assigns a subject by its pseudonyms. The ledger can then be replayed without the key, and the
   * arms cannot be foreseen without it. Use the same key wherever the trial runs.
   */
  assign(subject: Subject<P['unit']>, options?: Pick<AssignOptions, 'at'>): LoggedAssignment<P>;
  impression(assignment: LoggedAssignment<P>, details: ImpressionDetails): RecordedImpression;
  /** @param impression id of the impression that was answered */
  dismissal(impression: string, details?: DismissalDetails): Recorded;
  /** @param impression id of the impression that was answered */
  acceptance(impression: string, details?: AcceptanceDetails): Recorded;
  /** @param impression id of the impression that the order came from */
  acceptedOrder(impression: string, details: OrderDetails): Recorded;
  /**
   * Time at risk of a subject whose patient is known. The same day again is a duplicate where it says
   * the same, and else an amendment: from then on the sums say what was said last, nothing at all where
   * that is 0. Whatever is amended, the patient stays in the arm, unit and stratum of the first time.
   *
   * @returns the id of the first event of this patient and day, also when it is amended
   */
  patientDays(subject: Subject<P['unit']>, details: PatientDayDetails): Recorded;
  /** @param what a short code, such as `arm-failed` */
  deviation(
    assignment: LoggedAssignment<P>,
    what: string,
    details?: Pick<AnswerDetails, 'at'>,
  ): Recorded;
  /** A way into the ledger for what happened before, such as a record of alerts tells of it. */
  backfill(): Backfill<P>;
  /** Resolves when everything logged so far has settled. */
  flush(): Promise<void>;
  /** Flushes and ends the log; the store stays open. */
  close(): Promise<void>;
}
