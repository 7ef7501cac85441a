import type { AlertLevel, AlertState, RiskCount } from '../../trial/count.ts';
import { windowedStates } from '../../trial/count.ts';
import { firings } from './firing-sql.ts';
import type { TimedAlertCount, TimedCount } from './timed-count.ts';
import { isRisk } from './timed-count.ts';
import type { EventSource } from '../warehouse/event-sql.ts';
import {
  atRisk,
  cellKey,
  columnsOf,
  milliseconds,
  namedColumns,
  randomOf,
} from '../warehouse/event-sql.ts';

/** A query of counts, and the codes of the reasons that it binds. */
export interface CountStatement {
  /** Takes `:trial`, `:asOf` in milliseconds, and `reasons` by their keys. */
  readonly sql: string;
  readonly reasons: Readonly<Record<string, string>>;
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
      return `f.shown = 1 AND f.first_ms > 0 AND ${until('first_ms')}`;
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

/** What is distinct at a level; nothing where each firing counts. */
const distinct: Readonly<Record<AlertLevel, string | undefined>> = {
  alert: undefined,
  firstAlert: undefined,
  firstFiring: undefined,
  opening: 'opening_id',
  encounter: 'encounter',
  patient: 'patient',
  clinician: 'clinician',
  patientDay: 'patient',
  clinicianDay: 'clinician',
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
  if (what === undefined) return `COUNT(CASE WHEN ${conditions.join(' AND ')} THEN 1 END)`;
  const isByDay = each === 'patientDay' || each === 'clinicianDay';
  // A day has a fixed length. Engines differ in what they make of it and a NULL.
  const thing = isByDay ? `CONCAT(f.event_day, f.${what})` : `f.${what}`;
  const when = [...conditions, `f.${what} IS NOT NULL`].join(' AND ');
  return `COUNT(DISTINCT CASE WHEN ${when} THEN ${thing} END)`;
}

function patientDays({ days = 'calendar', known }: RiskCount, { dialect }: EventSource): string {
  const all = milliseconds(days, dialect);
  const counted = known === undefined ? all : `CASE WHEN e.${known} IS NULL THEN 0 ELSE ${all} END`;
  return `SUM(${counted}) / 86400000.0`;
}

/** The counts of each unit, arm and stratum that are made from the same rows. */
interface Part {
  /** What the rows are called in the counts. */
  readonly rows: string;
  readonly from: string;
  /** By the columns that they become. */
  readonly counts: Map<string, string>;
}

function join(name: string, { rows, from, counts }: Part): string {
  if (counts.size === 0) return '';
  const columns = [...counts].map(([column, count]) => `${count} AS ${column}`);
  return `
LEFT JOIN (
  SELECT ${namedColumns(rows, cellKey)}, ${columns.join(', ')}
  FROM ${from}
  GROUP BY ${columnsOf(rows, cellKey)}
) ${name} ON ${cellKey.map((key) => `${name}.${key} = c.${key}`).join(' AND ')}`;
}

/**
 * The query of some counts: one row for each unit, arm and stratum, and the counts as `n0`, `n1` …
 *
 * @param options the response window of the trial in milliseconds, and where its events are
 */
export function countStatement(
  counts: readonly TimedCount[],
  { responseWindow, source }: { readonly responseWindow: number; readonly source: EventSource },
): CountStatement {
  const codes = new Map<string, string>();
  const needs = { answers: false, ranks: false, eligible: false };
  const ofAlerts = new Map<string, string>();
  const ofRisk = {
    patientDay: new Map<string, string>(),
    patient: new Map<string, string>(),
    encounter: new Map<string, string>(),
  };
  counts.forEach((count, index) => {
    const column = `n${index}`;
    if (isRisk(count)) {
      const { each } = count;
      ofRisk[each].set(column, each === 'patientDay' ? patientDays(count, source) : 'COUNT(*)');
      return;
    }
    const { of, each, reason } = count;
    let dismissed = 'dismissed_ms';
    if (reason !== undefined) {
      const key = codes.get(reason) ?? `reason${codes.size}`;
      codes.set(reason, key);
      dismissed = `${key}_ms`;
    }
    needs.answers ||= of !== 'due' && windowedStates.has(of);
    needs.ranks ||= of === 'repeats' || each === 'firstAlert' || each === 'firstFiring';
    needs.eligible ||= count.eligible === true;
    ofAlerts.set(column, alertColumn(count, responseWindow, dismissed));
  });
  const present = (by: 'patient' | 'encounter'): Part => ({
    rows: 'q',
    from: `(${atRisk(by, source)}) q`,
    counts: ofRisk[by],
  });
  const parts: Readonly<Record<string, Part>> = {
    alerts: {
      rows: 'f',
      from: `(${firings({ ...needs, reasons: [...codes.values()] }, source)}) f`,
      counts: ofAlerts,
    },
    days: {
      rows: 'e',
      from: `${source.events} WHERE ${randomOf(source, `= 'patient-days'`)}`,
      counts: ofRisk.patientDay,
    },
    patients: present('patient'),
    encounters: present('encounter'),
  };
  const joins = Object.entries(parts);
  const partOf = (column: string): string =>
    joins.find(([, part]) => part.counts.has(column))?.[0] ?? '';
  const columns = counts.map((_, index) => {
    const column = `n${index}`;
    return `COALESCE(${partOf(column)}.${column}, 0) AS ${column}`;
  });
  const sql = `
SELECT ${[namedColumns('c', cellKey), ...columns].join(', ')}
FROM (
  SELECT DISTINCT ${namedColumns('e', cellKey)} FROM ${source.events}
  WHERE ${randomOf(source, `IN ('impression', 'patient-days')`)}
) c${joins.map(([name, part]) => join(name, part)).join('')}
ORDER BY ${cellKey.join(', ')}`;
  const reasons = Object.fromEntries([...codes].map(([code, key]) => [key, code]));
  return { sql, reasons };
}
