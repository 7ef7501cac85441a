import { eventColumns } from './row.ts';

/** Marks a file as a ledger of this package: `RCLE`. */
export const applicationId = 0x52_43_4c_45;

/** The version of the schema; a ledger of a newer one is refused. */
export const schemaVersion = 2;

function appendOnly(table: string): string {
  return `
CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table}
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table}
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;`;
}

/** Lists of trials: a row for the list as it was made and one for each time that it was amended. */
const allocations = `
CREATE TABLE allocation (
  trial INTEGER NOT NULL REFERENCES trial,
  amendments INTEGER NOT NULL,
  checksum TEXT NOT NULL,
  document TEXT NOT NULL,
  kept_ms INTEGER NOT NULL,
  PRIMARY KEY (trial, amendments)
) STRICT;
${appendOnly('allocation')}
`;

/** For each version of the schema what makes the next one of it. */
export const upgrades: Readonly<Record<number, string>> = { 1: allocations };

/**
 * The tables. `trial`, `stop`, `allocation`, `meta` and `event` are what happened and are only ever added to; all
 * others are made from `event` and can be thrown away.
 */
export const schema: string = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
${appendOnly('meta')}

CREATE TABLE trial (
  trial INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,
  id TEXT NOT NULL,
  round INTEGER NOT NULL,
  protocol TEXT NOT NULL,
  response_window_ms INTEGER NOT NULL,
  registered_ms INTEGER NOT NULL,
  UNIQUE (id, round)
) STRICT;
${appendOnly('trial')}

CREATE TABLE stop (trial INTEGER PRIMARY KEY REFERENCES trial, stopped_ms INTEGER NOT NULL) STRICT;
${appendOnly('stop')}

${allocations}
CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL UNIQUE,
  trial INTEGER NOT NULL REFERENCES trial,
  received_ms INTEGER NOT NULL,
  type TEXT NOT NULL,
  stage TEXT,
  arm TEXT NOT NULL,
  randomized INTEGER NOT NULL CHECK (randomized = 0 OR unit_id IS NOT NULL),
  reason TEXT NOT NULL,
  unit_id TEXT,
  stratum TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  event_day TEXT NOT NULL,
  alert_day TEXT,
  patient TEXT,
  practice TEXT,
  clinician TEXT,
  encounter TEXT,
  impression_id TEXT,
  opening_id TEXT,
  delay_ms INTEGER,
  route TEXT,
  calendar REAL,
  midnight REAL,
  elapsed REAL,
  detail TEXT
) STRICT;
CREATE INDEX event_time ON event (trial, at_ms);
${appendOnly('event')}

CREATE TABLE watermark (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO watermark VALUES ('sums', 0);

CREATE TABLE flow (
  trial INTEGER NOT NULL,
  type TEXT NOT NULL,
  kind TEXT NOT NULL,
  arm TEXT NOT NULL,
  reason TEXT NOT NULL,
  events INTEGER NOT NULL,
  PRIMARY KEY (trial, type, kind, arm, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE cell (
  cell INTEGER PRIMARY KEY,
  trial INTEGER NOT NULL,
  unit_id TEXT NOT NULL,
  arm TEXT NOT NULL,
  stratum TEXT NOT NULL,
  UNIQUE (trial, unit_id, arm, stratum)
) STRICT;

CREATE TABLE unit_day (
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
  exposed_days INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (day, cell)
) STRICT, WITHOUT ROWID;

CREATE TABLE answered (
  impression_id TEXT NOT NULL,
  cell INTEGER NOT NULL,
  day TEXT NOT NULL,
  accepted INTEGER NOT NULL,
  dismissed INTEGER NOT NULL,
  ordered INTEGER NOT NULL,
  PRIMARY KEY (impression_id, cell, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE opened (
  opening_id TEXT NOT NULL,
  cell INTEGER NOT NULL,
  shown_day TEXT,
  accepted_day TEXT,
  PRIMARY KEY (opening_id, cell)
) STRICT, WITHOUT ROWID;

CREATE TABLE exposed (
  cell INTEGER NOT NULL,
  day TEXT NOT NULL,
  patient TEXT NOT NULL,
  PRIMARY KEY (day, cell, patient)
) STRICT, WITHOUT ROWID;

CREATE TABLE at_risk (
  cell INTEGER NOT NULL,
  patient TEXT NOT NULL,
  PRIMARY KEY (cell, patient)
) STRICT, WITHOUT ROWID;
`;

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
`;

const columns = eventColumns.join(', ');

/** Adds one event, unless its id is there already. */
export const insertEvent: string = `INSERT INTO event (${columns})
VALUES (${eventColumns.map(() => '?').join(', ')}) ON CONFLICT (event_id) DO NOTHING`;

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

/** The first place of a trial's events that happened at or after an instant. */
export const firstSince = `SELECT MIN(seq) AS seq
FROM event INDEXED BY event_time WHERE trial = ? AND at_ms >= ?`;
