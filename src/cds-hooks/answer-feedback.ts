import type { Problem } from '../errors.ts';
import { RequestError } from '../errors.ts';
import type { HttpResponse } from './http.ts';
import { json } from './http.ts';
import type { FeedbackResult, ItemReceipt, RecordingOptions } from './record-feedback.ts';
import { recordItem } from './record-feedback.ts';
import { refusal } from './refusal.ts';
import type { PlacedItem } from './sift-feedback.ts';
import { siftFeedback } from './sift-feedback.ts';

/** How many answers of a batch went which way. */
type FeedbackCounts = Readonly<Record<FeedbackResult | 'malformed' | 'late', number>>;

/** What an answer to feedback depends on besides the batch. */
export interface AnswerFeedbackOptions extends RecordingOptions {
  /** Milliseconds to wait at most. What is not settled by then is recorded all the same. */
  readonly deadline: number;
  /** Told what became of each item, also of those that settle after the deadline. Must not throw. */
  readonly onReceipt: (receipt: ItemReceipt) => void;
}

/** The answer, and what the logger's line says of it. */
export interface AnsweredFeedback {
  readonly response: HttpResponse;
  readonly counts: FeedbackCounts;
}

// The answer to a batch names so many faults and no more.
const namedFaults = 100;

const explanations: Readonly<Partial<Record<FeedbackResult, string>>> = {
  foreign: 'was not issued to the caller of this request; nothing was recorded for it',
  rejected:
    'says something else than what was recorded of this card for the same instant; sending it again does not help',
};

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, end]);
  clearTimeout(timer);
}

function refusedItems(
  good: readonly PlacedItem[],
  receipts: ReadonlyMap<number, ItemReceipt>,
): readonly Problem[] {
  return good.flatMap(({ index }) => {
    const results = receipts.get(index)?.results ?? [];
    const message = results
      .map((result) => explanations[result])
      .find((text) => text !== undefined);
    return message === undefined ? [] : [{ path: `feedback[${index}]`, message }];
  });
}

function refuse(status: number, faults: readonly Problem[], recorded: number): HttpResponse {
  const left = faults.length - namedFaults;
  const problems = [
    ...faults.slice(0, namedFaults),
    ...(left > 0 ? [{ path: '', message: `${left} more faults are not named.` }] : []),
    ...(recorded > 0
      ? [{ path: '', message: 'What is not named here was taken: do not send it again.' }]
      : []),
  ];
  return refusal(new RequestError('Some feedback was refused.', { status, problems }));
}

/**
 * Writes down a batch of feedback and says what became of it. What can be recorded is, whatever is
 * wrong with the rest; each status tells the client what to do:
 *
 * - 200: everything was taken, answers to unknown cards too
 * - 503 with `Retry-After`: send the same batch again; what was recorded is not counted twice
 * - 403, 400, 422: the items that are named were issued to another tenant, are malformed, or
 *   contradict what was recorded; sending them again as they are does not help, and the rest was taken
 *
 * @throws RequestError (400) when nothing of the batch can be used
 */
export async function answerFeedback(
  document: unknown,
  { deadline, onReceipt, ...recording }: AnswerFeedbackOptions,
): Promise<AnsweredFeedback> {
  const { good, problems, malformed } = siftFeedback(document);
  const receipts = new Map<number, ItemReceipt>();
  const work = Promise.all(
    good.map(async ({ index, item }) => {
      const receipt = await recordItem(item, recording);
      receipts.set(index, receipt);
      onReceipt(receipt);
    }),
  );
  await within(deadline, work);

  const counts = {
    durable: 0,
    duplicate: 0,
    unknown: 0,
    rejected: 0,
    lost: 0,
    foreign: 0,
    malformed,
    late: good.length - receipts.size,
  };
  for (const { results } of receipts.values()) for (const result of results) counts[result] += 1;
  const faults = [...problems, ...refusedItems(good, receipts)];
  const recorded = counts.durable + counts.duplicate + counts.unknown;
  const answer = (): HttpResponse => {
    if (counts.lost + counts.late > 0) {
      const message = 'Not all feedback could be recorded yet: send the batch again.';
      return refusal(new RequestError(message, { status: 503 }), { 'retry-after': '5' });
    }
    if (counts.foreign > 0) return refuse(403, faults, recorded);
    if (malformed > 0) return refuse(400, faults, recorded);
    if (counts.rejected > 0) return refuse(422, faults, recorded);
    return json(200, {});
  };
  return { response: answer(), counts };
}
