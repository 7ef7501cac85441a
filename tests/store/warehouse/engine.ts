import type { TrialEvent } from '../../../src/events/event.ts';
import { eventColumns, toRow } from '../../../src/store/row.ts';
import type { Dialect, WarehouseQuery } from '../../../src/store/warehouse/index.ts';

/** A running engine that keeps events in a table, in the columns of an export. */
export interface Engine {
  readonly dialect: Dialect;
  /** What stands after FROM. */
  readonly table: string;
  readonly load: (events: readonly TrialEvent[]) => Promise<void>;
  readonly query: WarehouseQuery;
  readonly close: () => Promise<void>;
}

const names = eventColumns.map((name) => (name === 'trial' ? 'fingerprint' : name));

const fractions: ReadonlySet<string> = new Set(['calendar', 'midnight', 'elapsed']);
const wholes: ReadonlySet<string> = new Set(['received_ms', 'randomized', 'at_ms', 'delay_ms']);

/** The columns of the table of events, as a statement that makes the table needs them. */
export function tableColumns(
  types: { readonly text: string; readonly whole: string; readonly fraction: string } = {
    text: 'TEXT',
    whole: 'BIGINT',
    fraction: 'DOUBLE PRECISION',
  },
): string {
  const typeOf = (name: string): string =>
    fractions.has(name) ? types.fraction : wholes.has(name) ? types.whole : types.text;
  return names.map((name) => `${name} ${typeOf(name)}`).join(', ');
}

/** Events as the rows of an INSERT. */
export function valuesOf(events: readonly TrialEvent[], { text }: Dialect): string {
  const cell = (value: string | number | null): string =>
    value === null ? 'NULL' : typeof value === 'number' ? String(value) : text(value);
  return events.map((event) => `(${toRow(event).map(cell).join(', ')})`).join(', ');
}
