import type { Condition } from '../mapping.ts';
import type { RowFormat } from '../rows.ts';

/**
 * Where a time stands in a row: `at` where that is filled, else `date` with `time` where that is filled,
 * else `date` alone. One of `at` and `date` is needed; `at` beside `date` is a column that may be missing.
 */
export interface TimeColumns {
  /** Day and time in one. */
  readonly at?: string | undefined;
  readonly date?: string | undefined;
  /** The time of day that belongs to `date`. */
  readonly time?: string | undefined;
}

/** How a table is written. Names of columns are found whatever their case. */
export interface TableMapping {
  /** What it maps, in words. */
  readonly title?: string | undefined;
  /** What is not certain about it. */
  readonly notes?: readonly string[] | undefined;
  /** Default: by the name of the file. */
  readonly format?: RowFormat | undefined;
  /** Of CSV; default by the name of the file. */
  readonly delimiter?: string | undefined;
  /** Texts that stand where nothing is known, such as `NULL`; default none but an empty one. */
  readonly missing?: readonly string[] | undefined;
  /** IANA name of the zone whose clocks the times were read from. */
  readonly zone: string;
  /** How times are written: `iso` (the default), or patterns such as `MM/DD/YYYY[ HH:mm]`. See `timeReader`. */
  readonly times?: string | readonly string[] | undefined;
  /**
   * What 00:00:00 in a column of day and time in one says: an `instant` (the default), or that only the
   * `day` is known, as the conventions of OMOP have it. In a column of days it is never a time.
   */
  readonly midnight?: 'instant' | 'day' | undefined;
  /** A row that does not meet all of them is left out, and counted. */
  readonly where?: readonly Condition[] | undefined;
}

/** The columns of a table of stays. */
export interface StayColumns {
  readonly patient: string;
  /** What tells a stay from every other one of the table; lines that are there twice are then found. */
  readonly key?: string | undefined;
  readonly practice?: string | undefined;
  readonly clinician?: string | undefined;
  readonly encounter?: string | undefined;
  /** The columns of the trial's strata, by their names in the protocol. */
  readonly strata?: Readonly<Record<string, string>> | undefined;
  readonly from: TimeColumns;
  /** Nothing in it: the stay lasts, see `openEnd`. */
  readonly to: TimeColumns;
}

/** How a table of visits or encounters tells of stays. It is data: print it, copy it and change it. */
export interface StayMapping extends TableMapping {
  readonly kind: 'stays';
  readonly columns: StayColumns;
  /** A stay without an end lasts until the `cut-off`, or is rejected. */
  readonly openEnd: 'cut-off' | 'reject';
  /** Whole days: a stay without an end that began longer before the cut-off is rejected; default none. */
  readonly longestOpenDays?: number | undefined;
  /**
   * A date without a time tells calendar days and midnights as well as an instant, but not the time that
   * elapsed. Such a row is rejected (`reject`), or time is counted from the midnight that begins the day
   * of admission to the midnight that begins the day of discharge (`nights`) or ends it (`days`).
   */
  readonly dateOnly: 'reject' | 'nights' | 'days';
  /** A time that clocks showed twice: rejected (the default), or taken as the earlier or the later. */
  readonly ambiguous?: 'reject' | 'earlier' | 'later' | undefined;
  /** Further columns, for `eligible`. */
  readonly keep?: readonly string[] | undefined;
}

/** A column of codes: all of one system, or of the systems that another column tells. */
export interface CodeColumn {
  readonly column: string;
  /** URI of the code system. */
  readonly system?: string | undefined;
  /** The column that tells the system. */
  readonly type?: string | undefined;
  /** URIs by what stands in `type`; several where it does not tell them apart. */
  readonly systems?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** What the statuses of orders mean. One that is in none of the lists makes its row a rejected one. */
export interface StatusColumn {
  readonly column: string;
  readonly placed: readonly string[];
  /** Placed, and cancelled or stopped afterwards. */
  readonly revoked?: readonly string[] | undefined;
  /** Never placed, such as drafts and mistakes. */
  readonly left?: readonly string[] | undefined;
}

/** The columns of a table of orders. */
export interface OrderColumns {
  readonly patient: string;
  /** What tells an order from every other one of the table. */
  readonly key: string;
  readonly encounter?: string | undefined;
  readonly placed: TimeColumns;
  /** The uuid of the card that an order names as its origin. */
  readonly tag?: string | undefined;
}

/** How a table tells of orders. It is data: print it, copy it and change it. */
export interface OrderMapping extends TableMapping {
  readonly kind: 'orders';
  /** Name of the table, such as `pcornet/PRESCRIBING`: keys of two tables may be the same. */
  readonly source: string;
  readonly columns: OrderColumns;
  readonly codes: readonly CodeColumn[];
  /** Default: every row was placed. */
  readonly status?: StatusColumn | undefined;
}
