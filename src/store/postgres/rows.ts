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

const readable = eventColumns
  .map((name) => {
    if (name === 'trial') return 't.fingerprint';
    return name === 'unit_id' ? `NULLIF(e.unit_id, '')` : `e.${name}`;
  })
  .join(', ');

/** Adds rows, given as one array for each column, unless their ids are there; returns the ids added. */
export const insertRows: string = `INSERT INTO event (${columns})
SELECT ${columns}
FROM unnest(${eventColumns.map((name, index) => `$${index + 1}::${types[name] ?? 'text'}[]`).join(', ')})
  WITH ORDINALITY AS new (${columns}, place)
ORDER BY place
ON CONFLICT DO NOTHING RETURNING event_id`;

/** The stored rows of some ids, as `eventColumns`. */
export const selectRows: string = `SELECT ${columns} FROM event WHERE event_id = ANY($1)`;

/** The stored row of an id, with the fingerprint of its trial. */
export const findRow: string = `SELECT ${readable}
FROM event e JOIN trial t ON t.trial = e.trial WHERE e.event_id = $1`;

/**
 * A page of the events of a trial: their places and rows. Takes the trial, the place after which, the
 * last place, the earliest instant or null, the types or null, and how many.
 */
export const pageOfRows: string = `SELECT e.seq, ${readable}
FROM event e JOIN trial t ON t.trial = e.trial
WHERE e.trial = $1 AND e.seq > $2 AND e.seq <= $3
  AND ($4::int8 IS NULL OR e.at_ms >= $4) AND ($5::text[] IS NULL OR e.type = ANY($5))
ORDER BY e.seq LIMIT $6`;

/** The first place of a trial's events that happened at or after an instant; OFFSET has it use the times. */
export const firstSince = `SELECT MIN(seq) AS seq
FROM (SELECT seq FROM event WHERE trial = $1 AND at_ms >= $2 OFFSET 0) later`;

const unitColumn = eventColumns.indexOf('unit_id');

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
