import { StoreUnusableError } from '../../errors.ts';
import type { EventType } from '../../events/event.ts';
import type { Reason } from '../../trial/reason.ts';
import { reasons } from '../../trial/reason.ts';
import { byBytes } from '../memory/sums.ts';
import type {
  DaySums,
  DelayCount,
  FlowCount,
  Sums,
  UnitCounts,
  UnitDaySums,
  UnitSummary,
} from '../port.ts';
import { noSums } from '../sums.ts';
import type { ResultRow, RowReader } from './result.ts';
import { readerOf } from './result.ts';

/** How the rows of a query are read. */
interface Form<Row> {
  /** What they are, in words. */
  readonly name: string;
  readonly read: (row: RowReader) => Row;
  /** Their order, in which no two are equal. */
  readonly order: (left: Row, right: Row) => number;
}

function rowsAs<Row>({ name, read, order }: Form<Row>, rows: readonly ResultRow[]): readonly Row[] {
  const all = rows
    .map((row, index) => read(readerOf(row, `Row ${index + 1} of the ${name}`)))
    .sort(order);
  if (all.some((row, index) => index > 0 && order(all[index - 1] ?? row, row) === 0)) {
    throw new StoreUnusableError(
      `the ${name} hold two rows of the same kind: give the rows of one query, once`,
    );
  }
  return all;
}

type Texts<K extends string> = Readonly<Record<K, string>>;

function by<K extends string>(
  ...columns: readonly K[]
): (left: Texts<K>, right: Texts<K>) => number {
  return (left, right) => {
    const column = columns.find((name) => left[name] !== right[name]);
    return column === undefined ? 0 : byBytes(left[column], right[column]);
  };
}

const times: ReadonlySet<keyof Sums> = new Set(['calendarDays', 'midnightDays', 'elapsedDays']);

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a literal
const sumNames = Object.keys(noSums) as unknown as readonly (keyof Sums)[];

function sumsIn(row: RowReader): Sums {
  const values = sumNames.map((name) => [
    name,
    times.has(name) ? row.number(name) : row.whole(name),
  ]);
  return { ...noSums, ...Object.fromEntries(values) };
}

const unitIn = ({ text }: RowReader): Pick<UnitSummary, 'unitId' | 'arm' | 'stratum'> => ({
  unitId: text('unit_id'),
  arm: text('arm'),
  stratum: text('stratum'),
});

/**
 * The unit summaries that a warehouse has returned, checked and put in order, as `analyze` takes them.
 * The columns are found by their names, in capitals or not; numbers may be texts or big integers.
 *
 * @throws StoreUnusableError when a column is missing or holds something else, or a unit comes twice in
 *   an arm and stratum
 */
export function unitRowsFrom(rows: readonly ResultRow[]): readonly UnitSummary[] {
  return rowsAs(
    {
      name: 'unit summaries',
      read: (row) => ({ ...unitIn(row), ...sumsIn(row), patients: row.whole('patients') }),
      order: by('unitId', 'arm', 'stratum'),
    },
    rows,
  );
}

/** The sums of unit days, as a warehouse has returned them. */
export function unitDaysFrom(rows: readonly ResultRow[]): readonly UnitDaySums[] {
  return rowsAs(
    {
      name: 'unit days',
      read: (row) => ({ ...unitIn(row), day: row.day('day'), ...sumsIn(row) }),
      order: by('unitId', 'arm', 'stratum', 'day'),
    },
    rows,
  );
}

/** The sums of days, as a warehouse has returned them. */
export function daysFrom(rows: readonly ResultRow[]): readonly DaySums[] {
  return rowsAs(
    {
      name: 'days',
      read: (row) => ({ arm: row.text('arm'), day: row.day('day'), ...sumsIn(row) }),
      order: by('day', 'arm'),
    },
    rows,
  );
}

const types: Readonly<Record<EventType, true>> = {
  impression: true,
  dismissal: true,
  acceptance: true,
  order: true,
  'patient-days': true,
  deviation: true,
  gap: true,
};

const isType = (text: string): text is EventType => Object.hasOwn(types, text);
const isReason = (text: string): text is Reason => reasons.some((reason) => reason === text);

function flowIn({ text, optionalText, whole }: RowReader): FlowCount {
  const type = text('type');
  const reason = text('reason');
  if (!isType(type) || !isReason(reason)) {
    throw new StoreUnusableError(
      'the table holds events of a type or reason that is not known: was it written by a newer version?',
    );
  }
  const kind = optionalText('kind') ?? null;
  return { type, kind, arm: text('arm'), reason, events: whole('events') };
}

/** The counts of events by their kind, as a warehouse has returned them. */
export function flowFrom(rows: readonly ResultRow[]): readonly FlowCount[] {
  const order = by('type', 'kind', 'arm', 'reason');
  const texts = (row: FlowCount): Parameters<typeof order>[0] => ({ ...row, kind: row.kind ?? '' });
  return rowsAs(
    {
      name: 'counts of events',
      read: flowIn,
      order: (left, right) => order(texts(left), texts(right)),
    },
    rows,
  );
}

/** The response times, as a warehouse has returned them. */
export function delaysFrom(rows: readonly ResultRow[]): readonly DelayCount[] {
  return rowsAs(
    {
      name: 'response times',
      read: ({ text, whole, optionalWhole }) => ({
        arm: text('arm'),
        delay: optionalWhole('delay'),
        alerts: whole('alerts'),
      }),
      order: (left, right) =>
        byBytes(left.arm, right.arm) || (left.delay ?? -1) - (right.delay ?? -1),
    },
    rows,
  );
}

/** Some counts, as a warehouse has returned them. */
export function countsFrom(
  rows: readonly ResultRow[],
  { counts }: { readonly counts: number },
): readonly UnitCounts[] {
  return rowsAs(
    {
      name: 'counts',
      read: (row) => ({
        ...unitIn(row),
        values: Array.from({ length: counts }, (_, index) => row.number(`n${index}`)),
      }),
      order: by('unitId', 'arm', 'stratum'),
    },
    rows,
  );
}
