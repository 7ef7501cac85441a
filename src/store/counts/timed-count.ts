import { durationMilliseconds } from '../../trial/calendar.ts';
import type { AlertCount, LedgerCount, RiskCount } from '../../trial/count.ts';
import { isAlertCount } from '../../trial/count.ts';

/** A count of alerts whose window is a number of milliseconds. */
export interface TimedAlertCount extends Omit<AlertCount, 'within'> {
  /** `null` for the response window of the trial. */
  readonly within: number | null;
}

/** A count that a ledger can make without reading a duration. */
export type TimedCount = TimedAlertCount | RiskCount;

/** A count with its window in milliseconds. */
export function timedCount(count: LedgerCount): TimedCount {
  if (!isAlertCount(count)) return count;
  const { within, ...rest } = count;
  return { ...rest, within: within === undefined ? null : durationMilliseconds(within) };
}

/** Whether a count is one of time at risk. */
export function isRisk(count: TimedCount): count is RiskCount {
  return count.of === 'atRisk';
}
