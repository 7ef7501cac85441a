/**
 * The statements of a fold, in their order. Each takes `:after` and `:upTo`, the range of places in
 * the ledger, and `:trial`, the number of a trial or null for all.
 *
 * What is distinct is decided by the keys of the state tables (`answered`, `opened`, `exposed`,
 * `at_risk`), and the sums, by day and in total, move by what a state has changed. So they depend on the set of events and
 * neither on their order nor on the batches in which they came.
 */
const range = `e.seq > :after AND e.seq <= :upTo AND (:trial IS NULL OR e.trial = :trial)`;

const inCell = `CROSS JOIN cell c
  ON c.trial = e.trial AND c.unit_id = e.unit_id AND c.arm = e.arm AND c.stratum = e.stratum`;

const shown = `(e.type = 'impression' AND e.stage IN ('returned', 'displayed'))`;

// An answer names its alert and so came after it, whatever two clocks say. An order that was only
// seen in the record may have come before.
const inWindow = `e.type IN ('dismissal', 'acceptance', 'order') AND e.delay_ms <= t.response_window_ms
  AND (e.route IS NOT 'window' OR e.delay_ms >= 0)`;

const accepting = `(e.type = 'acceptance' OR (e.type = 'order' AND e.route IN ('click', 'tag')))`;

// A fraction of a day is kept as whole milliseconds: sums of whole numbers do not depend on order. An
// amendment is a difference and may be negative; it is rounded as what it takes back was.
const milliseconds = (column: string): string =>
  `SUM(COALESCE(CAST(e.${column} * 86400000.0 + CASE WHEN e.${column} < 0 THEN -0.5 ELSE 0.5 END AS INTEGER), 0))`;

const summed = [
  'alerts',
  'alerts_by_opening',
  'silent',
  'accepted',
  'accepted_by_opening',
  'dismissed',
  'accepted_and_dismissed',
  'ordered',
  'calendar_ms',
  'midnight_ms',
  'elapsed_ms',
  'exposed_days',
] as const;

const add = (columns: readonly string[]): string =>
  `DO UPDATE SET ${columns.map((column) => `${column} = ${column} + excluded.${column}`).join(', ')}`;

const moveBy = (table: string, key: string): string => `
INSERT INTO ${table} (${key}, ${summed.join(', ')})
SELECT ${key}, ${summed.map((column) => `SUM(${column})`).join(', ')}
FROM delta GROUP BY ${key}
ON CONFLICT (${key}) ${add(summed)}`;

// What deviated stands in the detail, which no other count needs.
const kind = `CASE e.type WHEN 'impression' THEN e.stage
  WHEN 'deviation' THEN json_extract(e.detail, '$.what') ELSE '' END`;

const flow = `
INSERT INTO flow (trial, type, kind, arm, reason, events)
SELECT e.trial, e.type, ${kind}, e.arm, e.reason, COUNT(*)
FROM event e NOT INDEXED WHERE ${range}
GROUP BY e.trial, e.type, ${kind}, e.arm, e.reason
ON CONFLICT DO UPDATE SET events = events + excluded.events`;

const cells = `
INSERT INTO cell (trial, unit_id, arm, stratum)
SELECT DISTINCT e.trial, e.unit_id, e.arm, e.stratum
FROM event e NOT INDEXED WHERE ${range} AND e.randomized = 1
ON CONFLICT DO NOTHING`;

const counts = `
INSERT INTO delta (cell, day, alerts, silent, calendar_ms, midnight_ms, elapsed_ms)
SELECT c.cell, e.event_day,
  SUM(${shown}), SUM(e.type = 'impression' AND e.stage = 'silent'),
  ${milliseconds('calendar')}, ${milliseconds('midnight')}, ${milliseconds('elapsed')}
FROM event e NOT INDEXED ${inCell}
WHERE ${range} AND e.randomized = 1 AND e.type IN ('impression', 'patient-days')
GROUP BY c.cell, e.event_day`;

const patients = `
INSERT INTO at_risk (cell, patient, calendar_ms, midnight_ms, elapsed_ms)
SELECT c.cell, e.patient,
  ${milliseconds('calendar')}, ${milliseconds('midnight')}, ${milliseconds('elapsed')}
FROM event e NOT INDEXED ${inCell}
WHERE ${range} AND e.randomized = 1 AND e.type = 'patient-days'
GROUP BY c.cell, e.patient
ON CONFLICT (cell, patient) ${add(['calendar_ms', 'midnight_ms', 'elapsed_ms'])}`;

