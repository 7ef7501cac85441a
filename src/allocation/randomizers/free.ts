import type { RedrawOptions } from './randomizer.ts';

/** What an actual allocation is checked against. */
interface FreeOptions extends RedrawOptions {
  readonly clusters: number;
  readonly groups: number;
}

/**
 * Whether the clusters of each group are free in a redraw.
 *
 * @throws RangeError if the actual allocation does not have a group for each cluster, or `among` names
 *   a group that there is not
 */
export function freeGroups(
  actual: Uint8Array,
  { among, clusters, groups }: FreeOptions,
): readonly boolean[] {
  if (actual.length !== clusters) {
    throw new RangeError(
      `the actual allocation must have ${clusters} clusters, got ${actual.length}`,
    );
  }
  const unknown = actual.find((group) => group >= groups);
  if (unknown !== undefined) throw new RangeError(noGroup(unknown, groups));
  const free = Array.from({ length: groups }, () => among === undefined);
  for (const group of among ?? []) {
    if (free[group] === undefined) throw new RangeError(noGroup(group, groups));
    free[group] = true;
  }
  return free;
}

function noGroup(group: number, groups: number): string {
  return `there is no group ${group}: groups are counted from 0 to ${groups - 1}`;
}
