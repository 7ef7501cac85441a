import type { EventSource } from '../warehouse/event-sql.ts';
import {
  accepting,
  atRisk,
  cellKey,
  columnsOf,
  namedColumns,
  randomOf,
} from '../warehouse/event-sql.ts';

/**
 * The answers to each alert: how long after it came the first acceptance, dismissal, order and answer
 * of any kind. What is in time is decided later, so that one pass serves every window.
 */
function answersTo(reasons: readonly string[], source: EventSource): string {
  const code = source.dialect.textAt('e.detail', ['override', 'code']);
  return `
SELECT e.unit_id AS unit_id, e.impression_id AS impression_id,
  MIN(CASE WHEN ${accepting} THEN e.delay_ms END) AS accepted_ms,
  MIN(CASE WHEN e.type = 'dismissal' THEN e.delay_ms END) AS dismissed_ms,
  MIN(CASE WHEN ${accepting} OR e.type = 'dismissal' THEN e.delay_ms END) AS first_ms,
  MIN(CASE WHEN e.type = 'order' AND (e.route <> 'window' OR e.delay_ms >= 0)
    THEN e.delay_ms END) AS ordered_ms${reasons
      .map(
        (key) => `,
  MIN(CASE WHEN e.type = 'dismissal' AND ${code} = :${key} THEN e.delay_ms END) AS ${key}_ms`,
      )
      .join('')}
FROM ${source.events}
WHERE ${randomOf(source, `IN ('dismissal', 'acceptance', 'order')`)}
GROUP BY e.unit_id, e.impression_id`;
}

// The first of a patient is told by time, and between two at once by id, so that it is the same everywhere.
const place = (
  ...among: readonly string[]
): string => `CASE WHEN i.patient IS NOT NULL THEN ROW_NUMBER() OVER (
    PARTITION BY ${columnsOf('i', ['unit_id', 'arm', 'patient', ...among])}
    ORDER BY i.at_ms, i.event_id) END`;

const own = [
  ...cellKey,
  'event_id',
  'opening_id',
  'patient',
  'encounter',
  'clinician',
  'event_day',
  'at_ms',
] as const;

/** What a query needs of each firing. */
export interface FiringNeeds {
  readonly answers: boolean;
  readonly reasons: readonly string[];
  readonly ranks: boolean;
  readonly eligible: boolean;
}

/** One row for each firing, as a query: with what is needed of its answers, its place, and its patient's time at risk. */
export function firings(
  { answers, reasons, ranks, eligible }: FiringNeeds,
  source: EventSource,
): string {
  const delays = ['accepted_ms', 'dismissed_ms', 'first_ms', 'ordered_ms'];
  const columns = [
    namedColumns('i', [...own, 'shown']),
    ...(ranks ? [`${place('shown')} AS shown_place`, `${place()} AS fired_place`] : []),
    ...(answers ? [namedColumns('a', [...delays, ...reasons.map((key) => `${key}_ms`)])] : []),
    ...(eligible ? ['CASE WHEN r.patient IS NULL THEN 0 ELSE 1 END AS eligible'] : []),
  ];
  const joins = [
    ...(answers
      ? [
          `LEFT JOIN (${answersTo(reasons, source)}) a
  ON a.unit_id = i.unit_id AND a.impression_id = i.event_id`,
        ]
      : []),
    ...(eligible
      ? [
          `LEFT JOIN (${atRisk('patient', source)}) r
  ON r.unit_id = i.unit_id AND r.arm = i.arm AND r.stratum = i.stratum AND r.patient = i.patient`,
        ]
      : []),
  ];
  return `
SELECT ${columns.join(', ')}
FROM (
  SELECT ${namedColumns('e', own)}, CASE WHEN e.stage = 'silent' THEN 0 ELSE 1 END AS shown
  FROM ${source.events}
  WHERE ${randomOf(source, `= 'impression'`)}
) i
${joins.join('\n')}`;
}
