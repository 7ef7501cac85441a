import { createHash } from 'node:crypto';
import { parse, stringify, v5, v7, validate, version } from 'uuid';

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

// As text: of a UUID that consists of ones only, which anybody may send, no other UUID can be made.
function withLastByte(id: string, byte: number): string {
  return id.slice(0, -2).toLowerCase() + byte.toString(16).padStart(2, '0');
}

/** The most cards that one impression can have. */
export const cardsPerImpression = 256;

// Where in an impression's id the mark of its tenant stands.
const markAt = 12;
const markLength = 3;

/** The mark that the impressions of one tenant bear in their ids. */
export type TenantMark = Uint8Array;

/**
 * The mark of a tenant: 24 bits of the SHA-256 of its name.
 *
 * @param tenant whatever tells it from the others, and stays as it is
 */
export function tenantMark(tenant: string): TenantMark {
  return createHash('sha256').update(tenant, 'utf8').digest().subarray(0, markLength);
}

/**
 * A new id for an impression: a UUIDv7 whose last byte is zero, so that its cards can be numbered
 * there, and which bears the mark of the tenant it is for, if there is one.
 *
 * Ids stay unique without the 24 random bits that a mark takes the place of: one process counts its
 * ids within a millisecond in bytes 6 to 10, and two processes that serve one tenant in the same
 * millisecond differ in the 41 bits that each draws at random for bytes 6 to 11. Tenants whose marks
 * are the same, one pair in 16 million, differ there too.
 */
export function newImpressionId(mark?: TenantMark): string {
  const bytes = parse(v7());
  if (mark !== undefined) bytes.set(mark, markAt);
  bytes[15] = 0;
  return stringify(bytes);
}

/**
 * Whether a card was issued to another tenant than that of the mark, as far as its uuid can tell: one
 * that is not of the kind made here was issued by somebody else altogether.
 */
export function isOfAnotherTenant(card: string, mark: TenantMark): boolean {
  if (version(card) !== 7) return false;
  const bytes = parse(card);
  return mark.some((byte, index) => bytes[markAt + index] !== byte);
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
