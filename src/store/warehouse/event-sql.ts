import type { Dialect } from './dialect.ts';

/** Where the events of a query are. */
export interface EventSource {
  readonly dialect: Dialect;
  /** What stands after FROM: a table of events, as `e`. */
  readonly events: string;
  /** The column of `e` that tells the trial, by what `:trial` is given as. */
  readonly trial: string;
}

/** Random assignments of the trial, of some types. */
export function randomOf({ trial }: EventSource, types: string): string {
  return `${trial} = :trial AND e.randomized = 1 AND e.type ${types}`;
}

/** An event that says that its alert was accepted. */
export const accepting = `(e.type = 'acceptance' OR (e.type = 'order' AND e.route IN ('click', 'tag')))`;

/** Within what everything is counted. */
export const cellKey = ['unit_id', 'arm', 'stratum'] as const;

/** Columns of a table. */
export function columnsOf(alias: string, names: readonly string[]): string {
  return names.map((name) => `${alias}.${name}`).join(', ');
}

/** Columns of a table under their own names, which not every engine gives them by itself. */
export function namedColumns(alias: string, names: readonly string[]): string {
  return names.map((name) => `${alias}.${name} AS ${name}`).join(', ');
}

/**
 * A fraction of a day as whole milliseconds, whose sum does not depend on their order. What amends a
 * patient-day can be negative.
 */
export function milliseconds(column: string, { floor }: Dialect): string {
  const days = `COALESCE(e.${column}, 0)`;
  return `CASE WHEN ${days} >= 0 THEN ${floor(`${days} * 86400000 + 0.5`)}
    ELSE 0 - ${floor(`0.5 - ${days} * 86400000`)} END`;
}

/** Who was at risk, one row each in a unit, arm and stratum: the patients, or the encounters. */
export function atRisk(by: 'patient' | 'encounter', source: EventSource): string {
  const key = [...cellKey, by];
  const sum = (column: string): string =>
    `SUM(${milliseconds(column, source.dialect)}) AS ${column}_ms`;
  return `
SELECT ${namedColumns('p', key)}
FROM (
  SELECT ${namedColumns('e', key)}, ${['calendar', 'midnight', 'elapsed'].map(sum).join(', ')}
  FROM ${source.events}
  WHERE ${randomOf(source, `= 'patient-days'`)} AND e.${by} IS NOT NULL
  GROUP BY ${columnsOf('e', key)}
) p
WHERE p.calendar_ms > 0 OR p.midnight_ms > 0 OR p.elapsed_ms > 0`;
}
