import type { Problem } from '../errors.ts';
import { RequestError } from '../errors.ts';
import { parseFeedback } from './feedback-schema.ts';
import type { FeedbackItem } from './types.ts';

/** An item of feedback and its place in the batch. */
export interface PlacedItem {
  readonly index: number;
  readonly item: FeedbackItem;
}

/** A batch of feedback, what can be used told from what cannot. */
export interface SiftedFeedback {
  readonly good: readonly PlacedItem[];
  /** What is wrong with the others. */
  readonly problems: readonly Problem[];
  /** How many are at fault. */
  readonly malformed: number;
}

function itemsOf(document: unknown): readonly unknown[] {
  if (typeof document !== 'object' || document === null || !('feedback' in document)) return [];
  return Array.isArray(document.feedback) ? document.feedback : [];
}

function inPlace({ path, message }: Problem, index: number): Problem {
  return { path: path.replace(/^feedback\[0\]/, `feedback[${index}]`), message };
}

/**
 * Checks a batch item by item, so that one at fault does not cost the answers of other cards: a
 * client that sends the batch again and again would never get them in.
 *
 * @throws RequestError (400) with every fault, when nothing of the batch can be used
 */
export function siftFeedback(document: unknown): SiftedFeedback {
  let refused: RequestError;
  try {
    const good = parseFeedback(document).feedback.map((item, index) => ({ index, item }));
    return { good, problems: [], malformed: 0 };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    refused = error;
  }
  const items = itemsOf(document);
  const good: PlacedItem[] = [];
  const problems: Problem[] = [];
  items.forEach((item, index) => {
    try {
      good.push(...parseFeedback({ feedback: [item] }).feedback.map((item) => ({ index, item })));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      problems.push(...error.problems.map((problem) => inPlace(problem, index)));
    }
  });
  if (good.length === 0) throw refused;
  return { good, problems, malformed: items.length - good.length };
}
