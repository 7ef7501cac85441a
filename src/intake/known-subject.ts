import type { Subject, SubjectIds } from '../allocation/subject.ts';
import type { Unit } from '../trial/protocol.ts';

/** A subject whose unit and patient are known. */
export type KnownSubject<U extends Unit> = SubjectIds & Subject<U> & { readonly patient: string };

/** Whether the id of the unit is there. */
export function hasUnit<U extends Unit>(
  ids: SubjectIds & { readonly patient: string },
  unit: U,
): ids is KnownSubject<U> {
  return ids[unit] !== undefined;
}
