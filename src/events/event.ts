import type { Reason } from '../trial/reason.ts';

/** A code of a terminology, as in FHIR and CDS Hooks. */
export interface Coding {
  readonly system?: string | undefined;
  readonly code: string;
  readonly display?: string | undefined;
}

/** How far a firing is known to have got: returned to the EHR, displayed, or not shown at all. */
export type Stage = 'returned' | 'displayed' | 'silent';

/** How an order is known to belong to an alert: accepted on the card, tagged, or seen within the window. */
export type OrderRoute = 'click' | 'tag' | 'window';

/** What every row of the ledger carries, so that no metric needs a join. Ids of persons are pseudonyms. */
export interface EventBase {
  /** UUID; v7 for what happens here, v5 of the natural key for what is imported. */
  readonly id: string;
  /** Fingerprint of the protocol. */
  readonly trial: string;
  readonly arm: string;
  readonly randomized: boolean;
  readonly reason: Reason;
  /** The unit of randomisation; `null` when it was not known. */
  readonly unitId: string | null;
  readonly patient?: string | undefined;
  readonly practice?: string | undefined;
  readonly clinician?: string | undefined;
  readonly encounter?: string | undefined;
  /** Values of the trial's strata, as `name=value` joined by `;` in protocol order; empty when there are none. */
  readonly stratum: string;
  /** When it happened, milliseconds since 1970-01-01T00:00Z. */
  readonly at: number;
  /** The calendar day of `at` in the trial's time zone, `YYYY-MM-DD`. */
  readonly day: string;
  /** When the ledger's side learnt of it, milliseconds. */
  readonly receivedAt: number;
}

/** One firing of the alert. */
export interface Impression extends EventBase {
  readonly type: 'impression';
  readonly stage: Stage;
  /** The alert that fired, such as the id of its CDS service. */
  readonly alert: string;
  /** The impression that began this opening of the chart: its own id unless it is a repeat. */
  readonly opening: string;
}

/** What every answer to an alert copies from its impression. */
export interface AnswerBase extends EventBase {
  /** Id of the impression that was answered. */
  readonly impression: string;
  /** `opening` of that impression. */
  readonly opening: string;
  /** `day` of that impression: answers are counted on the day of their alert. */
  readonly alertDay: string;
  /** Milliseconds from the alert to the answer; negative when two clocks disagree. */
  readonly delay: number;
}

/** The alert was overridden. */
export interface Dismissal extends AnswerBase {
  readonly type: 'dismissal';
  readonly override?: Coding | undefined;
}

/** A suggestion of the alert was accepted. */
export interface Acceptance extends AnswerBase {
  readonly type: 'acceptance';
  /** Id of the suggestion. */
  readonly suggestion?: string | undefined;
}

/** An order that the alert led to. */
export interface AcceptedOrder extends AnswerBase {
  readonly type: 'order';
  readonly route: OrderRoute;
  readonly order?: Coding | undefined;
}

/**
 * One patient's time at risk of the alert on one calendar day, in each way of counting it; or, as an
 * amendment, by how much that has turned out to be more or less. What holds is the sum of both.
 */
export interface PatientDays extends EventBase {
  readonly type: 'patient-days';
  readonly patient: string;
  /** 1 for a calendar day touched; of an amendment the difference, from -1 to 1. */
  readonly calendar: number;
  /**
   * 1 when the patient was present at the midnight that ends the day, else 0; of an amendment the
   * difference, from -1 to 1.
   */
  readonly midnight: number;
  /** Hours present / 24; of an amendment the difference. */
  readonly elapsed: number;
  /**
   * Of an amendment, the id of the first event of this patient and day. An amendment has the
   * assignment, the instant and the day of that event.
   */
  readonly amends?: string | undefined;
}

/** Something that departed from the protocol, such as a fault in an arm's code. */
export interface Deviation extends EventBase {
  readonly type: 'deviation';
  /** A short code, such as `arm-failed`. */
  readonly what: string;
}

/** Events that could not be recorded, counted so that the analysis can say so. */
export interface Gap extends EventBase {
  readonly type: 'gap';
  /** First and last instant of what is missing, milliseconds. */
  readonly from: number;
  readonly to: number;
  /** How many events are missing. */
  readonly count: number;
}

/** Anything that the ledger holds. */
export type TrialEvent =
  Impression | Dismissal | Acceptance | AcceptedOrder | PatientDays | Deviation | Gap;

export type EventType = TrialEvent['type'];
