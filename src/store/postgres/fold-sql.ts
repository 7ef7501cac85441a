/**
 * The statements of a fold, in their order. Each takes `:trial`, `:after` and `:upTo`, the range of
 * places, and some `:window`, the response window in milliseconds.
 *
 * What is distinct is decided by the keys of the state tables (`answered`, `opened`, `exposed`,
 * `at_risk`), and the sums move by what a state is about to change. So they depend on the set of
 * events and neither on their order nor on the batches in which they came. Every key and every join
 * carries the unit.
 */
const range = `e.trial = :trial AND e.seq > :after AND e.seq <= :upTo`;
const random = `${range} AND e.randomized = 1`;

const keys = ['trial', 'unit_id', 'arm', 'stratum'] as const;
const cell = keys.join(', ');
const cellOf = (alias: string): string => keys.map((key) => `${alias}.${key}`).join(', ');
const sameCell = keys.map((key) => `o.${key} = n.${key}`).join(' AND ');

const shown = `(e.type = 'impression' AND e.stage IN ('returned', 'displayed'))`;

// An answer names its alert and so came after it, whatever two clocks say. An order that was only
// seen in the record may have come before.
const inWindow = `e.type IN ('dismissal', 'acceptance', 'order') AND e.delay_ms <= :window
  AND (e.route IS DISTINCT FROM 'window' OR e.delay_ms >= 0)`;

const accepting = `(e.type = 'acceptance' OR (e.type = 'order' AND e.route IN ('click', 'tag')))`;

// A fraction of a day is kept as whole milliseconds: sums of whole numbers do not depend on order. An
// amendment is a difference, and one below nothing is rounded as the same one above it.
const milliseconds = (column: string): string =>
  `COALESCE(SUM((SIGN(e.${column}) * FLOOR(ABS(e.${column}) * 86400000::float8 + 0.5))::bigint), 0)::bigint`;

const presence = ['calendar_ms', 'midnight_ms', 'elapsed_ms'] as const;
const presenceSums = ['calendar', 'midnight', 'elapsed'].map(milliseconds).join(',\n  ');

const adding = (table: string, columns: readonly string[]): string =>
  columns.map((column) => `${column} = ${table}.${column} + excluded.${column}`).join(',\n  ');

const addTo = (...columns: readonly string[]): string =>
  `ON CONFLICT (${cell}, day) DO UPDATE SET
  ${adding('unit_day', columns)}`;

// What deviated stands in the detail, which no other count needs.
const kind = `CASE e.type WHEN 'impression' THEN e.stage
  WHEN 'deviation' THEN e.detail::json ->> 'what' ELSE '' END`;

const flow = `
INSERT INTO flow (trial, unit_id, arm, type, kind, reason, events)
SELECT e.trial, e.unit_id, e.arm, e.type, ${kind}, e.reason, COUNT(*)
FROM event e WHERE ${range}
GROUP BY e.trial, e.unit_id, e.arm, e.type, ${kind}, e.reason
ON CONFLICT (trial, unit_id, arm, type, kind, reason) DO UPDATE
SET events = flow.events + excluded.events`;

const counts = `
INSERT INTO unit_day (${cell}, day, alerts, silent, ${presence.join(', ')})
SELECT ${cellOf('e')}, e.event_day,
  COUNT(*) FILTER (WHERE ${shown}),
  COUNT(*) FILTER (WHERE e.type = 'impression' AND e.stage = 'silent'),
  ${presenceSums}
FROM event e
WHERE ${random} AND e.type IN ('impression', 'patient-days')
GROUP BY ${cellOf('e')}, e.event_day
${addTo('alerts', 'silent', ...presence)}`;

const patients = `
INSERT INTO at_risk (${cell}, patient, ${presence.join(', ')})
SELECT ${cellOf('e')}, e.patient,
  ${presenceSums}
FROM event e
WHERE ${random} AND e.type = 'patient-days'
GROUP BY ${cellOf('e')}, e.patient
ON CONFLICT (${cell}, patient) DO UPDATE SET
  ${adding('at_risk', presence)}`;

const newExposed = `
SELECT DISTINCT ${cellOf('e')}, e.event_day AS day, e.patient
FROM event e
WHERE ${random} AND ${shown} AND e.patient IS NOT NULL`;

