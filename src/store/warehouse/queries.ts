import type { Trial } from '../../trial/trial.ts';
import { countStatement } from '../counts/count-sql.ts';
import { selectDelays } from '../counts/delay-sql.ts';
import type { CountQuery } from '../port.ts';
import { eventColumns } from '../row.ts';
import { timedCount } from '../counts/timed-count.ts';
import type { Dialect } from './dialect.ts';
import type { EventSource } from './event-sql.ts';
import { namedColumns } from './event-sql.ts';
import { selectDays, selectFlow, selectSummaries, selectUnitDays } from './sums-sql.ts';

/** Where a warehouse keeps events, and what SQL it speaks. */
export interface WarehouseOptions {
  readonly dialect: Dialect;
  /**
   * What stands after FROM, taken over as it is: the name of a table or a view, or an expression such
   * as `read_parquet('events/*.parquet')`. Its columns are those of an export of events: `fingerprint`
   * tells the trial, `randomized` is 1 or 0, `event_day` is a text, and what is not known is NULL. Texts
   * must compare by their bytes, so on MySQL and SQL Server give the columns a binary collation.
   */
  readonly table: string;
  /**
   * Whether the table can hold an event more than once, as it can where no key is enforced; then each
   * counts once. Default false.
   */
  readonly deduplicate?: boolean | undefined;
}

/** The read queries of a trial, as texts without parameters. */
export interface WarehouseQueries {
  /** One row for each unit, arm and stratum: what an analysis needs. */
  readonly summaries: string;
  /** One row for each unit, arm, stratum and day. */
  readonly unitDays: string;
  /** One row for each arm and day. */
  readonly days: string;
  /** One row for each kind of event. */
  readonly flow: string;
  /** One row for each arm and response time. */
  readonly delays: string;
  /**
   * Any counts: one row for each unit, arm and stratum, with `n0`, `n1` … in the order of the counts.
   *
   * @throws RangeError when a code or the instant cannot be written in SQL
   */
  readonly counts: (query: CountQuery) => string;
}

// `practice` is asked for by no query, and the day on which an event came decides only between copies.
const unused: ReadonlySet<string> = new Set(['trial', 'practice', 'received_ms']);
const columns = ['fingerprint', ...eventColumns.filter((name) => !unused.has(name))];

const once = `WITH trial_event AS (
SELECT ${namedColumns('v', columns)}
FROM (
  SELECT ${namedColumns('u', columns)},
    ROW_NUMBER() OVER (PARTITION BY u.event_id ORDER BY u.received_ms) AS copy_number
  FROM :events u WHERE u.fingerprint = :trial
) v
WHERE v.copy_number = 1
)`;

/** Writes values for the names in a text, in one pass, so that nothing in a value is taken for a name. */
function fill(sql: string, values: Readonly<Record<string, string>>): string {
  return sql.replaceAll(/:([a-z]\w*)/gi, (name: string, key: string) => values[key] ?? name);
}

function instant(asOf: number): string {
  // Those of events are whole milliseconds.
  const whole = Math.ceil(asOf);
  if (Number.isSafeInteger(whole)) return String(whole);
  throw new RangeError('asOf must be an instant in milliseconds since 1970-01-01T00:00Z');
}

/**
 * The texts of the queries over events that a warehouse holds, for whoever runs them by hand; what they
 * give is read by `unitRowsFrom`.
 *
 * @throws RangeError when no table is named
 */
export function warehouseQueries(trial: Trial, options: WarehouseOptions): WarehouseQueries {
  const { dialect, table, deduplicate = false } = options;
  if (table.trim() === '') {
    throw new RangeError(
      'table is empty: name the table of events, or what stands for it after FROM',
    );
  }
  const source: EventSource = {
    dialect,
    events: deduplicate ? 'trial_event e' : ':events e',
    trial: 'e.fingerprint',
  };
  const write = (sql: string, values: Readonly<Record<string, string>> = {}): string =>
    fill(`${deduplicate ? once : ''}${sql}`, {
      events: table,
      trial: dialect.text(trial.fingerprint),
      window: String(trial.responseWindow),
      ...values,
    }).trim();
  return {
    summaries: write(selectSummaries(source)),
    unitDays: write(selectUnitDays(source)),
    days: write(selectDays(source)),
    flow: write(selectFlow(source)),
    delays: write(selectDelays(source)),
    counts: ({ counts, asOf }) => {
      const { sql, reasons } = countStatement(counts.map(timedCount), {
        responseWindow: trial.responseWindow,
        source,
      });
      const codes = Object.entries(reasons).map(([key, code]) => [key, dialect.text(code)]);
      return write(sql, { asOf: instant(asOf), ...Object.fromEntries(codes) });
    },
  };
}
