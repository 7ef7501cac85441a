import type { SequencedEvent, Sums, UnitDaySums, UnitSummary } from '../port.ts';
import type { Cell } from '../row.ts';
import { eventColumns, toRow } from '../row.ts';

/** A column of a table that is exported. */
export interface Column {
  readonly name: string;
  readonly kind: 'text' | 'int32' | 'int64' | 'double';
  readonly nullable: boolean;
}

/** Columns with their cells, column by column. */
export interface Table {
  readonly columns: readonly Column[];
  readonly cells: readonly (readonly Cell[])[];
}

type EventColumn = (typeof eventColumns)[number];

function column(name: string, kind: Column['kind'], nullable = false): Column {
  return { name, kind, nullable };
}

// `randomized` is a number, as in every store: the queries that all engines share ask for 1. The day is
// what the files are partitioned by: readers take it from the path, and some refuse it in both places.
const columnOf: Readonly<Record<EventColumn, Column | undefined>> = {
  event_id: column('event_id', 'text'),
  trial: column('fingerprint', 'text'),
  received_ms: column('received_ms', 'int64'),
  type: column('type', 'text'),
  stage: column('stage', 'text', true),
  arm: column('arm', 'text'),
  randomized: column('randomized', 'int32'),
  reason: column('reason', 'text'),
  unit_id: column('unit_id', 'text', true),
  stratum: column('stratum', 'text'),
  at_ms: column('at_ms', 'int64'),
  event_day: undefined,
  alert_day: column('alert_day', 'text', true),
  patient: column('patient', 'text', true),
  practice: column('practice', 'text', true),
  clinician: column('clinician', 'text', true),
  encounter: column('encounter', 'text', true),
  impression_id: column('impression_id', 'text', true),
  opening_id: column('opening_id', 'text', true),
  delay_ms: column('delay_ms', 'int64', true),
  route: column('route', 'text', true),
  calendar: column('calendar', 'double', true),
  midnight: column('midnight', 'double', true),
  elapsed: column('elapsed', 'double', true),
  detail: column('detail', 'text', true),
};

// In the order of `eventColumns`, without what is not exported.
const exported = eventColumns.flatMap((name, index) => {
  const described = columnOf[name];
  return described === undefined ? [] : [{ described, index }];
});

/** Events as the columns of `eventColumns`, behind their place in the ledger. */
export function eventTable(events: readonly SequencedEvent[]): Table {
  const places = events.map(({ sequence }) => sequence);
  const filled = exported.map(({ index }) => ({ index, cells: [] as Cell[] }));
  for (const { event } of events) {
    const row = toRow(event);
    for (const { index, cells } of filled) cells.push(row[index] ?? null);
  }
  return {
    columns: [column('seq', 'int64'), ...exported.map(({ described }) => described)],
    cells: [places, ...filled.map(({ cells }) => cells)],
  };
}

type SumsRow = Omit<UnitSummary, 'patients'>;

const sums: Readonly<Record<keyof Sums, Column>> = {
  alerts: column('alerts', 'int64'),
  alertsByOpening: column('alerts_by_opening', 'int64'),
  silent: column('silent', 'int64'),
  accepted: column('accepted', 'int64'),
  acceptedByOpening: column('accepted_by_opening', 'int64'),
  dismissed: column('dismissed', 'int64'),
  acceptedAndDismissed: column('accepted_and_dismissed', 'int64'),
  ordered: column('ordered', 'int64'),
  calendarDays: column('calendar_days', 'double'),
  midnightDays: column('midnight_days', 'double'),
  elapsedDays: column('elapsed_days', 'double'),
  exposedDays: column('exposed_days', 'int64'),
};

const rowColumns: Readonly<Record<keyof SumsRow, Column>> = {
  unitId: column('unit_id', 'text'),
  arm: column('arm', 'text'),
  stratum: column('stratum', 'text'),
  ...sums,
};

function sumsTable<Row extends { readonly [name in keyof Row]: Cell }>(
  fingerprint: string,
  rows: readonly Row[],
  columns: Readonly<Record<keyof Row & string, Column>>,
): Table {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a record that is written here
  const names = Object.keys(columns) as (keyof Row & string)[];
  return {
    columns: [column('fingerprint', 'text'), ...names.map((name) => columns[name])],
    cells: [rows.map(() => fingerprint), ...names.map((name) => rows.map((row) => row[name]))],
  };
}

/** Unit summaries as columns. */
export function summaryTable(fingerprint: string, rows: readonly UnitSummary[]): Table {
  return sumsTable(fingerprint, rows, { ...rowColumns, patients: column('patients', 'int64') });
}

/** The sums of unit days as columns. */
export function unitDayTable(fingerprint: string, rows: readonly UnitDaySums[]): Table {
  return sumsTable(fingerprint, rows, { ...rowColumns, day: column('day', 'text') });
}
