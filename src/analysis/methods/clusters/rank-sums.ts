/** Values of two samples, ranked together. */
export interface Ranks {
  /** Twice the rank of each value, first those of the first sample; ties share the mean of theirs. */
  readonly doubled: Float64Array;
  /** Σ(t³ - t) over the groups of t tied values; 0 without ties. */
  readonly tieSum: number;
}

/** Ranks of the values of two samples together. In R: `rank(c(x, y))`, here doubled to be whole. */
export function rankTogether(x: ArrayLike<number>, y: ArrayLike<number>): Ranks {
  const total = x.length + y.length;
  const valueAt = (i: number): number => (i < x.length ? x[i] : y[i - x.length]) ?? 0;
  const order = Int32Array.from({ length: total }, (_, i) => i).sort(
    (i, j) => valueAt(i) - valueAt(j),
  );
  const doubled = new Float64Array(total);
  let tieSum = 0;
  let end = 0;
  for (let start = 0; start < total; start = end) {
    end = start + 1;
    while (end < total && valueAt(order[end] ?? 0) === valueAt(order[start] ?? 0)) end += 1;
    for (const i of order.subarray(start, end)) doubled[i] = start + 1 + end;
    const tied = end - start;
    tieSum += tied ** 3 - tied;
  }
  return { doubled, tieSum };
}

/**
 * In how many of the C(N, m) choices of m values the sum of their doubled ranks is s, for every s from
 * 0: the permutation distribution of a rank sum with ties, counted one value at a time.
 *
 * Source: Streitberg & Röhmel 1986, Statistical Software Newsletter 12:10.
 */
export function countRankSums(doubled: Float64Array, m: number): Float64Array {
  const sorted = Float64Array.from(doubled).sort();
  const width = sorted.subarray(sorted.length - m).reduce((a, b) => a + b, 0) + 1;
  const counts = new Float64Array((m + 1) * width);
  counts[0] = 1;
  let reach = 0;
  sorted.forEach((rank, taken) => {
    reach = Math.min(width - 1, reach + rank);
    for (let size = Math.min(m, taken + 1); size >= 1; size -= 1) {
      const to = size * width;
      const from = to - width - rank;
      for (let s = rank; s <= reach; s += 1) {
        counts[to + s] = (counts[to + s] ?? 0) + (counts[from + s] ?? 0);
      }
    }
  });
  return counts.subarray(m * width);
}
