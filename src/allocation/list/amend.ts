import type { Problem } from '../../errors.ts';
import { AllocationError } from '../../errors.ts';
import type { Trial } from '../../trial/trial.ts';
import { differenceOf, seenOf } from '../clusters/alike.ts';
import type { ClusterList } from '../clusters/index.ts';
import { allocated, checkSeed, drawChecked } from './allocate.ts';
import type { Allocation, Amendment } from './allocation.ts';
import { checkBelonging } from './belonging.ts';
import { sealed } from './checksum.ts';
import { basisOf, everListed } from './history.ts';
import { asMade, behind, faultsOf } from './standing.ts';

/** What is to be changed. */
export type Change =
  | {
      readonly kind: 'add';
      /** As `parseClusters` or `clustersFrom` give them with `late: true`. */
      readonly clusters: ClusterList;
      readonly seed: string;
    }
  | { readonly kind: 'withdraw'; readonly cluster: string }
  | { readonly kind: 'merge'; readonly cluster: string; readonly into: string };

/** A change with its day and its reason. */
export interface AmendOptions {
  /** The first day on which it holds, `YYYY-MM-DD` in the trial's time zone; not before the day of the amendment before. */
  readonly from: string;
  readonly reason: string;
  readonly change: Change;
}

/**
 * Amends an allocation: late clusters are allocated given those before, a cluster withdraws or
 * becomes part of another. What was allocated stays as it was; the amendment stands behind it with
 * its reason, and the checksum is of all of it.
 *
 * @throws AllocationError when the list is of another protocol, or the change does not fit it
 */
export function amend(trial: Trial, allocation: Allocation, options: AmendOptions): Allocation {
  checkBelonging(trial, allocation);
  const problems = faultsIn(trial, allocation, options);
  if (problems.length > 0) throw new AllocationError(problems);
  const { from, reason, change } = options;
  const { checksum: amends, ...before } = allocation;
  const base = { from, reason, amends };
  const amendment: Amendment =
    change.kind === 'add'
      ? { kind: 'add', ...base, seed: change.seed, clusters: late(trial, allocation, change) }
      : { ...change, ...base };
  return sealed({ ...before, amendments: [...allocation.amendments, amendment] });
}

function late(
  trial: Trial,
  allocation: Allocation,
  { clusters, seed }: Extract<Change, { readonly kind: 'add' }>,
): ReturnType<typeof allocated> {
  const { waves, seeds } = basisOf(allocation);
  const basis = {
    waves: [...waves, clusters.waves.flat()],
    seeds: [...seeds, checkSeed(seed)],
  };
  const drawn = drawChecked(trial, basis);
  return allocated(basis.waves, drawn).slice(everListed(allocation).length);
}

/** Late clusters that are on the list already, or look as if they were. */
function twinFaults(
  { unit }: Trial,
  { waves }: ClusterList,
  listed: readonly string[],
): readonly string[] {
  // Pseudonyms that differ in a letter's case are two persons.
  const seen = (id: string): string => (unit === 'practice' ? seenOf(id) : id);
  const known = new Map(listed.map((id) => [seen(id), id]));
  return waves.flat().flatMap(({ id }) => {
    const twin = known.get(seen(id));
    if (twin === undefined) return [];
    return twin === id
      ? [`"${id}" is on the list already`]
      : [`"${id}" differs from "${twin}" of the list only in ${differenceOf(id, twin)}`];
  });
}

function faultsIn(trial: Trial, allocation: Allocation, options: AmendOptions): readonly Problem[] {
  const { change } = options;
  const standing = allocation.amendments.reduce(behind, asMade(trial, allocation));
  const faults = faultsOf(trial, standing, options);
  if (change.kind !== 'add') return faults;
  const twins = twinFaults(trial, change.clusters, [...standing.active.keys()]);
  return [...faults, ...twins.map((message) => ({ path: 'clusters', message }))];
}
