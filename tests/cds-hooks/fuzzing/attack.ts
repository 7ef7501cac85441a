/** A card that was returned before. */
export interface Returned {
  readonly card: string;
  readonly suggestions: readonly string[];
  /** To whom; undefined where nobody was asked who calls. */
  readonly caller: string | undefined;
}

/** One answer to a card, as it is sent. */
export interface Sent {
  readonly card: string;
  readonly outcome: 'accepted' | 'overridden';
  readonly suggestion?: string | undefined;
  readonly at: number;
}

/** What is known when an attack is carried out. */
export interface Situation {
  /** One of the cards that were returned; undefined while there are none. */
  readonly pick: (lot: number) => Returned | undefined;
  /** An instant that no other answer has. */
  readonly instant: () => number;
}

/** The bytes of an attack, and what of them can be foreseen. */
export interface Load {
  readonly body: string | Uint8Array;
  /** Good answers to cards that were returned. */
  readonly answers?: readonly (Sent & { readonly to: Returned })[];
  /** Cards that the body may answer, well or not. */
  readonly touched?: readonly string[];
}

/** One request. */
export interface Attack {
  /** Of which kind, for whoever counts and for messages. */
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly load?: ((situation: Situation) => Load) | undefined;
  /** The statuses that it may be answered with. */
  readonly statuses: readonly number[];
  /** What a refusal must say. */
  readonly names?: RegExp | undefined;
}

/** The headers of a body that is JSON. */
export const json = { 'content-type': 'application/json' };
/** What is sent to an address as JSON. */
export const post = (
  path: string,
  what: string,
): Pick<Attack, 'what' | 'method' | 'path' | 'headers'> => ({
  what,
  method: 'POST',
  path,
  headers: json,
});
