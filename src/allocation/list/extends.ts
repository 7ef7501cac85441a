import { AllocationError } from '../../errors.ts';
import type { Allocation } from './allocation.ts';
import { sealed } from './checksum.ts';

/**
 * Whether there is anything new in an allocation, given the one that is kept.
 *
 * @throws AllocationError unless it is the kept one, or the kept one with amendments behind
 */
export function hasNewAmendments(kept: Allocation, next: Allocation): boolean {
  const { checksum, ...rest } = next;
  const isKept = (amendments: Allocation['amendments']): boolean =>
    sealed({ ...rest, amendments }).checksum === kept.checksum;
  if (checksum === kept.checksum) return false;
  const before = next.amendments.slice(0, kept.amendments.length);
  if (next.amendments.length > before.length && isKept(before)) return true;
  throw new AllocationError([
    {
      path: '',
      message: `${next.id}, round ${next.round}, has a list already (${kept.checksum.slice(0, 12)}, ${kept.amendments.length} amendment(s)), and this one (${checksum.slice(0, 12)}) is not that list with amendments behind: a list is amended, never replaced`,
    },
  ]);
}