const exposedDelta = `
INSERT INTO unit_day (${cell}, day, exposed_days)
SELECT ${cellOf('n')}, n.day, COUNT(*)
FROM (${newExposed}) n
LEFT JOIN exposed o ON ${sameCell} AND o.day = n.day AND o.patient = n.patient
WHERE o.patient IS NULL
GROUP BY ${cellOf('n')}, n.day
${addTo('exposed_days')}`;

const exposedState = `
INSERT INTO exposed (${cell}, day, patient) ${newExposed}
ON CONFLICT DO NOTHING`;

const newAnswered = `
SELECT ${cellOf('e')}, e.impression_id, e.alert_day AS day,
  MAX(CASE WHEN ${accepting} THEN 1 ELSE 0 END) AS accepted,
  MAX(CASE WHEN e.type = 'dismissal' THEN 1 ELSE 0 END) AS dismissed,
  MAX(CASE WHEN e.type = 'order' THEN 1 ELSE 0 END) AS ordered
FROM event e
WHERE ${random} AND ${inWindow}
GROUP BY ${cellOf('e')}, e.impression_id, e.alert_day`;

const after = (column: string): string => `GREATEST(n.${column}, COALESCE(o.${column}, 0))`;
const gained = (column: string): string => `SUM(${after(column)} - COALESCE(o.${column}, 0))`;

const answeredDelta = `
INSERT INTO unit_day (${cell}, day, accepted, dismissed, ordered, accepted_and_dismissed)
SELECT ${cellOf('n')}, n.day, ${gained('accepted')}, ${gained('dismissed')}, ${gained('ordered')},
  SUM(${after('accepted')} * ${after('dismissed')} - COALESCE(o.accepted * o.dismissed, 0))
FROM (${newAnswered}) n
LEFT JOIN answered o ON ${sameCell} AND o.impression_id = n.impression_id AND o.day = n.day
GROUP BY ${cellOf('n')}, n.day
${addTo('accepted', 'dismissed', 'ordered', 'accepted_and_dismissed')}`;

const answeredState = `
INSERT INTO answered (${cell}, impression_id, day, accepted, dismissed, ordered) ${newAnswered}
ON CONFLICT (impression_id, unit_id, trial, arm, stratum, day) DO UPDATE SET
  accepted = GREATEST(answered.accepted, excluded.accepted),
  dismissed = GREATEST(answered.dismissed, excluded.dismissed),
  ordered = GREATEST(answered.ordered, excluded.ordered)`;

const newOpened = `
SELECT ${cellOf('e')}, e.opening_id,
  MIN(CASE WHEN ${shown} THEN e.event_day END) AS shown_day,
  MIN(CASE WHEN ${accepting} THEN e.alert_day END) AS accepted_day
FROM event e
WHERE ${random} AND (${shown} OR (${accepting} AND e.delay_ms <= :window))
GROUP BY ${cellOf('e')}, e.opening_id`;

// An opening stands on the earliest of its days: where an earlier one turns up, it moves there. Two
// statements, as one that makes two rows of one would have rows travel between servers.
const moved = (column: string, counted: string): readonly string[] => [
  `
INSERT INTO unit_day (${cell}, day, ${counted})
SELECT ${cellOf('n')}, n.${column}, COUNT(*)
FROM (${newOpened}) n
LEFT JOIN opened o ON ${sameCell} AND o.opening_id = n.opening_id
WHERE n.${column} IS NOT NULL AND (o.${column} IS NULL OR n.${column} < o.${column})
GROUP BY ${cellOf('n')}, n.${column}
${addTo(counted)}`,
  `
INSERT INTO unit_day (${cell}, day, ${counted})
SELECT ${cellOf('n')}, o.${column}, -COUNT(*)
FROM (${newOpened}) n
JOIN opened o ON ${sameCell} AND o.opening_id = n.opening_id
WHERE n.${column} < o.${column}
GROUP BY ${cellOf('n')}, o.${column}
${addTo(counted)}`,
];

const openedState = `
INSERT INTO opened (${cell}, opening_id, shown_day, accepted_day) ${newOpened}
ON CONFLICT (opening_id, unit_id, trial, arm, stratum) DO UPDATE SET
  shown_day = LEAST(opened.shown_day, excluded.shown_day),
  accepted_day = LEAST(opened.accepted_day, excluded.accepted_day)`;

