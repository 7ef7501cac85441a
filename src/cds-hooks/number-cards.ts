import { cardId, derivedId } from '../events/ids.ts';
import type { Card, Suggestion } from './types.ts';

function numbered(suggestion: Suggestion, card: string, index: number): Suggestion {
  return suggestion.uuid === undefined
    ? { ...suggestion, uuid: derivedId('suggestion', card, String(index)) }
    : suggestion;
}

/**
 * Gives the cards of one impression the ids by which feedback will name them. Nothing else is put
 * on a card: what tells the arm would tell the clinician too.
 */
export function numberCards(cards: readonly Card[], impression: string): readonly Card[] {
  return cards.map((card, index) => {
    const uuid = cardId(impression, index);
    return card.suggestions === undefined
      ? { ...card, uuid }
      : {
          ...card,
          uuid,
          suggestions: card.suggestions.map((suggestion, place) =>
            numbered(suggestion, uuid, place),
          ),
        };
  });
}
