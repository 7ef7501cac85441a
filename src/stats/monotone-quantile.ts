import { findRoot } from './root.ts';
import type { Tail, Tails } from './tails.ts';

/**
 * The x with P(X ≤ x) = p, or P(X > x) = p, of a continuous law of which no more is known than its
 * tails: a root in x of the logarithm of the smaller tail.
 *
 * @param p between 0 and 1; 0 and 1 give an infinity.
 * @param tail the side p is counted from.
 * @param start where the search begins; it goes out from there by ever longer steps.
 * @returns x, or an infinity where it is beyond the range of doubles
 */
export function monotoneQuantile(
  p: number,
  tail: Tail,
  start: number,
  cdf: (x: number) => Tails,
): number {
  const lower = (tail === 'lower') === p <= 0.5;
  // For p above ½ the complement is exact.
  const logTarget = Math.log(p <= 0.5 ? p : 1 - p);
  if (logTarget === -Infinity) return lower ? -Infinity : Infinity;
  // Falls through 0 as x grows, on either side.
  const above = (x: number): number => {
    const tails = cdf(x);
    return lower ? logTarget - Math.log(tails.lower) : Math.log(tails.upper) - logTarget;
  };
  const outwards = above(start) > 0 ? 1 : -1;
  let near = start;
  let far = start + outwards;
  for (let step = 2; above(far) * outwards > 0; step *= 2) {
    near = far;
    far = start + outwards * step;
    if (Math.abs(far) === Infinity) return far;
  }
  return findRoot(above, { lower: Math.min(near, far), upper: Math.max(near, far) });
}
