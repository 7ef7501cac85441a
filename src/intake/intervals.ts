/** A span of time: from the first instant to before the last. Milliseconds since 1970-01-01T00:00Z. */
export interface Interval {
  readonly from: number;
  /** `Infinity` while it lasts. */
  readonly to: number;
}

/** The same time without overlaps: sorted, touching and overlapping intervals as one. */
export function merge(intervals: readonly Interval[]): readonly Interval[] {
  const merged: Interval[] = [];
  for (const interval of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (interval.to <= interval.from) continue;
    if (last !== undefined && interval.from <= last.to) {
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, interval.to) };
    } else {
      merged.push(interval);
    }
  }
  return merged;
}

/** The time of some intervals that lies in none of others. */
export function subtract(
  intervals: readonly Interval[],
  others: readonly Interval[],
): readonly Interval[] {
  return merge(others).reduce<readonly Interval[]>(
    (left, { from, to }) =>
      left
        .flatMap((interval) => [
          { from: interval.from, to: Math.min(interval.to, from) },
          { from: Math.max(interval.from, to), to: interval.to },
        ])
        .filter((interval) => interval.from < interval.to),
    merge(intervals),
  );
}

/** The time that lies in some intervals and in others too. */
export function intersect(
  intervals: readonly Interval[],
  others: readonly Interval[],
): readonly Interval[] {
  return subtract(intervals, subtract([{ from: -Infinity, to: Infinity }], others));
}
