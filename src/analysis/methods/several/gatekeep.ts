import { sum } from '../../../stats/index.ts';
import { requireDistinct, requireFraction, requireProbabilities } from '../check.ts';

/** A hypothesis of a trial with its own, unadjusted p value. */
export interface Question {
  readonly name: string;
  readonly pValue: number;
}

/** A question with its answer in a procedure that keeps the chance of any false rejection at α. */
export interface GatedQuestion extends Question {
  /** The smallest α at which the whole procedure rejects this hypothesis; at most 1. */
  readonly adjusted: number;
  /** Whether `adjusted` is at most α. */
  readonly rejected: boolean;
}

/**
 * How the order is used: `fixed-sequence` (default) gives each question the whole α and stops at the
 * first that fails; `fallback` gives each its share of α, plus what the questions just before it won.
 */
export type GatekeepOptions =
  | { readonly procedure?: 'fixed-sequence' | undefined; readonly alpha?: number | undefined }
  | {
      readonly procedure: 'fallback';
      /** The share of α of each question, in the same order; together 1. */
      readonly weights: readonly number[];
      readonly alpha?: number | undefined;
    };

/**
 * Tests questions in an order set before the data were seen.
 *
 * Fixed sequence: p̃ᵢ = max over j ≤ i of pⱼ. Fallback: question i is tested at wᵢα, plus the level of
 * question i - 1 when that was rejected, so p̃ᵢ = min over s ≤ i of
 * max(p̃ₛ, …, p̃ᵢ₋₁, pᵢ / (wₛ + … + wᵢ)): question s starts the run of rejections that pays for i.
 * Both keep the chance of any false rejection at most α whatever the dependence (each is a closed
 * test). Weights 1, 0, 0, … make the fallback the fixed sequence. R has no function for either in its
 * own packages; the fixed sequence is `cummax(p)`.
 *
 * Where all questions must be answered yes (burden better *and* acceptance no worse) no order is
 * needed: test each at the full α, the p value of the whole is the largest one (`intersectionUnion`).
 *
 * @param questions in the order set before the trial
 * @throws RangeError when a p value or a weight is not a probability, the weights are not as many as
 *   the questions or do not add up to 1, a name stands twice, or α is not between 0 and 1
 * @see W. Maurer, L. Hothorn and W. Lehmacher 1995 (fixed sequence); B. L. Wiens, Pharm. Stat. 2
 *   (2003) 211; B. L. Wiens and A. Dmitrienko, J. Biopharm. Stat. 15 (2005) 929 (fallback).
 */
export function gatekeep(
  questions: readonly Question[],
  options: GatekeepOptions = {},
): readonly GatedQuestion[] {
  const { alpha = 0.05 } = options;
  requireQuestions(questions, alpha);
  const weights =
    options.procedure === 'fallback'
      ? checkedWeights(options.weights, questions.length)
      : questions.map((_, i) => (i === 0 ? 1 : 0));
  return answer(questions, fallback(questions, weights), alpha);
}

/**
 * Refuse questions that cannot be told apart or have no p value.
 *
 * @throws RangeError
 */
export function requireQuestions(questions: readonly Question[], alpha: number): void {
  requireFraction('alpha', alpha);
  requireDistinct(
    'the question',
    questions.map(({ name }) => name),
  );
  requireProbabilities(
    'pValues',
    questions.map(({ pValue }) => pValue),
  );
}

/** The questions with their adjusted p values, judged at α. */
export function answer(
  questions: readonly Question[],
  adjusted: readonly number[],
  alpha: number,
): readonly GatedQuestion[] {
  return questions.map(({ name, pValue }, i) => {
    const value = Math.min(1, adjusted[i] ?? 1);
    return { name, pValue, adjusted: value, rejected: value <= alpha };
  });
}

function checkedWeights(weights: readonly number[], count: number): readonly number[] {
  requireProbabilities('weights', weights);
  if (weights.length !== count) {
    throw new RangeError(`${count} questions need as many weights, got ${weights.length}`);
  }
  const total = sum(weights);
  if (count > 0 && Math.abs(total - 1) > 1e-9) {
    throw new RangeError(`the weights must add up to 1, they add up to ${total}`);
  }
  return weights;
}

function fallback(questions: readonly Question[], weights: readonly number[]): readonly number[] {
  const adjusted: number[] = [];
  questions.forEach(({ pValue }, i) => {
    let [best, share, run] = [Infinity, 0, 0];
    for (let start = i; start >= 0; start -= 1) {
      share += weights[start] ?? 0;
      if (start < i) run = Math.max(run, adjusted[start] ?? 0);
      // A question without any α is not rejected, not even at p = 0.
      if (share > 0) best = Math.min(best, Math.max(run, pValue / share));
    }
    adjusted.push(Math.min(1, best));
  });
  return adjusted;
}
