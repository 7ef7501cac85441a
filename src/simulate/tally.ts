/** Which answer of which card the service has acknowledged: `card uuid` and outcome, with a space between. */
export type Acknowledged = ReadonlySet<string>;

/** What happened while a clinic lived its weeks, as the record system saw it. */
export interface RunTally {
  /** `gave-up`: the service did not answer for too long; `aborted`: the caller's signal. */
  readonly ended: 'complete' | 'aborted' | 'gave-up';
  /** Calls of the alert service that were tried. */
  readonly calls: number;
  /** Calls answered with cards or with none. */
  readonly answered: number;
  /** Calls that no answer came to, or a server error, or something that is no answer with cards. */
  readonly failed: number;
  /** Calls refused with a status from 400 to 499. */
  readonly refused: number;
  /** Cards shown, by their summary. */
  readonly shown: Readonly<Record<string, number>>;
  readonly feedback: {
    /** Answers that clinicians gave in time or late, repeated reports not counted. */
    readonly answers: number;
    /** Answers that could not be reported, as card or suggestion had no uuid. */
    readonly unreportable: number;
    /** Feedback calls that were tried. */
    readonly calls: number;
    /** Reports that the service answered with a status from 200 to 299, repeated ones counted. */
    readonly acknowledged: number;
    /** Reports refused with a status from 400 to 499, but for 408 and 429. */
    readonly refused: number;
    /** Feedback calls that failed and were tried again later. */
    readonly retried: number;
    /** Reports that had still not been acknowledged when the run ended. */
    readonly abandoned: number;
  };
  /** Each acknowledged answer: none of them may be missing from a ledger. */
  readonly acknowledged: Acknowledged;
  /** Real time, milliseconds. */
  readonly elapsed: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A tally that can be added to. */
export type OpenTally = Mutable<Omit<RunTally, 'shown' | 'feedback' | 'acknowledged'>> & {
  readonly shown: Record<string, number>;
  readonly feedback: Mutable<RunTally['feedback']>;
  readonly acknowledged: Set<string>;
};

/** A tally of nothing. */
export function openTally(): OpenTally {
  return {
    ended: 'complete',
    calls: 0,
    answered: 0,
    failed: 0,
    refused: 0,
    shown: {},
    feedback: {
      answers: 0,
      unreportable: 0,
      calls: 0,
      acknowledged: 0,
      refused: 0,
      retried: 0,
      abandoned: 0,
    },
    acknowledged: new Set(),
    elapsed: 0,
  };
}
