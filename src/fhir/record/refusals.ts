import { statusOf } from '../wire/document.ts';

/** Why nothing was read of a patient whom the source does not give out: asked for again by the next run. */
export const accessRefused = 'access refused';

/** Watches what a source does not give out of some patients. */
export interface Refusals {
  /** Resources of a type were given out. */
  readonly given: (type: string) => void;
  /**
   * Those of one patient were not.
   *
   * @returns whether that may be so of this patient alone
   */
  readonly isOfOne: (type: string, error: unknown) => boolean;
  /** @throws what a type was refused with, when it was of everybody */
  readonly end: () => void;
}

/** How many patients are refused before any other is read until nobody can be. */
const most = 10;

/**
 * Some record systems give out nothing of patients under protection (403), or who are gone (404, 410): the
 * others can be read all the same. What nobody is given is a right that the client lacks.
 */
export function refusals(): Refusals {
  const read = new Set<string>();
  const refused = new Map<string, { readonly error: unknown; readonly count: number }>();
  return {
    given: (type) => void read.add(type),
    isOfOne: (type, error) => {
      if (![403, 404, 410].includes(statusOf(error) ?? 0)) return false;
      const count = (refused.get(type)?.count ?? 0) + 1;
      refused.set(type, { error, count });
      return read.has(type) || count < most;
    },
    end: () => {
      for (const [type, { error }] of refused) if (!read.has(type)) throw error;
    },
  };
}
