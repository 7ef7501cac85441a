import type { AlertLevel, AlertState, RiskCount } from '../trial/count.ts';
import { windowedStates } from '../trial/count.ts';
import type { TimedAlertCount, TimedCount } from './timed-count.ts';
import { isRisk } from './timed-count.ts';

/** A query of counts, and the codes of the reasons that it binds. */
export interface CountStatement {
  /** Takes `:trial`, the number of a trial, `:asOf` in milliseconds, and `reasons` by their keys. */
  readonly sql: string;
  readonly reasons: Readonly<Record<string, string>>;
}

// Reading a detail and forgoing an index are the only words here that are SQLite's own.
const reasonCode = `json_extract(e.detail, '$.override.code')`;
const scan = 'NOT INDEXED';

const ofTrial = (type: string): string =>
  `e.trial = :trial AND e.randomized = 1 AND e.type ${type}`;

const accepting = `(e.type = 'acceptance' OR (e.type = 'order' AND e.route IN ('click', 'tag')))`;

/**
 * The answers to each alert: how long after it came the first acceptance, dismissal, order and answer
 * of any kind. What is in time is decided later, so that one pass serves every window.
 */
const answersTo = (reasons: readonly string[]): string => `
SELECT e.unit_id AS unit_id, e.impression_id AS impression_id,
  MIN(CASE WHEN ${accepting} THEN e.delay_ms END) AS accepted_ms,
  MIN(CASE WHEN e.type = 'dismissal' THEN e.delay_ms END) AS dismissed_ms,
  MIN(CASE WHEN ${accepting} OR e.type = 'dismissal' THEN e.delay_ms END) AS first_ms,
  MIN(CASE WHEN e.type = 'order' AND (e.route <> 'window' OR e.delay_ms >= 0)
    THEN e.delay_ms END) AS ordered_ms${reasons
      .map(
        (key) => `,
  MIN(CASE WHEN e.type = 'dismissal' AND ${reasonCode} = :${key} THEN e.delay_ms END) AS ${key}_ms`,
      )
      .join('')}
FROM event e ${scan}
WHERE ${ofTrial(`IN ('dismissal', 'acceptance', 'order')`)}
GROUP BY e.unit_id, e.impression_id`;

// The first of a patient is told by time, and between two at once by id, so that it is the same everywhere.
const place = (by: string): string => `CASE WHEN e.patient IS NOT NULL THEN ROW_NUMBER() OVER (
    PARTITION BY e.unit_id, e.arm, e.patient${by} ORDER BY e.at_ms, e.event_id) END`;

const shown = `CASE WHEN e.stage = 'silent' THEN 0 ELSE 1 END`;

const atRisk = `
SELECT DISTINCT e.unit_id AS unit_id, e.arm AS arm, e.stratum AS stratum, e.patient AS patient
FROM event e ${scan}
WHERE ${ofTrial(`= 'patient-days'`)} AND (e.calendar > 0 OR e.midnight > 0 OR e.elapsed > 0)`;

interface AlertNeeds {
  readonly answers: boolean;
  readonly reasons: readonly string[];
  readonly ranks: boolean;
  readonly eligible: boolean;
}

/** One row a firing, with what is needed of its answers, its place, and its patient's time at risk. */
function firings({ answers, reasons, ranks, eligible }: AlertNeeds): string {
  const own = ['unit_id', 'arm', 'stratum', 'opening_id', 'patient', 'encounter', 'clinician'];
  const delays = ['accepted_ms', 'dismissed_ms', 'first_ms', 'ordered_ms'];
  const columns = [
    ...[...own, 'event_day', 'at_ms'].map((column) => `e.${column} AS ${column}`),
    `${shown} AS shown`,
    ...(ranks ? [`${place(`, ${shown}`)} AS shown_place`, `${place('')} AS fired_place`] : []),
    ...(answers
      ? [...delays, ...reasons.map((key) => `${key}_ms`)].map((name) => `a.${name} AS ${name}`)
      : []),
    ...(eligible ? ['CASE WHEN r.patient IS NULL THEN 0 ELSE 1 END AS eligible'] : []),
  ];
  const joins = [
    ...(answers
      ? [
          `LEFT JOIN (${answersTo(reasons)}) a
  ON a.unit_id = e.unit_id AND a.impression_id = e.event_id`,
        ]
      : []),
    ...(eligible
      ? [
          `LEFT JOIN (${atRisk}) r
  ON r.unit_id = e.unit_id AND r.arm = e.arm AND r.stratum = e.stratum AND r.patient = e.patient`,
        ]
      : []),
  ];
  return `
SELECT ${columns.join(', ')}
FROM event e ${scan}
${joins.join('\n')}
WHERE ${ofTrial(`= 'impression'`)}`;
}

