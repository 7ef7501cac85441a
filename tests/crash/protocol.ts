import type { Place } from './place.ts';

/** What a deliberately broken writer does, to show that the harness finds it. */
export type Fault =
  /** It says that events are in the ledger before they are. */
  | 'early'
  /** It appends the events of a batch one by one. */
  | 'torn';

/** What a writer is given. */
export interface WriterOptions {
  readonly place: Place;
  /** Seeds what it does, and by it the server knows the process. */
  readonly name: string;
  readonly fault?: Fault | undefined;
}

/** What a writer says, one line of JSON each. */
export type Message =
  | { readonly is: 'opening' }
  | { readonly is: 'acknowledged'; readonly ids: readonly string[] }
  | { readonly is: 'sealed'; readonly number: number; readonly head: string }
  /** An append was refused, or a question was not answered. */
  | { readonly is: 'refused' | 'unanswered'; readonly why: string };
