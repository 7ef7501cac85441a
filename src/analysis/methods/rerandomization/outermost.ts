/**
 * How far from 0 a condition last holds, going outwards: where it stops holding for good, as far as a
 * ladder of distances shows (each √2 times the one before), refined by bisection.
 *
 * @param holds true at 0, and false far enough away, if it ever is
 * @param first the scale of the problem: the ladder starts at a quarter of it
 * @param most the last distance to try
 * @returns the distance, or `undefined` when the condition still holds at the end of the ladder
 */
export function outermost(
  holds: (distance: number) => boolean,
  { first, most }: { readonly first: number; readonly most: number },
): number | undefined {
  let inside = 0;
  let outside: number | undefined;
  // Four failures in a row, almost three times as far out, and it is taken to have stopped for good.
  for (let rung = first / 4, failures = 0; rung <= most && failures < 4; rung *= Math.SQRT2) {
    if (holds(rung)) {
      inside = rung;
      outside = undefined;
      failures = 0;
    } else {
      outside ??= rung;
      failures += 1;
    }
  }
  if (outside === undefined) return undefined;
  while (outside - inside > 1e-11 * outside) {
    const middle: number = (inside + outside) / 2;
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