/** Whether a firing is in a state, as a condition on a row of `firings`. */
function condition(state: AlertState, window: number, dismissed: string): string {
  const until = (column: string): string => `f.${column} <= ${window}`;
  const notUntil = (column: string): string => `(f.${column} IS NULL OR f.${column} > ${window})`;
  const isDue = `f.shown = 1 AND f.at_ms + ${window} < :asOf`;
  switch (state) {
    case 'alerts':
      return 'f.shown = 1';
    case 'silent':
      return 'f.shown = 0';
    case 'fired':
      return '1 = 1';
    case 'repeats':
      return 'f.shown = 1 AND f.shown_place > 1';
    case 'accepted':
      return `f.shown = 1 AND ${until('accepted_ms')}`;
    case 'dismissed':
      return `f.shown = 1 AND ${until(dismissed)} AND ${notUntil('accepted_ms')}`;
    case 'answered':
      return `f.shown = 1 AND ${until('first_ms')}`;
    case 'timed':
      return `f.shown = 1 AND f.first_ms >= 0 AND ${until('first_ms')}`;
    case 'due':
      return isDue;
    case 'ignored':
      return `${isDue} AND ${notUntil('first_ms')}`;
    case 'undismissed':
      return `${isDue} AND (${until('accepted_ms')} OR ${notUntil('dismissed_ms')})`;
    case 'ordered':
      return until('ordered_ms');
  }
}

/** What is distinct at a level; nothing where each firing counts. A day has a fixed length. */
const distinct: Readonly<Record<AlertLevel, string | undefined>> = {
  alert: undefined,
  firstAlert: undefined,
  firstFiring: undefined,
  opening: 'f.opening_id',
  encounter: 'f.encounter',
  patient: 'f.patient',
  clinician: 'f.clinician',
  patientDay: 'f.event_day || f.patient',
  clinicianDay: 'f.event_day || f.clinician',
};

function alertColumn(count: TimedAlertCount, window: number, dismissed: string): string {
  const { of, each = 'alert', known, eligible } = count;
  const conditions = [
    condition(of, count.within ?? window, dismissed),
    ...(each === 'firstAlert' ? ['f.shown_place = 1'] : []),
    ...(each === 'firstFiring' ? ['f.fired_place = 1'] : []),
    ...(known === undefined ? [] : [`f.${known} IS NOT NULL`]),
    ...(eligible === undefined ? [] : ['f.eligible = 1']),
  ];
  const what = distinct[each];
  const when = `CASE WHEN ${conditions.join(' AND ')} THEN ${what ?? '1'} END`;
  return `COUNT(${what === undefined ? '' : 'DISTINCT '}${when})`;
}

// As the sums do it: whole milliseconds, whose sum does not depend on their order.
function riskColumn({ each, days = 'calendar', known }: RiskCount): string {
  const present = '(e.calendar > 0 OR e.midnight > 0 OR e.elapsed > 0)';
  if (each !== 'patientDay') return `COUNT(DISTINCT CASE WHEN ${present} THEN e.${each} END)`;
  const milliseconds = `CAST(e.${days} * 86400000.0 + 0.5 AS INTEGER)`;
  const counted =
    known === undefined
      ? milliseconds
      : `CASE WHEN e.${known} IS NULL THEN 0 ELSE ${milliseconds} END`;
  return `SUM(${counted}) / 86400000.0`;
}

