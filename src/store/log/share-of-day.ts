/** Milliseconds in the 24 hours that a share of a day is a share of. */
export const dayLength = 86_400_000;

/**
 * A share of a day, or a difference of two, in whole milliseconds: whole numbers have one sum, in
 * whatever order. Halves go away from zero, so that what is taken away is as much as was given; the
 * statements that fold events say the same.
 */
export function wholeMilliseconds(share: number): number {
  const nearest = (size: number): number => Math.floor(size * dayLength + 0.5);
  return share >= 0 ? nearest(share) : 0 - nearest(-share);
}
