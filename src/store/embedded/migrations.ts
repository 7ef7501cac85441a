function appendOnly(table: string): string {
  return `
CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table}
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table}
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;`;
}

// `trial`, `stop`, `meta` and `event` are what happened and are only ever added to; all others are made
// from `event`.
const events = `
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

// Lists of trials: a row for the list as it was made and one for each time that it was amended.
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

// An event goes only when `released` says so, and its place is never used again: SQLite by itself would
// give the highest places away a second time. The sums are made again: patients at risk have theirs now.
const upkeep = `
CREATE TABLE migration (
  version INTEGER PRIMARY KEY,
  checksum TEXT NOT NULL,
  applied_ms INTEGER
) STRICT;
${appendOnly('migration')}

CREATE TABLE segment (
  trial INTEGER NOT NULL REFERENCES trial,
  number INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  events INTEGER NOT NULL,
  content TEXT NOT NULL,
  head TEXT NOT NULL,
  sealed_ms INTEGER NOT NULL,
  PRIMARY KEY (trial, number)
) STRICT, WITHOUT ROWID;
${appendOnly('segment')}

CREATE TABLE released (
  trial INTEGER NOT NULL REFERENCES trial,
  up_to INTEGER NOT NULL,
  events INTEGER NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('retired', 'forwarded')),
  released_ms INTEGER NOT NULL,
  PRIMARY KEY (trial, up_to, reason)
) STRICT, WITHOUT ROWID;
CREATE INDEX released_place ON released (up_to);
CREATE UNIQUE INDEX released_once ON released (trial) WHERE reason = 'retired';
${appendOnly('released')}

CREATE TABLE forward (target TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE refused (seq INTEGER PRIMARY KEY) STRICT;

DROP TRIGGER event_no_delete;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
WHEN NOT EXISTS (SELECT 1 FROM released r WHERE r.trial = OLD.trial AND r.up_to >= OLD.seq)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER event_no_return AFTER INSERT ON event
WHEN NEW.seq <= (SELECT MAX(r.up_to) FROM released r)
  OR EXISTS (SELECT 1 FROM released r WHERE r.trial = NEW.trial AND r.reason = 'retired')
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: nothing comes where events were removed'); END;

DELETE FROM flow;
DELETE FROM cell;
DELETE FROM unit_day;
DELETE FROM answered;
DELETE FROM opened;
DELETE FROM exposed;
UPDATE watermark SET seq = 0;

DROP TABLE at_risk;
CREATE TABLE at_risk (
  cell INTEGER NOT NULL,
  patient TEXT NOT NULL,
  calendar_ms INTEGER NOT NULL,
  midnight_ms INTEGER NOT NULL,
  elapsed_ms INTEGER NOT NULL,
  PRIMARY KEY (cell, patient)
) STRICT, WITHOUT ROWID;

CREATE TABLE unit_total (
  cell INTEGER PRIMARY KEY,
  alerts INTEGER NOT NULL,
  alerts_by_opening INTEGER NOT NULL,
  silent INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  accepted_by_opening INTEGER NOT NULL,
  dismissed INTEGER NOT NULL,
  accepted_and_dismissed INTEGER NOT NULL,
  ordered INTEGER NOT NULL,
  calendar_ms INTEGER NOT NULL,
  midnight_ms INTEGER NOT NULL,
  elapsed_ms INTEGER NOT NULL,
  exposed_days INTEGER NOT NULL
) STRICT;
`;

// In place of an index of every instant, which cost a fifth of an append.
const stretches = `
CREATE TABLE stretch (
  trial INTEGER NOT NULL,
  stretch INTEGER NOT NULL,
  earliest_ms INTEGER NOT NULL,
  latest_ms INTEGER NOT NULL,
  PRIMARY KEY (trial, stretch)
) STRICT, WITHOUT ROWID;
INSERT INTO stretch
  SELECT trial, seq / 4096, MIN(at_ms), MAX(at_ms) FROM event NOT INDEXED GROUP BY 1, 2;
DROP INDEX event_time;
`;

/**
 * The steps that make the schema, in their order: step n makes version n. Ledgers keep the checksum of
 * each, so a step is never changed; a new one is put behind the last.
 *
 * The sums of a retired trial cannot be made again from its events: no step may throw sums away any more.
 */
export const migrations: readonly string[] = [events, allocations, upkeep, stretches];

/** The version of the schema; a ledger of a newer one is refused. */
export const schemaVersion: number = migrations.length;
