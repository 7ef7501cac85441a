/**
 * Both tail probabilities of a distribution at one point.
 *
 * The two are computed side by side and neither is one minus the other once it is small, so that
 * a p value of 1e-30 keeps its digits whichever side it lies on.
 */
export interface Tails {
  /** P(X ≤ x); in R `p…(x)`. */
  readonly lower: number;
  /** P(X > x); in R `p…(x, lower.tail = FALSE)`. */
  readonly upper: number;
}

/** The side a probability is counted from: `lower` is P(X ≤ x), `upper` is P(X > x). */
export type Tail = 'lower' | 'upper';
