import { firings } from './firing-sql.ts';
import type { EventSource } from '../warehouse/event-sql.ts';

/** How many alerts of each arm were first answered after each time. Takes `:trial` and `:window`. */
export function selectDelays(source: EventSource): string {
  const { floor } = source.dialect;
  // Not by a remainder, which engines write in several ways.
  const roundedUp = (step: number): string =>
    `${floor(`(d.delay_ms + ${step - 1}) / ${step}.0`)} * ${step}`;
  const all = firings({ answers: true, reasons: [], ranks: false, eligible: false }, source);
  return `
SELECT h.arm AS arm, h.delay AS delay, COUNT(*) AS alerts
FROM (
  SELECT d.arm AS arm, CASE WHEN d.delay_ms < 0 THEN NULL
    WHEN d.delay_ms = 0 THEN 0
    WHEN d.delay_ms <= 60000 THEN ${roundedUp(100)}
    WHEN d.delay_ms <= 3600000 THEN ${roundedUp(1000)}
    ELSE ${roundedUp(60_000)} END AS delay
  FROM (
    SELECT f.arm AS arm, f.first_ms AS delay_ms
    FROM (${all}) f
    WHERE f.shown = 1 AND f.first_ms <= :window
  ) d
) h
GROUP BY h.arm, h.delay
ORDER BY arm, COALESCE(delay, -1)`;
}
