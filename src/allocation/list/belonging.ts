import type { Problem } from '../../errors.ts';
import { AllocationError } from '../../errors.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Allocation } from './allocation.ts';

/** Why a list is not that of a trial; undefined when it says that it is. */
export function foreignness(
  trial: Trial,
  allocation: Pick<Allocation, 'trial' | 'id' | 'round'>,
): Problem | undefined {
  if (allocation.trial === trial.fingerprint) return undefined;
  return {
    path: 'trial',
    message: `belongs to another protocol (${allocation.id}, round ${allocation.round}, ${allocation.trial.slice(0, 12)}), not to ${trial.id}, round ${trial.round} (${trial.fingerprint.slice(0, 12)}): a changed protocol needs its own list`,
  };
}

/**
 * Checks that a list says that it is of a trial. Of few clusters the seed of one trial often gives the
 * arms of another as well, so that replaying it does not tell.
 *
 * @throws AllocationError when it is of another protocol
 */
export function checkBelonging(trial: Trial, allocation: Allocation): void {
  const problem = foreignness(trial, allocation);
  if (problem !== undefined) throw new AllocationError([problem]);
}
