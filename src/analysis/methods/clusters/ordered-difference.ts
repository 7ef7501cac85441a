/**
 * The k-th smallest (k from 1) of all differences xᵢ - yⱼ, without making a list of them: the values
 * are halved until no more differences are left than there are values. Ties need no care.
 *
 * @param x sorted upwards
 * @param y sorted upwards
 */
export function orderedDifference(x: Float64Array, y: Float64Array, k: number): number {
  const first = (x[0] ?? 0) - (y[y.length - 1] ?? 0);
  let high = (x[x.length - 1] ?? 0) - (y[0] ?? 0);
  let low = first;
  let below = countTo(x, y, low).count;
  if (k <= below) return low;
  let upTo = x.length * y.length;
  while (upTo - below > x.length + y.length) {
    const { count, last, next } = countTo(x, y, low / 2 + high / 2);
    // Both ends jump to differences that exist, so that many equal ones end the search.
    if (count < k) {
      if (next === high) return high;
      low = low / 2 + high / 2;
      below = count;
    } else {
      if (last === high) return high;
      high = last;
      upTo = count;
    }
  }
  return differencesWithin(x, y, low, high)[k - below - 1] ?? high;
}

/** How many differences are at most d, the largest of these, and the smallest beyond. */
function countTo(
  x: Float64Array,
  y: Float64Array,
  d: number,
): { readonly count: number; readonly last: number; readonly next: number } {
  const n = y.length;
  let [count, last, next, from] = [0, -Infinity, Infinity, 0];
  for (const value of x) {
    while (from < n && value - (y[from] ?? 0) > d) from += 1;
    count += n - from;
    if (from < n && value - (y[from] ?? 0) > last) last = value - (y[from] ?? 0);
    if (from > 0 && value - (y[from - 1] ?? 0) < next) next = value - (y[from - 1] ?? 0);
  }
  return { count, last, next };
}

/** The differences above low and up to high, sorted. */
function differencesWithin(
  x: Float64Array,
  y: Float64Array,
  low: number,
  high: number,
): Float64Array {
  const found: number[] = [];
  let from = 0;
  for (const value of x) {
    while (from < y.length && value - (y[from] ?? 0) > high) from += 1;
    for (let j = from; j < y.length && value - (y[j] ?? 0) > low; j += 1) {
      found.push(value - (y[j] ?? 0));
    }
  }
  return Float64Array.from(found).sort();
}
