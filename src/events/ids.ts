import { parse, stringify, v5, v7, validate } from 'uuid';

/** The name space of every id that is derived from a natural key. Fixed for ever. */
const nameSpace = '6f0a6f5e-5f5c-5d0e-9c53-0c7c5f3f6a11';

/** A new id, ordered by time (UUIDv7). */
export function newId(): string {
  return v7();
}

/** The id of something that has none of its own: the same parts always give the same id (UUIDv5). */
export function derivedId(...parts: readonly string[]): string {
  return v5(JSON.stringify(parts), nameSpace);
}

/** Whether a text is a UUID. */
export function isId(text: string): boolean {
  return validate(text);
}

function withLastByte(id: string, byte: number): string {
  const bytes = parse(id);
  bytes[15] = byte;
  return stringify(bytes);
}

/** The most cards that one impression can have. */
export const cardsPerImpression = 256;

/** A new id for an impression: a UUIDv7 whose last byte is zero, so that its cards can be numbered there. */
export function newImpressionId(): string {
  return withLastByte(v7(), 0);
}

/**
 * The uuid of a card of an impression. The first card has the impression's own id; the impression of
 * any card can be told from its uuid alone, after a restart too.
 *
 * @param index from 0 to 255
 */
export function cardId(impressionId: string, index: number): string {
  return withLastByte(impressionId, index);
}

/** The id of the impression that a card belongs to. */
export function impressionOfCard(card: string): string {
  return withLastByte(card, 0);
}
