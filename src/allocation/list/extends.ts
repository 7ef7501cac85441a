import { AllocationError } from '../../errors.ts';
import type { Allocation } from './allocation.ts';
import { checksumsOf } from './checksum.ts';

/**
 * Whether there is anything new in an allocation, given the one that is kept. There is nothing in the
 * kept one as it was before some of its amendments, which is what a service may be started with again.
 *
 * @throws AllocationError unless one of the two is the other with amendments behind
 */
export function hasNewAmendments(kept: Allocation, next: Allocation): boolean {
  if (checksumsOf(kept).includes(next.checksum)) return false;
  if (checksumsOf(next).includes(kept.checksum)) return true;
  throw new AllocationError([
    {
      path: '',
      message: `${next.id}, round ${next.round}, has a list already (${kept.checksum.slice(0, 12)}, ${kept.amendments.length} amendment(s)), and this one (${next.checksum.slice(0, 12)}) is not that list with amendments behind: a list is amended, never replaced`,
    },
  ]);
}
