import type { EventSource } from './event-sql.ts';
import {
  accepting,
  atRisk,
  cellKey,
  columnsOf,
  milliseconds,
  namedColumns,
  randomOf,
} from './event-sql.ts';

const totals = [
  'alerts',
  'alerts_by_opening',
  'silent',
  'accepted',
  'accepted_by_opening',
  'dismissed',
  'accepted_and_dismissed',
  'ordered',
  'exposed_days',
  'patients',
] as const;
const times = ['calendar', 'midnight', 'elapsed'] as const;

type Summand = (typeof totals)[number] | (typeof times)[number];

const shown = `e.type = 'impression' AND e.stage IN ('returned', 'displayed')`;

// An answer names its alert and so came after it, whatever two clocks say. An order that was only
// seen in the record may have come before.
const inWindow = `e.delay_ms <= :window AND (e.type <> 'order' OR e.route <> 'window' OR e.delay_ms >= 0)`;

const flag = (condition: string): string => `CASE WHEN ${condition} THEN 1 ELSE 0 END`;

/** Some of the summands of a unit, arm, stratum and day, the others 0. */
function part(
  key: string,
  summands: Readonly<Partial<Record<Summand, string>>>,
  from: string,
): string {
  const all = [...totals, ...times].map((name) => `${summands[name] ?? '0'} AS ${name}`);
  return `
SELECT ${key}, ${all.join(', ')}
${from}`;
}

/** Of the events themselves: firings, and time at risk. */
function fired(source: EventSource): string {
  const sum = (column: (typeof times)[number]): string =>
    `SUM(${milliseconds(column, source.dialect)})`;
  return part(
    `${namedColumns('e', cellKey)}, e.event_day AS day`,
    {
      alerts: `SUM(${flag(shown)})`,
      silent: `SUM(${flag(`e.type = 'impression' AND e.stage = 'silent'`)})`,
      exposed_days: `COUNT(DISTINCT CASE WHEN ${shown} THEN e.patient END)`,
      calendar: sum('calendar'),
      midnight: sum('midnight'),
      elapsed: sum('elapsed'),
    },
    `FROM ${source.events}
WHERE ${randomOf(source, `IN ('impression', 'patient-days')`)}
GROUP BY ${columnsOf('e', [...cellKey, 'event_day'])}`,
  );
}

/** Of the alerts that were answered in time, on the day of the alert. */
function answered(source: EventSource): string {
  const by = [...cellKey, 'impression_id', 'alert_day'];
  return part(
    `${namedColumns('n', cellKey)}, n.alert_day AS day`,
    {
      accepted: 'SUM(n.accepted)',
      dismissed: 'SUM(n.dismissed)',
      accepted_and_dismissed: 'SUM(n.accepted * n.dismissed)',
      ordered: 'SUM(n.ordered)',
    },
    `FROM (
  SELECT ${namedColumns('e', by)},
    MAX(${flag(accepting)}) AS accepted,
    MAX(${flag(`e.type = 'dismissal'`)}) AS dismissed,
    MAX(${flag(`e.type = 'order'`)}) AS ordered
  FROM ${source.events}
  WHERE ${randomOf(source, `IN ('dismissal', 'acceptance', 'order')`)} AND ${inWindow}
  GROUP BY ${columnsOf('e', by)}
) n
GROUP BY ${columnsOf('n', [...cellKey, 'alert_day'])}`,
  );
}

/** Of the openings with such an event, on the earliest of its days. */
function opened(
  counted: Summand,
  {
    source,
    condition,
    day,
  }: { readonly source: EventSource; readonly condition: string; readonly day: string },
): string {
  const by = [...cellKey, 'opening_id'];
  return part(
    `${namedColumns('o', cellKey)}, o.first_day AS day`,
    { [counted]: 'COUNT(*)' },
    `FROM (
  SELECT ${namedColumns('e', by)}, MIN(e.${day}) AS first_day
  FROM ${source.events}
  WHERE ${randomOf(source, `IN ('impression', 'acceptance', 'order')`)} AND ${condition}
  GROUP BY ${columnsOf('e', by)}
) o
GROUP BY ${columnsOf('o', [...cellKey, 'first_day'])}`,
  );
}

/** Of the patients at risk, who are counted once over all days. */
function patients(source: EventSource): string {
  return part(
    `${namedColumns('q', cellKey)}, '' AS day`,
    { patients: 'COUNT(*)' },
    `FROM (${atRisk('patient', source)}) q
GROUP BY ${columnsOf('q', cellKey)}`,
  );
}

/** Sums by some of the unit, the arm, the stratum and the day. Takes `:trial` and `:window`. */
function sumsBy(key: readonly string[], source: EventSource): string {
  const isOverall = !key.includes('day');
  const parts = [
    fired(source),
    answered(source),
    opened('alerts_by_opening', { source, condition: shown, day: 'event_day' }),
    opened('accepted_by_opening', {
      source,
      condition: `${accepting} AND e.delay_ms <= :window`,
      day: 'alert_day',
    }),
    ...(isOverall ? [patients(source)] : []),
  ];
  const sums = [
    ...totals
      .filter((name) => isOverall || name !== 'patients')
      .map((name) => `SUM(m.${name}) AS ${name}`),
    ...times.map((name) => `SUM(m.${name}) / 86400000.0 AS ${name}_days`),
  ];
  return `
SELECT ${namedColumns('m', key)}, ${sums.join(', ')}
FROM (${parts.join('\nUNION ALL')}
) m
GROUP BY ${columnsOf('m', key)}
ORDER BY ${key.join(', ')}`;
}

/** One row for each unit, arm and stratum. Takes `:trial` and `:window`. */
export function selectSummaries(source: EventSource): string {
  return sumsBy(cellKey, source);
}

/** One row for each unit, arm, stratum and day. Takes `:trial` and `:window`. */
export function selectUnitDays(source: EventSource): string {
  return sumsBy([...cellKey, 'day'], source);
}

/** One row for each arm and day. Takes `:trial` and `:window`. */
export function selectDays(source: EventSource): string {
  return sumsBy(['day', 'arm'], source);
}

/** One row for each kind of event, random or not. Takes `:trial`. */
export function selectFlow(source: EventSource): string {
  const by = ['type', 'kind', 'arm', 'reason'];
  return `
SELECT ${namedColumns('k', by)}, COUNT(*) AS events
FROM (
  SELECT e.type AS type, CASE WHEN e.type = 'impression' THEN e.stage
    WHEN e.type = 'deviation' THEN ${source.dialect.textAt('e.detail', ['what'])} END AS kind,
    e.arm AS arm, e.reason AS reason
  FROM ${source.events} WHERE ${source.trial} = :trial
) k
GROUP BY ${columnsOf('k', by)}
ORDER BY ${by.join(', ')}`;
}