const cellKey = ['unit_id', 'arm', 'stratum'] as const;
const keys = (alias: string): string => cellKey.map((key) => `${alias}.${key}`).join(', ');
const keysAs = (alias: string): string =>
  cellKey.map((key) => `${alias}.${key} AS ${key}`).join(', ');
const onKeys = (alias: string): string =>
  cellKey.map((key) => `${alias}.${key} = c.${key}`).join(' AND ');

/**
 * The query of some counts: one row for each unit, arm and stratum, and the counts as `n0`, `n1` …
 *
 * @param responseWindow of the trial, milliseconds
 */
export function countStatement(
  counts: readonly TimedCount[],
  responseWindow: number,
): CountStatement {
  const codes = new Map<string, string>();
  const alerts: string[] = [];
  const risks: string[] = [];
  let answers = false;
  let ranks = false;
  let eligible = false;
  counts.forEach((count, index) => {
    if (isRisk(count)) {
      risks.push(`${riskColumn(count)} AS n${index}`);
      return;
    }
    const { of, each, reason } = count;
    let dismissed = 'dismissed_ms';
    if (reason !== undefined) {
      const key = codes.get(reason) ?? `reason${codes.size}`;
      codes.set(reason, key);
      dismissed = `${key}_ms`;
    }
    answers ||= of !== 'due' && windowedStates.has(of);
    ranks ||= of === 'repeats' || each === 'firstAlert' || each === 'firstFiring';
    eligible ||= count.eligible === true;
    alerts.push(`${alertColumn(count, responseWindow, dismissed)} AS n${index}`);
  });
  const columns = counts.map((_, index) => `COALESCE(n${index}, 0) AS n${index}`);
  const sql = `
SELECT ${[`c.unit_id AS "unitId"`, `c.arm AS "arm"`, `c.stratum AS "stratum"`, ...columns].join(', ')}
FROM (
  SELECT DISTINCT ${keysAs('e')} FROM event e ${scan}
  WHERE ${ofTrial(`IN ('impression', 'patient-days')`)}
) c${
    alerts.length === 0
      ? ''
      : `
LEFT JOIN (
  SELECT ${keysAs('f')}, ${alerts.join(', ')}
  FROM (${firings({ answers, reasons: [...codes.values()], ranks, eligible })}) f
  GROUP BY ${keys('f')}
) a ON ${onKeys('a')}`
  }${
    risks.length === 0
      ? ''
      : `
LEFT JOIN (
  SELECT ${keysAs('e')}, ${risks.join(', ')}
  FROM event e ${scan} WHERE ${ofTrial(`= 'patient-days'`)}
  GROUP BY ${keys('e')}
) r ON ${onKeys('r')}`
  }
ORDER BY c.unit_id, c.arm, c.stratum`;
  const reasons = Object.fromEntries([...codes].map(([code, key]) => [key, code]));
  return { sql, reasons };
}

const roundedUp = (step: number): string =>
  `d.delay_ms + (${step} - d.delay_ms % ${step}) % ${step}`;

/** How many alerts of each arm were first answered after each time. Takes `:trial` and `:window`. */
export const selectDelays: string = `
SELECT h.arm AS "arm", h.delay AS "delay", COUNT(*) AS "alerts"
FROM (
  SELECT d.arm AS arm, CASE WHEN d.delay_ms < 0 THEN NULL
    WHEN d.delay_ms = 0 THEN 100
    WHEN d.delay_ms <= 60000 THEN ${roundedUp(100)}
    WHEN d.delay_ms <= 3600000 THEN ${roundedUp(1000)}
    ELSE ${roundedUp(60_000)} END AS delay
  FROM (
    SELECT f.arm AS arm, f.first_ms AS delay_ms
    FROM (${firings({ answers: true, reasons: [], ranks: false, eligible: false })}) f
    WHERE f.shown = 1 AND f.first_ms <= :window
  ) d
) h
GROUP BY h.arm, h.delay
ORDER BY h.arm, COALESCE(h.delay, -1)`;