/** Moves the sums by what the events of a range change, and each state after the sums that it decides. */
export const foldStatements: readonly string[] = [
  flow,
  counts,
  patients,
  exposedDelta,
  exposedState,
  answeredDelta,
  answeredState,
  ...moved('shown_day', 'alerts_by_opening'),
  ...moved('accepted_day', 'accepted_by_opening'),
  openedState,
];

const sumColumns = [
  ...(['alerts', 'alerts_by_opening', 'silent', 'accepted', 'accepted_by_opening'] as const),
  ...(['dismissed', 'accepted_and_dismissed', 'ordered', 'exposed_days', ...presence] as const),
] as const;

/**
 * The totals of the units that have random events in a range, from all their days: to be made once the
 * range is folded, so that the summaries need not read every day.
 */
export const totalStatement: string = `
INSERT INTO unit_total (${cell}, ${sumColumns.join(', ')})
SELECT ${cellOf('o')}, ${sumColumns.map((column) => `SUM(o.${column})::bigint`).join(', ')}
FROM unit_day o
JOIN (SELECT DISTINCT ${cellOf('e')} FROM event e WHERE ${random}) n ON ${sameCell}
GROUP BY ${cellOf('o')}
ON CONFLICT (${cell}) DO UPDATE SET
  ${sumColumns.map((column) => `${column} = excluded.${column}`).join(',\n  ')}`;

/** The tables of what is folded; what they hold of a trial can be made again. */
export const foldedTables = [
  'flow',
  'unit_day',
  'unit_total',
  'answered',
  'opened',
  'exposed',
  'at_risk',
] as const;

const total = (column: string, name: string): string => `SUM(${column})::bigint AS "${name}"`;
const days = (column: string, name: string): string =>
  `SUM(${column})::float8 / 86400000 AS "${name}"`;

const sums = `
  ${total('alerts', 'alerts')}, ${total('alerts_by_opening', 'alertsByOpening')},
  ${total('silent', 'silent')}, ${total('accepted', 'accepted')},
  ${total('accepted_by_opening', 'acceptedByOpening')}, ${total('dismissed', 'dismissed')},
  ${total('accepted_and_dismissed', 'acceptedAndDismissed')}, ${total('ordered', 'ordered')},
  ${days('calendar_ms', 'calendarDays')}, ${days('midnight_ms', 'midnightDays')},
  ${days('elapsed_ms', 'elapsedDays')}, ${total('exposed_days', 'exposedDays')}`;

/** One row for each unit, arm and stratum of a trial. */
export const selectSummaries: string = `
SELECT n.*, COALESCE(o.patients, 0) AS "patients"
FROM (
  SELECT unit_id AS "unitId", arm, stratum, ${sums}
  FROM unit_total WHERE trial = :trial GROUP BY unit_id, arm, stratum
) n
LEFT JOIN (
  SELECT unit_id, arm, stratum, COUNT(*) AS patients
  FROM at_risk WHERE trial = :trial AND (${presence.map((column) => `${column} > 0`).join(' OR ')})
  GROUP BY unit_id, arm, stratum
) o ON o.unit_id = n."unitId" AND o.arm = n.arm AND o.stratum = n.stratum
ORDER BY n."unitId", n.arm, n.stratum`;

/** One row for each unit, arm, stratum and day of a trial. */
export const selectUnitDays: string = `
SELECT unit_id AS "unitId", arm, stratum, day, ${sums}
FROM unit_day WHERE trial = :trial
GROUP BY unit_id, arm, stratum, day
ORDER BY unit_id, arm, stratum, day`;

/** One row for each arm and day of a trial. */
export const selectDays: string = `
SELECT arm, day, ${sums}
FROM unit_day WHERE trial = :trial
GROUP BY day, arm
ORDER BY day, arm`;

/** One row for each kind of event of a trial. */
export const selectFlow: string = `
SELECT type, NULLIF(kind, '') AS kind, arm, reason, SUM(events)::bigint AS events
FROM flow WHERE trial = :trial
GROUP BY type, flow.kind, arm, reason
ORDER BY type, flow.kind, arm, reason`;
