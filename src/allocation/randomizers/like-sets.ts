/** A set of like members and how far apart they are. */
export interface LikeSet {
  /** Indices of the members, in their order. */
  readonly members: readonly number[];
  /** Sum of the distances of its pairs. */
  readonly distance: number;
}

/** Distances between n members, n × n, symmetric. */
interface Distances {
  readonly count: number;
  readonly between: Float64Array;
}

/** An exchange must lower the total by more than the rounding of it. */
const ROUNDING = 1e-12;

/**
 * Sets of like members. The closest two that are free open a set, to which the nearest free ones are
 * added one by one; then two members of different sets change places wherever that lowers the total
 * of the distances within sets, until no exchange of two does. The outcome is a local optimum, not
 * always the least total there is. Ties go by the order of the members, so that it is the same always.
 *
 * @param size of each set, a divisor of the number of members
 */
export function likeSets(
  between: Float64Array,
  { count, size }: { readonly count: number; readonly size: number },
): readonly LikeSet[] {
  const distances = { count, between };
  const sets = nearestSets(distances, size);
  improve(sets, distances);
  return sets
    .map((members) => members.toSorted((a, b) => a - b))
    .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))
    .map((members) => ({
      members,
      distance: members.reduce((sum, member) => sum + toAll(member, members, distances), 0) / 2,
    }));
}

/** The distances of a member to those of a list, added up. */
function toAll(member: number, others: readonly number[], { count, between }: Distances): number {
  let sum = 0;
  for (const other of others) sum += between[member * count + other] ?? 0;
  return sum;
}

function nearestSets(distances: Distances, size: number): number[][] {
  const { count, between } = distances;
  const pairs: number[] = [];
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) pairs.push(i * count + j);
  }
  // The sort is stable: pairs alike in distance stay in the order of their members.
  pairs.sort((a, b) => (between[a] ?? 0) - (between[b] ?? 0));
  const free = new Set(Array(count).keys());
  const sets: number[][] = [];
  for (const pair of pairs) {
    const [first, second] = [Math.floor(pair / count), pair % count];
    if (!(free.has(first) && free.has(second))) continue;
    const set = [first, second];
    free.delete(first);
    free.delete(second);
    while (set.length < size) {
      let nearest = -1;
      let least = Infinity;
      for (const member of free) {
        const distance = toAll(member, set, distances);
        if (distance < least) [nearest, least] = [member, distance];
      }
      set.push(nearest);
      free.delete(nearest);
    }
    sets.push(set);
  }
  return sets;
}

/** Exchanges members of the sets in place. */
function improve(sets: readonly number[][], distances: Distances): void {
  const { count, between } = distances;
  const setOf: number[][] = [];
  for (const set of sets) for (const member of set) setOf[member] = set;
  const all = sets.flat();
  const enough =
    all.reduce((sum, member) => sum + toAll(member, setOf[member] ?? [], distances), 0) * ROUNDING;
  for (let improved = true; improved;) {
    improved = false;
    for (let i = 0; i < count; i++) {
      for (let j = i + 1; j < count; j++) {
        const [one, other] = [setOf[i] ?? [], setOf[j] ?? []];
        if (one === other) continue;
        // Each sum to the other's set holds their own distance, which the exchange does not change.
        const gain =
          toAll(i, one, distances) +
          toAll(j, other, distances) -
          toAll(i, other, distances) -
          toAll(j, one, distances) +
          2 * (between[i * count + j] ?? 0);
        if (!(gain > enough)) continue;
        one[one.indexOf(i)] = j;
        other[other.indexOf(j)] = i;
        [setOf[i], setOf[j]] = [other, one];
        improved = true;
      }
    }
  }
}