const newExposed = `
INSERT INTO new_exposed (cell, day, patient)
SELECT DISTINCT c.cell, e.event_day, e.patient
FROM event e NOT INDEXED ${inCell}
WHERE ${range} AND e.randomized = 1 AND ${shown} AND e.patient IS NOT NULL`;

const exposedDelta = `
INSERT INTO delta (cell, day, exposed_days)
SELECT n.cell, n.day, COUNT(*)
FROM new_exposed n
LEFT JOIN exposed o ON o.cell = n.cell AND o.day = n.day AND o.patient = n.patient
WHERE o.patient IS NULL
GROUP BY n.cell, n.day`;

const exposedState = `
INSERT INTO exposed (cell, day, patient) SELECT cell, day, patient FROM new_exposed WHERE true
ON CONFLICT DO NOTHING`;

const newAnswered = `
INSERT INTO new_answered (impression_id, cell, day, accepted, dismissed, ordered)
SELECT e.impression_id, c.cell, e.alert_day,
  MAX(${accepting}), MAX(e.type = 'dismissal'), MAX(e.type = 'order')
FROM event e NOT INDEXED ${inCell} JOIN trial t ON t.trial = e.trial
WHERE ${range} AND e.randomized = 1 AND ${inWindow}
GROUP BY e.impression_id, c.cell, e.alert_day`;

const gained = (column: string): string => `SUM(n.${column} > COALESCE(o.${column}, 0))`;

const answeredDelta = `
INSERT INTO delta (cell, day, accepted, dismissed, ordered, accepted_and_dismissed)
SELECT n.cell, n.day, ${gained('accepted')}, ${gained('dismissed')}, ${gained('ordered')},
  SUM((n.accepted OR COALESCE(o.accepted, 0)) AND (n.dismissed OR COALESCE(o.dismissed, 0)))
    - SUM(COALESCE(o.accepted AND o.dismissed, 0))
FROM new_answered n
LEFT JOIN answered o
  ON o.impression_id = n.impression_id AND o.cell = n.cell AND o.day = n.day
GROUP BY n.cell, n.day`;

const answeredState = `
INSERT INTO answered (impression_id, cell, day, accepted, dismissed, ordered)
SELECT impression_id, cell, day, accepted, dismissed, ordered FROM new_answered WHERE true
ON CONFLICT DO UPDATE SET
  accepted = MAX(accepted, excluded.accepted),
  dismissed = MAX(dismissed, excluded.dismissed),
  ordered = MAX(ordered, excluded.ordered)`;

const newOpened = `
INSERT INTO new_opened (opening_id, cell, shown_day, accepted_day)
SELECT e.opening_id, c.cell,
  MIN(CASE WHEN ${shown} THEN e.event_day END),
  MIN(CASE WHEN ${accepting} THEN e.alert_day END)
FROM event e NOT INDEXED ${inCell} JOIN trial t ON t.trial = e.trial
WHERE ${range} AND e.randomized = 1
  AND (${shown} OR (${accepting} AND e.delay_ms <= t.response_window_ms))
GROUP BY e.opening_id, c.cell`;

// An opening stands on the earliest of its days: where an earlier one turns up, it moves there.
const moved = (column: string, counted: string): string => `
INSERT INTO delta (cell, day, ${counted})
SELECT m.cell, m.day, SUM(m.n)
FROM (
  SELECT n.cell AS cell, n.${column} AS day, 1 AS n
  FROM new_opened n LEFT JOIN opened o ON o.opening_id = n.opening_id AND o.cell = n.cell
  WHERE n.${column} IS NOT NULL AND (o.${column} IS NULL OR n.${column} < o.${column})
  UNION ALL
  SELECT n.cell AS cell, o.${column} AS day, -1 AS n
  FROM new_opened n JOIN opened o ON o.opening_id = n.opening_id AND o.cell = n.cell
  WHERE n.${column} < o.${column}
) m
GROUP BY m.cell, m.day`;

const earliest = (column: string): string =>
  `${column} = MIN(COALESCE(${column}, excluded.${column}), COALESCE(excluded.${column}, ${column}))`;

