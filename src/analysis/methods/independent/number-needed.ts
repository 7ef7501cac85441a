import type { IntervalEstimate } from './counts.ts';

/** A range of numbers needed; `Infinity` where it has no end. */
export interface NumberNeededRange {
  readonly lower: number;
  readonly upper: number;
}

/** How many units must be alerted for one more to have, or not to have, the outcome. */
export interface NumberNeeded {
  /** 1 / |difference|; `Infinity` where the difference is 0. */
  readonly estimate: number;
  /** Whether one more has the good outcome or one more the bad. */
  readonly direction: 'benefit' | 'harm' | 'neither';
  /** The numbers needed to benefit that the interval holds, or `undefined` when it holds none. */
  readonly benefit: NumberNeededRange | undefined;
  /** The numbers needed to harm that the interval holds, or `undefined` when it holds none. */
  readonly harm: NumberNeededRange | undefined;
}

/**
 * The number needed to alert, 1/|d| for a difference d of proportions, with the reciprocals of its
 * limits. An interval of d that holds 0 becomes two ranges that meet at infinity: from -0.02 to 0.10 is
 * 10 to ∞ to benefit and 50 to ∞ to harm, "NNTB 10 to ∞ to NNTH 50".
 *
 * It takes the difference of any method, so its interval is as right as that of the difference: for
 * clusters give it `differenceOf`, for independent units `proportionDifference`.
 *
 * Source: D. G. Altman, BMJ 1998;317:1309. R has none.
 *
 * @param difference arm minus control, between -1 and 1, with its limits
 * @param options `better`: whether the outcome is wanted (`higher`, the default) or not (`lower`)
 * @throws RangeError when the limits are not numbers or do not hold the estimate between them
 */
export function numberNeeded(
  { estimate, lower, upper }: IntervalEstimate,
  { better = 'higher' }: { readonly better?: 'higher' | 'lower' | undefined } = {},
): NumberNeeded {
  if (!(lower <= estimate && estimate <= upper)) {
    throw new RangeError(
      `the limits must hold the estimate between them, got ${lower}, ${estimate}, ${upper}`,
    );
  }
  const [least, gain, most] =
    better === 'higher' ? [lower, estimate, upper] : [-upper, -estimate, -lower];
  return {
    estimate: 1 / Math.abs(gain),
    direction: gain > 0 ? 'benefit' : gain < 0 ? 'harm' : 'neither',
    benefit: reciprocalOf(least, most),
    harm: reciprocalOf(-most, -least),
  };
}

/** The reciprocals of the part of an interval that lies above 0. */
function reciprocalOf(least: number, most: number): NumberNeededRange | undefined {
  if (!(most > 0)) return undefined;
  return { lower: 1 / most, upper: least > 0 ? 1 / least : Infinity };
}
