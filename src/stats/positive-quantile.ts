import type { Tail, Tails } from './tails.ts';

/** A law on (0, ∞) as `positiveQuantile` needs it. */
export interface PositiveLaw {
  /** Both tails at x > 0. */
  readonly cdf: (x: number) => Tails;
  /** dF / d log x at x > 0, that is x times the density. */
  readonly slope: (x: number) => number;
}

const MAXIMUM_STEPS = 400;

/** Longest step of log x; a tangent far from the root may point beyond the range of doubles. */
const LONGEST_STEP = 300;

/**
 * The x > 0 with P(X ≤ x) = p, or P(X > x) = p, for a law whose log x has a log-concave density
 * (gamma, and the odds of a beta, are such).
 *
 * Newton's method on the logarithm of the smaller tail against log x, which is concave, so that
 * the iteration is monotone from its second step; a bracket guards it where a tail underflows.
 * The state is x itself and steps multiply it, as adding to a large log x would lose digits.
 *
 * @param p between 0 and 1, both excluded.
 * @param tail the side p is counted from.
 * @param start a first guess, greater than 0.
 * @returns x, or 0 or `Infinity` where the quantile is outside the range of doubles.
 */
export function positiveQuantile(p: number, tail: Tail, start: number, law: PositiveLaw): number {
  const lower = (tail === 'lower') === p <= 0.5;
  // For p above ½ the complement is exact.
  const logTarget = Math.log(p <= 0.5 ? p : 1 - p);
  let below = 0;
  let above = Infinity;
  let x = Math.min(Math.max(start, Number.MIN_VALUE), Number.MAX_VALUE);
  let previous = Infinity;
  for (let i = 0; i < MAXIMUM_STEPS; i++) {
    const tails = law.cdf(x);
    const probability = lower ? tails.lower : tails.upper;
    const excess = Math.log(probability) - logTarget;
    if (excess === 0) return x;
    if (excess > 0 === lower) above = x;
    else below = x;
    const step = (excess / law.slope(x)) * (lower ? -probability : probability);
    let next = x * Math.exp(Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, step)));
    // Rounding in the tail makes the last steps wander: when they stop shrinking, x is the answer.
    const size = Math.abs(step);
    if (size < 1e-15 || (size < 1e-11 && size >= previous)) return next;
    previous = size;
    if (!(next > below && next < above)) next = between(below, above);
    if (next === below || next === above) return next;
    x = next;
  }
  return x;
}

/** The geometric mean, kept within the doubles when an end of the bracket is still open. */
function between(below: number, above: number): number {
  const low = Math.sqrt(Math.max(below, Number.MIN_VALUE));
  const high = Math.sqrt(Math.min(above, Number.MAX_VALUE));
  const middle = low * high;
  if (middle > below && middle < above) return middle;
  return below === 0 ? 0 : above;
}
