import type { FiringUnit, KnownFiring } from './known-firings.ts';
import type { OrderTally } from './unit-orders.ts';

/** What a patient adds to a unit. */
export type Contribution = readonly [unit: FiringUnit, tally: Partial<OrderTally>];

/** Openings by what is known of orders around them. */
export interface AroundOpenings {
  readonly ordered: ReadonlySet<string>;
  readonly possible: ReadonlySet<string>;
  readonly before: ReadonlySet<string>;
}

/**
 * What the openings of one patient add to their units.
 *
 * @param firings in order of time
 * @param options.until the last instant of a firing whose window was over at the cut-off
 */
export function contributionsOf(
  firings: readonly KnownFiring[],
  { ordered, possible, before, until }: AroundOpenings & { readonly until: number },
): readonly Contribution[] {
  const seen = new Set<string>();
  const contributions: Contribution[] = [];
  let isFirst = true;
  for (const { opening, unit, at } of firings) {
    // The first firing decides: how often an alert is repeated may depend on the arm.
    if (seen.has(opening)) continue;
    seen.add(opening);
    if (unit === undefined || at > until) continue;
    const isOrdered = ordered.has(opening);
    contributions.push([
      unit,
      {
        openings: 1,
        ordered: isOrdered ? 1 : 0,
        possible: !isOrdered && possible.has(opening) ? 1 : 0,
        patients: isFirst ? 1 : 0,
        before: isFirst && before.has(opening) ? 1 : 0,
      },
    ]);
    isFirst = false;
  }
  return contributions;
}
