import { AllocationError } from '../../errors.ts';
import type { ListedPlan } from '../../trial/allocation-plan.ts';
import type { Trial } from '../../trial/trial.ts';

/**
 * The plan of a trial that allocates from a list.
 *
 * @throws AllocationError when the trial hashes
 */
export function listedPlanOf({ id, allocation }: Pick<Trial, 'id' | 'allocation'>): ListedPlan {
  if (allocation.kind === 'listed') return allocation;
  throw new AllocationError([
    {
      path: 'allocation',
      message: `trial ${id} assigns by hash and needs no list: give its protocol \`allocation: { kind: 'listed', … }\` first`,
    },
  ]);
}
