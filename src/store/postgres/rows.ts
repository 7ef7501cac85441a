import { EventError } from '../../errors.ts';
import type { TrialEvent } from '../../events/event.ts';
import { checkEvent } from '../check.ts';
import type { Cell, Row } from '../row.ts';
import { eventColumns, toRow } from '../row.ts';

type Column = (typeof eventColumns)[number];

const types: Readonly<Partial<Record<Column, string>>> = {
  trial: 'int4',
  received_ms: 'int8',
  randomized: 'int4',
  at_ms: 'int8',
  delay_ms: 'int8',
  calendar: 'float8',
  midnight: 'float8',
  elapsed: 'float8',
};

const columns = eventColumns.join(', ');

const fieldOf = (name: Column): string =>
  name === 'unit_id' ? `NULLIF(e.unit_id, '')` : `e.${name}`;

const readable = (trial: string): string =>
  eventColumns.map((name) => (name === 'trial' ? trial : fieldOf(name))).join(', ');

const typeOf = (name: Column): string => types[name] ?? 'text';

/**
 * Adds rows, given as one array for each column, in their order, unless their ids are there; returns the
 * ids added.
 */
export const insertRows: string = `INSERT INTO event (seq, ${columns})
SELECT nextval('place'), ${columns}
FROM (
  SELECT ${columns}
  FROM unnest(${eventColumns.map((name, index) => `$${index + 1}::${typeOf(name)}[]`).join(', ')})
    WITH ORDINALITY AS new (${columns}, place)
  ORDER BY place
) new
ON CONFLICT DO NOTHING RETURNING event_id`;

/** As many places as are asked for. */
export const drawPlaces = `SELECT nextval('place') AS seq FROM generate_series(1, $1::int)`;

/**
 * Adds so many rows, given one after the other and each behind its place, and returns the ids added: for
 * an engine that spreads the table, where rows from a SELECT are told as added though they were there.
 */
export function insertPlacedRows(count: number): string {
  const casts = ['int8', ...eventColumns.map(typeOf)];
  const rows = Array.from({ length: count }, (_, row) => {
    const first = row * casts.length + 1;
    return `(${casts.map((cast, index) => `$${first + index}::${cast}`).join(', ')})`;
  });
  return `INSERT INTO event (seq, ${columns}) VALUES
${rows.join(',\n')}
ON CONFLICT DO NOTHING RETURNING event_id`;
}

/** Where ids stand already: takes them, and the trials that need not be looked at. */
export const selectHolders = `SELECT event_id, trial, unit_id
FROM event WHERE event_id = ANY($1) AND trial <> ALL($2::int4[])`;

/** The stored rows of some ids, as `eventColumns`. */
export const selectRows: string = `SELECT ${columns} FROM event WHERE event_id = ANY($1)`;

/** The stored row of an id. */
export const findRow: string = `SELECT ${readable('e.trial')} FROM event e WHERE e.event_id = $1`;

/**
 * A page of the events of a trial: their places and rows. Takes the trial, the place after which, the
 * last place, the earliest instant or null, the types or null, how many, and the trial's fingerprint.
 */
export const pageOfRows: string = `SELECT e.seq, ${readable('$7::text')}
FROM event e
WHERE e.trial = $1 AND e.seq > $2 AND e.seq <= $3
  AND ($4::int8 IS NULL OR e.at_ms >= $4) AND ($5::text[] IS NULL OR e.type = ANY($5))
ORDER BY e.seq LIMIT $6`;

/** The first place of a trial's events that happened at or after an instant; the sum has it use the times. */
export const firstSince = `SELECT MIN(seq + 0) AS seq FROM event WHERE trial = $1 AND at_ms >= $2`;

/** Where `unit_id` stands in a row. */
export const unitColumn: number = eventColumns.indexOf('unit_id');

function pathOfNul(content: unknown, path: string): string | undefined {
  if (typeof content === 'string') return content.includes('\0') ? path : undefined;
  if (typeof content !== 'object' || content === null) return undefined;
  for (const [name, part] of Object.entries(content)) {
    const found = pathOfNul(part, path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * An event as a row of the table, but for the number of its trial.
 *
 * @throws EventError when it is malformed, or holds U+0000, which PostgreSQL cannot keep
 */
export function rowOf(document: TrialEvent): Row {
  const event = checkEvent(document);
  const path = pathOfNul(event, '');
  if (path !== undefined) {
    throw new EventError([{ path, message: 'must not hold the character U+0000' }]);
  }
  return toRow(event).with(unitColumn, event.unitId ?? '');
}

/** Rows as one array for each column. */
export function byColumn(rows: readonly Row[]): readonly (readonly Cell[])[] {
  return eventColumns.map((_, index) => rows.map((row) => row[index] ?? null));
}
