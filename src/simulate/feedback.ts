import type { Answer } from './answers.ts';
import { cumulate, indexAt } from './draws.ts';
import { listAt, textAt, valueAt } from './json.ts';

/** What the simulator reads of a card that a service returned. */
export interface ShownCard {
  readonly uuid?: string | undefined;
  readonly summary: string;
  /** Uuids of its suggestions, where they have one. */
  readonly suggestions: readonly (string | undefined)[];
  readonly overrideReasons: readonly { readonly code: string; readonly system: string }[];
}

/** One entry of a CDS Hooks feedback call. */
export interface FeedbackEntry {
  readonly card: string;
  readonly outcome: 'accepted' | 'overridden';
  readonly outcomeTimestamp: string;
  readonly acceptedSuggestions?: readonly { readonly id: string }[];
  readonly overrideReason?: {
    readonly reason: { readonly code: string; readonly system: string };
  };
}

/** How often the first, second … reason of a card is given; further ones are not. */
const reasonWeights = [0.4, 0.25, 0.2, 0.1, 0.05];

function cardFrom(card: unknown): ShownCard {
  return {
    uuid: textAt(card, 'uuid') || undefined,
    summary: textAt(card, 'summary'),
    suggestions: listAt(card, 'suggestions').map((of) => textAt(of, 'uuid') || undefined),
    overrideReasons: listAt(card, 'overrideReasons').map((reason) => ({
      code: textAt(reason, 'code'),
      system: textAt(reason, 'system'),
    })),
  };
}

/** The cards of the body of a service's answer; `undefined` when it is not an answer with cards. */
export function cardsIn(body: string): readonly ShownCard[] | undefined {
  try {
    const cards = valueAt(JSON.parse(body), 'cards');
    if (!Array.isArray(cards)) return undefined;
    const shown = cards.map(cardFrom);
    return shown.every(({ summary }) => summary !== '') ? shown : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What the record system reports of an answer to a card.
 *
 * @returns `undefined` when CDS Hooks has no way to report it: a card without uuid, or an accepted
 *   suggestion without one
 */
export function feedbackFor(card: ShownCard, answer: Answer): FeedbackEntry | undefined {
  if (card.uuid === undefined) return undefined;
  const entry = {
    card: card.uuid,
    outcome: answer.outcome,
    outcomeTimestamp: new Date(answer.at).toISOString(),
  };
  if (answer.outcome === 'accepted') {
    const { suggestions } = card;
    const id = suggestions[answer.choice < 0.85 ? 0 : suggestions.length - 1];
    return id === undefined ? undefined : { ...entry, acceptedSuggestions: [{ id }] };
  }
  const reasons = card.overrideReasons.slice(0, reasonWeights.length);
  const reason = reasons[indexAt(cumulate(reasonWeights.slice(0, reasons.length)), answer.choice)];
  if (reason === undefined) return entry;
  return { ...entry, overrideReason: { reason } };
}
