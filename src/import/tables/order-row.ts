import type { Coding } from '../../events/event.ts';
import { impressionOfCard, isId } from '../../events/ids.ts';
import type { ToldOrder } from '../../intake/order-recorder.ts';
import { filterOf } from '../condition.ts';
import type { SourceRow } from '../rows.ts';
import type { Fields } from '../fields.ts';
import { emptier, fieldIn } from '../fields.ts';
import type { IdLookups } from '../identities.ts';
import { idIn } from '../identities.ts';
import type { CodeColumn, OrderMapping, StatusColumn } from './mapping.ts';
import { rowTimes } from './row-time.ts';

/** A code of what is ordered. */
export interface TableOrderCode extends Coding {
  /** As the mapping has it. */
  readonly system: string;
}

/** What a row of a table of orders comes to. */
export type OrderReading =
  | { readonly kind: 'order'; readonly patient: string; readonly order: ToldOrder }
  | { readonly kind: 'left out'; readonly reason: string }
  | { readonly kind: 'rejected'; readonly reason: string; readonly column?: string | undefined };

/** How rows of orders are read. */
export interface OrderReaderOptions {
  readonly mapping: OrderMapping;
  readonly ids: IdLookups;
  /** What is ordered. */
  readonly codes: readonly TableOrderCode[];
  /** How exact times are at best. */
  readonly precision: 'second' | 'minute';
  /** Whether there is an alert for a patient. */
  readonly knows: (patient: string) => boolean;
}

type CodeReader = (fields: Fields) => TableOrderCode | undefined;

/** Finds the code of an order among those that are asked for. */
function codeReader(columns: readonly CodeColumn[], codes: readonly TableOrderCode[]): CodeReader {
  const known = new Map<string, Map<string, TableOrderCode>>();
  for (const code of codes) {
    const system = known.get(code.system) ?? new Map<string, TableOrderCode>();
    known.set(code.system, system.set(code.code, code));
  }
  const readers = columns.map(({ column, system, type, systems = {} }): CodeReader => {
    const byType = new Map(Object.entries(systems));
    return (fields) => {
      const code = fieldIn(fields, column);
      if (code === '') return undefined;
      const told = type === undefined ? undefined : byType.get(fieldIn(fields, type));
      const of = system === undefined ? (told ?? []) : [system];
      const found = of.find((each) => known.get(each)?.has(code) === true);
      return found === undefined ? undefined : known.get(found)?.get(code);
    };
  });
  return (fields) => {
    for (const read of readers) {
      const code = read(fields);
      if (code !== undefined) return code;
    }
    return undefined;
  };
}

type Standing = 'placed' | 'revoked' | 'left';

/** Reads what became of an order; undefined when its status is in none of the lists. */
function statusReader(status: StatusColumn | undefined): (fields: Fields) => Standing | undefined {
  if (status === undefined) return () => 'placed';
  const { column, placed, revoked = [], left = [] } = status;
  const meanings = new Map<string, Standing>([
    ...placed.map((text) => [text, 'placed'] as const),
    ...revoked.map((text) => [text, 'revoked'] as const),
    ...left.map((text) => [text, 'left'] as const),
  ]);
  return (fields) => meanings.get(fieldIn(fields, column));
}

/** The impression whose card a row names; what is no uuid is a tag of nobody, and so is counted as one. */
function impressionIn(tag: string): string {
  const card = tag.replace(/^urn:uuid:/i, '').toLowerCase();
  return isId(card) ? impressionOfCard(card) : '';
}

/**
 * A reader of the rows of a table of orders. What costs little and leaves out much comes first, because a
 * table holds all orders of all patients.
 */
export function orderReader({
  mapping,
  ids,
  codes,
  precision,
  knows,
}: OrderReaderOptions): (row: SourceRow) => OrderReading {
  const { columns, source, status } = mapping;
  const emptied = emptier(mapping.missing);
  const leftOutBy = filterOf(mapping.where ?? []);
  const codeOf = codeReader(mapping.codes, codes);
  const standingOf = statusReader(status);
  const timeOf = rowTimes(mapping)(columns.placed);
  const placedColumn = columns.placed.at ?? columns.placed.date;
  const leastSpan = precision === 'minute' ? 60_000 : 1;
  const leaveOut = (reason: string): OrderReading => ({ kind: 'left out', reason });
  const reject = (column: string | undefined, reason: string): OrderReading => ({
    kind: 'rejected',
    column,
    reason,
  });

  return (row) => {
    const fields = emptied(row.fields);
    const other = leftOutBy(fields);
    if (other !== undefined) return leaveOut(other);
    const code = codeOf(fields);
    if (code === undefined) return leaveOut('another code');
    const { id: patient, missing } = idIn(fields, columns.patient, ids.patient);
    if (patient === undefined) {
      return missing === 'is not in the crosswalk'
        ? leaveOut('a patient who is not in the crosswalk')
        : reject(columns.patient, missing);
    }
    if (!knows(patient)) return leaveOut('a patient without an alert');
    const key = fieldIn(fields, columns.key);
    if (key === '' || !key.isWellFormed()) {
      return reject(columns.key, 'is empty or not well-formed: an order needs a key');
    }
    const standing = standingOf(fields);
    if (standing === undefined) {
      return reject(status?.column, 'is a status that the mapping does not have');
    }
    if (standing === 'left') return leaveOut('never placed');
    const time = timeOf(fields);
    if (time === undefined) return reject(placedColumn, 'is empty: an order needs a time');
    if ('reason' in time) return reject(time.column, time.reason);
    const { from, to, lasts } = time;
    const encounter =
      columns.encounter === undefined
        ? undefined
        : idIn(fields, columns.encounter, ids.encounter).id;
    const tag = columns.tag === undefined ? '' : fieldIn(fields, columns.tag);
    return {
      kind: 'order',
      patient,
      order: {
        key: `${source}/${key}`,
        from,
        to: Math.max(to, from + Math.max(lasts, leastSpan) - 1),
        encounter,
        code,
        revoked: standing === 'revoked',
        tag: tag === '' ? undefined : impressionIn(tag),
      },
    };
  };
}
