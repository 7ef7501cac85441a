import type { TenantMark } from '../events/ids.ts';
import { derivedId, impressionOfCard, isId, isOfAnotherTenant } from '../events/ids.ts';
import type { Recorded, Settlement } from '../store/log/port.ts';
import type { Lane } from './lane.ts';
import type { AnswerLog } from './service.ts';
import type { FeedbackItem } from './types.ts';

/**
 * What became of one answer, or of one accepted suggestion where an answer names several.
 *
 * - `durable`: committed to the disk
 * - `duplicate`: was in the ledger already
 * - `unknown`: to a card that no ledger here knows
 * - `rejected`: contradicts what the ledger holds: sending it again does not help
 * - `lost`: could not be recorded: to be sent again
 * - `foreign`: to a card of another tenant: refused
 */
export type FeedbackResult = Settlement['status'] | 'foreign';

/** What became of one item of a batch, of each of its suggestions. */
export interface ItemReceipt {
  readonly item: FeedbackItem;
  readonly results: readonly FeedbackResult[];
}

type Write = (log: AnswerLog) => Recorded;

function codingOf({ overrideReason }: FeedbackItem) {
  const reason = overrideReason?.reason ?? undefined;
  if (reason === undefined) return undefined;
  const { code, system } = reason;
  // Member by member: comments are not ours to keep, nor a display, which is a text of the client's too.
  return { code, system: system ?? undefined };
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
async function record(write: Write, logs: readonly AnswerLog[]): Promise<FeedbackResult> {
  let status: FeedbackResult = 'unknown';
  for (const log of logs) {
    try {
      ({ status } = await write(log).settled);
    } catch {
      // A log catches its own faults; one that does not must not cost the answers of the others.
      status = 'lost';
    }
    if (status !== 'unknown') break;
  }
  return status;
}

/** What feedback is recorded with. */
export interface RecordingOptions {
  /** Those that the answers may be about, the likeliest first. */
  readonly logs: readonly AnswerLog[];
  /** Of whom the feedback comes from; without one every card may be answered. */
  readonly mark: TenantMark | undefined;
  /** Keeps a large batch from taking the room of the alerts in the queues of the logs. */
  readonly lane: Lane;
}

/** Writes one item of feedback down; resolves when it is safe. Never rejects. */
export async function recordItem(
  item: FeedbackItem,
  { logs, mark, lane }: RecordingOptions,
): Promise<ItemReceipt> {
  // A card that was issued before this service gave them ids is nobody's; the rest must not suffer.
  if (!isId(item.card)) return { item, results: ['unknown'] };
  if (mark !== undefined && isOfAnotherTenant(item.card, mark)) {
    return { item, results: ['foreign'] };
  }
  const results = await Promise.all(
    writesOf(item).map((write) => lane.run(() => record(write, logs))),
  );
  return { item, results };
}
