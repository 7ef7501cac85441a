import { total } from '../setting.ts';

/**
 * The sizes that groups may have: n·w/Σw, rounded down or up, so that they add up to n. The places
 * that rounding down leaves over go to different groups, in every possible way.
 *
 * @param count n, how many clusters there are
 * @param weights w by group, positive whole numbers
 */
export function roundedSizes(
  count: number,
  weights: readonly number[],
): readonly (readonly number[])[] {
  const { least, most } = sizeBounds(count, weights);
  const found: (readonly number[])[] = [];
  const extend = (sizes: readonly number[], left: number): void => {
    const group = sizes.length;
    if (group === weights.length) {
      if (left === 0) found.push(sizes);
      return;
    }
    const low = least[group] ?? 0;
    for (let size = most[group] ?? 0; size >= low; size -= 1) {
      if (size <= left) extend([...sizes, size], left - size);
    }
  };
  extend([], count);
  return found;
}

/** The least and the most clusters of each group: n·w/Σw, rounded down and up. */
export function sizeBounds(
  count: number,
  weights: readonly number[],
): { readonly least: readonly number[]; readonly most: readonly number[] } {
  const whole = total(weights);
  return {
    least: weights.map((weight) => Math.floor((count * weight) / whole)),
    most: weights.map((weight) => Math.ceil((count * weight) / whole)),
  };
}
