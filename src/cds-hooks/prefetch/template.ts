/** A step of a path through the context or a prefetched resource. */
export type Step =
  | { readonly to: 'element'; readonly name: string }
  | { readonly to: 'type'; readonly resourceType: string }
  | { readonly to: 'reference' };

/** A unit of time that a date can be moved by. */
export type DateUnit = 'year' | 'month' | 'week' | 'day' | 'hour' | 'minute' | 'second';

/** What a token stands for. */
export type Selector =
  | { readonly from: 'user'; readonly resourceType: string }
  | {
      readonly from: 'today';
      readonly shifts: readonly { readonly amount: number; readonly unit: DateUnit }[];
    }
  | { readonly from: 'context'; readonly steps: readonly Step[] }
  | { readonly from: 'prefetch'; readonly key: string; readonly steps: readonly Step[] };

/** A token of a template. */
export interface Token {
  /** As it stands between the braces. */
  readonly text: string;
  /** Those between pipes, whose values are taken together. */
  readonly selectors: readonly Selector[];
}

/** A FHIR query with tokens in it. */
export interface PrefetchTemplate {
  /** What stands as it is, and tokens. */
  readonly parts: readonly (string | Token)[];
}
