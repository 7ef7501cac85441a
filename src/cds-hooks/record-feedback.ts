import { derivedId, impressionOfCard, isId } from '../events/ids.ts';
import type { Recorded, Settlement } from '../store/log/port.ts';
import type { AnswerLog } from './service.ts';
import type { Feedback, FeedbackItem } from './types.ts';

/** What became of the answers in a batch of feedback. */
export interface FeedbackReceipt {
  /** Committed to the disk. */
  readonly durable: number;
  readonly duplicate: number;
  /** To cards that no ledger here knows. */
  readonly unknown: number;
  /** Contradict what the ledger holds: sending them again does not help. */
  readonly rejected: number;
  /** Lost, or not settled in time: to be sent again. */
  readonly missing: number;
}

type Status = Settlement['status'];
type Write = (log: AnswerLog) => Recorded;

function codingOf({ overrideReason }: FeedbackItem) {
  const reason = overrideReason?.reason ?? undefined;
  if (reason === undefined) return undefined;
  const { code, system, display } = reason;
  // Member by member: whatever else stands there, comments above all, is not ours to keep.
  return { code, system: system ?? undefined, display: display ?? undefined };
}

/**
 * What to write for an item: an acceptance for each accepted suggestion, or a dismissal. The ids
 * are derived from what makes the answer the same, so that a batch can be sent again.
 */
function writesOf(item: FeedbackItem): readonly Write[] {
  const at = Date.parse(item.outcomeTimestamp);
  const instant = new Date(at).toISOString();
  const card = item.card.toLowerCase();
  const impression = impressionOfCard(card);
  if (item.outcome === 'overridden') {
    const id = derivedId('dismissal', card, instant);
    const override = codingOf(item);
    return [(log) => log.dismissal(impression, { id, at, override })];
  }
  const suggestions = new Set((item.acceptedSuggestions ?? []).map(({ id }) => id));
  return [...suggestions].map((suggestion) => {
    const id = derivedId('acceptance', card, suggestion, instant);
    return (log) => log.acceptance(impression, { id, at, suggestion });
  });
}

/** Tries one log after the other until one knows the impression. */
async function record(write: Write, logs: readonly AnswerLog[]): Promise<Status> {
  let status: Status = 'unknown';
  for (const log of logs) {
    ({ status } = await write(log).settled);
    if (status !== 'unknown') break;
  }
  return status;
}

/**
 * Writes down a batch of feedback and waits until it is safe. Never rejects.
 *
 * @param logs of the alerts that the feedback may be about
 * @param deadline milliseconds to wait at most
 */
export async function recordFeedback(
  { feedback }: Feedback,
  { logs, deadline }: { readonly logs: readonly AnswerLog[]; readonly deadline: number },
): Promise<FeedbackReceipt> {
  // A card that was issued before this service gave them ids is nobody's; the rest must not suffer.
  const ours = feedback.filter(({ card }) => isId(card));
  const counts = {
    durable: 0,
    duplicate: 0,
    unknown: feedback.length - ours.length,
    rejected: 0,
    lost: 0,
  };
  const writes = ours.flatMap(writesOf);
  let settled = 0;
  const work = Promise.all(
    writes.map(async (write) => {
      const status = await record(write, logs).catch((): Status => 'lost');
      counts[status] += 1;
      settled += 1;
    }),
  );
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadline);
  });
  await Promise.race([work, end]);
  clearTimeout(timer);
  const { lost, ...rest } = counts;
  return { ...rest, missing: lost + writes.length - settled };
}
