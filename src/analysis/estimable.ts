/** A result, or the reason why there is none: never a p of 1, a NaN or an exception. */
export type Estimable<T> = ({ readonly estimable: true } & T) | NotEstimable;

/** A result that cannot be computed from these data. */
export interface NotEstimable {
  readonly estimable: false;
  /** Why not. */
  readonly reason: string;
  /** What to do instead, where there is something. */
  readonly instead?: string | undefined;
}

/** A result that cannot be computed. */
export function notEstimable(reason: string, instead?: string): NotEstimable {
  return instead === undefined
    ? { estimable: false, reason }
    : { estimable: false, reason, instead };
}

/** Gives plain data a readable `toString` that JSON and comparisons do not see. */
export function withText<T extends object>(value: T, text: () => string): T {
  return Object.defineProperty(value, 'toString', { value: text, enumerable: false });
}