const openedState = `
INSERT INTO opened (opening_id, cell, shown_day, accepted_day)
SELECT opening_id, cell, shown_day, accepted_day FROM new_opened WHERE true
ON CONFLICT DO UPDATE SET ${earliest('shown_day')}, ${earliest('accepted_day')}`;

/** Empties the scratch tables. They take no parameters. */
export const clearScratch: readonly string[] = [
  'DELETE FROM new_answered',
  'DELETE FROM new_opened',
  'DELETE FROM new_exposed',
  'DELETE FROM delta',
];

/** Reads new events: these take the range. */
export const gatherStatements: readonly string[] = [
  flow,
  cells,
  counts,
  patients,
  newExposed,
  newAnswered,
  newOpened,
];

/** Finds by how much the sums change, moves the states, then the sums: these take no parameters. */
export const applyStatements: readonly string[] = [
  exposedDelta,
  exposedState,
  answeredDelta,
  answeredState,
  moved('shown_day', 'alerts_by_opening'),
  moved('accepted_day', 'accepted_by_opening'),
  openedState,
  moveBy('unit_day', 'day, cell'),
  moveBy('unit_total', 'cell'),
];

const ofTrial = 'cell IN (SELECT cell FROM cell WHERE trial = ?)';

/** Throws away everything that was folded of one trial. Each takes its number. */
export const clearStatements: readonly string[] = [
  `DELETE FROM unit_day WHERE ${ofTrial}`,
  `DELETE FROM unit_total WHERE ${ofTrial}`,
  `DELETE FROM answered WHERE ${ofTrial}`,
  `DELETE FROM opened WHERE ${ofTrial}`,
  `DELETE FROM exposed WHERE ${ofTrial}`,
  `DELETE FROM at_risk WHERE ${ofTrial}`,
  'DELETE FROM cell WHERE trial = ?',
  'DELETE FROM flow WHERE trial = ?',
];

const sums = (of: (column: string) => string): string => `
  ${of('alerts')} AS "alerts", ${of('alerts_by_opening')} AS "alertsByOpening",
  ${of('silent')} AS "silent", ${of('accepted')} AS "accepted",
  ${of('accepted_by_opening')} AS "acceptedByOpening", ${of('dismissed')} AS "dismissed",
  ${of('accepted_and_dismissed')} AS "acceptedAndDismissed", ${of('ordered')} AS "ordered",
  ${of('calendar_ms')} / 86400000.0 AS "calendarDays",
  ${of('midnight_ms')} / 86400000.0 AS "midnightDays",
  ${of('elapsed_ms')} / 86400000.0 AS "elapsedDays", ${of('exposed_days')} AS "exposedDays"`;

const kept = sums((column) => `d.${column}`);

/** One row for each unit, arm and stratum of a trial. */
export const selectSummaries: string = `
SELECT c.unit_id AS "unitId", c.arm AS "arm", c.stratum AS "stratum", ${kept},
  (SELECT COUNT(*) FROM at_risk r WHERE r.cell = c.cell
     AND (r.calendar_ms > 0 OR r.midnight_ms > 0 OR r.elapsed_ms > 0)) AS "patients"
FROM cell c JOIN unit_total d ON d.cell = c.cell
WHERE c.trial = ?
ORDER BY c.unit_id, c.arm, c.stratum`;

// The days are kept in the order of days, so they come first: each cell is found by its number, while a cell
// would look for its days among all.

/** One row for each unit, arm, stratum and day of a trial. */
export const selectUnitDays: string = `
SELECT c.unit_id AS "unitId", c.arm AS "arm", c.stratum AS "stratum", d.day AS "day", ${kept}
FROM unit_day d CROSS JOIN cell c ON c.cell = d.cell
WHERE c.trial = ?
ORDER BY c.unit_id, c.arm, c.stratum, d.day`;

/** One row for each arm and day of a trial. */
export const selectDays: string = `
SELECT c.arm AS "arm", d.day AS "day",
  ${sums((column) => `SUM(d.${column})`)}
FROM unit_day d CROSS JOIN cell c ON c.cell = d.cell
WHERE c.trial = ?
GROUP BY d.day, c.arm
ORDER BY d.day, c.arm`;

/** One row for each kind of event of a trial. */
export const selectFlow: string = `
SELECT type AS "type", NULLIF(kind, '') AS "kind", arm AS "arm", reason AS "reason",
  events AS "events"
FROM flow WHERE trial = ? ORDER BY type, kind, arm, reason`;
