import type { Replay } from './draw.ts';
import type { ReferenceSet } from './reference-set.ts';

/**
 * The smallest p values that the assignments allow, whatever the data. With more than two arms they
 * are limits that need not be reached.
 */
export interface Floor {
  /** One-sided: no smaller p value is possible. */
  readonly smallestPValue: number;
  /** Two-sided: larger where the assignment with the arms swapped is as likely to be drawn. */
  readonly smallestTwoSidedPValue: number;
  /** Both in words. */
  readonly floor: string;
}

/**
 * The smallest p values that can be had: the chance of the actual assignment (one-sided), and with
 * that of its mirror image (two-sided), among those in which the statistic exists; by draws, no less
 * than 1/(B + 1).
 *
 * @param share the share of the assignments in which the statistic exists
 */
export function floorOf(
  { chance, mirrored }: Replay,
  { method, draws, share }: Pick<ReferenceSet, 'method' | 'draws'> & { readonly share: number },
): Floor {
  const least = method === 'enumeration' ? 0 : 1 / (draws + 1);
  const smallestPValue = Math.min(1, Math.max(chance / share, least));
  const smallestTwoSidedPValue = Math.min(1, Math.max((chance + mirrored) / share, least));
  const ground =
    method === 'enumeration'
      ? `the ${draws.toLocaleString('en-GB')} assignments that could be compared`
      : `${draws.toLocaleString('en-GB')} draws`;
  return {
    smallestPValue,
    smallestTwoSidedPValue,
    floor: `From ${ground} no p value below ${smallestPValue.toPrecision(2)} one-sided or ${smallestTwoSidedPValue.toPrecision(2)} two-sided is possible, however large the effect.`,
  };
}
