import { requireCount } from '../check.ts';

/** How many of a number of independent units had the outcome. */
export interface ProportionCounts {
  readonly successes: number;
  /** Units, with the outcome and without. */
  readonly n: number;
}

/** How many independent events happened in how much exposure. */
export interface RateCounts {
  readonly events: number;
  /** Person-time or any other measure of opportunity, such as patient-days. */
  readonly exposure: number;
}

/** An estimate with its confidence limits. */
export interface IntervalEstimate {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/** What the alternative says of the parameter, or of the first group against the second. */
export type Alternative = 'two-sided' | 'less' | 'greater';

/** @throws RangeError unless both are counts and `successes` is at most `n`. */
export function requireProportion({ successes, n }: ProportionCounts): void {
  requireCount('n', n);
  requireCount('successes', successes);
  if (successes > n) {
    throw new RangeError(`successes must be at most n, got ${successes} of ${n}`);
  }
}

/** @throws RangeError unless events are a count and the exposure can have held them. */
export function requireRate({ events, exposure }: RateCounts): void {
  requireCount('events', events);
  if (!(exposure >= 0 && exposure < Infinity)) {
    throw new RangeError(`exposure must be finite and 0 or more, got ${exposure}`);
  }
  if (exposure === 0 && events > 0) {
    throw new RangeError(`${events} events cannot have happened in an exposure of 0`);
  }
}

/** Why nothing is compared with an arm that has no units. */
export const noUnits = 'an arm has no units';
