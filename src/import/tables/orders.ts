import { setImmediate } from 'node:timers/promises';
import { ImportError, messageOf } from '../../errors.ts';
import type { OrderCounts, OrderRecorderOptions, ToldOrder } from '../../intake/order-recorder.ts';
import { orderRecorder } from '../../intake/order-recorder.ts';
import { rehearsalOf } from '../../intake/rehearsal.ts';
import type { TrialLog } from '../../store/log/port.ts';
import type { Store } from '../../store/port.ts';
import { durationMilliseconds } from '../../trial/calendar.ts';
import type { Protocol } from '../../trial/protocol.ts';
import { alike } from './alike.ts';
import { grouping } from './grouping.ts';
import type { IdLookups } from '../identities.ts';
import type { OrderMapping } from './mapping.ts';
import { orderMappingFrom } from './mapping-schema.ts';
import type { TableOrderCode } from './order-row.ts';
import { orderReader } from './order-row.ts';
import type { RowCounts, Table, TableOptions } from './read-table.ts';
import { withTable } from './read-table.ts';
import { timeColumns } from './row-time.ts';

/** Which orders an alert asks for, and when they belong to it. A rule for FHIR resources will do. */
export interface TableOrderRule {
  /** An explicit list: no hierarchy is looked into. */
  readonly codes: readonly TableOrderCode[];
  /** How exact the times of the table are at best; default as they are written. */
  readonly precision?: 'second' | 'minute' | undefined;
  /** ISO 8601 duration after an alert, such as `PT24H`; default, and longest, the trial's response window. */
  readonly after?: string | undefined;
  /** ISO 8601 duration before the first alert of a patient, for the A/A comparison; default as `after`. */
  readonly before?: string | undefined;
  /** Whether an order belongs only to alerts of its own encounter; default false. */
  readonly sameEncounter?: boolean | undefined;
}

/** How to import orders. */
export interface OrderImportOptions
  extends TableOptions, Pick<OrderRecorderOptions, 'cutOff' | 'population'> {
  readonly mapping: OrderMapping;
  readonly rule: TableOrderRule;
  /** The store of the log. */
  readonly ledger: Pick<Store, 'pseudonym' | 'read' | 'find'>;
  /** The ids that alerts are served with, where those of the table are others. */
  readonly ids?: IdLookups | undefined;
}

/** What became of a table of orders. Orders of patients without an alert are left out. */
export interface OrderImportCounts extends RowCounts, OrderCounts {
  /** Patients with an alert and at least one order. */
  readonly patients: number;
  /** Whether nothing was written: then the counts say what would become of everything. */
  readonly dryRun: boolean;
}

/** An order as it waits for the others of its patient. */
interface KeptOrder extends ToldOrder {
  readonly line: number;
  /** Where there are several files. */
  readonly file?: string | undefined;
}

// Other work, such as showing the progress, comes in between.
const patientsAtOnce = 500;

function windowOf({
  codes,
  after,
  before,
  sameEncounter,
}: TableOrderRule): Pick<OrderRecorderOptions, 'after' | 'before' | 'sameEncounter'> {
  if (codes.length === 0) {
    throw new ImportError([{ path: 'rule.codes', message: 'must name at least one code' }]);
  }
  const milliseconds = (name: string, duration: string | undefined): number | undefined => {
    try {
      return duration === undefined ? undefined : durationMilliseconds(duration);
    } catch (cause) {
      const message = `must be an ISO 8601 duration such as PT24H (${messageOf(cause)})`;
      throw new ImportError([{ path: `rule.${name}`, message }], { cause });
    }
  };
  return {
    after: milliseconds('after', after),
    before: milliseconds('before', before),
    sameEncounter,
  };
}

function columnsOf({ columns, codes, status, where = [] }: OrderMapping): {
  readonly columns: readonly string[];
  readonly optional: readonly string[];
} {
  const { placed, ...ids } = columns;
  const times = timeColumns(placed);
  const names = [
    ...Object.values(ids),
    ...codes.flatMap(({ column, type }) => [column, type]),
    status?.column,
    ...where.map(({ column }) => column),
    ...times.columns,
  ];
  return { columns: names.filter((name) => name !== undefined), optional: times.optional };
}

