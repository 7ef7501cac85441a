import type { Problem } from '../../errors.ts';
import { isCalendarDay } from '../../trial/calendar.ts';
import type { Trial } from '../../trial/trial.ts';
import type { Allocation, Amendment } from './allocation.ts';

/** A list as it stands behind some of its amendments. */
export interface Standing {
  /** The day from which the last of them holds; the first day of the trial when there is none. */
  readonly since: string;
  /** All clusters ever listed, and whether each is still on the list by itself. */
  readonly active: ReadonlyMap<string, boolean>;
}

/** What a change does to clusters that are on the list. */
export type ChangeOfListed =
  | { readonly kind: 'add' }
  | { readonly kind: 'withdraw'; readonly cluster: string }
  | { readonly kind: 'merge'; readonly cluster: string; readonly into: string };

/** A list as it was made. */
export function asMade(
  { protocol }: Pick<Trial, 'protocol'>,
  { clusters }: Pick<Allocation, 'clusters'>,
): Standing {
  return { since: protocol.start, active: new Map(clusters.map(({ id }) => [id, true])) };
}

/** A list behind one more amendment. */
export function behind({ active: before }: Standing, amendment: Amendment): Standing {
  const active = new Map(before);
  if (amendment.kind === 'add') for (const { id } of amendment.clusters) active.set(id, true);
  else active.set(amendment.cluster, false);
  return { since: amendment.from, active };
}

/** What is wrong with a change of a list that stands so. */
export function faultsOf(
  { protocol }: Pick<Trial, 'protocol'>,
  { since, active }: Standing,
  {
    from,
    reason,
    change,
  }: Pick<Amendment, 'from' | 'reason'> & { readonly change: ChangeOfListed },
): readonly Problem[] {
  const problems: Problem[] = [];
  const fault = (path: string, message: string): void => {
    problems.push({ path, message });
  };
  const { start, end } = protocol;
  if (!isCalendarDay(from)) fault('from', 'must be a calendar day that exists, written YYYY-MM-DD');
  else if (from < start || from > end)
    fault('from', `must be a day of the trial, ${start} to ${end}`);
  else if (from < since)
    fault('from', `an amendment holds from ${since} on: a later one cannot hold from before`);
  if (reason.trim() === '') fault('reason', 'every amendment needs its reason');
  const needActive = (path: string, id: string): void => {
    const isActive = active.get(id);
    if (isActive === undefined) fault(path, `"${id}" is not on the list`);
    else if (!isActive) fault(path, `"${id}" was withdrawn or merged before`);
  };
  if (change.kind === 'add') return problems;
  needActive('cluster', change.cluster);
  if (change.kind === 'merge') {
    needActive('into', change.into);
    if (change.cluster === change.into) fault('into', 'a cluster cannot become part of itself');
  }
  return problems;
}
