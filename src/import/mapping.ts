import type { RowFormat } from './rows.ts';

/** What a code of an extract means. */
export type CodeMeaning =
  /** Returned to the record system; whether it was shown is not known. */
  | 'returned'
  /** Shown, and nothing more is known. */
  | 'displayed'
  /** It would have fired and was not shown, because the arm is silent. */
  | 'silent'
  /** Shown, and overridden. */
  | 'overridden'
  /** Shown, and accepted. */
  | 'accepted'
  /** Not a firing: why, in a word or two. It is counted. */
  | { readonly drop: string };

/** A condition on a row, before anything else is read of it. What does not meet it is dropped, and counted. */
export type Condition = {
  readonly column: string;
  /** Why a row is dropped by it, in a word or two; default its column. */
  readonly why?: string | undefined;
} & (
  | { readonly in: readonly string[] }
  | { readonly not: readonly string[] }
  | { readonly empty: boolean }
);

/** The name of a column; or of several, whose texts are read together. */
export type ColumnNames = string | readonly string[];

/** Which column of an extract is what. All ids are as the extract has them; persons are pseudonymised. */
export interface AlertLogColumns {
  /** What tells one showing of the alert from all others. Rows with the same are one showing. */
  readonly key: ColumnNames;
  /** When it was shown: one column, or one of days and one of times. */
  readonly time: ColumnNames;
  readonly patient?: string | undefined;
  readonly clinician?: string | undefined;
  readonly encounter?: string | undefined;
  readonly practice?: string | undefined;
  /** The trial's strata: their names, and each one's column. */
  readonly strata?: Readonly<Record<string, string>> | undefined;
  /** Which alert it was. */
  readonly alert?: string | undefined;
  /** Which arm was shown, where the record system knows that; see `arms`. */
  readonly arm?: string | undefined;
  /** What became of it; see `codes`. */
  readonly code?: string | undefined;
  /** The coded reason of an override. Free text is never read. */
  readonly overrideReason?: string | undefined;
  /** The code of the order that was accepted. */
  readonly order?: string | undefined;
  /** When it was answered: one column, or one of days and one of times. Default: when it was shown. */
  readonly answeredAt?: ColumnNames | undefined;
}

/** A second file, each of whose rows belongs to many of the extract. What is kept of it stays in memory. */
export interface JoinedFile {
  /** The column of the extract that names the row of the other file. */
  readonly column: string;
  /** The column of the other file that is named there. */
  readonly key: string;
  /** Its columns that are taken over, as if they stood in the extract. */
  readonly columns: readonly string[];
  /** Which of its rows are kept; with none in it, a row of the extract is dropped. */
  readonly where?: readonly Condition[] | undefined;
}

/** How the rows of an extract become events. Plain JSON, to be printed, copied and changed. */
export interface AlertLogMapping {
  /** What it maps, in words. */
  readonly title?: string | undefined;
  /** What is not certain about it. */
  readonly notes?: readonly string[] | undefined;
  /** The record system: keys of two systems are never one. */
  readonly source: string;
  readonly format?: RowFormat | undefined;
  /** Of CSV. */
  readonly delimiter?: string | undefined;
  /** Texts that stand where nothing is known, such as `NULL`; default none but an empty one. */
  readonly missing?: readonly string[] | undefined;
  /** IANA name of the zone of the clocks that the times are from; `null` where every time has its offset. */
  readonly zone: string | null;
  /** How times are written; default `iso`. See `timeReader`. */
  readonly times?: string | readonly string[] | undefined;
  /** A time that clocks showed twice: rejected (the default), or taken as the earlier or the later. */
  readonly ambiguous?: 'reject' | 'earlier' | 'later' | undefined;
  readonly columns: AlertLogColumns;
  /** The alert, where no column names it. */
  readonly alert?: string | undefined;
  /** From what the alert's column holds to the alert: rows of others are dropped. Default: as it stands. */
  readonly alerts?: Readonly<Record<string, string>> | undefined;
  /** From what the arm's column holds to the arm of the trial. What is not in it is rejected. */
  readonly arms?: Readonly<Record<string, string>> | undefined;
  /** From each code to what it means; the empty text is a code too. What is not in it is rejected. */
  readonly codes?: Readonly<Record<string, CodeMeaning>> | undefined;
  /** Without a column of codes, what every row is; default `displayed`. */
  readonly meaning?: Exclude<CodeMeaning, { readonly drop: string }> | undefined;
  /** The code system of the reasons. */
  readonly overrideSystem?: string | undefined;
  /** The code system of the orders. */
  readonly orderSystem?: string | undefined;
  readonly where?: readonly Condition[] | undefined;
  readonly join?: JoinedFile | undefined;
}
