import { eventColumns } from '../row.ts';

/** Marks a file as a ledger of this package: `RCLE`. */
export const applicationId = 0x52_43_4c_45;

/** Tables of one connection, in memory, in which a fold gathers what is new. */
export const scratchSchema = `
CREATE TEMP TABLE new_answered (
  impression_id TEXT NOT NULL, cell INTEGER NOT NULL, day TEXT NOT NULL,
  accepted INTEGER NOT NULL, dismissed INTEGER NOT NULL, ordered INTEGER NOT NULL
);
CREATE TEMP TABLE new_opened (
  opening_id TEXT NOT NULL, cell INTEGER NOT NULL, shown_day TEXT, accepted_day TEXT
);
CREATE TEMP TABLE new_exposed (cell INTEGER NOT NULL, day TEXT NOT NULL, patient TEXT NOT NULL);
CREATE TEMP TABLE delta (
  cell INTEGER NOT NULL,
  day TEXT NOT NULL,
  alerts INTEGER NOT NULL DEFAULT 0,
  alerts_by_opening INTEGER NOT NULL DEFAULT 0,
  silent INTEGER NOT NULL DEFAULT 0,
  accepted INTEGER NOT NULL DEFAULT 0,
  accepted_by_opening INTEGER NOT NULL DEFAULT 0,
  dismissed INTEGER NOT NULL DEFAULT 0,
  accepted_and_dismissed INTEGER NOT NULL DEFAULT 0,
  ordered INTEGER NOT NULL DEFAULT 0,
  calendar_ms INTEGER NOT NULL DEFAULT 0,
  midnight_ms INTEGER NOT NULL DEFAULT 0,
  elapsed_ms INTEGER NOT NULL DEFAULT 0,
  exposed_days INTEGER NOT NULL DEFAULT 0
);
`;

const columns = eventColumns.join(', ');

/** Adds one event at a place, unless its id is there already. */
export const insertEvent: string = `INSERT INTO event (seq, ${columns})
VALUES (?, ${eventColumns.map(() => '?').join(', ')}) ON CONFLICT (event_id) DO NOTHING`;

/** The stored row of an id, as `eventColumns`. */
export const selectEvent: string = `SELECT ${columns} FROM event WHERE event_id = ?`;

const readable = eventColumns
  .map((name) => (name === 'trial' ? 't.fingerprint' : `e.${name}`))
  .join(', ');

/** The stored row of an id, with the fingerprint of its trial. */
export const findEvent: string = `SELECT ${readable}
FROM event e JOIN trial t ON t.trial = e.trial WHERE e.event_id = ?`;

/** A page of the events of a trial: their places and rows. */
export const pageOfEvents: string = `SELECT e.seq, ${readable}
FROM event e NOT INDEXED CROSS JOIN trial t
WHERE e.seq > :after AND e.seq <= :upTo AND e.trial = :trial AND t.trial = :trial
  AND (:since IS NULL OR e.at_ms >= :since)
  AND (:types IS NULL OR instr(:types, '|' || e.type || '|') > 0)
ORDER BY e.seq LIMIT :limit`;

/** A page of the events of all trials: their places and rows. */
export const pageOfAllEvents: string = `SELECT e.seq, ${readable}
FROM event e CROSS JOIN trial t ON t.trial = e.trial
WHERE e.seq > :after ORDER BY e.seq LIMIT :limit`;

/** The last place that holds an event, 0 when none does. */
export const selectLastPlace = 'SELECT COALESCE(MAX(seq), 0) FROM event';

/** The events of a trial between two places: their places and rows. */
export const rangeOfEvents: string = `SELECT e.seq, ${readable}
FROM event e NOT INDEXED CROSS JOIN trial t
WHERE e.seq > :after AND e.seq <= :upTo AND e.trial = :trial AND t.trial = :trial
ORDER BY e.seq`;