const sayingOf = (order: KeptOrder): string =>
  JSON.stringify({ ...order, line: 0, file: '', revoked: false });

/**
 * Each order of a patient once. Rows that differ in their status only are its history: it was placed, and
 * revoked when one of them says so.
 */
function eachOnce(orders: readonly KeptOrder[]): {
  readonly told: readonly ToldOrder[];
  readonly contradicting: readonly KeptOrder[];
} {
  const told: ToldOrder[] = [];
  const contradicting: KeptOrder[] = [];
  for (const rows of alike(orders, ({ key }) => key)) {
    const [first] = rows;
    if (first === undefined || new Set(rows.map(sayingOf)).size > 1) contradicting.push(...rows);
    else told.push({ ...first, revoked: rows.some(({ revoked }) => revoked === true) });
  }
  return { told, contradicting };
}

/**
 * Reads a table of orders, such as PCORnet's PRESCRIBING or OMOP's drug_exposure, and logs those that
 * belong to an alert: see `orderRecorder`. The rows may come in any order and number, and in several files;
 * of a patient without an alert nothing is kept. It may be repeated, and gone on with after it was cut off:
 * telling the same orders again changes nothing. Rows that cannot be used are rejected, and the rest is
 * recorded.
 *
 * @throws ImportError when the mapping or the rule is malformed, or does not fit the table; what was logged
 *   before stays
 * @throws RangeError when a window is out of range
 */
export async function importOrders<P extends Protocol>(
  log: TrialLog<P>,
  file: string | readonly string[],
  options: OrderImportOptions,
): Promise<OrderImportCounts> {
  const { rule, ledger, ids = {}, dryRun = false, signal, cutOff, population } = options;
  const mapping = orderMappingFrom(options.mapping);
  const { key: keyColumn } = mapping.columns;
  const window = windowOf(rule);
  const patients = grouping<KeptOrder>({ temporary: options.temporary });

  const work = async (table: Table): Promise<OrderImportCounts> => {
    const recorder = await orderRecorder(dryRun ? rehearsalOf(log, { ledger }) : log, {
      ledger,
      ...window,
      cutOff,
      population,
    });
    const { codes, precision = 'second' } = rule;
    const knows = (patient: string): boolean => recorder.knows(patient);
    const read = orderReader({ mapping, ids, codes, precision, knows });
    for await (const batch of table.batches()) {
      for (const { row, file: part } of batch) {
        const { line } = row;
        const reading = read(row);
        if (reading.kind === 'order') {
          patients.add(reading.patient, { ...reading.order, line, file: part });
        } else if (reading.kind === 'left out') table.leaveOut(reading.reason);
        else {
          const { reason, column } = reading;
          table.reject({ line, reason, column, row: row.fields }, part);
        }
      }
    }
    let done = 0;
    try {
      for (const [patient, orders] of patients.groups()) {
        signal?.throwIfAborted();
        const { told, contradicting } = eachOnce(orders);
        for (const { line, file: part } of contradicting) {
          const reason = 'is of several rows that differ: an order is placed once';
          table.reject({ line, reason, column: keyColumn }, part);
        }
        await recorder.record(patient, told);
        if (told.length > 0) done += 1;
        if (done % patientsAtOnce === 0) {
          await setImmediate();
          table.show('recording', done);
        }
      }
    } finally {
      await recorder.settle();
    }
    table.show('recording', done);
    return { ...table.counts, ...recorder.counts, patients: done, dryRun };
  };

  try {
    const files = typeof file === 'string' ? [file] : file;
    // What cannot be read could be no order that is known.
    const onUnreadable = (): void => undefined;
    return await withTable(files, { mapping, ...columnsOf(mapping), onUnreadable, options }, work);
  } finally {
    patients.close();
  }
}
