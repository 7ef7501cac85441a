/** The name in `meta` of the column by which the tables of events are spread over servers. */
export const distributedBy = 'distributed by';

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

const sums = `
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
  exposed_days ${count},`;

/**
 * Makes the partition of a trial. It runs as the owner of the schema, so that a service can register a
 * trial without owning anything; a service's own table, which can only be temporary, is no partition. The
 * partition is attached, which holds up neither readers nor appends.
 *
 * On one server an index of each partition holds that an id has one unit, and a trigger that events
 * stay as they are. A table that is spread over servers can have neither.
 */
const openTrial = `
CREATE FUNCTION open_trial(number INTEGER) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $body$
DECLARE
  partition TEXT := 'event_' || number;
BEGIN
  PERFORM FROM trial t WHERE t.trial = number FOR UPDATE;
  IF NOT FOUND OR to_regclass(quote_ident(current_schema()) || '.' || partition) IS NOT NULL
    OR EXISTS (SELECT FROM released r WHERE r.trial = number) THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE %I (LIKE event INCLUDING CONSTRAINTS INCLUDING INDEXES)', partition);
  IF NOT EXISTS (SELECT FROM meta m WHERE m.name = '${distributedBy}') THEN
    EXECUTE format('CREATE UNIQUE INDEX %I ON %I (event_id)', partition || '_once', partition);
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', partition);
  END IF;
  EXECUTE format('ALTER TABLE event ATTACH PARTITION %I FOR VALUES IN (%s)', partition, number);
END
$body$;
REVOKE ALL ON FUNCTION open_trial(INTEGER) FROM PUBLIC;`;

/**
 * The tables. `meta`, `trial`, `stop`, `allocation`, `segment`, `released` and `event` are what happened
 * and are only ever added to; all others are made from `event` and can be thrown away.
 *
 * Each trial has a partition of `event`, so that its events can be removed at once. An event without a
 * unit has the unit ''. The unit is in the key of everything that grows with the events, so that those
 * tables can be spread over servers by it; what is small stays where the services connect. The places of
 * events come from a sequence of its own for the same reason.
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

CREATE TABLE segment (
  trial INTEGER NOT NULL REFERENCES trial,
  number INTEGER NOT NULL,
  first_seq BIGINT NOT NULL,
  last_seq BIGINT NOT NULL,
  events INTEGER NOT NULL,
  content TEXT NOT NULL,
  head TEXT NOT NULL,
  sealed_ms BIGINT NOT NULL,
  PRIMARY KEY (trial, number)
);
${appendOnly('segment')}

CREATE TABLE released (trial INTEGER PRIMARY KEY REFERENCES trial, released_ms BIGINT NOT NULL);
${appendOnly('released')}

CREATE SEQUENCE place;

CREATE TABLE event (
  seq BIGINT NOT NULL,
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
  PRIMARY KEY (event_id, unit_id, trial),
  CHECK (randomized = 0 OR unit_id <> '')
) PARTITION BY LIST (trial);
CREATE INDEX event_place ON event (trial, seq);
CREATE INDEX event_time ON event (trial, at_ms);
${appendOnly('event')}
${openTrial}

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
  day ${id},${sums}
  PRIMARY KEY (trial, unit_id, arm, stratum, day)
);

CREATE TABLE unit_total (${cell}${sums}
  PRIMARY KEY (trial, unit_id, arm, stratum)
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
  calendar_ms ${count},
  midnight_ms ${count},
  elapsed_ms ${count},
  PRIMARY KEY (trial, unit_id, arm, stratum, patient)
);
`;

/** In their order; the version of the schema is that of the last. */
export const migrations: readonly Migration[] = [{ version: 1, sql: tables }];

/**
 * What a service may do: read everything, add to what happened, and keep the sums. The tables come last, as
 * Citus changes several servers at once for them, and each server by itself for all else.
 */
export function grantsTo(role: string): string {
  return `
GRANT EXECUTE ON FUNCTION open_trial(INTEGER) TO ${role};
GRANT USAGE ON SEQUENCE place TO ${role};
GRANT SELECT ON migration, released TO ${role};
GRANT SELECT, INSERT ON meta, trial, stop, allocation, segment, event TO ${role};
GRANT SELECT, INSERT, UPDATE, DELETE
  ON folded, flow, unit_day, unit_total, answered, opened, exposed, at_risk TO ${role};`;
}
