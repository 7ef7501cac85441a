import type { FeedbackItem } from './types.ts';

/** Feedback to a card that no ledger here knows. It is counted in no trial. */
export interface Stray {
  /** The service at whose address it arrived. */
  readonly service: string;
  /** As the client wrote it. */
  readonly card: string;
  readonly outcome: 'accepted' | 'overridden';
  /** Ids of the accepted suggestions. */
  readonly suggestions: readonly string[];
  /** Why the card was overridden. A comment is never kept. */
  readonly reason?: { readonly code: string; readonly system?: string | undefined } | undefined;
  /** By the client's clock, as the client wrote it. */
  readonly outcomeTimestamp: string;
  /** By the clock of this service, milliseconds. */
  readonly receivedAt: number;
}

/** What is kept of feedback that is nobody's. */
export function strayOf(
  { card, outcome, acceptedSuggestions, overrideReason, outcomeTimestamp }: FeedbackItem,
  { service, receivedAt }: Pick<Stray, 'service' | 'receivedAt'>,
): Stray {
  const reason = overrideReason?.reason ?? undefined;
  return {
    service,
    card,
    outcome,
    suggestions: (acceptedSuggestions ?? []).map(({ id }) => id),
    reason: reason && { code: reason.code, system: reason.system ?? undefined },
    outcomeTimestamp,
    receivedAt,
  };
}
