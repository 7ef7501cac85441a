/** A step from one version of the schema to the next. Once released it is never changed. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}

function appendOnly(table: string): string {
  return `
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();`;
}

// Ids compare by their bytes, in every database alike.
const id = 'TEXT COLLATE "C" NOT NULL';
const optionalId = 'TEXT COLLATE "C"';

/** What the sums are kept for. The unit is in every key, so that an engine can place rows by it. */
const cell = `
  trial INTEGER NOT NULL,
  unit_id ${id},
  arm ${id},
  stratum ${id},`;

const count = 'BIGINT NOT NULL DEFAULT 0';

/**
 * The tables. `meta`, `trial`, `stop`, `allocation` and `event` are what happened and are only ever
 * added to; all others are made from `event` and can be thrown away.
 *
 * An event without a unit has the unit ''. The key of `event` carries the unit, so that the table can
 * be spread over servers by it. On one server the index `event_once` also holds that an id has one
 * unit; an engine that spreads the table must do without it and catches an id that comes twice within
 * a unit.
 */
const tables = `
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation'; END
$body$;

CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
${appendOnly('meta')}

CREATE TABLE trial (
  trial INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE,
  id ${id},
  round INTEGER NOT NULL,
  protocol TEXT NOT NULL,
  response_window_ms BIGINT NOT NULL,
  registered_ms BIGINT NOT NULL,
  UNIQUE (id, round)
);
${appendOnly('trial')}

CREATE TABLE stop (trial INTEGER PRIMARY KEY REFERENCES trial, stopped_ms BIGINT NOT NULL);
${appendOnly('stop')}

CREATE TABLE allocation (
  trial INTEGER NOT NULL REFERENCES trial,
  amendments INTEGER NOT NULL,
  checksum TEXT NOT NULL,
  document TEXT NOT NULL,
  kept_ms BIGINT NOT NULL,
  PRIMARY KEY (trial, amendments)
);
${appendOnly('allocation')}

CREATE TABLE event (
  seq BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id ${id},
  trial INTEGER NOT NULL,
  received_ms BIGINT NOT NULL,
  type TEXT NOT NULL,
  stage TEXT,
  arm ${id},
  randomized INTEGER NOT NULL,
  reason ${id},
  unit_id ${id},
  stratum ${id},
  at_ms BIGINT NOT NULL,
  event_day ${id},
  alert_day ${optionalId},
  patient ${optionalId},
  practice ${optionalId},
  clinician ${optionalId},
  encounter ${optionalId},
  impression_id ${optionalId},
  opening_id ${optionalId},
  delay_ms BIGINT,
  route TEXT,
  calendar DOUBLE PRECISION,
  midnight DOUBLE PRECISION,
  elapsed DOUBLE PRECISION,
  detail TEXT,
  PRIMARY KEY (event_id, unit_id),
  CHECK (randomized = 0 OR unit_id <> '')
);
CREATE UNIQUE INDEX event_once ON event (event_id);
CREATE INDEX event_place ON event (trial, seq);
CREATE INDEX event_time ON event (trial, at_ms);
${appendOnly('event')}

CREATE TABLE folded (trial INTEGER PRIMARY KEY REFERENCES trial, seq BIGINT NOT NULL);

CREATE TABLE flow (
  trial INTEGER NOT NULL,
  unit_id ${id},
  arm ${id},
  type ${id},
  kind ${id},
  reason ${id},
  events BIGINT NOT NULL,
  PRIMARY KEY (trial, unit_id, arm, type, kind, reason)
);

CREATE TABLE unit_day (${cell}
  day ${id},
  alerts ${count},
  alerts_by_opening ${count},
  silent ${count},
  accepted ${count},
  accepted_by_opening ${count},
  dismissed ${count},
  accepted_and_dismissed ${count},
  ordered ${count},
  calendar_ms ${count},
  midnight_ms ${count},
  elapsed_ms ${count},
  exposed_days ${count},
  PRIMARY KEY (trial, unit_id, arm, stratum, day)
);

CREATE TABLE answered (${cell}
  impression_id ${id},
  day ${id},
  accepted INTEGER NOT NULL,
  dismissed INTEGER NOT NULL,
  ordered INTEGER NOT NULL,
  PRIMARY KEY (impression_id, unit_id, trial, arm, stratum, day)
);

CREATE TABLE opened (${cell}
  opening_id ${id},
  shown_day ${optionalId},
  accepted_day ${optionalId},
  PRIMARY KEY (opening_id, unit_id, trial, arm, stratum)
);

CREATE TABLE exposed (${cell}
  day ${id},
  patient ${id},
  PRIMARY KEY (trial, unit_id, arm, stratum, day, patient)
);

CREATE TABLE at_risk (${cell}
  patient ${id},
  PRIMARY KEY (trial, unit_id, arm, stratum, patient)
);
`;

/** In their order; the version of the schema is that of the last. */
export const migrations: readonly Migration[] = [{ version: 1, sql: tables }];

/** What a service may do: read everything, add to what happened, and keep the sums. */
export function grantsTo(role: string): string {
  return `
GRANT SELECT ON migration TO ${role};
GRANT SELECT, INSERT ON meta, trial, stop, allocation, event TO ${role};
GRANT SELECT, INSERT, UPDATE, DELETE
  ON folded, flow, unit_day, answered, opened, exposed, at_risk TO ${role};`;
}
