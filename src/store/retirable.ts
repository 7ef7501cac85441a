import { StoreUnusableError } from '../errors.ts';
import { trialFrom } from '../trial/trial.ts';
import type { RegisteredTrial } from './port.ts';

/**
 * Checks that a trial is over, so that its events may be removed: stopped, or past its end and the
 * response window of its last alert.
 *
 * @param at when they are to be removed, milliseconds
 * @throws StoreUnusableError while it may still take events
 */
export function checkRetirable(
  {
    id,
    round,
    protocol,
    stoppedAt,
  }: Pick<RegisteredTrial, 'id' | 'round' | 'protocol' | 'stoppedAt'>,
  at: number,
): void {
  const { endsAt, responseWindow } = trialFrom(protocol);
  if (at >= (stoppedAt ?? endsAt) + responseWindow) return;
  throw new StoreUnusableError(
    `trial ${id}, round ${round}, is not over: its events can be removed when it has ended or was stopped, and its last response window has passed`,
  );
}
