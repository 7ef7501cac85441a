import type { Sums } from './port.ts';

/** The sums of a unit of which nothing is known yet. */
export const noSums: Sums = Object.freeze({
  alerts: 0,
  alertsByOpening: 0,
  silent: 0,
  accepted: 0,
  acceptedByOpening: 0,
  dismissed: 0,
  acceptedAndDismissed: 0,
  ordered: 0,
  calendarDays: 0,
  midnightDays: 0,
  elapsedDays: 0,
  exposedDays: 0,
});
