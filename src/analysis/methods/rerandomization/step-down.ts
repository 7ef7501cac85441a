/**
 * Counts, draw by draw, how often the largest of several scores reaches the actual ones: of all
 * scores (single step), and of those not larger than an actual one (step down). The correlation of
 * the scores is that of the draws.
 *
 * Sources: Westfall & Young 1993, Resampling-Based Multiple Testing, algorithms 2.5 and 2.8. In R:
 * `multtest::mt.maxT()`, for other statistics.
 */
export interface MaximumCount {
  /** Takes the scores of a draw. */
  readonly add: (scores: ArrayLike<number>, weight: number) => void;
  /** The weight of the draws whose largest score of all reaches each actual one. */
  readonly singleStep: Float64Array;
  /**
   * The weight of the draws whose largest score, among those of the same rank and below, reaches each
   * actual one. Not yet monotone: see `monotone`.
   */
  readonly stepDown: Float64Array;
  /** The weight of the draws in which each score reaches its own actual one. */
  readonly unadjusted: Float64Array;
}

/** Starts counting against the actual scores; values within `slack` of them reach them. */
export function maximumCount(
  actual: readonly number[],
  slack: (score: number) => number,
): MaximumCount {
  const count = actual.length;
  const ranks = ranksOf(actual);
  const least = Float64Array.from(actual, (score) => score - slack(score));
  const singleStep = new Float64Array(count);
  const stepDown = new Float64Array(count);
  const unadjusted = new Float64Array(count);
  return {
    singleStep,
    stepDown,
    unadjusted,
    add: (scores, weight) => {
      let most = Number.NEGATIVE_INFINITY;
      for (let rank = count - 1; rank >= 0; rank -= 1) {
        const i = ranks[rank] ?? 0;
        const score = scores[i] ?? 0;
        if (score > most) most = score;
        if (score >= (least[i] ?? 0)) unadjusted[i] = (unadjusted[i] ?? 0) + weight;
        if (most >= (least[i] ?? 0)) stepDown[i] = (stepDown[i] ?? 0) + weight;
      }
      for (let i = 0; i < count; i += 1) {
        if (most >= (least[i] ?? 0)) singleStep[i] = (singleStep[i] ?? 0) + weight;
      }
    },
  };
}

/** p values of step-down, each at least as large as those of the larger scores. */
export function monotone(pValues: readonly number[], scores: readonly number[]): readonly number[] {
  const result = [...pValues];
  let most = 0;
  for (const i of ranksOf(scores)) {
    most = Math.max(most, pValues[i] ?? 0);
    result[i] = most;
  }
  return result;
}

/** Where the largest score stands, where the next, … */
function ranksOf(scores: readonly number[]): readonly number[] {
  return scores.map((_, i) => i).sort((i, j) => (scores[j] ?? 0) - (scores[i] ?? 0));
}
